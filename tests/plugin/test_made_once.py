"""Rooms that are put together when somebody first comes in are put together once, and not at all for nobody."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from xero_connections_plugin.wiring.made_once import MadeOnce

LATE = """
import sys
import xero_connections_plugin.wiring
rooms = ("wiring.tab_rooms", "wiring.carried_rooms", "ui.connections_tab", "connections.entry_file", "cli")
late = {f"xero_connections_plugin.{room}" for room in rooms} | {"http.server"}
print(*late.intersection(sys.modules))
"""


def test_what_nobody_needs_is_not_made() -> None:
    made: list[str] = []
    acted: list[None] = []
    room = MadeOnce(lambda: made.append("room"))
    room.if_made(acted.append)
    assert (made, acted) == ([], [])
    room()
    room.if_made(acted.append)
    assert (made, acted) == (["room"], [None])


def test_threads_that_come_together_get_the_same_one() -> None:
    together = threading.Barrier(8)
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    room = MadeOnce(make)

    def come() -> object:
        together.wait(30)
        return room()

    with ThreadPoolExecutor(8) as threads:
        got = {id(one.result()) for one in [threads.submit(come) for _ in range(8)]}
    assert got == {id(made[0])}
    assert len(made) == 1


def test_what_could_not_be_made_is_made_for_the_next_who_comes() -> None:
    tries = iter((False, True))

    def make() -> str:
        if not next(tries):
            raise ImportError("half installed")
        return "room"

    room = MadeOnce(make)
    with pytest.raises(ImportError):
        room()
    assert room() == "room"


def test_a_process_that_only_runs_steps_imports_neither_the_tab_nor_a_web_server() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
