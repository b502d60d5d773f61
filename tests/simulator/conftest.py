from collections.abc import Iterator

import pytest

from sample_host.xero_simulator.server import SimulatorServer


@pytest.fixture
def xero() -> Iterator[SimulatorServer]:
    """A fresh simulator on a port of its own."""
    with SimulatorServer() as server:
        yield server
