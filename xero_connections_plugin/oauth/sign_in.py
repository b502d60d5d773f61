"""How does somebody sign in with the browser? From the free port to tokens that are safely kept."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic

from hostspec.errors import (
    CaptureError,
    ConnectionProblem,
    SignInFailed,
    SignInRejected,
    SignInRunning,
)
from xero_connections_plugin.oauth.authorization import Attempt, build_authorize_url, compose_redirect_uri
from xero_connections_plugin.oauth.callback_verdict import TOO_LATE, explain_paste
from xero_connections_plugin.oauth.code_exchange import trade_code
from xero_connections_plugin.oauth.id_token import OPENID
from xero_connections_plugin.oauth.listening import NoListener, PortTaken
from xero_connections_plugin.oauth.oauth_errors import TokenRequestFailed
from xero_connections_plugin.oauth.pkce import challenge_of, draw_secrets
from xero_connections_plugin.oauth.sign_in_causes import ports_busy
from xero_connections_plugin.oauth.sign_in_run import (
    SignInPhase,
    SignInProgress,
    SignInRequest,
    SignInRun,
    T,
    cancelled,
)
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from hostspec.services import Browser, CancelSignal, Clock, Tasks
    from xero_connections_plugin.oauth.grant import TokenAnswer
    from xero_connections_plugin.oauth.id_token import IdTokenClaims, SignatureCheck
    from xero_connections_plugin.oauth.listening import Listeners
    from xero_connections_plugin.oauth.token_ports import TokenEndpoint

__all__ = ["SignInDesk", "SignInPhase", "SignInProgress", "SignInRequest", "SignInSurroundings"]


@dataclass(frozen=True)
class SignInSurroundings:
    """All that sign-ins need from outside."""

    tokens: TokenEndpoint
    signatures: SignatureCheck
    listeners: Listeners
    browser: Browser
    clock: Clock
    tasks: Tasks
    random_bytes: Callable[[int], bytes]
    """Cryptographic, such as ``secrets.token_bytes``."""
    issuer: str
    host_name: str
    """Where people are told to look for the result."""
    timeout: float = 90.0
    """Seconds to wait for the browser; an answer at exactly this time is accepted, a later one is not."""
    preflight: Callable[[SignInRequest], None] | None = None
    """Asked first; raises where what is gained could not be kept."""
    ended: Callable[[SignInRequest, Any, CaptureError | None], None] = lambda *_: None
    """Told of each sign-in that has ended, with what ``adopt`` made of it or the problem; raises nothing."""


class SignInDesk(Generic[T]):
    """Runs sign-ins, several at once as long as they share neither port nor entry. Use from any thread.

    No lock is held while anything outside is called, ``changed`` is called from threads of its own, and what it
    raises or how long it takes makes no difference.
    """

    def __init__(self, surroundings: SignInSurroundings) -> None:
        self._world = surroundings
        self._starting = ProcessLock()
        self._lock = ProcessLock()
        self._runs: dict[str, _Case[T]] = {}
        self._by_port: dict[int, SignInRun[T]] = {}
        self._is_shut = False

    def start(
        self,
        request: SignInRequest,
        *,
        adopt: Callable[[TokenAnswer, IdTokenClaims | None], T],
        changed: Callable[[], None],
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Hold a port, then open the browser and wait, in tasks of the host. The preflight may take long.

        Args:
            request: What it is for.
            adopt: Called once with the tokens, in a task: keeps them, and answers what ``progress`` shows as the
                result. May raise a ``ConnectionProblem``.
            changed: Called after each change that ``progress`` shows.
            wanted: Asked once, after the preflight and before a port is held.

        Raises:
            SignInCancelled: It is not wanted any more.
            SignInRunning: Somebody signs in for this entry, or on every free port; the text says who.
            CallbackPortBusy: Other programs have all the ports; the text names them.
            SignInFailed: The definition cannot be used for a sign-in.
            ConnectionProblem: What the preflight found.
        """
        try:
            if self._world.preflight is not None:
                self._world.preflight(request)
            if not wanted():
                raise cancelled()
            with self._starting.own:
                self._refuse_a_second(request)
                run = self._hold_a_port(request)
                case = _Case(run, adopt, changed)
                with self._lock.own:
                    self._runs[request.draft_id] = case
                    self._by_port[run.port] = run
        except CaptureError as problem:
            self._world.ended(request, None, problem)
            raise
        try:
            self._world.tasks.start("sign-in", lambda signal: self._work(case, signal))
        except BaseException:
            self.discard(request.draft_id)
            raise
        if request.open_browser:
            # Some launchers block for as long as the browser runs.
            with suppress(Exception):
                self._world.tasks.start("sign-in browser", lambda _: self._open_browser(run))

    def progress(self, draft_id: str) -> SignInProgress[T] | None:
        """How the draft's sign-in stands; ``None`` when there is none."""
        case = self._find(draft_id)
        return None if case is None else case.run.progress()

    def paste(self, draft_id: str, address: str) -> str:
        """Take the address of the page that a browser elsewhere ended on.

        Returns:
            Nothing when it was accepted, otherwise a sentence about what is wrong with it; the wait goes on.
        """
        case = self._find(draft_id)
        if case is None:
            return explain_paste(TOO_LATE, "")
        verdict = case.run.offer_pasted(address)
        return explain_paste(verdict, case.run.attempt.redirect_uri)

    def cancel(self, draft_id: str) -> None:
        """End it now, unless it has ended; tokens that arrive later are dropped."""
        case = self._find(draft_id)
        if case is not None:
            self._cancel(case)

    def discard(self, draft_id: str) -> None:
        """End and forget it."""
        with self._lock.own:
            case = self._runs.pop(draft_id, None)
        if case is not None:
            self._cancel(case)

    def subjects(self) -> frozenset[str]:
        """The entries that somebody signs in for right now."""
        with self._lock.own:
            runs = [case.run for case in self._runs.values()]
        return frozenset(run.request.subject_id for run in runs if run.request.subject_id and run.is_active)

    def shutdown(self) -> None:
        """End everything, close every port, and start nothing more."""
        with self._starting.own:
            self._is_shut = True
            with self._lock.own:
                runs = [*self._by_port.values(), *(case.run for case in self._runs.values())]
        for run in runs:
            run.fail(cancelled())
            run.listener.close()

    def _refuse_a_second(self, request: SignInRequest) -> None:
        if self._is_shut:
            raise SignInFailed("The program is closing, so no sign-in can begin. Nothing was changed.")
        with self._lock.own:
            running = [case.run for case in self._runs.values() if case.run.is_active]
        for run in running:
            same_entry = request.subject_id is not None and run.request.subject_id == request.subject_id
            if run.request.draft_id == request.draft_id or same_entry:
                raise SignInRunning(
                    f"{run.request.owner} is signing in for this connection right now. Please wait until that has "
                    "ended, or cancel it there."
                )

    def _hold_a_port(self, request: SignInRequest) -> SignInRun[T]:
        owners: list[str] = []
        for port in request.ports:
            with self._lock.own:
                last = self._by_port.get(port)
            if last is not None and last.is_waiting:
                owners.append(last.request.owner)
                continue
            if last is not None:
                # It may still be lingering for its last page.
                last.listener.close()
            run = self._prepare(request, port)
            try:
                run.listener = self._world.listeners.open(
                    port, answer=run.offer, app_label=request.app_label, host_name=self._world.host_name
                )
            except PortTaken:
                continue
            return run
        if owners:
            raise SignInRunning(
                f"{' and '.join(dict.fromkeys(owners))} is signing in right now and needs the same port. Please try "
                "again in a minute."
            )
        if not request.open_browser:
            # The browser runs on another machine: what it ends on is pasted, and nothing comes in here.
            run = self._prepare(request, request.ports[0])
            run.listener = NoListener()
            return run
        raise ports_busy(request.ports, self._world.listeners.programs_on(request.ports))

    def _prepare(self, request: SignInRequest, port: int) -> SignInRun[T]:
        secrets = draw_secrets(self._world.random_bytes)
        try:
            redirect_uri = compose_redirect_uri(request.application_url, port)
        except ValueError as refusal:
            raise SignInRejected(str(refusal)) from None
        address = build_authorize_url(
            authorize_url=request.authorize_url,
            client_id=request.client_id,
            redirect_uri=redirect_uri,
            scopes=request.scopes,
            state=secrets.state,
            challenge=challenge_of(secrets.verifier),
            nonce=secrets.nonce if OPENID in request.scopes else None,
        )
        attempt = Attempt(redirect_uri, secrets.state, self._world.issuer)
        clock, timeout = self._world.clock, self._world.timeout
        return SignInRun(request, attempt, secrets, address=address, port=port, clock=clock, timeout=timeout)

    def _open_browser(self, run: SignInRun[T]) -> None:
        opened = False
        # Whatever a launcher raises may quote the address with its state; the person has the address to copy.
        with suppress(Exception):
            opened = bool(self._world.browser.open(run.progress().address))
        run.browser_started(opened)

    def _work(self, case: _Case[T], signal: CancelSignal) -> None:
        run = case.run
        try:
            code = run.wait_for_code(signal.is_set)
            run.release_port()
            if code is not None:
                self._tell(case)
                run.succeed(self._gain(case, code))
        except TokenRequestFailed as failure:
            run.fail(failure.problem)
        except ConnectionProblem as problem:
            run.fail(problem)
        except CaptureError as problem:
            run.fail(SignInFailed(str(problem), code=problem.code))
        finally:
            # Changes nothing where there is an end already; what was not foreseen goes on to the host's log.
            run.fail(SignInFailed("The sign-in broke off because of a fault in the program. Please try again."))
            self._tell(case)
            done = run.progress()
            self._world.ended(run.request, done.result, done.problem)

    def _gain(self, case: _Case[T], code: SecretStr) -> T:
        answer, claims = trade_code(case.run, code, self._world.tokens, self._world.signatures, self._world.clock)
        if not case.run.is_active:
            raise cancelled()
        return case.adopt(answer, claims)

    def _cancel(self, case: _Case[T]) -> None:
        ended = case.run.fail(cancelled())
        case.run.release_port()
        if ended:
            self._tell(case)

    def _tell(self, case: _Case[T]) -> None:
        with suppress(Exception):
            self._world.tasks.start("sign-in news", lambda _: case.changed())

    def _find(self, draft_id: str) -> _Case[T] | None:
        with self._lock.own:
            return self._runs.get(draft_id)


@dataclass(frozen=True)
class _Case(Generic[T]):
    run: SignInRun[T]
    adopt: Callable[[TokenAnswer, IdTokenClaims | None], T]
    changed: Callable[[], None]
