"""What does one call cost that a host makes over and over: a token, a signed request, a seal, a hook?"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypedDict

from benchmarks.entrants.msal_file_cache import SCOPES, msal_app, sign_in
from benchmarks.findings import Finding, Row, compared, seconds_per_call
from benchmarks.kept_token import kept_token, token_set
from benchmarks.token_file import read_tokens, save_tokens
from hostspec.calls import HookCalls
from hostspec.connections import ConnectionRef
from hostspec.loading import make_manager
from hostspec.markers import hookimpl
from hostspec.value import ConnectionId, TypeId
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer

API: Final = "https://api.xero.com/api.xro/2.0/"


def cached_token(runs: int) -> Iterable[Finding]:
    """A token that is good and known to the process."""
    from authlib.integrations.requests_client import OAuth2Session

    with tempfile.TemporaryDirectory() as folder, kept_token(Path(folder)) as (kept, grant), SimulatorServer() as xero:
        authlib = OAuth2Session(DEMO_CLIENT_ID, token=token_set(), update_token=lambda *_, **__: None)
        msal = msal_app(xero.origin)
        sign_in(msal, xero)
        (account,) = msal.get_accounts()
        shared = Path(folder) / "tokens.json"
        save_tokens(shared, token_set())

        def authlib_shared() -> None:
            authlib.token = read_tokens(shared)
            authlib.ensure_active_token(authlib.token)

        ours, by_authlib, by_file, by_msal = seconds_per_call(
            (
                lambda: kept.keeper.access_token(grant),
                lambda: authlib.ensure_active_token(authlib.token),
                authlib_shared,
                lambda: msal.acquire_token_silent(SCOPES, account)["access_token"],
            ),
            5 * runs,
            200,
            time.thread_time,
        )
        msal.http_client.close()
        authlib.close()
    yield compared("cached token, per call", ours, "Authlib", by_authlib, at_most=1, reach="faster", scale=1e6)
    yield compared("cached token, per call", ours, "Authlib, shared in a file", by_file, scale=1e6)
    yield compared("cached token, per call", ours, "MSAL", by_msal, at_most=1 / 20, reach="20 times faster", scale=1e6)


def signing(runs: int) -> Iterable[Finding]:
    """The auth object, on a request that is prepared."""
    import requests
    from requests_oauthlib import OAuth2

    from xero_connections_plugin.gateways.xero_calls.tenant_auth import TenantAuth

    request = requests.Request("GET", f"{API}Invoices", params={"page": "1"}).prepare()
    theirs = OAuth2(DEMO_CLIENT_ID, token=token_set())
    with tempfile.TemporaryDirectory() as folder, kept_token(Path(folder)) as (kept, grant):

        def tokens(*, refused: int | None = None) -> Any:
            return kept.keeper.access_token(grant, refused=refused)

        auth = TenantAuth(tokens, tenant_id="tenant", base_url=API)
        ours, floor = seconds_per_call(
            (lambda: auth(request), lambda: theirs(request)), 5 * runs, 200, time.thread_time
        )
    yield compared("signing one request", ours, "requests-oauthlib", floor, at_most=1, reach="no slower", scale=1e6)


class Place(TypedDict):
    """Where something sealed lies."""

    purpose: str
    owner_id: str
    generation: int


def sealing(runs: int) -> Iterable[Finding]:
    """A token set of 4 KB."""
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    plain, nonce = os.urandom(4096), os.urandom(12)
    bare, fernet = AESGCM(os.urandom(32)), Fernet(Fernet.generate_key())
    by_bare, by_fernet = bare.encrypt(nonce, plain, None), fernet.encrypt(plain)
    with tempfile.TemporaryDirectory() as folder, kept_token(Path(folder)) as (kept, grant):
        place = Place(purpose="grant", owner_id=grant, generation=7)
        sealed = kept.vault.seal(plain, **place).data
        seals = (
            lambda: kept.vault.seal(plain, **place),
            lambda: bare.encrypt(os.urandom(12), plain, None),
            lambda: fernet.encrypt(plain),
        )
        opens = (
            lambda: kept.vault.open(sealed, **place),
            lambda: bare.decrypt(nonce, by_bare, None),
            lambda: fernet.decrypt(by_fernet),
        )
        times = [seconds_per_call(acts, 5 * runs, 500, time.thread_time) for acts in (seals, opens)]
    for what, (ours, floor, peer) in zip(("seal 4 KB", "open 4 KB"), times, strict=True):
        yield compared(what, ours, "Fernet", peer, at_most=1 / 3, reach="3 times faster", scale=1e6)
        yield compared(what, ours, "AES-GCM alone", floor, scale=1e6)


class _Session:
    """Satisfies ``hostspec.connections.Session``."""

    connection = ConnectionRef(connection_id=ConnectionId("one"), type_id=TypeId("xero"), display_name="Bakehouse")

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""


class _Plugin:
    def __init__(self) -> None:
        self._session = _Session()

    @hookimpl
    def capture_open_session(self, connection_id: ConnectionId) -> _Session:
        del connection_id
        return self._session


def hook_call(runs: int) -> Iterable[Finding]:
    """One plugin answers a hook of which the first answer counts."""
    manager = make_manager()
    manager.register(_Plugin(), "one")
    calls, one = HookCalls(manager), ConnectionId("one")
    ours, floor = seconds_per_call(
        (lambda: calls.open_session(one), lambda: manager.hook.capture_open_session(connection_id=one)),
        5 * runs,
        1000,
        time.thread_time,
    )
    yield compared("HookCalls, first answer", ours, "pluggy alone", floor, at_most=5, reach="≤ 5 times", scale=1e6)


ROWS: Final = (
    Row("cached token", cached_token),
    Row("signing", signing),
    Row("seal and open", sealing),
    Row("hook call", hook_call),
)
