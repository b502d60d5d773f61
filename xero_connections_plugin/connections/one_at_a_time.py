"""How is work kept to one thread at a time without missing what changes meanwhile?"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from hostspec.errors import CaptureError
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.services import CancelSignal, Tasks

_log = logging.getLogger(__name__)


class OneAtATime:
    """Work that is asked for again and again. Any thread may call; no lock is held while it is done.

    Whoever asks while another thread is at it leaves it to that thread, which then does it once more: of two that did
    it one after the other, the first could otherwise be the last to write.
    """

    def __init__(self) -> None:
        self._lock = ProcessLock()
        self._asked = 0
        self._busy_in: int | None = None

    def take(self) -> bool:
        """Ask for it; whether it falls to the caller, who then calls ``run`` or ``give_back``."""
        with self._lock.own:
            self._asked += 1
            if self._busy_in == os.getpid():
                return False
            self._busy_in = os.getpid()
            return True

    def run(self, work: Callable[[], None]) -> None:
        """Do it until nobody has asked meanwhile.

        Raises:
            BaseException: What ``work`` raised; it is free to be taken again.
        """
        try:
            while True:
                with self._lock.own:
                    seen = self._asked
                work()
                with self._lock.own:
                    if seen == self._asked:
                        self._busy_in = None
                        return
        except BaseException:
            self.give_back()
            raise

    def give_back(self) -> None:
        """Leave it to the next who asks."""
        with self._lock.own:
            self._busy_in = None


class LooksSoon:
    """The same in a task of the host, for a look whose failure costs nobody anything: what was known before stays.

    Args:
        tasks: Look beside the caller.
        name: Of the task.
        what: Is looked for, as the log says when it fails.
        look: May raise anything.
    """

    def __init__(self, tasks: Tasks, name: str, what: str, look: Callable[[], None]) -> None:
        self._tasks = tasks
        self._name = name
        self._what = what
        self._look = look
        self._turn = OneAtATime()

    def ask(self) -> None:
        """Something may have changed.

        Raises:
            Exception: The host starts no task.
        """
        if not self._turn.take():
            return
        try:
            self._tasks.start(self._name, self._run)
        except BaseException:
            self._turn.give_back()
            raise

    def _run(self, _cancel: CancelSignal) -> None:
        self._turn.run(self._look_once)

    def _look_once(self) -> None:
        try:
            self._look()
        except CaptureError as problem:
            _log.warning("%s could not be looked up: %s", self._what, problem.code)
        except Exception as mistake:  # noqa: BLE001 -- of a host or a provider; its words may hold a secret
            _log.error("%s could not be looked up: %s", self._what, type(mistake).__name__)
