"""What a provider may bring beyond ``ConnectionProvider``; the tab offers what it finds, and asks by ``isinstance``.

Any thread may call; only ``CaptureError`` may be raised. Nothing uses the network where it does not say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pydantic import JsonValue

    from hostspec.errors import ConnectionProblem
    from hostspec.forms import FieldValue, Form
    from hostspec.providers import Condition, Connection, ConnectionTest, Draft, SavedConnection


@runtime_checkable
class Testable(Protocol):
    """Entries can be tried out."""

    def test(self, connection: Connection) -> ConnectionTest:
        """Try an entry out, reading only: what fails is in the answer. May use the network.

        Also called while nobody looks on, for entries that were not used for long: never wait for a person, and set a
        time limit.
        """


@runtime_checkable
class Remembering(Protocol):
    """What opening a session found out about an entry stays with it until one opens again, or a test passes."""

    def condition_after(self, connection: Connection, problem: ConnectionProblem) -> Condition | None:
        """What stays true of an entry after ``open`` raised this; ``None`` for what passes by itself."""


@runtime_checkable
class Copyable(Protocol):
    """An entry's settings can start another entry."""

    def copied_values(self, connection: Connection) -> Mapping[str, FieldValue]:
        """The form's values for a new entry like this one, without its sign-in."""


@runtime_checkable
class Extendable(Protocol):
    """A sign-in can serve a further entry."""

    def extend(self, draft: Draft, connection: Connection) -> Mapping[str, FieldValue]:
        """Let a new draft begin with the sign-in of an entry; the form's values for it.

        Raises:
            ConnectionProblem: That sign-in cannot be used.
        """


@runtime_checkable
class Portable(Protocol):
    """Entries can be written down without secrets and read at another installation."""

    def portable(self, connection: Connection) -> Mapping[str, JsonValue]:
        """The settings of an entry without anything secret or bound to this installation."""

    def from_portable(
        self, settings: Mapping[str, JsonValue], *, connection: Connection | None = None, source: str = ""
    ) -> SavedConnection:
        """What the book is to keep for an entry that was written down.

        Args:
            settings: As ``portable`` wrote them, or a person did.
            connection: The entry that takes them over: its sign-in stays where it fits them, and where nothing is
                new the answer equals what is kept. Without it the entry is new and needs a sign-in.
            source: Where the entry is configured from now on; empty for one that is read once.

        Raises:
            ConnectionProblem: The settings cannot be used; the sentence names the first that is wrong.
        """

    def open_fields(self, connection: Connection) -> frozenset[str]:
        """Which fields stay open in the definition of an entry with a ``source``: what that leaves to be chosen."""


@runtime_checkable
class Recoverable(Protocol):
    """A deleted entry can be taken back for a while: ``forget`` comes last, with no choices."""

    def disconnect(self, connection: Connection, choices: frozenset[str], by: str) -> tuple[str, ...]:
        """Do what was chosen at the other side, now or as soon as possible, and keep what the entry needs to come back.

        Args:
            connection: The entry, which no list shows any more.
            choices: By ``RemovalChoice.choice_id``.
            by: The name of the person who chose.

        Returns:
            Sentences about what could not be done, or not yet. May use the network.
        """

    def pending(self) -> tuple[str, ...]:
        """What was chosen and still waits for the other side, one sentence each. Asked whenever the tab is drawn."""


@runtime_checkable
class Resumable(Protocol):
    """What was chosen with a deletion outlives the process that was to do it. For a provider that is ``Recoverable``.

    Whatever a person chose is kept in the transaction that hides the entry, and handed to ``note_choices`` next, by
    this process or by the one that follows. A provider without this skill is asked by ``disconnect`` alone, and a kill
    right before that loses the choice.
    """

    def note_choices(self, connection: Connection, choices: frozenset[str], by: str, asked_at: datetime) -> None:
        """Note on disk what is to be done at the other side. The same again changes nothing. Uses no network.

        Without a kill ``disconnect`` follows at once. Otherwise the provider does it by itself, as soon as possible,
        unless somebody needs by then what it would end.

        Args:
            connection: The entry, which no list shows any more.
            choices: By ``RemovalChoice.choice_id``.
            by: The name of the person who chose.
            asked_at: When, by the clock of the store (UTC).
        """


@runtime_checkable
class Scoped(Protocol):
    """A sign-in allows some things and not others: a person agreed to a list of them."""

    def lacking(self, connection: Connection, needs: tuple[str, ...]) -> tuple[str, ...]:
        """What an entry's sign-in does not allow of what is needed (see ``Usage.needs``); nothing where unknown."""

    def widened_values(self, connection: Connection) -> Mapping[str, FieldValue] | None:
        """The form's values for a sign-in that allows what is needed; ``None`` where the present one does.

        Raises:
            ConnectionProblem: What is kept about the entry cannot be read.
        """


@runtime_checkable
class Limited(Protocol):
    """The other side limits what may be done; it can be looked at before it is felt."""

    def limits(self, selected: Connection | None, go_on: Callable[[], bool]) -> Form:
        """What is left, and what the other side keeps open that no entry uses. Reads only; may use the network.

        A row that can be ended there has a button, answered by ``end_question`` and ``end``.

        Args:
            selected: The entry that a person looks at, if any: what does not concern it may be left out.
            go_on: Whether the answer is still wanted; asked between two requests.
        """

    def end_question(self, row_id: str) -> str:
        """What a person has to agree to before a row of ``limits`` is ended.

        Raises:
            ConnectionProblem: It is not known any more.
        """

    def end(self, row_id: str) -> str:
        """End what a row stands for at the other side; what came of it, as a sentence. May use the network.

        Raises:
            ConnectionProblem: It was not ended; an entry may use it by now.
        """
