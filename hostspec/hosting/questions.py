"""Who waits for plugins, so that the thread of the windows need not?"""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from hostspec.errors import CaptureError
from hostspec.hosting import hosting_texts as texts

_log: Final = logging.getLogger("hostspec")
T = TypeVar("T")


class Questions(Protocol):
    """Asks plugins for whoever draws windows."""

    def ask(self, question: Callable[[], T], then: Callable[[T], object], failed: Callable[[str], object]) -> None:
        """Ask, and call one of the others with the answer, or with a sentence about why there is none."""


class AskedAtOnce:
    """Questions of a host that may wait where it is, such as one in a terminal or in a test."""

    def ask(self, question: Callable[[], T], then: Callable[[T], object], failed: Callable[[str], object]) -> None:
        """Ask here and now."""
        _asked(question, then, failed)()


class AskedBeside:
    """Questions of a host with windows: one thread asks, one question after the other.

    Args:
        hand_over: Has a call done in the thread of the windows, soon. Called from the asking thread, so it has to be
            something that may be called from there: a signal of Qt, or ``put`` of a queue that the thread of the
            windows empties every so often, as in Tk, whose own calls fail there until its main loop runs.
    """

    def __init__(self, hand_over: Callable[[Callable[[], None]], object]) -> None:
        self._hand_over = hand_over
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.unanswered: int = 0
        """Questions whose answers have not been taken yet; counted in the thread of the windows."""
        threading.Thread(target=self._work, name="questions to plugins", daemon=True).start()

    def ask(self, question: Callable[[], T], then: Callable[[T], object], failed: Callable[[str], object]) -> None:
        """Ask soon; the answer is taken in the thread of the windows, from where this is called."""

        def run() -> None:
            take = _asked(question, then, failed)
            try:
                self._hand_over(lambda: self._taken(take))
            except Exception as gone:  # noqa: BLE001 -- toolkits raise what they like about windows that are gone
                _log.info("Nobody takes an answer any more: %s.", type(gone).__name__)

        self.unanswered += 1
        self._waiting.put(run)

    def end(self) -> None:
        """Ask nothing any more once everything asked so far is answered; returns at once."""
        self._waiting.put(None)

    def _taken(self, take: Callable[[], object]) -> None:
        self.unanswered -= 1
        take()

    def _work(self) -> None:
        while (run := self._waiting.get()) is not None:
            run()


def _asked(
    question: Callable[[], T], then: Callable[[T], object], failed: Callable[[str], object]
) -> Callable[[], object]:
    """Ask; what is to be done about the answer."""
    try:
        answer = question()
    except CaptureError as problem:
        said = str(problem)
    except KeyboardInterrupt:
        raise
    except BaseException as mistake:  # noqa: BLE001 -- SystemExit too: nobody would answer the next question
        # The type only: what a plugin's mistake says may quote a secret.
        _log.error("A question to a plugin failed: %s.", type(mistake).__name__)
        said = texts.failed(type(mistake).__name__)
    else:
        return lambda: then(answer)
    return lambda: failed(said)
