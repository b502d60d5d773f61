"""How does a fork keep away from what another thread is doing in SQLite?

SQLite counts the locks of a file for the whole process (https://www.sqlite.org/howtocorrupt.html, section 2.6). A child
forked in the middle of another thread's transaction takes the lock for its own, waits for a thread that it does not
have, and never writes. So a fork waits until the others are out, and nobody else goes in meanwhile.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from typing import Any, Final
from weakref import WeakKeyDictionary

PATIENCE_SECONDS: Final = 10.0
"""Longest wait of a fork, and for one; a transaction that takes longer waits for another process itself."""


class Visit:
    """One stay inside of SQLite; over, too, when whoever stays is forgotten."""


class ForkGate:
    """Who is inside of SQLite. Any thread may use it.

    Nothing is held while a fork goes on, and nobody waits without a limit: a handler of signals that raises keeps the
    system from telling that a fork is over, and other handlers of forks may use the store or wait for who does.

    Args:
        patience: Longest wait of a fork, and for one, in seconds.
    """

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._begin()

    def enter(self) -> Visit:
        """Go in, after a fork that is on its way; a thread that forks, or is inside already, does not wait for it.

        Returns:
            What to ``leave`` with.
        """
        visit, thread = Visit(), threading.get_ident()
        with self._lock:
            waits = thread not in self._forking and not self._is_inside()
            if waits and not self._changed.wait_for(lambda: not self._forking, timeout=self._patience):
                self._forking.clear()
            self._inside[visit] = thread
        return visit

    def leave(self, visit: Visit) -> None:
        """Go out; doing it again is harmless. Safe in finalizers, whichever thread runs them."""
        with self._lock:
            self._inside.pop(visit, None)
            self._changed.notify_all()

    def before(self) -> None:
        """A fork is about to come: wait for the threads inside, and keep all others out.

        A thread that forks while it is inside itself does not wait, since the others may be waiting for it.
        """
        with self._lock:
            self._forking.add(threading.get_ident())
            if not self._is_inside():
                self._changed.wait_for(lambda: not self._inside, timeout=self._patience)

    def after_in_parent(self) -> None:
        """The fork is over: everyone goes on."""
        with self._lock:
            self._forking.discard(threading.get_ident())
            self._changed.notify_all()

    def after_in_child(self) -> None:
        """Nobody else is here."""
        self._begin()

    def _begin(self) -> None:
        # The same thread may take it twice, as the garbage collector may run ``leave`` in ``enter``. The condition does
        # not take it: a Ctrl-C may leave its methods, which are Python, halfway.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._inside: WeakKeyDictionary[Visit, int] = WeakKeyDictionary()
        self._forking: set[int] = set()

    def _is_inside(self) -> bool:
        return threading.get_ident() in self._inside.values()


# SQLite's locks are the process's, and so is this gate.
_GATE: Final = ForkGate()

if sys.platform != "win32":
    os.register_at_fork(before=_GATE.before, after_in_parent=_GATE.after_in_parent, after_in_child=_GATE.after_in_child)


class GatedConnection(sqlite3.Connection):
    """A connection that forks wait for until it is closed; the ``factory`` of every connection to the store's file."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._visit = _GATE.enter()
        try:
            super().__init__(*args, **options)
        except BaseException:
            _GATE.leave(self._visit)
            raise

    def close(self) -> None:
        """See ``sqlite3.Connection``."""
        try:
            super().close()
        finally:
            _GATE.leave(self._visit)
