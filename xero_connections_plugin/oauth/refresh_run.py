"""How is one refresh carried out? Performs what ``rotation`` decides, through ports, for one grant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from hostspec.errors import ConnectionProblem
from xero_connections_plugin.oauth import rotation
from xero_connections_plugin.oauth import rotation_words as w
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS, SealBroken
from xero_connections_plugin.oauth.grant_views import cause_of_end, intent_for, sealed_of, view_of
from xero_connections_plugin.oauth.held_tokens import Moment
from xero_connections_plugin.oauth.oauth_errors import OutcomeUnknown, RequestNotSent, Throttled, TokenRefused
from xero_connections_plugin.oauth.refresh_news import RefreshNews
from xero_connections_plugin.oauth.renewal import Renewal
from xero_connections_plugin.oauth.renewal_problems import others_at_work
from xero_connections_plugin.oauth.token_sealing import open_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from xero_connections_plugin.oauth.grant import TokenSet
    from xero_connections_plugin.oauth.grant_ports import Intent, Lease, StoredGrant
    from xero_connections_plugin.oauth.renewal import RefreshPorts

BUDGET_SECONDS: Final = 65.0
"""Trying, from the moment when the lease is ours; and, before that, waiting for another owner."""

REQUEST_SECONDS: Final = 30.0

LONGEST_PAUSE_SECONDS: Final = 10.0
"""Longer waits that the server asks for are told to the caller: request and pause must end within the lease."""

MOST_WRITES: Final = 4


class RefreshRun:
    """One process at work on one grant; not shared between threads.

    Args:
        stored: The grant; a token of its generation or an older one is not wanted.
        read_at: When it was read.
        ports: The world.
    """

    def __init__(self, stored: StoredGrant, read_at: Moment, ports: RefreshPorts) -> None:
        self._grant_id = stored.record.grant_id
        self._ports = ports
        self._run, self._act = rotation.begin(stored.record.generation)
        self._started = ports.clock.monotonic()
        self._heard = ports.store.handed_back()
        self._stored, self._read_at = stored, read_at
        self._lease: Lease | None = None
        self._leased_at = read_at
        self._renewal: Renewal | None = None
        self._pause = 0.0
        self._writes = 0
        self._problem: ConnectionProblem | None = None

    @property
    def renewal(self) -> Renewal:
        """What this run made current, once it has ended in ``ROTATED``.

        Raises:
            ValueError: It did not.
        """
        if self._renewal is None:
            raise ValueError("nothing was answered yet")
        return self._renewal

    @property
    def problem(self) -> ConnectionProblem:
        """Why the run did not succeed."""
        return self._problem or others_at_work()

    def perform(self) -> w.Ending:
        """Carry the run to its end.

        Raises:
            StoreUnavailable, StoredDataDamaged, SecretStoreUnavailable: Before anything was sent that the server
                may have acted on.
        """
        try:
            while not isinstance(self._act, w.Finish):
                act = self._act
                name = type(act).__name__
                self._ports.checkpoint(f"before {name}")
                event = self._do(act)
                self._ports.checkpoint(f"after {name}")
                self._run, self._act = rotation.step(self._run, event)
        except Exception:
            self.abandon()
            raise
        self._ports.heard(RefreshNews(self._stored.record, self._act.ending, self._problem))
        return self._act.ending

    def resume(self) -> w.Ending:
        """Try again to save an answer, after a run that ended in ``UNSAVED``."""
        self._writes = 0
        self._started = self._ports.clock.monotonic()
        self._run, self._act = rotation.step(self._run, w.WriteFailed(again=True))
        return self.perform()

    def _do(self, act: w.Deed) -> w.Event:
        match act:
            case w.TakeLease():
                return self._take_lease()
            case w.WaitForOwner():
                return self._wait_for_owner()
            case w.NoteIntent(token):
                return self._note_intent(token)
            case w.Send():
                return self._send(act)
            case w.PauseAndExtend():
                self._ports.clock.wait(self._pause)
                return w.Extended() if self._extend() else w.LeaseLost()
            case w.ReadGrant():
                stored = self._ports.store.read(self._grant_id)
                if stored is None:
                    return w.GrantGone()
                self._stored, self._read_at = stored, self._moment(stored)
                return w.ReadAgain(view_of(stored))
            case w.KeepCandidate(retry):
                return self._write(self._keep_candidate, retry=retry)
            case w.Commit(retry):
                return self._write(self._commit, retry=retry)
            case w.Promote(candidate, spent):
                return self._promote(candidate, spent)
            case w.MarkSignInNeeded(late, damaged):
                return self._mark(late=late, damaged=damaged)
            case w.LetGo(clear_intent):
                lease, self._lease = self._lease, None
                if lease is None or self._ports.store.let_go(lease, clear_intent=clear_intent):
                    return w.LetGoDone()
                return w.LeaseLost()
            case _:
                assert_never(act)

    def _take_lease(self) -> w.Event:
        seen: list[tuple[StoredGrant, Intent | None]] = []

        def choose(stored: StoredGrant) -> Intent | None:
            self._read_at = self._moment(stored)
            _, act = rotation.step(self._run, w.LeaseTaken(view_of(stored)))
            match act:
                case w.NoteIntent(token):
                    seen.append((stored, intent_for(token, stored)))
                case w.Promote(_, spent):
                    seen.append((stored, stored.intent or intent_for(spent, stored)))
                case _:
                    seen.append((stored, None))
            return seen[-1][1]

        if self._stored.is_taken:
            return w.LeaseHeld()
        leased = self._ports.store.take_lease(self._grant_id, choose=choose)
        if not seen:
            return w.GrantGone()
        before, intent = seen[-1]
        if leased is not None:
            self._started = self._ports.clock.monotonic()
            self._lease, self._stored = leased.lease, leased.stored
            self._leased_at = self._moment(leased.stored)
        elif intent is not None:
            return w.LeaseHeld()
        # Decided on what was noted before: our own note says nothing about what the server may have seen.
        return w.LeaseTaken(view_of(before))

    def _wait_for_owner(self) -> w.Event:
        pause = 0.02
        while True:  # an owner on this machine is heard at once
            self._ports.store.await_handing_back(self._heard, pause * (0.5 + self._ports.jitter()))
            self._heard = self._ports.store.handed_back()
            stored = self._ports.store.read(self._grant_id)
            if stored is None:
                return w.GrantGone()
            if stored.record.generation > self._run.stale:
                return w.MovedOn()
            if not stored.is_taken:
                self._stored = stored
                return w.OwnerDone()
            if self._elapsed() > BUDGET_SECONDS:
                return w.WaitedTooLong()
            pause = min(pause * 1.5, 0.15)

    def _note_intent(self, token: w.Token) -> w.Event:
        stored = self._stored
        if stored.intent is not None and stored.intent.token == token and self._lease is not None:
            return w.IntentNoted()
        intent = intent_for(token, stored)
        if not self._ports.store.write_intent(self._held(), intent):
            return w.LeaseLost()
        self._stored = replace(stored, intent=intent)
        return w.IntentNoted()

    def _send(self, act: w.Send) -> w.Event:
        stored = self._stored
        try:
            tokens = self._open(act.token, stored)
        except SealBroken:
            return w.Unreadable(act.token)
        # The keychain may have kept us waiting, or the machine slept: a request must end within the lease.
        lease_age = self._leased_at.age(self._ports.clock).total_seconds()
        if lease_age > LEASE_SECONDS - REQUEST_SECONDS and not self._extend():
            return w.LeaseLost()
        self._pause = 0.5 * 2 ** (self._run.sends - 1) * (0.5 + self._ports.jitter())
        asked = self._read_at.now(self._ports.clock)
        try:
            answer = self._ports.endpoint.refresh(client_id=stored.record.client_id, refresh_token=tokens.refresh_token)
        except RequestNotSent as failure:
            self._problem = failure.problem
            return w.NotSent(again=self._fits(self._pause))
        except OutcomeUnknown as failure:
            self._problem = failure.problem
            return w.Unanswered(again=self._fits(self._pause))
        except Throttled as failure:
            self._problem = failure.problem
            self._pause = max(self._pause, failure.retry_after or 0.0)
            return w.Throttled(again=self._pause <= LONGEST_PAUSE_SECONDS and self._fits(self._pause))
        except TokenRefused as failure:
            self._problem = failure.problem
            return w.GrantRefused() if failure.error == "invalid_grant" else w.AppRefused()
        self._renewal = Renewal.answered(answer, tokens, act, stored, asked)
        self._problem = None
        return w.Answered()

    def _write(self, write: Callable[[], w.Event], *, retry: bool) -> w.Event:
        if retry:
            self._ports.clock.wait(0.25 * 2**self._writes)
        self._writes += 1
        try:
            event = write()
        except ConnectionProblem as problem:
            self._problem = problem
            return w.WriteFailed(again=self._writes < MOST_WRITES)
        self._writes = 0
        return event

    def _keep_candidate(self) -> w.Event:
        self._renewal = self.renewal.sealed(self._ports, fencing=self._held().fencing)
        self._renewal.keep(self._ports)
        return w.CandidateKept()

    def _commit(self) -> w.Event:
        done = self.renewal.commit(self._ports, self._held())
        self._lease = None
        self._problem = None
        return w.Committed() if done else w.Conflict()

    def _promote(self, candidate: w.Token, spent: w.Token) -> w.Event:
        kept = next(kept for kept in self._stored.candidates if kept.token == candidate)
        try:
            tokens = self._open(candidate, self._stored)
        except SealBroken:
            return w.Unreadable(candidate)
        self._renewal = Renewal.promoted(kept, tokens, spent, self._stored, self._read_at)
        return self._write(self._commit, retry=False)

    def _mark(self, *, late: bool, damaged: bool) -> w.Event:
        cause = cause_of_end(self._stored, late=late, damaged=damaged)
        expected = self._stored.record.generation
        done = self._ports.store.mark_sign_in_needed(self._held(), expected=expected, cause=cause)
        self._lease = None
        return w.Marked() if done else w.LeaseLost()

    def abandon(self) -> None:
        """Give the lease back: nobody goes on with this run."""
        # The intent stays: presenting the same token again is always safe inside the grace, forgetting it is not.
        if self._lease is None:
            return
        try:
            self._ports.store.let_go(self._lease, clear_intent=False)
        except ConnectionProblem:
            return  # the lease runs out by itself, and at once when this process ends
        self._lease = None

    def _open(self, token: w.Token, stored: StoredGrant) -> TokenSet:
        sealed = sealed_of(token, stored)
        return open_tokens(self._ports.box, sealed, grant_id=self._grant_id, generation=token.generation)

    def _extend(self) -> bool:
        """Begin the length of the lease anew; whether it is still ours."""
        self._leased_at = self._read_at.now(self._ports.clock)
        return self._ports.store.extend_lease(self._held())

    def _moment(self, stored: StoredGrant) -> Moment:
        return Moment(stored.now, self._ports.clock.now().timestamp(), self._ports.clock.monotonic())

    def _elapsed(self) -> float:
        return self._ports.clock.monotonic() - self._started

    def _fits(self, pause: float) -> bool:
        return self._elapsed() + pause + REQUEST_SECONDS <= BUDGET_SECONDS

    def _held(self) -> Lease:
        if self._lease is None:
            raise ValueError("this act needs the lease")
        return self._lease
