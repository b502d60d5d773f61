"""Which companies are to be unlinked at Xero: now, or as soon as Xero can be reached again?

What is to be unlinked is noted first, in the store, so that neither an outage nor a kill in between leaves a company
open that somebody wanted closed. What an entry uses by then is never unlinked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import CaptureError, ProviderUnavailable, SecretStoreUnavailable, StoreUnavailable
from xero_connections_plugin.oauth.grant import GrantState
from xero_connections_plugin.own_locks import ProcessLock
from xero_connections_plugin.xero.tenants import asked_with_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from hostspec.services import Clock
    from xero_connections_plugin.oauth.grant import AccessToken, GrantId, GrantRecord
    from xero_connections_plugin.xero.tenants import TenantsApi

_PAUSE_SECONDS: Final = 60.0
"""Between two tries, where Xero names no time."""

_OWN_TRY: Final = timedelta(seconds=180)
"""So long the one who asked is at it: other processes, and later runs, begin only then."""

_UNSAVED: Final = timedelta(hours=24)
"""So long somebody who has signed in again may not have saved yet, on any workstation."""

_PASSING: Final = (ProviderUnavailable, SecretStoreUnavailable, StoreUnavailable)


@dataclass(frozen=True)
class LateUnlink:
    """A company to unlink, for a deleted entry."""

    unlink_id: str
    """The id of the deleted entry."""
    grant_id: GrantId
    tenant_id: str
    tenant_name: str
    asked_by: str
    asked_at: datetime
    """By the clock of the store (UTC)."""
    problem: str = ""
    """Why it could not be done so far; empty before the first try has ended."""


class Unlinked(StrEnum):
    """What became of a company that was to be unlinked."""

    DONE = "done"
    GONE = "gone"
    """It was not linked any more."""
    LATER = "later"
    """Xero cannot be reached or is busy: it is done as soon as possible."""


@dataclass(frozen=True)
class Settled:
    """A company that was to be unlinked earlier, and what became of it now."""

    unlink: LateUnlink
    users: tuple[str, ...] = ()
    """Entries that use it by now, so that it stays linked."""
    problem: CaptureError | None = None
    """Why it can never be done from here."""


class UnlinkStore(Protocol):
    """Remembers what is to be unlinked. Every method is one transaction."""

    def now(self) -> datetime: ...

    def note(self, unlink: LateUnlink) -> None:
        """Note a wish; the same again changes nothing."""

    def waiting(self) -> tuple[LateUnlink, ...]:
        """What is still to be done, oldest first."""

    def note_problem(self, unlink_id: str, problem: str) -> None:
        """Note why it could not be done so far; no error when it is settled."""

    def settle(self, unlink_id: str) -> bool:
        """It is done, or never will be; ``False`` when somebody else has settled it."""


class Tokens(Protocol):
    """Who keeps the sign-ins."""

    def access_token(self, grant_id: GrantId, *, refused: int | None = None) -> AccessToken: ...

    def record(self, grant_id: GrantId) -> GrantRecord | None: ...


class LateUnlinks:
    """Unlinks companies at Xero. Any thread may call.

    Args:
        store: Remembers.
        tokens: Authorize it.
        tenants: Xero's list of links.
        users: Names of the entries that use a sign-in for a company.
        drafted: The sign-ins that open definitions use.
        clock: For the pauses.
    """

    def __init__(
        self,
        store: UnlinkStore,
        tokens: Tokens,
        tenants: TenantsApi,
        *,
        users: Callable[[GrantId, str], tuple[str, ...]],
        drafted: Callable[[], frozenset[GrantId]],
        clock: Clock,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._tenants = tenants
        self._users = users
        self._drafted = drafted
        self._clock = clock
        self._lock = ProcessLock()
        self._not_before: dict[str, float] = {}

    def now(self) -> datetime:
        """The time of the store (UTC)."""
        return self._store.now()

    def note(self, wish: LateUnlink) -> None:
        """Note that a company is to be unlinked, as soon as possible; the same again changes nothing."""
        self._store.note(wish)

    def unlink(self, wish: LateUnlink) -> Unlinked:
        """Unlink a company, now or as soon as possible.

        Raises:
            CaptureError: It can never be done from here.
        """
        self._store.note(wish)
        self._pause(wish.unlink_id, _OWN_TRY.total_seconds())
        try:
            was_linked = self._ask(wish)
        except _PASSING as problem:
            self._put_off(wish, problem)
            return Unlinked.LATER
        except CaptureError:
            self._store.settle(wish.unlink_id)
            raise
        self._store.settle(wish.unlink_id)
        return Unlinked.DONE if was_linked else Unlinked.GONE

    def waiting(self) -> tuple[LateUnlink, ...]:
        """What is still to be done, without what an entry uses by now."""
        return tuple(wish for wish in self._store.waiting() if not self._users(wish.grant_id, wish.tenant_id))

    def sign_in_ended(self, grant_id: GrantId) -> None:
        """Nothing is linked through a sign-in any more, since it was revoked."""
        for wish in self._store.waiting():
            if wish.grant_id == grant_id:
                self._store.settle(wish.unlink_id)

    def finish(self, tell: Callable[[Settled], None]) -> None:
        """Try again, where the time has come; for other processes and earlier runs too.

        Args:
            tell: Called for what is done, and for what never will be.
        """
        for wish in self._store.waiting():
            if not self._is_due(wish):
                continue
            settled = self._try_again(wish)
            if settled is not None and self._store.settle(wish.unlink_id):
                tell(settled)

    def _try_again(self, wish: LateUnlink) -> Settled | None:
        users = self._users(wish.grant_id, wish.tenant_id)
        if users:
            return Settled(wish, users=users)
        record = self._tokens.record(wish.grant_id)
        if record is not None and (record.state is GrantState.ENDING or self._may_be_wanted(wish, record)):
            return None
        try:
            self._ask(wish)
        except _PASSING as problem:
            self._put_off(wish, problem)
            return None
        except CaptureError as problem:
            return Settled(wish, problem=problem)
        return Settled(wish)

    def _may_be_wanted(self, wish: LateUnlink, record: GrantRecord) -> bool:
        """Whether somebody who signed in since is perhaps about to save the very company."""
        signed_in_since = record.authorized_at > wish.asked_at and self._store.now() - record.authorized_at < _UNSAVED
        return signed_in_since or wish.grant_id in self._drafted()

    def _ask(self, wish: LateUnlink) -> bool:
        return asked_with_token(self._tokens, wish.grant_id, lambda token: self._end_links(token, wish.tenant_id))

    def _end_links(self, token: SecretStr, tenant_id: str) -> bool:
        links = [link for link in self._tenants.links(token) if link.tenant_id == tenant_id]
        for link in links:
            self._tenants.unlink(token, link.link_id)
        return bool(links)

    def _put_off(self, wish: LateUnlink, problem: CaptureError) -> None:
        asked_for = problem.retry_after if isinstance(problem, ProviderUnavailable) else None
        self._pause(wish.unlink_id, _PAUSE_SECONDS if asked_for is None else asked_for)
        self._store.note_problem(wish.unlink_id, str(problem))

    def _pause(self, unlink_id: str, seconds: float) -> None:
        with self._lock.own:
            self._not_before[unlink_id] = self._clock.monotonic() + seconds

    def _is_due(self, wish: LateUnlink) -> bool:
        with self._lock.own:
            not_before = self._not_before.get(wish.unlink_id)
        if not_before is not None:
            return self._clock.monotonic() >= not_before
        # Whoever asked, perhaps another process that is at it right now, has said what is in the way, or has ended.
        return bool(wish.problem) or self._store.now() - wish.asked_at >= _OWN_TRY
