"""Who waits, so that Qt's GUI thread need not? One thread for each window; answers come back by signal."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6 import QtCore

import hostspec as hs

T = TypeVar("T")


class Worker(QtCore.QObject):
    """Calls into plugins, one after the other."""

    _answered = QtCore.Signal(object, object)

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._thread = thread = ThreadPoolExecutor(max_workers=1)
        self.unanswered = 0
        parent.destroyed.connect(lambda: thread.shutdown(wait=False))
        self._answered.connect(self._deliver)

    def ask(self, question: Callable[[], T], then: Callable[[T], object], failed: Callable[[str], object]) -> None:
        """Run a call beside the windows, and one of the others with what came of it in the GUI thread."""

        def run() -> None:
            try:
                self._answered.emit(then, question())
            except hs.CaptureError as problem:
                self._answered.emit(failed, str(problem))
            except Exception as mistake:  # noqa: BLE001 -- what a plugin's mistake says may quote a secret
                self._answered.emit(failed, f"This failed ({type(mistake).__name__}). Try again, or tell support.")

        self.unanswered += 1
        self._thread.submit(run)

    @QtCore.Slot(object, object)
    def _deliver(self, then: Callable[[object], object], answer: object) -> None:
        self.unanswered -= 1
        then(answer)
