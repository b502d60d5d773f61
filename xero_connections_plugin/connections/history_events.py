"""What is an event of the history made of?"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from hostspec.value import SERVICE_USER, ConnectionId, UserId, Value

if TYPE_CHECKING:
    from hostspec.ui import Origin


class EventKind(StrEnum):
    """What happened. The values are stored: add to them, never change one."""

    ADDED = "added"
    CHANGED = "changed"
    RENAMED = "renamed"
    DUPLICATED = "duplicated"
    IMPORTED = "imported"
    EXPORTED = "exported"
    PROVISIONED = "provisioned"
    """Added, changed or let go by a file or the environment."""
    DELETED = "deleted"
    RECOVERED = "recovered"
    WIPED = "wiped"
    UNLINKED = "unlinked"
    REVOKED = "revoked"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_ENDED = "sign_in_ended"
    REFRESHED = "refreshed"
    REFRESH_FAILED = "refresh_failed"
    KEPT_ALIVE = "kept_alive"
    TESTED = "tested"
    TROUBLE = "trouble"
    """Something that stays until it is repaired was found out while the entry was used."""
    REPAIRED = "repaired"
    """Such trouble is over."""
    TENANT_MISMATCH = "tenant_mismatch"
    SWITCHED = "switched"
    RERUN = "rerun"
    """Failed batches were handed back to run again."""
    KEY_CHANGED = "key_changed"
    """The data key was made, changed or imported."""
    KEY_EXPORTED = "key_exported"
    OTHER = "other"
    """A newer program wrote what this one does not know."""


ROUTINE: Final = frozenset({EventKind.REFRESHED, EventKind.KEPT_ALIVE})
"""What goes on by itself every day, for each sign-in."""


class Actor(Value):
    """Who did it: the host's user, by the name of that time."""

    user_id: UserId
    user_name: str = ""

    @classmethod
    def of(cls, origin: Origin) -> Self:
        """The person who acts."""
        return cls(user_id=origin.user_id, user_name=origin.user_name)


SERVICE: Final = Actor(user_id=SERVICE_USER)
"""Nobody in particular: unattended work."""


class HistoryEvent(Value):
    """One line of the history."""

    event_id: str
    """Unique; the same event is kept once, however often it is handed in."""
    at: datetime
    kind: EventKind
    connection_id: ConnectionId | None = None
    label: str = ""
    """What the entry was called at that time."""
    actor: Actor = SERVICE
    host_name: str = ""
    account: str = ""
    """Who was signed in at the other side."""
    passed: bool | None = None
    """Whether it came out well; ``None`` where there is nothing to come out."""
    text: str = ""


class HistoryQuery(Value):
    """Which events; empty fields ask for all."""

    connection_id: ConnectionId | None = None
    kinds: tuple[EventKind, ...] = ()
    user_id: UserId | None = None
    since: datetime | None = None


class Mentioned(Value):
    """An entry that the history speaks of, by its latest name; it may be gone."""

    connection_id: ConnectionId
    label: str
