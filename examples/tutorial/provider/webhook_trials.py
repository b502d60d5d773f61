import threading
from collections.abc import Callable
from dataclasses import dataclass

from hostspec import CONNECTIONS_TAB, Action, CancelSignal, CaptureError, HostServices, Wait

SECONDS = 30.0
STOP = "stop_trying"


@dataclass
class Trial:
    until: float
    told: str = ""


class Trials:
    """What the button "Try it" began, by the id of the draft."""

    def __init__(self, host: HostServices) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._trials: dict[str, Trial] = {}

    def begin(self, draft_id: str, work: Callable[[], str]) -> Wait | None:
        """Let the work run beside the caller; the window that waits for it."""
        trial = Trial(self._host.clock.monotonic() + SECONDS)
        with self._lock:
            self._trials[draft_id] = trial

        def run(_: CancelSignal) -> None:
            told = "It could not be tried. Nothing was changed."
            try:
                told = work()
            except CaptureError as problem:
                told = str(problem)
            finally:
                self._end(trial, told)
                self._host.hooks.tab_changed(CONNECTIONS_TAB, draft_id)

        self._host.tasks.start("try a webhook", run)
        return self.go_on(draft_id)

    def go_on(self, draft_id: str) -> Wait | None:
        """The window as it is by now; ``None``, which draws the form again, once it is over."""
        with self._lock:
            trial = self._trials.get(draft_id)
        if trial is None or trial.told:
            return None
        left = trial.until - self._host.clock.monotonic()
        if left <= 0:
            self._end(trial, "No answer came in time. Look at the address, and try again.")
            return None
        return Wait(
            wait_id=draft_id,
            dialog_id=draft_id,
            title="Try the webhook",
            text="The other side is asked whether it answers.",
            seconds_left=left,
            seconds_total=SECONDS,
            cancel=Action(action_id=STOP, label="Stop"),
        )

    def told(self, draft_id: str) -> str:
        """What came of it; empty while there is nothing to tell."""
        with self._lock:
            trial = self._trials.get(draft_id)
            return trial.told if trial is not None else ""

    def close(self, draft_id: str) -> None:
        """Nobody waits any more, or the definition is gone."""
        with self._lock:
            self._trials.pop(draft_id, None)

    def _end(self, trial: Trial, told: str) -> None:
        with self._lock:
            trial.told = trial.told or told
