"""A whole site switches its computers on at eight: every host sees the list, which was made once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.plugin.keeper_process import ROOT
from tests.postgresql_server import PostgresqlServer
from tests.reliability.cold_start_process import Plan, Starts
from tests.sampling import how_many

PROCESSES: Final = 8
HOSTS: Final = 32
READY_SECONDS: Final = 10.0
"""On a machine that has nothing else to do."""


@contextmanager
def _postgresql_for_all() -> Iterator[dict[str, str]]:
    """A server with room for a session of each host; 100, the default, are for some fifty workstations."""
    with PostgresqlServer() as server:
        server.rows(server.url("postgres"), "ALTER SYSTEM SET max_connections = 600")
        server.restart()
        yield {"database_url": server.new_database()}


@pytest.mark.own_machine
@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_d9_hosts_that_start_at_once_make_one_store_and_all_are_ready(
    tmp_path: Path, store: str, figure: Callable[[str, object], None]
) -> None:
    """One store is made and all 256 hosts get ready: that is asserted. The stated ten seconds are told and bounded
    fivefold, since eight interpreters that import everything at once take as long as the machine has processors for.
    """
    # The time of the server's processes counts as the hosts' here, so many hosts need a machine of their own.
    hosts = how_many(commit=8, whole=HOSTS) if store == "postgresql" else HOSTS
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    with ExitStack() as stack:
        settings = stack.enter_context(_postgresql_for_all()) if store == "postgresql" else {}
        settings = {**settings, "key_file": "connections.key"}
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.reliability.cold_start_process", str(hosts)],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(PROCESSES)
        ]
        for process in processes:
            stack.callback(process.kill)
        for number, process in enumerate(processes):
            assert process.stdin is not None
            assert process.stdout is not None
            plan = Plan(data_dir=data_dir, settings=settings, name=f"Workstation {number}")
            process.stdin.write(plan.model_dump_json() + "\n")
            process.stdin.flush()
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=150) for process in processes]
    starts = [Starts.model_validate_json(answer) if answer else trouble for answer, trouble in said]
    assert [one for one in starts if isinstance(one, str)] == []
    told = [one for one in starts if isinstance(one, Starts)]
    assert [trouble for one in told for trouble in one.troubles] == []
    assert sum(one.creations for one in told) == 1
    seconds = [second for one in told for second in one.seconds]
    assert len(seconds) == PROCESSES * hosts
    figure("told to try again", sum(one.repeats for one in told))
    figure("seconds until the last of 256 was ready", round(max(seconds), 1))
    assert max(seconds) < 5 * READY_SECONDS
