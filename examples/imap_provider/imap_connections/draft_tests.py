"""Which definitions are being tested right now, and what came of it?"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hostspec import CONNECTIONS_TAB, Action, CaptureError, NoteField, Tone, Wait
from imap_connections import imap_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec import CancelSignal, ConnectionTest, HostServices, TaskHandle

LIMIT_SECONDS: Final = 45.0
"""Longer than a sign-in may take, which tells more than the end of patience does."""

STOP_ACT: Final = "stop_test"


@dataclass
class _Run:
    host_name: str
    until: float
    task: TaskHandle | None = None
    told: NoteField | None = None


class DraftTests:
    """The tests of open definitions, by the draft's id; any thread may call."""

    def __init__(self, host: HostServices) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}

    def begin(self, draft_id: str, host_name: str, test: Callable[[], ConnectionTest]) -> Wait:
        """Start a test beside the caller; the window that waits for it."""
        run = _Run(host_name, self._host.clock.monotonic() + LIMIT_SECONDS)
        self.close(draft_id)
        with self._lock:
            self._runs[draft_id] = run

        def work(_cancel: CancelSignal) -> None:
            told = NoteField(text=texts.BROKEN, tone=Tone.BAD)
            try:
                told = _note(test())
            except CaptureError as problem:
                told = NoteField(text=str(problem), tone=Tone.BAD)
            finally:
                with self._lock:
                    run.told = run.told or told
                self._host.hooks.tab_changed(CONNECTIONS_TAB, draft_id)

        run.task = self._host.tasks.start("test a mailbox", work)
        return self._wait(draft_id, run)

    def go_on(self, draft_id: str) -> Wait | None:
        """The window as it is by now; ``None`` once nobody has to wait any more."""
        with self._lock:
            run = self._runs.get(draft_id)
        if run is None or run.told is not None:
            return None
        if self._host.clock.monotonic() < run.until:
            return self._wait(draft_id, run)
        self.tell(draft_id, NoteField(text=texts.no_end(run.host_name, LIMIT_SECONDS), tone=Tone.BAD))
        return None

    def stop(self, draft_id: str) -> None:
        """Nobody waits any more; what runs ends by its own time limits."""
        self.tell(draft_id, NoteField(text=texts.STOPPED))

    def tell(self, draft_id: str, told: NoteField) -> None:
        """Say something in the definition, unless a result stands there."""
        with self._lock:
            run = self._runs.setdefault(draft_id, _Run("", 0.0))
            run.told = run.told or told
            task = run.task
        if task is not None:
            task.cancel()

    def told(self, draft_id: str) -> NoteField | None:
        """What came of the last test of a definition."""
        with self._lock:
            run = self._runs.get(draft_id)
            return run.told if run is not None else None

    def close(self, draft_id: str) -> None:
        """The definition is gone, or what was told about it no longer fits."""
        with self._lock:
            run = self._runs.pop(draft_id, None)
        if run is not None and run.task is not None:
            run.task.cancel()

    def _wait(self, draft_id: str, run: _Run) -> Wait:
        return Wait(
            wait_id=draft_id,
            dialog_id=draft_id,
            title=texts.TESTING,
            text=texts.testing(run.host_name),
            seconds_left=max(0.0, run.until - self._host.clock.monotonic()),
            seconds_total=LIMIT_SECONDS,
            cancel=Action(action_id=STOP_ACT, label=texts.STOP),
        )


def _note(test: ConnectionTest) -> NoteField:
    return NoteField(text=test.text, tone=Tone.GOOD if test.passed else Tone.BAD)
