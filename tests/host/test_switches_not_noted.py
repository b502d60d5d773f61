"""A switch that was made and could not be noted as ended is told as made, and stands as one that a kill cut off."""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeHost
from sample_host.kept_data import HostData
from sample_host.switch_journal import SwitchJournal, SwitchRecord
from sample_host.switch_work import SwitchWork
from sample_host.usage_desk import UsageDesk
from tests.host.printers import NEW, Printers, make_desk, switched, undone, where

BUSY = "Another process keeps the host's data busy. Nothing was changed; try again."


class FullDisk(SwitchJournal):
    """Writes down what begins, and never what ended."""

    def end(self, record: SwitchRecord, switched: frozenset[str]) -> None:
        raise StoreUnavailable(BUSY)

    def undone(self, record: SwitchRecord) -> None:
        raise StoreUnavailable(BUSY)


def desk_of(
    host: FakeHost, journal: Callable[[HostData, Callable[[], str], Callable[[], datetime]], SwitchJournal]
) -> UsageDesk:
    assert host.data_dir is not None
    data = HostData(host.data_dir / "host.sqlite3", host.clock.now)
    kept = journal(data, lambda: secrets.token_hex(8), host.clock.now)
    return UsageDesk(host, kept, SwitchWork(host.data_dir / "switching"))


@pytest.fixture
def printers() -> Printers:
    return Printers()


@pytest.fixture
def host(tmp_path: Path, printers: Printers) -> FakeHost:
    return FakeHost(tmp_path, plugins={"printers": printers})


def test_what_was_switched_is_told_and_can_be_undone(host: FakeHost, printers: Printers) -> None:
    done = switched(desk_of(host, FullDisk))
    assert (done.done, done.problem) == ("2 of 2 switched to NEW.", "")
    assert done.undo_text.startswith("Last switch: 2 from OLD to NEW")
    assert undone(make_desk(host)).done == "Undone: 2 use OLD again."
    assert where(printers) == {"a": "old", "b": "old"}


def test_what_was_undone_is_told_and_not_offered_again(host: FakeHost, printers: Printers) -> None:
    switched(make_desk(host))
    after = undone(desk_of(host, FullDisk), NEW)
    assert (after.done, after.problem, after.undo_text) == ("Undone: 2 use OLD again.", "", "")
    assert where(printers) == {"a": "old", "b": "old"}
