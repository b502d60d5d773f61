"""What is the state of one sign-in, and which change may follow which? One lock, and nobody is called under it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Generic, TypeVar, assert_never

from pydantic import SecretStr

from hostspec.errors import (
    ConnectionProblem,
    ProviderUnavailable,
    SignInCancelled,
    SignInRejected,
    SignInTimedOut,
)
from xero_connections_plugin.oauth.callback_verdict import (
    LATE_ANSWER,
    TOO_LATE,
    CodeReceived,
    ErrorReceived,
    ForeignAnswer,
    IncomingRequest,
    Page,
    Taken,
    Verdict,
    judge,
    judge_pasted,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.services import Clock
    from xero_connections_plugin.oauth.authorization import Attempt
    from xero_connections_plugin.oauth.listening import Listener
    from xero_connections_plugin.oauth.pkce import AttemptSecrets

T = TypeVar("T")

_LOOK_UP_SECONDS: Final = 0.1
"""How often (real seconds) the wait looks at the clock, which may have been suspended with the machine."""


class SignInPhase(StrEnum):
    """Where a sign-in stands; the last two are ends."""

    WAITING = "waiting"
    EXCHANGING = "exchanging"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class SignInRequest:
    """What a sign-in is for, and for whom."""

    draft_id: str
    owner: str
    """The name of the person, told to others who want the same port or entry meanwhile."""
    subject_id: str | None
    """The entry being authorized again, if any: one sign-in each."""
    app_label: str
    """Named in the browser's last page."""
    client_id: str
    application_url: str
    ports: tuple[int, ...]
    """Tried in this order; every one is registered."""
    scopes: tuple[str, ...]
    authorize_url: str
    open_browser: bool
    """Whether the person sits at this machine."""
    owner_id: str = ""
    """Who the person is for the host."""


@dataclass(frozen=True)
class SignInProgress(Generic[T]):
    """What to show of a sign-in."""

    phase: SignInPhase
    seconds_left: float
    """Of the wait for the browser; never negative."""
    seconds_total: float
    address: str = field(repr=False)
    """To open or to copy; holds the state, so only its own person may see it."""
    redirect_uri: str
    port: int
    result: T | None
    """What ``adopt`` made of the tokens; only when done."""
    problem: ConnectionProblem | None
    """Only when failed."""
    browser_opened: bool | None
    """``False`` when the browser could not be started; ``None`` while unknown or not wanted."""


