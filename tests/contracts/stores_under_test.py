"""The databases that every store is tested on. A further database is one more line here."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from hostspec.services import Clock
from xero_connections_plugin.gateways.database import Database
from xero_connections_plugin.gateways.machine_presence import MachinePresence

OpenDatabase = Callable[[Path, Clock, ExitStack], Database]


def _sqlite(folder: Path, clock: Clock, undo: ExitStack) -> Database:
    database = Database(folder / "data", clock)
    undo.callback(database.close)
    return database


DATABASES: Final[dict[str, OpenDatabase]] = {"sqlite": _sqlite}


def presence_in(folder: Path, undo: ExitStack) -> MachinePresence:
    """One process more, as others on this machine see it."""
    presence = MachinePresence(folder / "data", new_id=lambda: secrets.token_hex(6))
    undo.callback(presence.close)
    return presence
