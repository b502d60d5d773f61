"""A real PgBouncer in transaction-pooling mode before a test's server: each transaction may meet another session."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import psycopg

from tests.free_ports import free_port
from tests.outside_programs import PGBOUNCER, why_missing
from tests.postgresql_server import PACKAGE_USER, ROLE, PostgresqlServer, needs_other_user, run_as_owner

_SETTINGS = """[databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {users}
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 500
server_reset_query_always = 0
"""


class TransactionPooler:
    """Started on entering, gone on leaving.

    Args:
        server: The server behind it.
        pool_size: Sessions that it holds there, however many clients come.
    """

    def __init__(self, server: PostgresqlServer, *, pool_size: int = 4) -> None:
        self.port = free_port()
        self._server = server
        self._pool_size = pool_size
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        program = PGBOUNCER.find()
        if program is None:
            raise RuntimeError(str(why_missing("postgresql")))
        with ExitStack() as opening:
            folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="pgbouncer-")))
            users, settings = folder / "users", folder / "settings"
            users.write_text(f'"{ROLE}" "{self._server.password}"\n')
            settings.write_text(
                _SETTINGS.format(server_port=self._server.port, port=self.port, users=users, pool_size=self._pool_size)
            )
            if needs_other_user():
                for path in (folder, users, settings):
                    shutil.chown(path, PACKAGE_USER)
            command = run_as_owner([str(program), "-q", str(settings)], ends_with_us=True)
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            opening.callback(process.wait)
            opening.callback(process.terminate)
            self._wait_for(process)
            self._stack = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def url(self, database: str) -> str:
        """The address of a database behind the pooler."""
        return self._server.url(database, port=self.port)

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        address = self.url("postgres").replace("+psycopg", "", 1)
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(address, connect_timeout=10).close()
            except psycopg.OperationalError:
                if time.monotonic() > until or process.poll() is not None:
                    raise
                threading.Event().wait(0.03)
            else:
                return
