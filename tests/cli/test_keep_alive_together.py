"""Several that keep the same sign-ins alive at one moment: a host beside a command, two workstations' commands."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from hostspec.testing import FakeClock
from tests.cli.operator_site import PROGRAM, process_environment, settings_as_variables
from tests.stories.capture_site import Site
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.tables import connections, grants

PEOPLE = {"Head office": "ada", "Kiosk": "ben"}
"""Who signs in for which connection; each has a sign-in of their own."""

PATIENCE = 120.0
NAP = 0.05


class SharedList:
    """A site with connections whose sign-ins are all due, and whoever wants to renew them."""

    def __init__(self, site: Site, folder: Path, url: str | None) -> None:
        self.site = site
        self._folder = folder
        self._url = url
        self._running: list[subprocess.Popen[str]] = []

    def let_idle(self) -> None:
        """Nobody renewed a sign-in for 35 days; all connections were used and tested just now."""
        now = datetime.now(UTC)
        with self._opened() as database, database.write() as connection:
            connection.execute(grants.update().values(refreshed_at=now - timedelta(days=35)))
            connection.execute(connections.update().values(used_at=now, tested_at=now))

    def generations(self) -> list[int]:
        """Of all sign-ins."""
        with self._opened() as database, database.read() as connection:
            return list(connection.execute(sa.select(grants.c.generation)).scalars())

    def workstation(self, name: str) -> Path:
        """A data directory of its own, with the key, where the list lies on a server; the same one otherwise."""
        if self._url is None:
            return self.site.data_dir
        folder = self._folder / name
        folder.mkdir(0o700)
        shutil.copy2(self.site.data_dir / "connections.key", folder / "connections.key")
        return folder

    def begin_keep_alive(self, folder: Path) -> subprocess.Popen[str]:
        """A process of the command."""
        variables = {
            **settings_as_variables(self.site),
            "XERO_CONNECTIONS_TEST_EVERY_DAYS": "0",
            "XERO_CONNECTIONS_KEY_FILE": str(folder / "connections.key"),
        }
        if self._url is not None:
            variables["XERO_CONNECTIONS_DATABASE_URL"] = self._url
        process = subprocess.Popen(
            [*PROGRAM, "--data-dir", str(folder), "keep-alive", "--json"],
            env=process_environment(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        return process

    def end_all(self) -> list[int]:
        """Once every sign-in is renewed, nobody needs to wait for a further turn; answers the exit codes."""
        wait_until(lambda: min(self.generations()) > 1)
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.communicate(timeout=PATIENCE)
        # Python itself is starting or ending when nobody listens to the signal: then it is what ends the process.
        by_signal = -signal.SIGTERM
        return [0 if process.returncode == by_signal else process.returncode for process in self._running]

    def clear(self) -> None:
        """Nothing goes on running after a test that failed."""
        for process in self._running:
            if process.poll() is None:
                process.kill()
                process.communicate()

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        url = SecretStr(self._url) if self._url is not None else None
        database = Database(self.site.data_dir, FakeClock(auto_advance=True), url=url)
        try:
            yield database
        finally:
            database.close()


def wait_until(holds: Callable[[], bool]) -> None:
    """Look again and again, for as long as a loaded machine may need."""
    nap = threading.Event()
    for _ in range(int(PATIENCE / NAP)):
        if holds():
            return
        nap.wait(NAP)
    raise AssertionError("it never came to this")


@pytest.fixture
def shared(tmp_path: Path, store_url: str | None, store_settings: dict[str, str]) -> Iterator[SharedList]:
    with Site(tmp_path / "data", settings=store_settings) as site:
        for name, user in PEOPLE.items():
            site.user = user
            site.add(site.tab(), name)
        site.leave_unchecked("I4", "the wall clock of the commands is another one than the host's")
        site.host.stop()
        made = SharedList(site, tmp_path, store_url)
        made.let_idle()
        try:
            yield made
        finally:
            made.clear()


def test_two_commands_at_one_moment_renew_each_sign_in_once(shared: SharedList) -> None:
    before = shared.site.xero.control.state().refreshes
    for name in ("first", "second"):
        shared.begin_keep_alive(shared.workstation(name))
    assert shared.end_all() == [0, 0]
    assert shared.generations() == [2] * len(PEOPLE)
    assert shared.site.xero.control.state().refreshes - before == len(PEOPLE)


def test_a_command_and_a_running_host_renew_each_sign_in_once(shared: SharedList) -> None:
    before = shared.site.xero.control.state().refreshes
    clock = FakeClock(datetime.now(UTC), auto_advance=True)
    # The host's own tests of connections would renew nothing, but they are not what this is about.
    with shared.site.make_host("host-b", clock=clock, settings={"test_every_days": "0"}) as host:
        host.tasks.join()
        # What the host does now and then, as often as it can, while the command runs.
        shared.begin_keep_alive(shared.workstation("other"))

        def all_renewed() -> bool:
            host.hooks.maintain(5.0)
            host.tasks.join(PATIENCE)
            return min(shared.generations()) > 1

        wait_until(all_renewed)
        assert shared.end_all() == [0]
    assert shared.generations() == [2] * len(PEOPLE)
    assert shared.site.xero.control.state().refreshes - before == len(PEOPLE)
