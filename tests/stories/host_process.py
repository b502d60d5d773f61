"""A host with the plugin in a process of its own, for stories of two. Run as a module by tests.

``python -m tests.stories.host_process DATA_DIR ORIGIN CONNECTION THREADS`` says "ready", waits for a line, then opens
a session and uses it in as many threads at once, and prints the status of each answer.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from hostspec.connections import HttpSession
from hostspec.value import ConnectionId
from sample_host.xero_simulator.addresses import SimulatorAddresses
from tests.host.running_host import InstalledPlugin, make_host
from xero_connections_plugin.plugin import make_plugin

ROOT = Path(__file__).parents[2]


class HostProcess(subprocess.Popen[str]):
    """A process that is ready to use a connection."""

    def __init__(self, data_dir: Path, origin: str, connection_id: str, *, threads: int) -> None:
        super().__init__(
            [sys.executable, "-m", "tests.stories.host_process", str(data_dir), origin, connection_id, str(threads)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.stdout is not None
        if self.stdout.readline() != "ready\n":
            raise AssertionError(self.communicate()[1])

    def begin(self) -> None:
        """Let all its threads use the connection, now."""
        assert self.stdin is not None
        self.stdin.write("go\n")
        self.stdin.flush()

    def answers(self) -> list[str]:
        """What came of it in each thread."""
        said, trouble = self.communicate(timeout=60)
        assert self.returncode == 0, trouble
        return said.split()


def main(data_dir: str, origin: str, connection_id: str, threads: str) -> None:
    addresses = SimulatorAddresses.at(origin)
    named = ("authorize_url", "token_url", "revocation_url", "connections_url", "api_url", "issuer", "jwks_url")
    settings = {**{name: getattr(addresses, name) for name in named}, "key_file": "connections.key"}
    host = make_host(Path(data_dir), InstalledPlugin("xero-connections", make_plugin()), settings=settings)
    together = threading.Barrier(int(threads))
    answers: list[str] = []

    def use() -> None:
        together.wait()
        try:
            with host.hooks.open_session(ConnectionId(connection_id)) as session:
                assert isinstance(session, HttpSession)
                answers.append(str(session.http.get("Organisation").status_code))
        except Exception as error:
            answers.append(type(error).__name__)

    workers = [threading.Thread(target=use) for _ in range(int(threads))]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    host.stop(5.0)
    sys.stdout.write(" ".join(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
