"""Processes to be killed: forked from one that has loaded everything and runs nothing, so that each costs little."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing import forkserver
from typing import Any, Final

from tests.plugin.keeper_process import ROOT

_PATIENCE_SECONDS: Final = 60.0

_LOADED: Final = (
    "pytest",
    "tests.reliability.crash_jobs",
    # What the product loads on first use.
    "alembic.command",
    "cryptography.hazmat.primitives.ciphers.aead",
    "filelock",
    "jwt",
    "psycopg",
    "requests",
    "sqlalchemy.dialects.postgresql.psycopg",
    "xero_connections_plugin.gateways.records.grant_rows",
    "xero_connections_plugin.gateways.records.connection_rows",
    "xero_connections_plugin.gateways.store.schema",
    "xero_connections_plugin.wiring",
)


class Forks:
    """Makes processes that are soon killed."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")

    def is_killed(self, work: Callable[..., None], *arguments: Any) -> bool:
        """Whether a process that does this work is killed by the system; it ends by itself otherwise.

        Args:
            work: A function of a module.
            arguments: What it is called with; travels pickled.
        """
        process = self._context.Process(target=work, args=arguments)
        process.start()
        process.join(_PATIENCE_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise AssertionError("the process neither ended nor was killed")
        return process.exitcode == -signal.SIGKILL

    def kill_after(self, seconds: float, work: Callable[..., None], *arguments: Any) -> None:
        """Begin such a process and kill it that many real seconds later, wherever it is by then."""
        process = self._context.Process(target=work, args=arguments)
        process.start()
        process.join(seconds)
        process.kill()
        process.join()


def make_forks() -> Forks:
    """What makes them stays until this process ends."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(part for part in (str(ROOT), before) if part)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_LOADED))
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    return Forks()
