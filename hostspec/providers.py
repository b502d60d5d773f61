"""What a plugin brings to add a connection type: its form, its sign-in, and sessions.

The Connections tab frames any provider's form with the display name, Save and Cancel; the book of connections
stores what ``save`` returns. Neither knows which providers exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

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
    """What the entry shows while it is so."""
    cause: str
    """Why, as a sentence."""
    since: datetime
    """When it was found out (UTC)."""


class CheckedPoint(Value):
    """One of the things that a test looks at."""

    label: str
    """What was looked at."""
    text: str
    """What was found."""
    passed: bool | None
    """``None``: worth knowing, and no reason to fail; or not looked at, because something before it failed."""


class ConnectionTest(Value):
    """What came of trying an entry out: nothing was written at the other side."""

    tested_at: datetime
    """When (UTC)."""
    passed: bool
    """Whether the entry can be used."""
    text: str
    """What was found, as a sentence; what to do where it failed."""
    milliseconds: int = PydanticField(ge=0)
    """How long it took."""
    correlation_id: str = ""
    """What the other side's support asks for; empty where it names none."""
    transient: bool = False
    """Whether it failed for a reason that passes by itself, which says nothing about the entry."""
    checks: tuple[CheckedPoint, ...] = ()
    """What was looked at, in order. Told when the test ends and not kept."""
    condition: Condition | None = None
    """What stays true until it is repaired; the book keeps it as the entry's own, and forgets it once a test passes."""


class Connection(Value):
    """An entry as the book keeps it.

    ``saved.sealed`` is filled in only where it is needed: for ``open``, ``act``, ``save`` and ``Testable.test``.
    """

    connection_id: ConnectionId
    """What hosts store."""
    type_id: TypeId
    """Which provider it belongs to."""
    display_name: str
    """What people call it."""
    saved: SavedConnection
    """What the provider gave to keep."""
    created_at: datetime
    """When it was added (UTC)."""
    changed_at: datetime
    """When it was last saved (UTC)."""
    condition: Condition | None = None
    """What stays true until it is repaired, if anything. Shown where the provider's ``summary`` tells it."""
    tested: ConnectionTest | None = None
    """The last test, if any; a save that changes something forgets it. ``summary`` tells what follows from it."""
    used_at: datetime | None = None
    """When a session was last opened through it, to about an hour."""
    source: str = ""
    """Where the entry is configured instead of here, such as a file; empty: here. Such an entry is read-only."""
    has_secret: bool = False
    """Whether the book keeps something sealed for it, which ``saved.sealed`` need not show."""


class Draft(Value):
    """A definition being added or edited. The sign-in that goes with it is the provider's, found by ``draft_id``."""

    draft_id: str
    """Names the draft until ``ConnectionProvider.close``."""
    origin: Origin
    """Who edits it, and in which window."""
    type_id: TypeId
    """Of the provider that is asked."""
    values: dict[str, FieldValue]
    """What stands in the provider's fields; empty before the first drawing.

    A secret that was typed stays although pages send an empty one later, because they never get it back: draw its
    field as ``stored`` then.
    """
    connection: Connection | None = None
    """The entry being edited; ``None`` for a new one."""


class ConnectionSummary(Value):
    """What a list shows of an entry. Computed without network."""

    status: ConnectionStatus
    """The state of the entry."""
    status_text: str
    """The status as a word or two."""
    tone: Tone
    """How the status is meant."""
    cause: str = ""
    """One sentence: why the status is what it is; empty while all is well."""
    repair: Action | None = None
    """The one act that mends it, answered by the tab.

    ``edit`` opens the definition; ``edit:`` and the name of a field or button of the provider's form opens it with the
    keyboard focus there. ``widen`` and ``widen:`` do the same with more scopes filled in, for providers that are
    ``Scoped``. ``test`` tests the entry. Any other act is the provider's own.
    """
    subtitle: str = ""
    """What the entry reaches, such as the tenant's name."""
    account: str = ""
    """Who signed in, when known."""
    last_sign_in: datetime | None = None
    """When somebody last signed in for it (UTC)."""
    expires: datetime | None = None
    """When the sign-in dies unless it is used (UTC)."""
    mark: str = ""
    """A short word beside what the entry reaches, such as "demo company"."""


class RemovalChoice(Value):
    """Something that may be done at the other side when an entry is deleted; at most one is chosen, none beforehand."""

    choice_id: str
    """Comes back to the provider when it was chosen."""
    label: str
    """What is done."""
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

        A ``Wait`` of the provider's carries the draft's id as its ``wait_id``: so its "continue" and its cancel come
        back here. Say ``HostServices.hooks.tab_changed(CONNECTIONS_TAB, draft_id)`` when it has news.

        Args:
            draft: Its ``connection`` shows what is sealed, where this machine can open that.
            act: What a person did.

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
        """What the book is to keep, its sealed part included: of an edited entry too, nothing else stays sealed.

        Args:
            draft: Its ``connection`` shows what is sealed so far.

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


CONNECTIONS_TAB: Final = "connections"
"""The tab that keeps the entries of every type and answers ``AddAct.of``."""


class AddAct(Value):
    """How a host offers "New…": the tab to send the act to, and the act."""

    tab_id: str
    """The tab that answers it."""
    act: UserAct
    """What is sent to it."""

    @classmethod
    def of(cls, type_id: TypeId) -> AddAct:
        """Adding an entry of that type on the Connections tab."""
        return cls(tab_id=CONNECTIONS_TAB, act=UserAct(action_id="add", values={"type_id": type_id}))


@dataclass(frozen=True, kw_only=True)
class ConnectionType:
    """A kind of connection, contributed by a plugin."""

    type_id: TypeId
    """Unique among all types; stored with every entry."""
    label: str
    """What people call the type."""
    order: int
    """Types with smaller numbers come first."""
    provider: ConnectionProvider
    """Does the work."""
    add: AddAct
    """How a host offers a new entry of this type."""
    guide: Action | None = None
    """Shows how to prepare the other side, such as registering an app; answered by the tab."""
    reaches: str = ""
    """What an entry leads to, in a word, such as "Mailbox": it heads that column of the list where all types agree."""
