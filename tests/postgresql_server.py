"""A private PostgreSQL server for tests, with a fresh database for each. A pytest plugin, and usable without pytest.

As root the server runs as the user that Debian's package made for it, since it refuses root; it ends with the process
that started it, even when that one is killed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, Self

import psutil
import psycopg
import pytest

from tests.free_ports import free_port
from tests.outside_programs import POSTGRESQL, why_missing

PACKAGE_USER: Final = "postgres"
"""Made by Debian's package."""

ROLE: Final = "tester"

_SETTINGS: Final = {
    # A kill of the server loses nothing without it; a power cut would, and there is none here.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "fatal",
}


class PostgresqlServer:
    """A server of one's own: made and started on entering, gone with all its files on leaving."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._password = secrets.token_urlsafe(24)
        self._process: subprocess.Popen[bytes] | None = None
        self._frozen: list[psutil.Process] = []
        self._databases: list[str] = []

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            # Not below tmp_path, whose folders are closed to other users.
            # Linux ends the server with the thread that started it, so that is one of our own.
            self._starting = opening.enter_context(ThreadPoolExecutor(1))
            self.folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="postgresql-")))
            self.port = free_port()
            self._initialize()
            opening.callback(self.stop)
            self.start()
            self._stack = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self) -> None:
        """Starts it, and returns when it answers; nothing when it runs."""
        if self._process is not None:
            return
        options = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        command = [
            str(program("postgres")),
            f"-D{self.folder / 'data'}",
            f"-p{self.port}",
            f"-k{self.folder}",
            *options,
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = self._starting.submit(
                lambda: subprocess.Popen(
                    run_as_owner(command, ends_with_us=True), stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            ).result()
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self._conninfo("postgres"), connect_timeout=10).close()
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                threading.Event().wait(0.03)
            else:
                return

    def stop(self) -> None:
        """Stops it as an administrator would: sessions are ended, what was committed is kept."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kills all its processes at once."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stops and starts it."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Lets it answer nobody: connections stay, nothing comes."""
        self._frozen = self._processes()
        for process in self._frozen:
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def thaw(self) -> None:
        """Lets it go on."""
        for process in self._frozen:
            with suppress(psutil.NoSuchProcess):
                process.resume()
        self._frozen = []

    def new_database(self) -> str:
        """The address of a fresh, empty database."""
        name = f"t_{secrets.token_hex(6)}"
        self.rows(self.url("postgres"), f"CREATE DATABASE {name} STRATEGY file_copy")
        self._databases.append(self.url(name))
        return self._databases[-1]

    def drop(self, url: str) -> None:
        """Removes a database, whoever uses it."""
        name = url.rpartition("/")[2]
        self.rows(self.url("postgres"), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def drop_new_databases(self) -> None:
        """Removes all that ``new_database`` made: hundreds of them would hold up the end of a run."""
        while self._databases:
            self.drop(self._databases.pop())

    def url(self, database: str, *, port: int | None = None) -> str:
        """The address of a database, as the setting ``database_url`` takes it; by another port if one is given."""
        return f"postgresql+psycopg://{ROLE}:{self._password}@127.0.0.1:{port or self.port}/{database}"

    def rows(self, url: str, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What one statement, committed at once, answers to the superuser."""
        address = url.replace("+psycopg", "", 1)
        with psycopg.connect(address, autocommit=True, connect_timeout=10, application_name=ROLE) as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description is not None else []

    def sessions(self, url: str) -> list[tuple[str, str]]:
        """State and last statement of everyone in a database but those who ask this."""
        query = (
            "SELECT state, query FROM pg_stat_activity WHERE datname = current_database() AND application_name <> %s "
            "AND backend_type = 'client backend'"
        )
        return [(str(state), str(last)) for state, last in self.rows(url, query, ROLE)]

    @property
    def password(self) -> str:
        """Of the role in every address."""
        return self._password

    def _initialize(self) -> None:
        if needs_other_user():
            shutil.chown(self.folder, PACKAGE_USER, PACKAGE_USER)
        password = self.folder / "password"
        password.write_text(self._password)
        password.chmod(0o644)
        command = [
            str(program("initdb")),
            f"-D{self.folder / 'data'}",
            f"-U{ROLE}",
            "-Ascram-sha-256",
            f"--pwfile={password}",
            "-EUTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        done = subprocess.run(run_as_owner(command), capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stderr}")

    def _conninfo(self, database: str) -> str:
        return self.url(database).replace("+psycopg", "", 1)

    def _processes(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        postmaster = psutil.Process(self._process.pid)
        return [postmaster, *postmaster.children(recursive=True)]

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def needs_other_user() -> bool:
    """Whether this is root, as whom neither the server nor its pooler runs."""
    return sys.platform != "win32" and os.geteuid() == 0


def run_as_owner(command: list[str], *, ends_with_us: bool = False) -> list[str]:
    """The command line that runs a program as whoever may own a server's files."""
    prefix: list[str] = []
    if needs_other_user():
        prefix += [f"--reuid={PACKAGE_USER}", f"--regid={PACKAGE_USER}", "--init-groups"]
    if ends_with_us and sys.platform == "linux":
        prefix += ["--pdeathsig=QUIT"]
    return ["setpriv", *prefix, *command] if prefix else command


def program(name: str) -> Path:
    """A program of the server's own version."""
    postgres = POSTGRESQL.find()
    if postgres is None:
        raise RuntimeError(str(why_missing("postgresql")))
    # Through a link: its companions lie where it really is.
    return postgres.resolve().with_name(name)


@pytest.fixture(scope="session")
def _postgresql_of_session() -> Iterator[PostgresqlServer]:
    if reason := why_missing("postgresql"):
        pytest.skip(reason)
    with PostgresqlServer() as server:
        yield server


@pytest.fixture
def postgresql(_postgresql_of_session: PostgresqlServer) -> Iterator[PostgresqlServer]:
    """The server of this run; after the test it is started again if need be, and the test's databases are gone."""
    yield _postgresql_of_session
    _postgresql_of_session.thaw()
    _postgresql_of_session.start()
    _postgresql_of_session.drop_new_databases()


@pytest.fixture
def postgresql_url(postgresql: PostgresqlServer) -> str:
    """The address of a fresh, empty database, gone after the test."""
    return postgresql.new_database()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store_url(request: pytest.FixtureRequest) -> str | None:
    """The address of the store, on both databases in turn; ``None`` for the file in the data directory."""
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def store_settings(store_url: str | None) -> dict[str, str]:
    """The settings that say where the store is, on both databases in turn."""
    return {} if store_url is None else {"database_url": store_url}
