"""What goes wrong at a point when the process lives on: a mistake, a full disk, a locked keychain."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from typing import assert_never

from psycopg.errors import DiskFull
from sqlalchemy.exc import OperationalError

from tests.reliability.crash_points import Keychain, Planted, Point, Trap


class Fault(StrEnum):
    """What strikes."""

    KILL = "kill"
    EXCEPTION = "exception"
    NO_SPACE = "no space"
    KEYRING = "keyring error"


class Disturbance:
    """A checkpoint at which something goes wrong, and stays wrong until it is healed.

    Args:
        point: Where.
        fault: What; not a kill.
        database: Which one is full when the disk is.
    """

    def __init__(self, point: Point, fault: Fault, database: str) -> None:
        self._fault = fault
        self._database = database
        self._trap = Trap(point, self._strike)
        self._is_full = False
        self.keychain = Keychain()

    @property
    def has_struck(self) -> bool:
        """Whether the point was come to."""
        return self._trap.has_struck

    def __call__(self, name: str) -> None:
        self._trap(name)
        if self._is_full and name == "store:before-commit":
            raise _full(self._database)

    def heal(self) -> None:
        """There is space, the keychain is open."""
        self._is_full = False
        self.keychain.is_locked = False

    def _strike(self) -> None:
        match self._fault:
            case Fault.EXCEPTION:
                raise Planted
            case Fault.NO_SPACE:
                self._is_full = True
            case Fault.KEYRING:
                self.keychain.is_locked = True
            case Fault.KILL:
                raise ValueError("a killed process meets no other fault")
            case _:
                assert_never(self._fault)


def _full(database: str) -> OperationalError:
    """What the driver says when a commit finds no space."""
    if database == "postgresql":
        return OperationalError("COMMIT", None, DiskFull())
    said = sqlite3.OperationalError("database or disk is full")
    said.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError("COMMIT", None, said)
