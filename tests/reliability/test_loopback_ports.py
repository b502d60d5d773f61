"""What if the registered ports are taken? The next one is used; or it is said, before a browser opens, who has them."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from hostspec.errors import CallbackPortBusy
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.loopback_client import has_ipv6, is_open
from tests.plugin.sign_in_office import PATIENCE, Office
from tests.reliability.stated_figures import is_within
from xero_connections_plugin.gateways.sign_in.callback_visitors import sole_holder_option
from xero_connections_plugin.gateways.sign_in.port_holders import programs_on

HOLD = """
import socket, sys
held = [socket.create_server((sys.argv[1], int(port)), family=int(sys.argv[2])) for port in sys.argv[3:]]
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_program_on(*ports: int, host: str = "127.0.0.1") -> Iterator[str]:
    """Another program that has these ports; its name."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    command = [sys.executable, "-c", HOLD, host, str(int(family)), *map(str, ports)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        yield psutil.Process(program.pid).name()
        program.communicate()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0"])
def test_a32_when_all_ports_are_taken_they_are_named_with_the_program_and_no_browser_opens(
    xero: SimulatorServer, host: str
) -> None:
    if host == "::1" and not has_ipv6():
        host = "127.0.0.1"
    with Office(xero, ports=3) as office, another_program_on(*office.ports, host=host) as name:
        said: list[CallbackPortBusy] = []

        def attempt() -> float:
            begun = time.monotonic()
            with pytest.raises(CallbackPortBusy) as busy:
                office.authorize()
            said.append(busy.value)
            return time.monotonic() - begun

        assert is_within(2.0, attempt)
        assert {busy.code for busy in said} == {"PORT_BUSY"}
        assert f"({', '.join(map(str, office.ports))}; held by {name})" in str(said[-1])
        assert len(str(said[-1])) <= 300
        assert office.desk.progress("draft") is None
        office.tasks.join(PATIENCE)
        assert len(office.browser.addresses) == 0
        other = "::1" if host == "127.0.0.1" else "127.0.0.1"
        assert host == "0.0.0.0" or not has_ipv6() or not is_open(office.port, other), "no half of a port is kept"


@pytest.mark.parametrize("found", [(), ("a" * 30,) * 9], ids=["unknown", "too many to name"])
def test_a32_where_the_program_cannot_be_told_the_ports_are(xero: SimulatorServer, found: tuple[str, ...]) -> None:
    names = tuple(f"{number}{name}" for number, name in enumerate(found))
    with Office(xero, ports=10, programs=lambda _: names) as office, another_program_on(*office.ports):
        with pytest.raises(CallbackPortBusy) as busy:
            office.authorize()
        assert f"({', '.join(map(str, office.ports))})." in str(busy.value)
        assert "held by" not in str(busy.value)
        assert str(busy.value).endswith("register its redirect URI.")


def test_a32_the_search_for_the_program_gives_up_after_a_second() -> None:
    release = threading.Event()

    def blocked(_: object) -> list[str]:
        release.wait(PATIENCE)
        return ["late"]

    def attempt() -> float:
        begun = time.monotonic()
        assert programs_on([1], blocked) == ()
        return time.monotonic() - begun

    try:
        # It has one second, which leaves the other for all else that is done before the ports are named.
        assert is_within(2.0, attempt)
    finally:
        release.set()


def test_a32_a_search_that_fails_names_nobody() -> None:
    def missing(_: object) -> list[str]:
        raise ModuleNotFoundError("psutil")

    assert programs_on([1], missing) == ()


def test_a32_names_of_programs_are_shown_once_short_and_clean() -> None:
    assert programs_on([1], lambda _: ["nginx", "a\x1b[31m\u202eb", "nginx", "", "\n", "x" * 99]) == (
        "nginx",
        "a[31mb",
        "x" * 30,
    )


def test_a33_the_second_port_serves_when_the_first_is_taken(xero: SimulatorServer) -> None:
    xero.control.reset()
    with Office(xero, ports=2) as office, another_program_on(office.port):
        office.authorize()
        second = office.ports[1]
        assert office.progress().redirect_uri == f"http://localhost:{second}/callback"
        address = office.browser.wait_for_address()
        assert f"redirect_uri=http%3A%2F%2Flocalhost%3A{second}%2Fcallback" in address

        page = office.browse(office.consent(), second)

        # The simulated Xero gives tokens only where the second request names the same redirect URI as the first.
        assert "Access was received" in page.body
        assert office.end().result == "three companies"
        assert office.token_requests == 1


def test_a33_a_port_that_is_taken_on_one_family_is_taken(xero: SimulatorServer) -> None:
    xero.control.reset()
    with Office(xero, ports=2) as office, another_program_on(office.port, host="::1" if has_ipv6() else "127.0.0.1"):
        office.authorize()
        assert office.progress().port == office.ports[1]
        office.desk.cancel("draft")


def test_a33_nobody_else_can_hold_the_port_meanwhile(xero: SimulatorServer) -> None:
    xero.control.reset()
    with Office(xero) as office:
        office.authorize()
        for options in ((), (socket.SO_REUSEADDR,), (socket.SO_REUSEADDR, socket.SO_REUSEPORT)):
            with socket.socket() as intruder:
                for option in options:
                    intruder.setsockopt(socket.SOL_SOCKET, option, 1)
                with pytest.raises(OSError, match="in use"):
                    listen_on(intruder, office.port)
        office.succeeds()


def listen_on(intruder: socket.socket, port: int) -> None:
    intruder.bind(("127.0.0.1", port))
    intruder.listen()


class OtherPlatform:
    """The names that Windows has."""

    SO_EXCLUSIVEADDRUSE = -5


def test_a33_where_reuse_would_share_the_port_it_is_held_exclusively() -> None:
    assert sole_holder_option(OtherPlatform) == -5
    assert sole_holder_option(object) == socket.SO_REUSEADDR
