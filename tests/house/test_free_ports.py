"""Ports given to tests are given to no other test of this machine while they may still be used."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.free_ports import PortReservations

ANOTHER = """
import sys
from pathlib import Path
from tests.free_ports import PortReservations
reservations = PortReservations(Path(sys.argv[1]))
print(*[reservations.take(int(port)) for port in sys.argv[2:]], flush=True)
sys.stdin.read()
"""


def start_another(file: Path, *ports: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ANOTHER, str(file), *map(str, ports)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def taken_by_another(file: Path, *ports: int) -> list[bool]:
    with start_another(file, *ports) as process:
        printed, _ = process.communicate()
    return [word == "True" for word in printed.split()]


def test_a_port_given_to_one_process_is_given_to_no_other(tmp_path: Path) -> None:
    file = tmp_path / "ports"
    with closing(PortReservations(file)) as ours:
        assert [ours.take(10_001), ours.take(10_001)] == [True, False]
        assert taken_by_another(file, 10_001, 10_002) == [False, True]


def test_a_killed_process_keeps_no_port(tmp_path: Path) -> None:
    file = tmp_path / "ports"
    with closing(PortReservations(file)) as ours, start_another(file, 10_001) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "True"
        assert not ours.take(10_001)
        process.kill()
        process.wait()
        assert ours.take(10_001)


def test_the_oldest_ports_are_given_back(tmp_path: Path) -> None:
    file = tmp_path / "ports"
    with closing(PortReservations(file, kept=2)) as ours:
        assert all(ours.take(port) for port in (10_001, 10_002, 10_003))
        assert taken_by_another(file, 10_001, 10_002, 10_003) == [True, False, False]
