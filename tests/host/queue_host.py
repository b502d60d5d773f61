"""A host whose step goes through a connection of a pretended ledger, and what tests of its queue do with it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hostspec.usages import CONNECTION_KIND, Subject, Usage
from hostspec.value import ConnectionId
from sample_host.app import SampleHost
from sample_host.profiles import MigrationStep, pointed, with_step
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.running_host import InstalledPlugin, make_host

PLACE = ("supplier-invoices", "xero")
ONE, OTHER = (Subject(kind=CONNECTION_KIND, subject_id=name) for name in ("c-1", "c-2"))


@contextmanager
def queue_host(data_dir: Path, plugin: LedgerPlugin) -> Iterator[SampleHost]:
    """Its step points to the first connection."""
    host = make_host(data_dir, InstalledPlugin("ledger", plugin))
    point(host, "c-1")
    yield host
    host.stop(1.0)


def point(host: SampleHost, connection_id: str) -> None:
    profile = host.profiles.get(PLACE[0])
    assert profile is not None
    step = profile.step(PLACE[1])
    assert step is not None
    host.profiles.change(PLACE[0], lambda old: with_step(old, pointed(step, ConnectionId(connection_id))))


def step_of(host: SampleHost) -> MigrationStep:
    profile = host.profiles.get(PLACE[0])
    step = profile.step(PLACE[1]) if profile is not None else None
    assert isinstance(step, MigrationStep)
    return step


def put(host: SampleHost) -> str:
    return host.queue.put(PLACE[0], step_of(host)).batch_id


def until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("This never came true.")


def usage_of(host: SampleHost, subject: Subject) -> Usage:
    (usage,) = host.hooks.usages(subject)
    return usage
