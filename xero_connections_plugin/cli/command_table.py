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
    "rename": Listed("rename_command", "rename", "Give the connection NAME another name."),
    "authorize": Listed("definition_commands", "authorize", "Sign in to Xero for the connection NAME."),
    "test": Listed("testing_command", "try_out", "Test the connection NAME, or all of them."),
    "usage": Listed("usage_commands", "usage", "Show which profiles use the connection NAME."),
    "switch": Listed("usage_commands", "switch", "Move the profiles that use the connection NAME to TARGET."),
    "delete": Listed("delete_command", "delete", "Delete the connection NAME, unless a profile uses it."),
    "recover": Listed(
        "recover_command", "recover", "Take back the deleted connection NAME, or list what can be taken back."
    ),
    "history": Listed("history_command", "history", "Show who did what and what came of it, newest first."),
    "export": Listed("transfer_commands", "export_file", "Write connections into a file."),
    "import": Listed("transfer_commands", "import_file", "Take connections over from FILE."),
    "completion": Listed("completion_command", "completion", "Print what makes a shell complete commands and names."),
    "doctor": Listed("doctor_command", "doctor", "Check key, database, ports, clock and network, and say what to do."),
    "diagnostics": Listed(
        "diagnostics_command",
        "diagnostics",
        "Write FILE, a ZIP file for support, without tokens, keys, passwords and names.",
    ),
    "key": Listed("key_commands", "key", "Look after the key that seals the sign-ins."),
    "keep-alive": Listed(
        "keep_alive_command",
        "keep_alive",
        "Renew sign-ins that nobody uses, test connections that are due, and finish what was interrupted.",
    ),
    "db": Listed("db_commands", "db", "Check, upgrade, back up and restore the list of connections."),
}
"""By the word that is typed, in the order of the help."""
