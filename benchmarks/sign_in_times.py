"""How long does it take from the browser's redirect to tokens, beside the least that does it and beside two libraries?

The token endpoint answers at once, from a server that does nothing else. Each run is a sign-in of its own.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import psutil

from benchmarks.bare_exchange import BareReceiver, TokenServer
from benchmarks.findings import Finding, Row, compared, median, shown
from hostspec.testing import FakeBrowser, FakeTasks
from hostspec.testing.fakes import Log
from tests.free_ports import free_port
from tests.plugin.keeper_process import RealClock
from xero_connections_plugin.gateways.sign_in.callback_server import LoopbackListeners
from xero_connections_plugin.gateways.sign_in.signing_keys import SigningKeys
from xero_connections_plugin.gateways.sign_in.token_endpoint import HttpTokenEndpoint
from xero_connections_plugin.oauth.sign_in import SignInDesk, SignInRequest, SignInSurroundings

PATIENCE: Final = 3.0
"""Seconds, after which a sign-in that has not ended is taken to hang."""

SCOPES: Final = ("offline_access",)
STATE: Final = "state-of-the-request"


@dataclass(frozen=True)
class Waiting:
    """A program that waits for the browser."""

    target: str
    """Path and query that the browser is sent back to."""
    done: threading.Event
    moments: list[float]
    """When it had the tokens."""
    form: bool = False
    """Whether it wants the answer as a form."""


Signing = Callable[[ExitStack, str, int], Waiting]
"""Begins a sign-in that waits on a port, with the token endpoint at an address."""


def own_desk(stack: ExitStack, token_url: str, port: int) -> Waiting:
    """This project: the desk with listeners and the token endpoint as an installation has them."""
    clock, tasks, opened = RealClock(), FakeTasks(), Log[str]()
    issuer = "https://identity.example"
    desk: SignInDesk[None] = SignInDesk(
        SignInSurroundings(
            tokens=HttpTokenEndpoint(token_url, token_url, clock),
            signatures=SigningKeys(token_url, clock),
            listeners=LoopbackListeners(time.monotonic),
            browser=FakeBrowser(on_open=opened.add),
            clock=clock,
            tasks=tasks,
            random_bytes=os.urandom,
            issuer=issuer,
            host_name="Capture",
        )
    )
    stack.callback(tasks.join, 10)
    stack.callback(desk.shutdown)
    done, moments = threading.Event(), list[float]()

    def adopt(*_: object) -> None:
        moments.append(time.perf_counter())
        done.set()

    request = SignInRequest(
        draft_id="draft",
        owner="Ada",
        subject_id=None,
        app_label="Bakery app",
        client_id="C" * 32,
        application_url="http://localhost",
        ports=(port,),
        scopes=SCOPES,
        authorize_url="https://login.example/authorize",
        open_browser=True,
    )
    desk.start(request, adopt=adopt, changed=lambda: None)
    opened.wait_beyond(0, PATIENCE)
    (address,) = opened
    asked = parse_qs(urlsplit(address).query)
    query = urlencode({"code": "the-code", "state": asked["state"][0]})
    return Waiting(f"{urlsplit(asked['redirect_uri'][0]).path}?{query}", done, moments)


def bare(stack: ExitStack, token_url: str, port: int) -> Waiting:
    """The floor: http.server and http.client."""
    receiver = stack.enter_context(BareReceiver(port, token_url))
    return Waiting(f"/callback?code=the-code&state={STATE}", receiver.done, receiver.moments)


def google(stack: ExitStack, token_url: str, port: int) -> Waiting:
    """google-auth-oauthlib, as its documentation has it for installed applications."""
    from google_auth_oauthlib.flow import InstalledAppFlow

    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"
    app = {
        "client_id": "client",
        "client_secret": "secret",
        "auth_uri": "https://login.example/authorize",
        "token_uri": token_url,
    }
    flow = InstalledAppFlow.from_client_config({"installed": app}, SCOPES)

    def run() -> object:
        return flow.run_local_server(
            port=port, open_browser=False, authorization_prompt_message="", state=STATE, timeout_seconds=int(PATIENCE)
        )

    return _in_a_thread(stack, run, f"/?code=the-code&state={STATE}", port)


def msal(stack: ExitStack, token_url: str, port: int) -> Waiting:
    """MSAL's receiver and its exchange; it wants the answer as a form."""
    from msal import PublicClientApplication
    from msal.oauth2cli.authcode import AuthCodeReceiver

    from benchmarks.entrants.msal_file_cache import AUTHORITY, WayToSimulator

    parts = urlsplit(token_url)
    client = WayToSimulator(f"{parts.scheme}://{parts.netloc}")
    stack.callback(client.close)
    app = PublicClientApplication("client", oidc_authority=AUTHORITY, instance_discovery=False, http_client=client)
    flow = app.initiate_auth_code_flow(
        ["read"], redirect_uri=f"http://localhost:{port}", state=STATE, response_mode="form_post"
    )
    receiver = stack.enter_context(AuthCodeReceiver(port=port))

    def run() -> object:
        answer = receiver.get_auth_response(state=STATE, timeout=PATIENCE)
        return app.acquire_token_by_auth_code_flow(flow, answer)["access_token"]

    return _in_a_thread(stack, run, f"/?code=the-code&state={STATE}", port, form=True)


