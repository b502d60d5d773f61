"""A disk that fills up between Xero's answer and its saving costs nothing: the token waits in memory for room."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeClock
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.keeper_process import keeping
from tests.plugin.simulated_grants import is_let_in, signed_in
from tests.reliability.storage_disks import Disk, disk_of_kind, kinds

POINTS = ("after Send", "before KeepCandidate", "after KeepCandidate", "before Commit", "store:before-commit")
"""Where the disk fills up: the answer is there, kept as a candidate, half committed."""


@pytest.fixture(params=kinds())
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with disk_of_kind(request.param, tmp_path) as disk:
        yield disk


@pytest.fixture
def xero() -> Iterator[SimulatorServer]:
    with SimulatorServer() as server:
        yield server


class Filling:
    """A checkpoint at which the disk fills up once the answer of Xero is there; what gets free is taken at once."""

    def __init__(self, disk: Disk, point: str) -> None:
        self._disk = disk
        self._point = point
        self._answered = False
        self.is_full = False

    def __call__(self, name: str) -> None:
        self._answered = self._answered or name == "after Send"
        self.is_full = self.is_full or (self._answered and name == self._point)
        if self.is_full:
            self._disk.fill()

    def make_room(self) -> None:
        self.is_full = self._answered = False
        self._disk.make_room()


def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC), auto_advance=True)


@pytest.mark.sweep(sample=8)
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("who", ["the next caller", "housekeeping"])
def test_c16_a_token_that_cannot_be_saved_waits_in_memory_and_is_saved_once_there_is_room(
    disk: Disk, xero: SimulatorServer, point: str, who: str
) -> None:
    filling = Filling(disk, point)
    with keeping(disk.folder, xero.origin, clock=clock(), checkpoint=filling) as kept:
        grant = signed_in(kept, xero)
        with pytest.raises(StoreUnavailable) as caught:
            kept.keeper.access_token(grant, refused=1)
        assert filling.is_full
        assert caught.value.code == "DISK_FULL"
        assert "kept in memory" in str(caught.value)
        # Asking again while there is no room makes nothing worse.
        with pytest.raises(StoreUnavailable):
            kept.keeper.access_token(grant, refused=1)
        assert xero.control.state().refreshes == 1
        filling.make_room()
        if who == "housekeeping":
            kept.keeper.recover()
        else:
            assert kept.keeper.access_token(grant, refused=1).generation == 2
        record = kept.keeper.record(grant)
        assert record is not None
        assert record.generation == 2
    # What a restarted program finds works, and nobody asked Xero twice.
    with keeping(disk.folder, xero.origin, clock=clock()) as later:
        token = later.keeper.access_token(grant)
        assert token.generation == 2
        assert is_let_in(token, xero)
        assert xero.control.state().refreshes == 1
        stored = later.store.read(grant)
        assert stored is not None
        assert (stored.candidates, stored.intent) == ((), None)


class RoomAfterAWhile(FakeClock):
    """Time in which somebody makes room while a write is waited for."""

    filling: Filling

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self.filling.make_room()


def test_c16_room_that_is_made_while_the_save_is_retried_is_used_without_a_word(
    disk: Disk, xero: SimulatorServer
) -> None:
    time = RoomAfterAWhile(datetime.now(UTC), auto_advance=True)
    time.filling = Filling(disk, "after Send")
    with keeping(disk.folder, xero.origin, clock=time, checkpoint=time.filling) as kept:
        grant = signed_in(kept, xero)
        token = kept.keeper.access_token(grant, refused=1)
        assert token.generation == 2
        assert is_let_in(token, xero)
        assert xero.control.state().refreshes == 1


def test_c16_a_full_disk_after_the_commit_disturbs_nobody_who_has_a_token(disk: Disk, xero: SimulatorServer) -> None:
    with keeping(disk.folder, xero.origin, clock=clock()) as kept:
        grant = signed_in(kept, xero)
        disk.fill()
        assert is_let_in(kept.keeper.access_token(grant), xero)
    with keeping(disk.folder, xero.origin, clock=clock()) as later:
        # Reading takes no room, nor does opening what is there.
        assert is_let_in(later.keeper.access_token(grant), xero)
        disk.make_room()
        assert later.keeper.access_token(grant, refused=1).generation == 2


def test_c16_nothing_half_made_is_left_where_a_new_list_found_no_room(disk: Disk, xero: SimulatorServer) -> None:
    disk.folder.mkdir(mode=0o700)
    disk.fill()
    with keeping(disk.folder, xero.origin, clock=clock()) as kept:
        with pytest.raises(StoreUnavailable) as caught:
            kept.database.check_writable()
        assert caught.value.code == "DISK_FULL"
        assert "xero-connections.sqlite3" not in {file.name for file in disk.folder.iterdir()}
        disk.make_room()
        kept.database.check_writable()
        assert {file.name for file in disk.folder.iterdir()} <= {
            "xero-connections.sqlite3",
            "xero-connections.sqlite3.lock",
        }
