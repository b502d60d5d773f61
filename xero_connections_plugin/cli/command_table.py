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
    "list": Listed("list_command", "list_connections", "List connections, those that need attention first to see."),
    "show": Listed("show_command", "show", "Show everything that is known about a connection."),
    "doctor": Listed("doctor_command", "doctor", "Check key, database, ports, clock and network, and say what to do."),
}
"""By the word that is typed, in the order of the help."""
