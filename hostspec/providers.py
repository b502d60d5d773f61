"""What a plugin brings to add a connection type: its form, its sign-in, and sessions.

The Connections tab frames any provider's form with the display name, Save and Cancel; the book of connections
stores what ``save`` returns. Neither knows which providers exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pydantic import Field as PydanticField
from pydantic import JsonValue, SecretBytes

from hostspec.connections import ConnectionStatus, Session
from hostspec.forms import Fact, FieldValue, Form
from hostspec.ui import Action, Origin, Step, UserAct
from hostspec.value import ConnectionId, Tone, TypeId, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class SavedConnection(Value):
    """What a provider gives the book to keep."""

    settings: dict[str, JsonValue]
    """Not secret; handed back as it is."""
    subtitle: str = ""
    """What the entry reaches, such as the tenant's name: shown, searched and sorted by."""
    sealed: SecretBytes | None = None
    """Secret; the book seals it. Providers that keep secrets themselves leave it out."""
    sign_in: str | None = None
    """Entries with the same value share one sign-in."""


class Condition(Value):
    """Something found out while an entry was used that stays true until it is repaired."""

    status: ConnectionStatus
    cause: str
    since: datetime


class CheckedPoint(Value):
    """One of the things that a test looks at."""

    label: str
    text: str
    """What was found."""
    passed: bool | None
    """``None``: worth knowing, and no reason to fail; or not looked at, because something before it failed."""


class ConnectionTest(Value):
    """What came of trying an entry out: nothing was written at the other side."""

    tested_at: datetime
    passed: bool
    text: str
    """What was found, as a sentence; what to do where it failed."""
    milliseconds: int = PydanticField(ge=0)
    correlation_id: str = ""
    """What the other side's support asks for; empty where it names none."""
    transient: bool = False
    """Whether it failed for a reason that passes by itself, which says nothing about the entry."""
    checks: tuple[CheckedPoint, ...] = ()
    """What was looked at, in order. Told when the test ends and not kept."""
    condition: Condition | None = None
    """What stays true until it is repaired; the book keeps it as the entry's own, and forgets it once a test passes."""


class Connection(Value):
    """An entry as the book keeps it. ``saved.sealed`` is filled in only where a session is opened."""

    connection_id: ConnectionId
    type_id: TypeId
    display_name: str
    saved: SavedConnection
    created_at: datetime
    changed_at: datetime
    condition: Condition | None = None
    tested: ConnectionTest | None = None
    """The last test, if any."""
    used_at: datetime | None = None
    """When a session was last opened through it, to about an hour."""
    source: str = ""
    """Where the entry is configured instead of here, such as a file; empty: here. Such an entry is read-only."""


class Draft(Value):
    """A definition being added or edited. The sign-in that goes with it is the provider's, found by ``draft_id``."""

    draft_id: str
    origin: Origin
    type_id: TypeId
    values: dict[str, FieldValue]
    """What stands in the provider's fields; empty before the first drawing."""
    connection: Connection | None = None
    """The entry being edited; ``None`` for a new one."""


class ConnectionSummary(Value):
    """What a list shows of an entry. Computed without network."""

    status: ConnectionStatus
    status_text: str
    """The status as a word or two."""
    tone: Tone
    cause: str = ""
    """One sentence: why the status is what it is; empty while all is well."""
    repair: Action | None = None
    """The one act that mends it, answered by the tab."""
    subtitle: str = ""
    account: str = ""
    """Who signed in, when known."""
    last_sign_in: datetime | None = None
    expires: datetime | None = None
    """When the sign-in dies unless it is used (UTC)."""
    mark: str = ""
    """A short word beside what the entry reaches, such as "demo company"."""


class RemovalChoice(Value):
    """Something that may be done at the other side when an entry is deleted; at most one is chosen, none beforehand."""

    choice_id: str
    label: str
    hint: str
    """Whom else it may cut off."""
    cuts_off: tuple[ConnectionId, ...] = ()
    """Other entries that stop working with it."""


class ConnectionProvider(Protocol):
    """A connection type at work. Any thread may call; only ``CaptureError`` may be raised.

    ``form``, ``act``, ``save``, ``summary`` and ``details`` are prompt and use no network (long work answers
    ``Wait`` and goes on in the host's tasks); ``open`` and ``forget`` may.
    """

    def form(self, draft: Draft) -> Form:
        """The provider's fields, with an ``error`` at each field that holds something wrong.

        An untouched field of a new draft is not wrong yet.
        """

    def act(self, draft: Draft, act: UserAct) -> Step | None:
        """Do what a button of the form (or of a step that the provider answered) asks for.

        Returns:
            The next step, or ``None`` to draw the definition again from ``form``.
        """

    def unsaved(self, draft: Draft) -> bool:
        """Whether closing the draft now would lose something, such as typed values or a finished sign-in."""

    def obstacles(self, draft: Draft) -> tuple[str, ...]:
        """What is missing before ``save`` can be done, one sentence each; empty when nothing is."""

    def consequences(self, draft: Draft) -> tuple[str, ...]:
        """What a person has to agree to before ``save``, one sentence each, such as another company than before."""

    def save(self, draft: Draft) -> SavedConnection:
        """What the book is to keep.

        Raises:
            ConnectionProblem: Something that ``obstacles`` could not see.
        """

    def close(self, draft_id: str) -> None:
        """The draft is gone, saved or not: cancel a running sign-in and forget what was held for it."""

    def open(self, connection: Connection) -> Session:
        """An open session; may use the network."""

    def summary(self, connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        """The state of every entry given, in one go: lists ask for thousands."""

    def details(self, connection: Connection) -> tuple[Fact, ...]:
        """Facts about an entry, without any secret."""

    def removal_choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        """What may be done at the other side when this entry is deleted."""

    def forget(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        """Wipe what is kept for an entry that is being deleted, after doing what was chosen at the other side.

        Returns:
            Sentences about what could not be done there; an unreachable other side does not keep the entry.
        """


class AddAct(Value):
    """How a host offers "New…": the tab to send the act to, and the act."""

    tab_id: str
    act: UserAct


@dataclass(frozen=True, kw_only=True)
class ConnectionType:
    """A kind of connection, contributed by a plugin."""

    type_id: TypeId
    label: str
    order: int
    provider: ConnectionProvider
    add: AddAct
    guide: Action | None = None
    """Shows how to prepare the other side, such as registering an app; answered by the tab."""