class SignInRun(Generic[T]):
    """One sign-in. Every method may be called from any thread at any time; the first end wins.

    Args:
        request: What it is for.
        attempt: What is waited for.
        secrets: Of this attempt; the verifier goes out once.
        address: What the browser opens.
        port: Where the browser comes back to.
        clock: Only its monotonic side is used.
        timeout: Seconds to wait for the browser; an answer at exactly this time is still accepted.
    """

    listener: Listener
    """Set before anything can end the run."""

    def __init__(
        self,
        request: SignInRequest,
        attempt: Attempt,
        secrets: AttemptSecrets,
        *,
        address: str,
        port: int,
        clock: Clock,
        timeout: float,
    ) -> None:
        self.request = request
        self.attempt = attempt
        self.secrets = secrets
        self.port = port
        self._address = address
        self._clock = clock
        self._timeout = timeout
        self._deadline = clock.monotonic() + timeout
        self._changed = threading.Condition()
        self._phase = SignInPhase.WAITING
        self._taken: Taken | None = None
        self._pasted = False
        self._code: SecretStr | None = None
        self._result: T | None = None
        self._problem: ConnectionProblem | None = None
        self._browser_opened: bool | None = None

    def offer(self, request: IncomingRequest) -> Verdict:
        """Judge a request of the browser's; an accepted one moves the sign-in on."""
        return self._weigh(lambda: judge(self.attempt, request, self._taken), request.target)

    def offer_pasted(self, address: str) -> Verdict:
        """Judge a pasted address by the same rules."""
        return self._weigh(lambda: judge_pasted(self.attempt, address, self._taken), address, pasted=True)

    def wait_for_code(self, is_cancelled: Callable[[], bool]) -> SecretStr | None:
        """Block until there is a code, which is handed out this once; ``None`` when the wait ended otherwise."""
        with self._changed:
            while self._phase is SignInPhase.WAITING:
                left = self._deadline - self._clock.monotonic()
                if is_cancelled():
                    self._end(cancelled())
                elif left < 0:
                    self._end(self._timed_out())
                else:
                    self._changed.wait(min(_LOOK_UP_SECONDS, left + 0.01))
            code, self._code = self._code, None
            return code

    def fail(self, problem: ConnectionProblem) -> bool:
        """End it, unless it has ended; whether it was this call that did."""
        with self._changed:
            return self._end(problem)

    def succeed(self, result: T) -> bool:
        """End it well, unless it has ended; whether it was this call that did."""
        with self._changed:
            if not self.is_active:
                return False
            self._phase, self._result = SignInPhase.DONE, result
            return True

    def browser_started(self, opened: bool) -> None:
        """Remember what the launcher said."""
        with self._changed:
            self._browser_opened = opened

    def release_port(self) -> None:
        """Close the port now, except where the browser may still fetch a page from it: then within a second."""
        with self._changed:
            last_page_due = self._taken is not None and not self._pasted
            was_too_late = isinstance(self._problem, SignInTimedOut)
        if was_too_late:
            # Somebody who allows access just now reads that it was too late, instead of an error of the browser.
            self.listener.close_soon()
        elif not last_page_due:
            self.listener.close()

    @property
    def is_active(self) -> bool:
        return self._phase in {SignInPhase.WAITING, SignInPhase.EXCHANGING}

    @property
    def is_waiting(self) -> bool:
        return self._phase is SignInPhase.WAITING

    def progress(self) -> SignInProgress[T]:
        """Where it stands now."""
        with self._changed:
            return SignInProgress(
                phase=self._phase,
                seconds_left=max(0.0, self._deadline - self._clock.monotonic()),
                seconds_total=self._timeout,
                address=self._address,
                redirect_uri=self.attempt.redirect_uri,
                port=self.port,
                result=self._result,
                problem=self._problem,
                browser_opened=self._browser_opened,
            )

    def _weigh(self, verdict_of: Callable[[], Verdict], target: str, *, pasted: bool = False) -> Verdict:
        with self._changed:
            verdict = verdict_of()
            if verdict.outcome is None:
                return verdict
            if self._phase is SignInPhase.WAITING and self._clock.monotonic() > self._deadline:
                self._end(self._timed_out())
            if self._phase is not SignInPhase.WAITING:
                if pasted or not isinstance(self._problem, SignInTimedOut):
                    return TOO_LATE
                self._taken = Taken(SecretStr(target), Page.EXPIRED)
                return LATE_ANSWER
            self._taken, self._pasted = Taken(SecretStr(target), verdict.page), pasted
            if isinstance(verdict.outcome, CodeReceived):
                self._code = verdict.outcome.code
                self._phase = SignInPhase.EXCHANGING
                self._changed.notify_all()
            else:
                self._end(_problem_of(verdict.outcome))
            return verdict

    def _end(self, problem: ConnectionProblem) -> bool:
        if not self.is_active:
            return False
        self._phase, self._problem, self._code = SignInPhase.FAILED, problem, None
        self._changed.notify_all()
        return True

    def _timed_out(self) -> SignInTimedOut:
        return SignInTimedOut(
            f"No answer came back from the browser within {self._timeout:g} seconds. Nothing was changed. If the "
            "browser showed an error, check the client id and the redirect URI; otherwise try again."
        )


def cancelled() -> SignInCancelled:
    """Somebody cancelled here."""
    return SignInCancelled("The sign-in was cancelled. The connection was left as it was.")


def _problem_of(outcome: ErrorReceived | ForeignAnswer) -> ConnectionProblem:
    match outcome:
        case ErrorReceived("access_denied"):
            return SignInCancelled("You did not allow access. Nothing was changed.", code="SIGN_IN_DENIED")
        case ErrorReceived("server_error" | "temporarily_unavailable"):
            return ProviderUnavailable(
                "The sign-in page has trouble at the moment. Nothing was changed; please try again in a few minutes.",
                code="XERO_DOWN",
            )
        case ErrorReceived("invalid_scope"):
            return SignInRejected(
                "The app may not ask for these scopes. Nothing was changed; check the scopes under Advanced.",
                code="SCOPES",
            )
        case ErrorReceived(error):
            return SignInRejected(
                f"The sign-in page sent you back without access ({error}). Nothing was changed; check the client id "
                "and the redirect URI that are registered for the app."
            )
        case ForeignAnswer():
            return SignInRejected(
                "The answer names another sign-in server than the one that was asked, so it was not used. Nothing was "
                "changed; check the addresses in the settings, or tell support."
            )
        case _:
            assert_never(outcome)
