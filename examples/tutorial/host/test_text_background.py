import threading

from test_text_host import Given
from text_host import TextHost

from hostspec import CancelSignal, HostServices, hookimpl


class Tidy:
    def __init__(self) -> None:
        self.tidied = threading.Event()

    @hookimpl
    def capture_maintain(self, budget_seconds: float) -> None:
        self.tidied.set()


def test_plugins_keep_things_in_order(tmp_path):
    tidy = Tidy()
    host = TextHost(tmp_path / "data", {}, [Given("tidy", tidy)])
    host.go_on(maintain_seconds=0.01)
    assert tidy.tidied.wait(10.0)
    host.stop()


class Busy:
    def __init__(self) -> None:
        self.done: list[str] = []

    @hookimpl
    def capture_startup(self, host: HostServices) -> None:
        host.tasks.start("busy", self._work)

    @hookimpl
    def capture_shutdown(self) -> None:
        self.done.append("told of the end")

    def _work(self, cancelled: CancelSignal) -> None:
        cancelled.wait(10.0)
        self.done.append("work ended")


def test_plugins_hear_of_the_end_when_their_work_has_ended(tmp_path):
    busy = Busy()
    TextHost(tmp_path / "data", {}, [Given("busy", busy)]).stop()
    assert busy.done == ["work ended", "told of the end"]
