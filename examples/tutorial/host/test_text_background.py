import threading

from test_text_host import Given
from text_host import TextHost

from hostspec import hookimpl


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
