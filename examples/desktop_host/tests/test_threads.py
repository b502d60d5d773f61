"""Whatever takes time happens beside the windows: their thread neither asks plugins nor reaches for the network."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from desk import Desk, press, until
from desktop_host.tab_page import TabPage
from written_tab import ScriptedTab

import hostspec as hs

NETWORK = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"}


class Watch:
    """Hears what reaches for the network, and in which thread; the interpreter never lets go of such a hook."""

    def __init__(self) -> None:
        self._heard: list[int] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in NETWORK and self._heard is not None:
            self._heard.append(threading.get_ident())

    @contextmanager
    def over(self) -> Iterator[list[int]]:
        heard: list[int] = []
        self._heard = heard
        try:
            yield heard
        finally:
            self._heard = None


@pytest.fixture(scope="session")
def watch() -> Watch:
    return Watch()


def test_signing_in_never_reaches_for_the_network_from_the_thread_of_the_windows(desk: Desk, watch: Watch) -> None:
    with watch.over() as heard:
        desk.add("Head office")
        desk.select("Head office")
        press(desk.page, "Test")
        until(lambda: "● Ready" in desk.cells_of("Head office"), "the result of the test")
    assert heard, "a sign-in that reaches for nothing proves nothing"
    assert threading.get_ident() not in heard


def test_no_plugin_is_asked_in_the_thread_of_the_windows(desk: Desk) -> None:
    asked: set[int] = set()

    class Listening(ScriptedTab):
        def view(self, origin: hs.Origin, query: hs.TableQuery) -> hs.View:
            asked.add(threading.get_ident())
            return super().view(origin, query)

        def act(self, origin: hs.Origin, act: hs.UserAct) -> hs.Step:
            asked.add(threading.get_ident())
            return super().act(origin, act)

    page = TabPage(desk.host, hs.Tab(tab_id="listening", title="Listening", order=1, controller=Listening()))
    desk.window.tabs.addTab(page, "Listening")
    desk.window.tabs.setCurrentWidget(page)
    until(lambda: len(page.table.lines) == 50, "the rows")
    press(page, "Open")
    until(lambda: page.windows, "the dialog")
    assert len(asked) == 1
    assert threading.get_ident() not in asked
