"""What time is it, when several processes are to agree and a test is to say so? A clock that is read from a file.

The hand stands still unless the test moves it or lets it run, so that a lifetime of two seconds lasts as long as the
test needs, however busy the machine is.
"""

from __future__ import annotations

import os
import struct
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sample_host.xero_simulator.server import SimulatorServer

LONGEST_NAP: Final = 0.15
"""Real seconds after which ``FileClock.wait`` returns although the hand stands still, so that pollers go round."""

_FACE: Final = struct.Struct("<ddd")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = 10_000.0
_STANDS: Final = -1.0


class FileClock:
    """Satisfies ``hostspec.services.Clock`` in any process that knows the file.

    ``monotonic`` is one number for all processes; ``now`` is wrong by ``wall_offset`` seconds. ``wait`` returns once
    the hand has moved that far, and after a real nap in any case: back-offs cost next to nothing, and nothing hangs.
    """

    def __init__(self, path: str | Path, wall_offset: float = 0.0) -> None:
        self._path = str(path)
        self._offset = timedelta(seconds=wall_offset)

    def now(self) -> datetime:
        moved, wall = self._read()
        return _EPOCH + timedelta(seconds=wall + moved) + self._offset

    def monotonic(self) -> float:
        return self._read()[0]

    def wait(self, seconds: float) -> None:
        due = self.monotonic() + seconds
        if seconds > 0 and self.monotonic() < due:
            threading.Event().wait(min(seconds, LONGEST_NAP))

    def _read(self) -> tuple[float, float]:
        # Replaced as a whole by whoever moves it, so one reading never mixes two.
        handle = os.open(self._path, os.O_RDONLY)
        try:
            hand, wall, running_since = _FACE.unpack(os.read(handle, _FACE.size))
        finally:
            os.close(handle)
        return hand if running_since == _STANDS else hand + time.monotonic() - running_since, wall


class SharedTime:
    """The test's hand on the clocks of all its processes.

    Args:
        path: The file to be read by the clocks.
        start: What the right wall clock shows at first (UTC).
        movers: Clocks of others (the simulator's, a database server's) that are to move by as many seconds.
    """

    def __init__(self, path: Path, start: datetime, *movers: Callable[[float], None]) -> None:
        self.path: Final = path
        self._movers = movers
        self._hand = _FIRST
        self._wall = (start - _EPOCH).total_seconds() - _FIRST
        self._running_since = _STANDS
        self._write()

    def clock(self, wall_offset: float = 0.0) -> FileClock:
        """A clock on this file, for the test's own process."""
        return FileClock(self.path, wall_offset)

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass, everywhere."""
        # The others first: nobody may find a token fresh that its server takes for old.
        for move in self._movers:
            move(seconds)
        self._hand += seconds
        self._write()

    def jump_wall(self, seconds: float) -> None:
        """Set the wall clocks on or back; no time passes, and Xero notices nothing."""
        self._wall += seconds
        self._write()

    def run(self) -> None:
        """Let the hand move with real time. Others that are to move along must run by themselves."""
        self._running_since = time.monotonic()
        self._write()

    def freeze(self) -> None:
        """Stop the hand where it is."""
        if self._running_since != _STANDS:
            self._hand += time.monotonic() - self._running_since
            self._running_since = _STANDS
        self._write()

    def _write(self) -> None:
        fresh = self.path.with_name(f"{self.path.name}.moved")
        fresh.write_bytes(_FACE.pack(self._hand, self._wall, self._running_since))
        fresh.replace(self.path)


def frozen_with(path: Path, xero: SimulatorServer, *movers: Callable[[float], None]) -> SharedTime:
    """A clock that shows the simulator's time, which stands still from now on and is moved along."""
    xero.control.freeze()
    start = datetime.fromtimestamp(xero.control.state().now, UTC)
    return SharedTime(path, start, xero.control.advance, *movers)
