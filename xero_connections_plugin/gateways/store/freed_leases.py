"""How do the processes of a machine hear that a lease is free again, sooner than they would ask?"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from hostspec.services import Clock

_STEP_SECONDS: Final = 0.005
"""Between two looks at the file; one takes a few microseconds, and a look into the store a thousand times that."""


class FreedLeases:
    """A file that is touched whenever a lease is given back.

    Only a sign that a look into the store is worth it now: where the file cannot be written, its time is coarse or the
    lease is another machine's, those who wait look when their pauses end.

    Args:
        file: In a folder that the processes share.
        clock: What those who wait wait by.
    """

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    def tell(self) -> None:
        """One was given back just now."""
        with suppress(OSError):
            self._file.touch(0o600)

    def told(self) -> int:
        """Differs from what it was before, once somebody has told of another one."""
        try:
            return self._file.stat().st_mtime_ns
        except OSError:
            return 0

    def wait(self, since: int, seconds: float) -> None:
        """Wait so long, or until ``told`` is no longer what it was."""
        steps = max(1, math.ceil(seconds / _STEP_SECONDS))
        for _ in range(steps):
            if self.told() != since:
                return
            self._clock.wait(seconds / steps)
