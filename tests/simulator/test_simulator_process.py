"""The simulator as a process of its own, and as a thread that leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from sample_host.xero_simulator.server import PortBusy, SimulatorServer, listen

COMMAND = [sys.executable, "-m", "sample_host.xero_simulator"]
ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=30, check=False)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_help_says_what_it_is_and_what_there_is() -> None:
    answer = run("--help")

    assert answer.returncode == 0
    for part in ("simulator of Xero", "--port", "--state", "--host", "/today", "DE30C0FFEE0123456789ABCDEF012345"):
        assert part in answer.stdout


def test_a_busy_port_is_named_without_a_traceback() -> None:
    with SimulatorServer() as xero:
        answer = run("--port", str(xero.port))

    assert answer.returncode == 2
    assert answer.stderr == f"Port {xero.port} is in use by another program. Choose another one with --port.\n"


@pytest.mark.parametrize("arguments", [("--port", "x"), ("--port", "70000"), ("--host", "0.0.0.0"), ("--nothing",)])
def test_wrong_arguments_are_explained(arguments: tuple[str, ...]) -> None:
    answer = run(*arguments)

    assert answer.returncode == 2
    assert "error:" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_damaged_state_file_is_a_message_and_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "xero.json"
    path.write_text("{")

    answer = run("--port", "0", "--state", str(path))

    assert answer.returncode == 2
    assert "is damaged" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    path = tmp_path / "xero.json"
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--state", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    origin = next(word for word in line.split() if word.startswith("http://"))
    assert httpx.get(origin).status_code == 200
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)

    assert (process.returncode, errors) == (0, "")
    assert path.exists()


def test_it_answers_on_both_loopback_families_of_one_port() -> None:
    with SimulatorServer() as xero:
        addresses = ["127.0.0.1", *(["[::1]"] if has_ipv6() else [])]
        for address in addresses:
            assert httpx.get(f"http://{address}:{xero.port}/").status_code == 200


def test_a_port_held_on_one_family_only_is_busy() -> None:
    if not has_ipv6():
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            with pytest.raises(PortBusy):
                listen(holder.getsockname()[1])
        return
    with socket.socket(socket.AF_INET6) as holder:
        holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        holder.bind(("::1", 0))
        holder.listen()
        with pytest.raises(PortBusy, match="in use by another program"):
            listen(holder.getsockname()[1])


def test_other_addresses_than_loopback_are_refused() -> None:
    with pytest.raises(ValueError, match="localhost"):
        listen(0, "0.0.0.0")


def test_a_stopped_simulator_leaves_no_thread_and_its_port_is_free() -> None:
    before = set(threading.enumerate())
    with SimulatorServer() as xero:
        port = xero.port
        keeper = httpx.Client()
        keeper.get(xero.origin)
    keeper.close()

    assert set(threading.enumerate()) == before
    for one in listen(port):
        one.close()


def test_it_can_be_started_again_after_it_stopped() -> None:
    xero = SimulatorServer()
    for _ in range(2):
        with xero:
            assert httpx.get(xero.origin).status_code == 200
