"""A process in which many hosts with the plugin start at the same moment. Run as a module by tests.

``python -m tests.reliability.cold_start_process HOSTS`` reads the settings as a line of JSON, says "ready", waits for a
line, then starts the hosts and opens the tab of each, and prints a ``Starts``.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from hostspec import StoreUnavailable
from hostspec.testing import FakeHost, TabDriver
from xero_connections_plugin.plugin import XeroConnectionsPlugin

REPEATS: Final = 8
"""Of one process; more would be no start but a siege."""


class Plan(BaseModel):
    """What the hosts have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path
    settings: dict[str, str]
    name: str


class Starts(BaseModel):
    """What came of it: seconds of each host until its list could be seen, and what else was seen in its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: tuple[float, ...]
    troubles: tuple[str, ...]
    repeats: int
    """How often a host was told that the list is busy, and did what it was told: try again."""
    creations: int
    """How often this process made the tables of the store."""


def main(count: str) -> None:
    plan = Plan.model_validate_json(sys.stdin.readline())
    made: list[str] = []
    seconds: list[float] = []
    troubles: list[str] = []
    repeats: list[str] = []
    together = threading.Barrier(int(count) + 1)
    seen = threading.Barrier(int(count))

    def start(number: int) -> None:
        plugin = XeroConnectionsPlugin(checkpoint=lambda step: made.append(step) if "tables made" in step else None)
        name = f"{plan.name}-{number}"
        host = FakeHost(plan.data_dir, plugins={"xero": plugin}, settings=plan.settings, host_id=name, host_name=name)
        together.wait(60)
        begun = time.monotonic()
        try:
            troubles.extend(failure.sentence for failure in host.start())
            notices = seen_at_last(host, repeats).view.notices
            seconds.append(time.monotonic() - begun)
            troubles.extend(notice.text for notice in notices)
        except Exception as error:
            troubles.append(f"{type(error).__name__}: {error}")
        finally:
            seen.wait(120)
            host.stop()

    # Imported before the race, as a program that is on the machine's disk already.
    importlib.import_module("xero_connections_plugin.wiring")
    threads = [threading.Thread(target=start, args=(number,)) for number in range(int(count))]
    for thread in threads:
        thread.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    together.wait(60)
    for thread in threads:
        thread.join()
    told = Starts(seconds=tuple(seconds), troubles=tuple(troubles), repeats=len(repeats), creations=len(made))
    sys.stdout.write(told.model_dump_json())


def seen_at_last(host: FakeHost, repeats: list[str]) -> TabDriver:
    """The tab. A list that is too busy for the time of one call says to try again, and that has to be true."""
    while True:
        try:
            return host.tab("Connections")
        except StoreUnavailable as trouble:
            if trouble.code != "STORE_BUSY" or len(repeats) >= REPEATS:
                raise
            repeats.append(str(trouble))


if __name__ == "__main__":
    main(*sys.argv[1:])
