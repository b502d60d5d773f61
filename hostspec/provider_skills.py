"""What a provider may bring beyond ``ConnectionProvider``; the tab offers what it finds, and asks by ``isinstance``.

Any thread may call; only ``CaptureError`` may be raised. Except ``test`` and ``disconnect``, nothing uses the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from hostspec.forms import FieldValue
    from hostspec.providers import Connection, ConnectionTest, Draft, SavedConnection


@runtime_checkable
class Testable(Protocol):
    """Entries can be tried out."""

    def test(self, connection: Connection) -> ConnectionTest:
        """Try an entry out, reading only: what fails is in the answer. May use the network."""


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
