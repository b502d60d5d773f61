"""Does everybody get the own token when many connections of one process renew at once?"""

from __future__ import annotations

import itertools
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.findings import Finding, Row, median, shown
from benchmarks.kept_token import LIFETIME, keep_token
from benchmarks.mirror_server import MirrorServer, refresh_token
from benchmarks.token_file import read_tokens, save_tokens
from hostspec.connections import ConnectionRef
from hostspec.value import ConnectionId, TypeId
from tests.plugin.keeper_process import RealClock, keeping
from xero_connections_plugin.gateways.xero_calls.authorized_session import XeroSession
from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter

SIGN_INS: Final = 32
RENEWALS: Final = 50
"""Of each sign-in; all renew at once, each time."""

CALLS: Final = 100
"""Of each connection between two renewals, the first of which renews."""

PEER_RENEWALS: Final = 5

Call = Callable[[], str]
"""Calls the API once; whose token it was called with."""


class LaterClock(RealClock):
    """Real time, a while from now."""

    def __init__(self) -> None:
        self._later = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._later)

    def monotonic(self) -> float:
        return time.monotonic() + self._later

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self._later += seconds


@dataclass(frozen=True)
class Outcome:
    """What came of many calls."""

    calls: int
    others: list[int]
    """Calls of each renewal that went with another's token."""
    troubles: list[str]
    """What the calls without an answer met."""
    seconds: list[float]
    """Of each renewal, until everybody had a first answer."""


def many_sign_ins(_runs: int, renewals: int = RENEWALS, calls: int = CALLS) -> Iterable[Finding]:
    """32 connections in one process, each with a sign-in of its own, call the API while all renew."""
    names = [f"owner-{number}" for number in range(SIGN_INS)]
    with MirrorServer() as mirror, ThreadPoolExecutor(SIGN_INS) as threads:
        with own_calls(mirror.origin, names) as (own, expire):
            ours = called(threads, names, own, expire, renewals, calls)
        with sdk_calls(mirror.origin, names) as (sdk, expire):
            theirs = called(threads, names, sdk, expire, PEER_RENEWALS, 1)
    what = f"{SIGN_INS} connections renew at once"
    said = f", {len(ours.troubles)} failed, first: {ours.troubles[0]}" if ours.troubles else ""
    yield Finding(
        f"{what}: wrong of {ours.calls:,} calls",
        f"{sum(ours.others)}{said}",
        f"xero-python: {min(theirs.others)} to {max(theirs.others)} of {SIGN_INS}, {len(theirs.troubles)} failed",
        "",
        "0",
        not any(ours.others) and not ours.troubles,
        is_firm=True,
    )
    first = f"xero-python: {shown(median(theirs.seconds))}"
    yield Finding(f"{what}: until all have answers", shown(median(ours.seconds)), first)


def called(
    threads: ThreadPoolExecutor,
    names: Sequence[str],
    calls: Sequence[Call],
    expire: Callable[[], None],
    renewals: int,
    times: int,
) -> Outcome:
    """Let everybody call at once, so many times after each renewal."""
    together = threading.Barrier(len(names))
    outcome = Outcome(len(names) * renewals * times, [], [], [])

    def call_on(name: str, call: Call) -> tuple[int, float]:
        together.wait(120)
        began, others, first = time.monotonic(), 0, 0.0
        for number in range(times):
            try:
                others += call() != name
            except Exception as trouble:
                outcome.troubles.append(type(trouble).__name__)
            first = first if number else time.monotonic() - began
        return others, first

    for _ in range(renewals):
        expire()
        results = list(threads.map(call_on, names, calls))
        outcome.others.append(sum(others for others, _ in results))
        outcome.seconds.append(max(first for _, first in results))
    return outcome


@contextmanager
def own_calls(origin: str, names: Sequence[str]) -> Iterator[tuple[list[Call], Callable[[], None]]]:
    """This project: a keeper with a sign-in for each, and a session on each."""
    clock = LaterClock()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kept = stack.enter_context(keeping(folder, origin, clock=clock))
        limiter = TenantCallLimiter()
        calls: list[Call] = []
        for name in names:
            grant = keep_token(kept, user=name, refresh_token=refresh_token(name))
            session = XeroSession(
                ConnectionRef(connection_id=ConnectionId(name), type_id=TypeId("xero"), display_name=name),
                tenant_id=name,
                tenant_name=name,
                base_url=f"{origin}/",
                tokens=partial(kept.keeper.access_token, grant),
                limiter=limiter,
                clock=clock,
                report=lambda _condition: None,
            )
            stack.enter_context(session)
            calls.append(partial(_owner_seen, session, name))
        yield calls, lambda: clock.advance(LIFETIME + 1)


def _owner_seen(session: XeroSession, name: str) -> str:
    told = session.http.get("Organisation").json()
    return str(told["owner"]) if told["tenant"] == name else f"tenant {told['tenant']}"


@contextmanager
def sdk_calls(origin: str, names: Sequence[str]) -> Iterator[tuple[list[Call], Callable[[], None]]]:
    """Xero's SDK as its README has it: one client; getter and saver have a file for each connection."""
    from xero_python.api_client import ApiClient
    from xero_python.api_client.configuration import Configuration
    from xero_python.api_client.oauth2 import OAuth2Token, TokenApi

    class MirrorTokenApi(TokenApi):  # type: ignore[misc]  # the SDK has no types
        refresh_token_url = f"{origin}/connect/token"

    class MirrorToken(OAuth2Token):  # type: ignore[misc]  # the SDK has no types
        def call_refresh_token_api(self, token_api: Any) -> Any:
            return super().call_refresh_token_api(
                MirrorTokenApi(token_api.api_client, self.client_id, self.client_secret)
            )

    current = threading.local()
    with tempfile.TemporaryDirectory() as folder:

        def file_of(name: str) -> Path:
            return Path(folder) / f"{name}.json"

        configuration = Configuration()
        configuration.oauth2_token = MirrorToken(client_id="client", client_secret="secret")
        client = ApiClient(
            configuration,
            pool_threads=1,
            oauth2_token_getter=lambda: read_tokens(file_of(current.name)),
            oauth2_token_saver=lambda tokens: save_tokens(file_of(current.name), tokens),
        )

        def call(name: str) -> str:
            current.name = name
            answer, _, _ = client.call_api(
                f"{origin}/Organisation",
                "GET",
                header_params={"Xero-Tenant-Id": name},
                auth_settings=["OAuth2"],
                _return_http_data_only=False,
                _preload_content=False,
            )
            return str(json.loads(answer.data)["owner"])

        numbers = itertools.count(1000, 1000)

        def signed_in() -> None:
            # Each begins with the own token, whatever came of the renewal before.
            for name in names:
                token = {"access_token": "", "refresh_token": refresh_token(name, next(numbers))}
                expired = {"token_type": "Bearer", "expires_in": 1800, "expires_at": 1.0, "scope": ["offline_access"]}
                save_tokens(file_of(name), {**token, **expired})

        calls: list[Call] = [partial(call, name) for name in names]
        yield calls, signed_in


ROWS: Final = (Row("many sign-ins", many_sign_ins),)
