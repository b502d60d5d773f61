"""What happens at Xero, and to the sealed grant, when an entry is deleted?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, assert_never

from hostspec.connections import ConnectionStatus
from hostspec.errors import CaptureError
from hostspec.messages import Notification
from hostspec.providers import Condition
from hostspec.value import ConnectionId, Tone
from xero_connections_plugin.connections.history import EventKind
from xero_connections_plugin.oauth.grant_endings import Ended, EndingWish
from xero_connections_plugin.xero.kept_settings import kept_settings
from xero_connections_plugin.xero.late_unlinks import LateUnlink, Unlinked
from xero_connections_plugin.xero.removal_offers import REVOKE, UNLINK, offered, tenant_of
from xero_connections_plugin.xero.texts import disconnecting_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from hostspec.providers import Connection, RemovalChoice
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord
    from xero_connections_plugin.oauth.grant_endings import LateEnding
    from xero_connections_plugin.xero.kept_settings import KeptSettings
    from xero_connections_plugin.xero.late_unlinks import Settled

_WITHDRAWN: Final = ConnectionStatus.ACCESS_WITHDRAWN
_NEEDS_SIGN_IN: Final = ConnectionStatus.NEEDS_SIGN_IN


class Grants(Protocol):
    """Who keeps the sealed grants."""

    def records(self, grant_ids: Collection[GrantId]) -> Mapping[GrantId, GrantRecord]: ...

    def forget(self, grant_id: GrantId) -> None: ...


class Endings(Protocol):
    """How a grant ends at Xero."""

    def note(self, grant_id: GrantId, wish: EndingWish) -> bool: ...

    def end(self, grant_id: GrantId) -> Ended: ...

    def is_ending(self, grant_id: GrantId) -> bool: ...

    def waiting(self) -> tuple[GrantId, ...]: ...


class Unlinks(Protocol):
    """How a company is unlinked at Xero."""

    def now(self) -> datetime: ...

    def note(self, wish: LateUnlink) -> None: ...

    def unlink(self, wish: LateUnlink) -> Unlinked: ...

    def waiting(self) -> tuple[LateUnlink, ...]: ...

    def sign_in_ended(self, grant_id: GrantId) -> None: ...


class Entries(Protocol):
    """What the list says about entries."""

    def sharing(self, sign_in: str) -> tuple[Connection, ...]: ...

    def set_condition(self, connection_id: ConnectionId, condition: Condition | None) -> None: ...


class Disconnecting:
    """Cuts off only what was chosen; without a choice nothing changes at Xero."""

    def __init__(
        self,
        grants: Grants,
        endings: Endings,
        unlinks: Unlinks,
        entries: Entries,
        *,
        drafted: Callable[[], frozenset[GrantId]],
        changed: Callable[[ConnectionId], None],
        history: History,
    ) -> None:
        """Args:
        entries: The list.
        drafted: The grants that somebody's open definition has just been signed in to.
        changed: Tells everyone that the state of an entry is another one.
        history: Records what was done at Xero.
        """
        self._grants = grants
        self._endings = endings
        self._unlinks = unlinks
        self._entries = entries
        self._drafted = drafted
        self._changed = changed
        self._history = history

    def choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        """What may be done at Xero, each saying whom else it cuts off."""
        try:
            kept = kept_settings(connection)
        except CaptureError:
            return ()
        return offered(kept, self._others(connection)) if kept.grant_id is not None else ()

    def disconnect(self, connection: Connection, choices: frozenset[str], by: str) -> tuple[str, ...]:
        """Do what was chosen at Xero, now or as soon as possible.

        Returns:
            Sentences about what could not be done, or not yet.
        """
        try:
            kept = kept_settings(connection)
        except CaptureError:
            return ()
        if kept.grant_id is None:
            return ()
        if REVOKE in choices:
            return self._revoke(connection, kept.grant_id, by)
        if UNLINK in choices and kept.tenant_id:
            return self._unlink(connection, kept, kept.grant_id, by)
        return ()

    def note_choices(self, connection: Connection, choices: frozenset[str], by: str, asked_at: datetime) -> None:
        """Note what is to be done at Xero, which housekeeping does unless ``disconnect`` follows.

        Args:
            connection: The deleted entry.
            choices: What was chosen.
            by: The name of the person who chose.
            asked_at: When, by the clock of the store (UTC).
        """
        try:
            kept = kept_settings(connection)
        except CaptureError:
            return
        if kept.grant_id is None:
            return
        if REVOKE in choices:
            # Whoever has signed in since, or taken the entry back, wants to keep that sign-in.
            if self._endings.note(kept.grant_id, EndingWish(connection.connection_id, asked_at)):
                revoked = self._condition(_NEEDS_SIGN_IN, texts.revoked_here(by, asked_at))
                self._note(connection, self._others(connection), revoked)
        elif UNLINK in choices and kept.tenant_id:
            self._unlinks.note(_wish(connection, kept, kept.grant_id, by, asked_at))

    def forget(self, connection: Connection) -> None:
        """Wipe the sealed grant, unless another entry or an open definition shares it, or something is still to be
        done with it at Xero.
        """
        try:
            grant_id = kept_settings(connection).grant_id
        except CaptureError:
            return
        if grant_id is None or self._others(connection):
            return
        if grant_id not in self._drafted() and not self._endings.is_ending(grant_id):
            self._grants.forget(grant_id)

    def pending(self) -> tuple[str, ...]:
        """What was chosen and still waits for Xero."""
        records = self._grants.records(self._endings.waiting())
        revoking = [texts.revoking(record.account, record.ending_since) for record in records.values()]
        unlinking = [texts.unlinking(wish.tenant_name, wish.asked_at, wish.problem) for wish in self._unlinks.waiting()]
        return (*unlinking, *revoking)

    def ended_late(self, ending: LateEnding) -> Notification:
        """A revocation that had to wait came to its end: record it, and what to tell about it."""
        problem = ending.problem
        self._unlinks.sign_in_ended(ending.grant_id)
        self._history.record(EventKind.REVOKED, account=ending.account, passed=problem is None)
        return Notification(
            notification_id=f"revoked-{ending.grant_id}",
            title=texts.REVOKED_TITLE if problem is None else texts.NOT_REVOKED_TITLE,
            text=texts.revoked_late(ending.account)
            if problem is None
            else texts.not_revoked_late(ending.account, str(problem)),
            tone=Tone.GOOD if problem is None else Tone.WARNING,
        )

    def unlinked_late(self, settled: Settled) -> Notification:
        """The same for a company that was to be unlinked."""
        wish, tenant = settled.unlink, settled.unlink.tenant_name
        if settled.users:
            text = texts.unlink_cancelled(tenant, settled.users)
        elif settled.problem is not None:
            text = texts.not_unlinked_late(tenant, str(settled.problem))
        else:
            text = texts.unlinked_late(tenant)
            cause = texts.unlinked_here(wish.asked_by, self._unlinks.now())
            self._entries.set_condition(ConnectionId(wish.unlink_id), self._condition(_WITHDRAWN, cause))
        done = not settled.users and settled.problem is None
        self._history.record(EventKind.UNLINKED, label=tenant, passed=done, text=text)
        return Notification(
            notification_id=f"unlinked-{wish.unlink_id}",
            title=texts.UNLINKED_TITLE if done else texts.NOT_UNLINKED_TITLE,
            text=text,
            tone=Tone.GOOD if done else Tone.WARNING,
        )

    def _unlink(self, connection: Connection, kept: KeptSettings, grant_id: GrantId, by: str) -> tuple[str, ...]:
        wish = _wish(connection, kept, grant_id, by, self._unlinks.now())
        try:
            unlinked = self._unlinks.unlink(wish)
        except CaptureError as problem:
            failure = texts.unlink_failed(str(problem))
            self._history.record(EventKind.UNLINKED, connection=connection, passed=False, text=failure)
            return (failure, texts.REMOVE_BY_HAND)
        if unlinked is Unlinked.LATER:
            return (texts.unlink_later(kept.tenant_name), texts.REMOVE_BY_HAND)
        cause = texts.unlinked_here(by, wish.asked_at)
        self._history.record(EventKind.UNLINKED, connection=connection, passed=True, text=cause)
        others = [other for other in self._others(connection) if tenant_of(other) == kept.tenant_id]
        self._note(connection, others, self._condition(_WITHDRAWN, cause))
        return (texts.UNLINK_GONE,) if unlinked is Unlinked.GONE else ()

    def _revoke(self, connection: Connection, grant_id: GrantId, by: str) -> tuple[str, ...]:
        others = self._others(connection)
        account = next((one.account for one in self._grants.records([grant_id]).values()), "")
        cause = texts.revoked_here(by, self._unlinks.now())
        try:
            ended = self._endings.end(grant_id)
        except CaptureError as problem:
            # It has ended here all the same: nobody goes on using what was to be revoked.
            self._note(connection, others, self._condition(_NEEDS_SIGN_IN, cause))
            failure = texts.revoke_failed(str(problem))
            self._history.record(EventKind.REVOKED, connection=connection, account=account, passed=False, text=failure)
            return (failure, texts.REMOVE_BY_HAND)
        match ended:
            case Ended.GONE:
                return (texts.REVOKE_GONE, texts.REMOVE_BY_HAND)
            case Ended.WANTED:
                return (texts.REVOKE_UNWANTED,)
            case Ended.LATER:
                self._note(connection, others, self._condition(_NEEDS_SIGN_IN, cause))
                return (texts.REVOKE_LATER, texts.REMOVE_BY_HAND)
            case Ended.RENEWED:
                self._note(connection, others, self._condition(_NEEDS_SIGN_IN, cause))
                return (texts.REVOKE_SOON,)
            case Ended.DONE:
                self._note(connection, others, self._condition(_NEEDS_SIGN_IN, cause))
                self._unlinks.sign_in_ended(grant_id)
                self._history.record(EventKind.REVOKED, connection=connection, account=account, passed=True, text=cause)
                return ()
            case _:
                assert_never(ended)

    def _note(self, connection: Connection, others: Iterable[Connection], condition: Condition) -> None:
        # The deleted entry too: it may be taken back.
        self._entries.set_condition(connection.connection_id, condition)
        for other in others:
            self._entries.set_condition(other.connection_id, condition)
            self._changed(other.connection_id)

    def _condition(self, status: ConnectionStatus, cause: str) -> Condition:
        return Condition(status=status, cause=cause, since=self._unlinks.now())

    def _others(self, connection: Connection) -> tuple[Connection, ...]:
        if connection.saved.sign_in is None:
            return ()
        return tuple(
            other
            for other in self._entries.sharing(connection.saved.sign_in)
            if other.connection_id != connection.connection_id
        )


def _wish(connection: Connection, kept: KeptSettings, grant_id: GrantId, by: str, asked_at: datetime) -> LateUnlink:
    return LateUnlink(
        unlink_id=connection.connection_id,
        grant_id=grant_id,
        tenant_id=kept.tenant_id,
        tenant_name=kept.tenant_name,
        asked_by=by,
        asked_at=asked_at,
    )
