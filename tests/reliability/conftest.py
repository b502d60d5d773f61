"""Networks and databases that a test may disturb, processes that it may kill, and a simulated Xero."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.testing import FakeClock
from sample_host.xero_simulator.server import SimulatorServer
from tests.network_relay import NetworkRelay
from tests.plugin.keeper_process import RealClock
from tests.plugin.sign_in_office import Office
from tests.postgresql_server import PostgresqlServer
from tests.reliability.crash_forks import Forks, make_forks
from tests.reliability.crash_world import CrashWorld
from tests.reliability.racing_machines import Machine, MakeMachine
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence


@pytest.fixture(scope="module")
def xero() -> Iterator[SimulatorServer]:
    """One for the tests of a file."""
    with SimulatorServer() as running:
        yield running


@pytest.fixture
def office(xero: SimulatorServer) -> Iterator[Office]:
    """Somebody who signs in to a Xero that knows of nothing before."""
    xero.control.reset()
    with Office(xero) as made:
        yield made


@pytest.fixture(scope="module")
def forks() -> Forks:
    """Processes to be killed."""
    return make_forks()


@pytest.fixture
def world(tmp_path: Path, xero: SimulatorServer, request: pytest.FixtureRequest) -> CrashWorld:
    """Where they work: at a Xero that knows of nothing before, on the database that the test names."""
    xero.control.reset()
    has_server = request.node.get_closest_marker("postgresql") is not None
    return CrashWorld(tmp_path, xero, request.getfixturevalue("postgresql") if has_server else None)


@pytest.fixture
def relay(postgresql: PostgresqlServer) -> Iterator[NetworkRelay]:
    """A network before the server of this run."""
    with NetworkRelay(postgresql.port) as relay:
        yield relay


@pytest.fixture
def relayed(postgresql: PostgresqlServer, postgresql_url: str, relay: NetworkRelay) -> str:
    """The address of a fresh database behind it."""
    return postgresql.url(postgresql_url.rpartition("/")[2], port=relay.port)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Database]]:
    """Opens databases that are closed after the test."""
    with ExitStack() as undo:

        def open_database(url: str, **options: object) -> Database:
            clock = options.pop("clock", FakeClock(auto_advance=True))
            database = Database(tmp_path, clock, url=SecretStr(url), **options)  # type: ignore[arg-type]  # a test's words
            undo.callback(database.close)
            return database

        yield open_database


@pytest.fixture
def machine(tmp_path: Path, postgresql_url: str) -> Iterator[MakeMachine]:
    """Makes workstations on one fresh database."""
    with ExitStack() as undo:
        made = 0

        def make(checkpoint: Callable[[str], None] = lambda _: None) -> Machine:
            nonlocal made
            made += 1
            folder = tmp_path / f"machine-{made}"
            folder.mkdir(mode=0o700)
            database = Database(folder, RealClock(), url=SecretStr(postgresql_url), checkpoint=checkpoint)
            undo.callback(database.close)
            presence = MachinePresence(folder)
            undo.callback(presence.close)
            return Machine(database, presence)

        yield make
