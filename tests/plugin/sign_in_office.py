"""A workstation in front of a simulated Xero: a desk for sign-ins on real ports, and a person with a browser."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hostspec.testing import FakeBrowser, FakeClock
from hostspec.testing.fakes import Log
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID, WEB_CLIENT_ID
from tests.canaries import marked_bytes
from tests.free_ports import free_ports
from tests.plugin.loopback_client import Seen, is_open, read_answer, visit, visit_raw
from tests.plugin.sign_in_room import SignInRoom
from xero_connections_plugin.gateways.sign_in.callback_server import (
    LOOPBACK,
    ListenerLimits,
    LoopbackListener,
    LoopbackListeners,
)
from xero_connections_plugin.gateways.sign_in.port_holders import programs_on
from xero_connections_plugin.gateways.sign_in.signing_keys import SigningKeys
from xero_connections_plugin.gateways.sign_in.token_endpoint import HttpTokenEndpoint
from xero_connections_plugin.oauth.sign_in import SignInDesk, SignInPhase, SignInRequest
from xero_connections_plugin.oauth.sign_in import SignInSurroundings as Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pydantic import SecretStr

    from sample_host.xero_simulator.server import SimulatorServer
    from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Verdict
    from xero_connections_plugin.oauth.grant import TokenAnswer
    from xero_connections_plugin.oauth.id_token import IdTokenClaims

SCOPES = ("offline_access", "accounting.contacts")
PATIENCE = 20.0


class Moment(StrEnum):
    """Where a sign-in may be when something else happens."""

    BEFORE_THE_BROWSER = "before the browser"
    BEFORE_THE_ANSWER = "before the answer"
    ANSWER_COMING_IN = "as the answer comes in"
    ANSWER_TAKEN = "as the answer was taken"
    CODE_GOING_OUT = "as the code goes out"
    TOKENS_COMING_IN = "as the tokens come in"
    TOKENS_BEING_KEPT = "as the tokens are being kept"
    TOKENS_KEPT = "as the tokens were kept"
    AFTER_THE_END = "after the end"


class _WatchedListeners(LoopbackListeners):
    reached: Callable[[Moment], None]

    def open(
        self, port: int, *, answer: Callable[[IncomingRequest], Verdict], app_label: str, host_name: str
    ) -> LoopbackListener:
        def watched(request: IncomingRequest) -> Verdict:
            self.reached(Moment.ANSWER_COMING_IN)
            verdict = answer(request)
            if verdict.outcome is not None:
                self.reached(Moment.ANSWER_TAKEN)
            return verdict

        return super().open(port, answer=watched, app_label=app_label, host_name=host_name)


class _WatchedTokens(HttpTokenEndpoint):
    reached: Callable[[Moment], None]

    def exchange(self, *, client_id: str, code: SecretStr, redirect_uri: str, verifier: SecretStr) -> TokenAnswer:
        self.reached(Moment.CODE_GOING_OUT)
        answer = super().exchange(client_id=client_id, code=code, redirect_uri=redirect_uri, verifier=verifier)
        self.reached(Moment.TOKENS_COMING_IN)
        return answer


class Office(SignInRoom):
    """A workstation, in front of real ports.

    Args:
        xero: Where to sign in.
        ports: How many ports are registered.
        limits: Of the listeners.
        families: Of the listeners.
        monotonic: The clock of the listeners; sign-ins themselves use ``clock``.
        browser: Of the person.
        programs: Who has ports.
    """

    patience = PATIENCE

    def __init__(
        self,
        xero: SimulatorServer,
        *,
        ports: int = 1,
        limits: ListenerLimits | None = None,
        families: tuple[tuple[socket.AddressFamily, str], ...] = LOOPBACK,
        monotonic: Callable[[], float] = time.monotonic,
        browser: FakeBrowser | None = None,
        programs: Callable[[Collection[int]], tuple[str, ...]] = programs_on,
    ) -> None:
        super().__init__(browser)
        self.xero = xero
        self.ports = tuple(free_ports(ports))
        self.clock = FakeClock()
        self.pages: Log[Seen] = Log()
        """What the person's browser showed last, sign-in by sign-in."""
        self.kept: Log[tuple[TokenAnswer, IdTokenClaims | None]] = Log()
        self.on_moment: Callable[[Moment], None] = lambda moment: None
        """Called at each moment of a sign-in, in the thread that has reached it."""
        self.register_redirects()
        addresses = xero.addresses
        self.listeners = _WatchedListeners(monotonic, limits, families, programs)
        tokens = _WatchedTokens(addresses.token_url, addresses.revocation_url, self.clock)
        self.listeners.reached = tokens.reached = lambda moment: self.on_moment(moment)
        self.desk = SignInDesk(
            Surroundings(
                tokens=tokens,
                signatures=SigningKeys(addresses.jwks_url, self.clock),
                listeners=self.listeners,
                browser=self.browser,
                clock=self.clock,
                tasks=self.tasks,
                random_bytes=marked_bytes,
                issuer=addresses.issuer,
                host_name="Capture",
            )
        )

    def held_ports(self) -> list[int]:
        return [port for port in self.ports if is_open(port)]

    @property
    def port(self) -> int:
        """The first of the registered ports."""
        return self.ports[0]

    def register_redirects(self) -> None:
        """Register every port's redirect URI at Xero."""
        for client_id in (DEMO_CLIENT_ID, WEB_CLIENT_ID):
            for port in self.ports:
                self.xero.control.add_redirect_uri(client_id, f"http://localhost:{port}/callback")

    def authorize(
        self,
        draft_id: str = "draft",
        *,
        owner: str = "Ada",
        subject_id: str | None = None,
        client_id: str = DEMO_CLIENT_ID,
        scopes: tuple[str, ...] = SCOPES,
    ) -> None:
        """Press Authorize."""

        def adopt(answer: TokenAnswer, claims: IdTokenClaims | None) -> str:
            self.on_moment(Moment.TOKENS_BEING_KEPT)
            self.kept.add((answer, claims))
            self.on_moment(Moment.TOKENS_KEPT)
            return "three companies"

        request = SignInRequest(
            draft_id=draft_id,
            owner=owner,
            subject_id=subject_id,
            app_label="Bakery app",
            client_id=client_id,
            application_url="http://localhost",
            ports=self.ports,
            scopes=scopes,
            authorize_url=self.xero.addresses.authorize_url,
            open_browser=True,
        )
        self.desk.start(request, adopt=adopt, changed=lambda: self.news.add(draft_id))

    def consent(self, draft_id: str = "draft", *, allow: bool = True) -> str:
        """Answer Xero's question; the path and query that the browser is sent back to."""
        return self.target(self.progress(draft_id).address, allow=allow)

    def target(self, address: str, *, allow: bool = True) -> str:
        """The same for the address that the browser was to open."""
        parts = urlsplit(self.xero.approve(address) if allow else self.xero.deny(address))
        assert parts.hostname == "localhost"
        assert parts.port in self.ports
        return f"{parts.path}?{parts.query}"

    def browse(self, target: str, port: int | None = None) -> Seen:
        """What a browser shows in the end for this path of a held port, the first unless another one is named."""
        held = port or self.port
        seen = visit(held, target)
        if location := seen.headers["Location"]:
            seen = visit(held, location)
        self.pages.add(seen)
        return seen

    def allow(self, address: str) -> None:
        """Click through: Allow access, then wherever the browser is sent; an ``on_open`` of the browser."""
        self.browse(self.target(address), urlsplit(self.progress().redirect_uri).port)

    def deny(self, address: str) -> None:
        """The same with Cancel."""
        self.browse(self.target(address, allow=False))

    def visit(self, target: str, method: str = "GET", body: str | None = None, *, host: str = "127.0.0.1") -> Seen:
        """One request to the first port."""
        return visit(self.port, target, method=method, host=host, body=body)

    def connect(self, host: str = "127.0.0.1") -> socket.socket:
        """A connection to the first port, on which nothing was said yet."""
        return socket.create_connection((host, self.port), timeout=10)

    def raw(self, request: str) -> Seen:
        """The same, letter for letter."""
        return read_answer(visit_raw(self.port, request.encode("latin-1")))

    @property
    def token_requests(self) -> int:
        """How often Xero was asked for tokens."""
        return self.xero.control.state().requests.get("token", 0)

    def was_kept_waiting(self, seen: Seen) -> None:
        """Fails unless this answer is neutral, the sign-in is still waited for, and nothing was stored or asked for."""
        assert 400 <= seen.status < 500
        assert seen.headers["Location"] is None
        assert seen.headers["Cache-Control"] == "no-store"
        if seen.body:
            assert "Nothing to see here" in seen.body
        assert self.progress().phase is SignInPhase.WAITING
        assert len(self.kept) == 0
        assert self.token_requests == 0

    def succeeds(self, target: str | None = None) -> None:
        """Fails unless the true answer now leads to tokens, once, and to a free port."""
        page = self.browse(target or self.consent())
        assert (page.status, "Access was received for Bakery app." in page.body) == (200, True)
        done = self.end()
        assert (done.phase, done.result, done.problem) == (SignInPhase.DONE, "three companies", None)
        self.has_tokens_once()

    def has_tokens_once(self) -> None:
        """Fails unless tokens were asked for and kept exactly once, and the port is free."""
        assert len(self.kept) == 1
        assert self.token_requests == 1
        self.port_is_free()

    def port_is_free(self) -> None:
        """Fails unless the port is free, a second after the last page at the latest."""
        pause = threading.Event()
        for _ in range(40):
            if not is_open(self.port):
                return
            pause.wait(0.05)
        raise AssertionError("the port is still held")

    def try_to_browse(self, target: str) -> Seen | None:
        """As ``browse``; ``None`` where nobody listens any more, or hangs up."""
        with suppress(OSError):
            return self.browse(target)
        return None