def _in_a_thread(stack: ExitStack, run: Callable[[], object], target: str, port: int, *, form: bool = False) -> Waiting:
    done, moments = threading.Event(), list[float]()

    def work() -> None:
        # One that never got an answer ends with an error; that it did not finish is seen.
        try:
            if run():
                moments.append(time.perf_counter())
        except Exception:
            return
        finally:
            done.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    stack.callback(thread.join, 2 * PATIENCE)
    _wait_for_listener(port)
    return Waiting(target, done, moments, form)


def _wait_for_listener(port: int) -> None:
    """Not by connecting: that would be the answer that some wait for."""
    own, pause = psutil.Process(), threading.Event()
    while not any(
        link.status == psutil.CONN_LISTEN and link.laddr.port == port for link in own.net_connections(kind="inet")
    ):
        pause.wait(0.01)


@contextmanager
def _idle(port: int, wanted: bool) -> Iterator[None]:
    """A connection that a browser opened ahead, and says nothing on."""
    if not wanted:
        yield
        return
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
        yield


def _sign_in(signing: Signing, token_url: str, *, idle: bool) -> float | None:
    """Seconds from the redirect to the tokens; ``None`` when it did not end."""
    port = free_port()
    with ExitStack() as stack:
        waiting = signing(stack, token_url, port)
        stack.enter_context(_idle(port, idle))
        path, _, query = waiting.target.partition("?")
        if waiting.form:
            head = f"POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            sent = f"{head}Content-Length: {len(query)}\r\nHost: localhost:{port}\r\n\r\n{query}"
        else:
            sent = f"GET {waiting.target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
        began = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as browser:
            browser.sendall(sent.encode())
            waiting.done.wait(PATIENCE)
        return waiting.moments[0] - began if waiting.moments else None


def sign_in(runs: int) -> Iterable[Finding]:
    """Redirect received to code exchanged, also while a connection is open on which nothing is said."""
    signings: Sequence[tuple[str, Signing]] = (
        ("this project", own_desk),
        ("bare http.server", bare),
        ("google-auth-oauthlib", google),
        ("MSAL", msal),
    )
    times: dict[str, list[float]] = {name: [] for name, _ in signings}
    with TokenServer() as server:
        for run in range(3 * runs + 1):
            for name, signing in signings:
                seconds = _sign_in(signing, server.address, idle=False)
                if seconds is None:
                    raise RuntimeError(f"{name} did not end")
                # The first one imports.
                times[name] += [seconds] if run else []
        with_idle = {name: _sign_in(signing, server.address, idle=True) for name, signing in signings}
    ours, floor, *peers = (median(times[name]) for name, _ in signings)
    yield compared("sign-in, redirect to tokens", ours, "bare http.server", floor, at_most=2.5, reach="≤ 2.5 times")
    for (name, _), theirs in zip(signings[2:], peers, strict=True):
        yield compared("sign-in, redirect to tokens", ours, name, theirs, at_most=1, reach="ahead")
    others = ", ".join(f"{name}: {_told(with_idle[name])}" for name, _ in signings[1:])
    mine = with_idle["this project"]
    yield Finding("the same, an idle connection open", _told(mine), others, "", "ends", mine is not None, is_firm=True)


def _told(seconds: float | None) -> str:
    return f"not within {PATIENCE:.0f} s" if seconds is None else shown(seconds)


ROWS: Final = (Row("sign-in", sign_in),)
