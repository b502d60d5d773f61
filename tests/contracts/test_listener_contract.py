"""What every listener does: the fake one, and the real one on real ports."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from tests.free_ports import free_port
from tests.plugin.fake_listeners import FakeListeners
from tests.plugin.loopback_client import is_open, visit
from xero_connections_plugin.gateways.sign_in.callback_server import ListenerLimits, LoopbackListener, LoopbackListeners
from xero_connections_plugin.oauth.authorization import Attempt
from xero_connections_plugin.oauth.callback_verdict import (
    IncomingRequest,
    Taken,
    Verdict,
    judge,
)
from xero_connections_plugin.oauth.listening import Listener, Listeners, PortTaken


class Pending:
    """An attempt that takes the first right answer."""

    def __init__(self, port: int) -> None:
        self.attempt = Attempt(f"http://localhost:{port}/callback", SecretStr("the-state"), "https://issuer.example")
        self.taken: Taken | None = None
        self.seen: list[IncomingRequest] = []

    def answer(self, request: IncomingRequest) -> Verdict:
        self.seen.append(request)
        verdict = judge(self.attempt, request, self.taken)
        if verdict.outcome is not None:
            self.taken = Taken(SecretStr(request.target), verdict.page)
        return verdict


@dataclass
class World:
    """Listeners under test and a browser."""

    listeners: Listeners
    port: int
    visit: Callable[[str], int]
    let_linger_end: Callable[[Listener], None]
    is_open: Callable[[], bool]

    def open(self) -> tuple[Listener, Pending]:
        pending = Pending(self.port)
        return self.listeners.open(self.port, answer=pending.answer, app_label="App", host_name="Host"), pending


def _real() -> Iterator[World]:
    port = free_port()
    opened: list[Listener] = []

    class Noting(LoopbackListeners):
        def open(
            self, port: int, *, answer: Callable[[IncomingRequest], Verdict], app_label: str, host_name: str
        ) -> LoopbackListener:
            listener = super().open(port, answer=answer, app_label=app_label, host_name=host_name)
            opened.append(listener)
            return listener

    def let_linger_end(listener: Listener) -> None:
        assert isinstance(listener, LoopbackListener)
        assert listener.wait_until_closed(5)

    listeners = Noting(time.monotonic, ListenerLimits(linger_seconds=0.2))
    yield World(listeners, port, lambda target: visit(port, target).status, let_linger_end, lambda: is_open(port))
    for listener in opened:
        listener.close()


def _faked() -> Iterator[World]:
    listeners = FakeListeners()
    yield World(
        listeners,
        8888,
        lambda target: listeners.visit(f"http://localhost:8888{target}").status,
        lambda listener: listener.close(),
        lambda: 8888 in listeners.held(),
    )


@pytest.fixture(params=[_faked, _real], ids=["fake", "sockets"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from request.param()


GOOD = "/callback?code=c&state=the-state"


def test_requests_are_judged_as_they_came(world: World) -> None:
    _, pending = world.open()

    assert world.visit("/callback?state=x") == 400
    assert world.visit("/favicon.ico") == 404
    assert [seen.target for seen in pending.seen] == ["/callback?state=x", "/favicon.ico"]
    assert pending.seen[0].hosts == (f"localhost:{world.port}",)
    assert world.is_open(), "nothing of this was an answer"


def test_a_held_port_cannot_be_held_twice(world: World) -> None:
    world.open()

    with pytest.raises(PortTaken):
        world.open()


def test_a_closed_port_is_free_at_once_and_closing_again_does_no_harm(world: World) -> None:
    for _ in range(3):
        listener, _ = world.open()
        listener.close()
        listener.close()
        assert not world.is_open()


def test_the_port_closes_once_the_clean_page_was_served(world: World) -> None:
    listener, _ = world.open()
    assert world.visit(GOOD) == 303
    assert world.is_open()

    assert world.visit("/callback/done") == 200

    listener.close()
    assert not world.is_open()
    world.open()


def test_the_port_closes_by_itself_when_nobody_asks_for_the_clean_page(world: World) -> None:
    listener, _ = world.open()
    assert world.visit(GOOD) == 303

    world.let_linger_end(listener)

    assert not world.is_open()


def test_a_second_tab_gets_a_friendly_page_while_the_port_lives(world: World) -> None:
    world.open()

    assert world.visit(GOOD) == 303
    assert world.visit(GOOD) == 200
    assert world.is_open()
