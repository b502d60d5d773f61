"""Which commands are there? One line each, so that ``--help`` imports none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Listed:
    """A command, where it is and what it does."""

    module: str
    """Below ``xero_connections_plugin.cli``."""
    attribute: str
    summary: str
    """The first line of its help."""


COMMANDS: Final = {
    "list": Listed("list_command", "list_connections", "List connections and how they stand."),
    "show": Listed("show_command", "show", "Show everything that is known about the connection NAME."),
    "add": Listed("definition_commands", "add", "Add the connection NAME."),
    "edit": Listed("definition_commands", "edit", "Change the definition of the connection NAME."),
    "duplicate": Listed("definition_commands", "duplicate", "Add a connection like NAME."),
    "authorize": Listed("definition_commands", "authorize", "Sign in to Xero for the connection NAME."),
    "doctor": Listed("doctor_command", "doctor", "Check key, database, ports, clock and network, and say what to do."),
    "key": Listed("key_commands", "key", "Look after the key that seals the sign-ins."),
    "db": Listed("db_commands", "db", "Check, upgrade, back up and restore the list of connections."),
}
"""By the word that is typed, in the order of the help."""
