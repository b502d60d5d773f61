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

    def from_portable(self, settings: Mapping[str, JsonValue]) -> SavedConnection:
        """What the book is to keep for an entry that was written down; it needs a sign-in.

        Raises:
            ConnectionProblem: The settings cannot be used; the sentence names the first that is wrong.
        """


@runtime_checkable
class Recoverable(Protocol):
    """A deleted entry can be taken back for a while: ``forget`` comes last, with no choices."""

    def disconnect(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        """Do what was chosen at the other side, now or as soon as possible, and keep what the entry needs to come back.

        Returns:
            Sentences about what could not be done, or not yet. May use the network.
        """
