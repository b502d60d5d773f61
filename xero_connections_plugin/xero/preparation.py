"""What happens between Authorize and the open port? Checks that may take long, beside the window and not in it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from hostspec.errors import CaptureError

PREPARING_SECONDS: Final = 75.0
"""Longest preparation: a busy store, then a keychain whose person looks for the password."""

_HOLDING_SECONDS: Final = 5.0
"""Longest wait for a port being held just now; it takes milliseconds."""


class Preparation:
    """One press of Authorize until its port is held, or it is known why not. Any thread may call.

    Args:
        deadline: Monotonic time by which it ends.
    """

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self._lock = ProcessLock()
        self._is_wanted = True
        self._goes_on = False
        self._over = threading.Event()
        self._problem: CaptureError | None = None

    @property
    def is_over(self) -> bool:
        """Whether the sign-in has begun, or is known not to."""
        return self._over.is_set()

    def wait(self, seconds: float) -> None:
        """Wait at most that long (real seconds) for its end."""
        self._over.wait(seconds)

    def go_on(self) -> bool:
        """Whether it is still wanted, asked once before anything is begun that a person would notice."""
        with self._lock.own:
            self._goes_on = self._is_wanted
            return self._goes_on

    def end(self, problem: CaptureError | None) -> None:
        """It is over; with the reason why no sign-in began, if none did."""
        self._problem = problem
        self._over.set()

    def drop(self) -> None:
        """Nobody wants it any more. What has gone on already is there, to be cancelled, when this returns."""
        with self._lock.own:
            self._is_wanted = False
            goes_on = self._goes_on
        if goes_on:
            self._over.wait(_HOLDING_SECONDS)

    def take_problem(self) -> CaptureError | None:
        """Why no sign-in began; told once."""
        with self._lock.own:
            problem, self._problem = self._problem, None
            return problem
