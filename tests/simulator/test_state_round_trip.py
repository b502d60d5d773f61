"""The state file: everything comes back, nothing is half written, a damaged file is kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.server import SimulatorServer
from sample_host.xero_simulator.simulated_world import World
from sample_host.xero_simulator.simulator_clock import SimulatorClock
from sample_host.xero_simulator.starting_world import starting_world
from sample_host.xero_simulator.state_file import StateFile, StateFileDamaged
from tests.canaries import find_leaks
from tests.simulator.signed_in_client import SignedIn, bill, refresh, refreshed


def test_a_restart_finds_everything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state" / "xero.json"
    with SimulatorServer(state_file=path) as first:
        client = SignedIn(first, organisation="harbour")
        invoice = client.call("PUT", "Invoices", json=bill()).json()["Invoices"][0]
        client.call("PUT", f"Invoices/{invoice['InvoiceID']}/Attachments/a.pdf", content=bytes(range(256)))
        first.control.register_app("A" * 32, ["http://localhost:1234/callback"])
        first.control.change(grace_reading="G2c")
        first.control.advance(600)
        before, port = first.control.state(), first.port
    with SimulatorServer(port, state_file=path) as second:
        client.xero = second
        after = second.control.state()

        assert after.invoices == before.invoices
        assert after.links == before.links
        assert abs(after.now - before.now) < 60, "the moved clock is kept"
        assert client.call("GET", "Organisation").status_code == 200, "the signing key is kept"
        content = client.call("GET", f"Invoices/{invoice['InvoiceID']}/Attachments/a.pdf").content
        assert content == bytes(range(256))
        refreshed(second, client.refresh_token)


def test_what_was_answered_is_on_disk_already(tmp_path: Path) -> None:
    path = tmp_path / "xero.json"
    with SimulatorServer(state_file=path) as xero:
        token = refreshed(xero, SignedIn(xero).refresh_token)
        killed = path.read_bytes()
    path.write_bytes(killed)

    with SimulatorServer(state_file=path) as xero:
        assert refresh(xero, token).status_code == 200


def test_the_file_is_its_owners_only_and_holds_no_token(tmp_path: Path) -> None:
    path = tmp_path / "xero.json"
    with SimulatorServer(state_file=path) as xero:
        client = SignedIn(xero)
        newest = refreshed(xero, client.refresh_token)

    secrets = {"first": client.refresh_token, "newest": newest, "access": client.tokens["access_token"]}
    assert find_leaks(path.read_bytes(), secrets) == []
    assert [one.name for one in tmp_path.iterdir()] == ["xero.json"]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_faults_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "xero.json"
    with SimulatorServer(state_file=path) as xero:
        xero.control.set_fault(down("token"))
    with SimulatorServer(state_file=path) as xero:
        assert xero.control.state().faults == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\x00" * 100, b'{"token_secret": 5}'])
def test_a_damaged_file_is_set_aside_with_a_clear_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "xero.json"
    path.write_bytes(content)
    (tmp_path / "xero.json.damaged-1").write_bytes(b"an earlier one")

    with pytest.raises(StateFileDamaged, match=r"kept as xero.json.damaged-2; start again"):
        SimulatorServer(state_file=path).start()

    assert (tmp_path / "xero.json.damaged-2").read_bytes() == content
    assert (tmp_path / "xero.json.damaged-1").read_bytes() == b"an earlier one"
    with SimulatorServer(state_file=path) as fresh:
        assert fresh.control.state().invoices == []


def test_a_world_survives_the_file_unchanged(tmp_path: Path) -> None:
    world = starting_world("secret", now=1_000_000.0)
    file = StateFile(tmp_path / "xero.json")
    file.save(world)

    loaded = file.load()

    assert isinstance(loaded, World)
    assert loaded == world


def test_ids_are_the_same_in_every_fresh_world() -> None:
    one, other = starting_world("a", 1.0), starting_world("b", 2.0)

    assert list(one.organisations) == list(other.organisations)
    assert list(one.users) == list(other.users)
    assert DEMO_CLIENT_ID in one.apps


def test_a_stopped_clock_moves_only_when_it_is_told() -> None:
    real = iter(range(100))
    clock = SimulatorClock(lambda: float(next(real)))
    clock.freeze()
    stopped = clock.now()
    clock.advance(10)

    assert clock.now() == clock.now() == stopped + 10
    clock.unfreeze()
    assert clock.now() > stopped + 10
