"""``sample-host`` as a person starts and ends it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from hostspec.hosting import SystemClock
from sample_host.__main__ import main
from sample_host.loopback_server import PortBusy, listen
from sample_host.simulator_process import SimulatorProcess
from sample_host.xero_simulator.control_client import SimulatorControl
from tests.canaries import canary
from tests.free_ports import free_port

posix = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
PATIENCE = 20.0


class Started:
    """A host in a process of its own."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        self.errors = (folder / "errors.txt").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sample_host", *arguments],
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "error::ResourceWarning", "BROWSER": "true"},
        )
        self.port = 0

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def until_ready(self) -> str:
        line = self.line()
        found = re.search(r"http://localhost:(\d+)/", line)
        assert found is not None, line + self.said()
        self.port = int(found[1])
        return line

    def open_connection(self) -> http.client.HTTPConnection:
        """Stays open after an answer, as those of browsers do."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE)
        connection.request("GET", "/profiles")
        assert connection.getresponse().read()
        return connection

    def said(self) -> str:
        self.errors.seek(0)
        return self.errors.read()


@contextmanager
def started(*arguments: str, folder: Path) -> Iterator[Started]:
    host = Started(*arguments, folder=folder)
    try:
        yield host
    finally:
        host.process.kill()
        host.process.wait()
        assert host.process.stdout is not None
        host.process.stdout.close()
        host.errors.close()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def gone(port: int) -> bool:
    pause = threading.Event()
    for _ in range(150):
        if not answers(port):
            return True
        pause.wait(0.02)
    return False


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_host_and_simulator_cleanly_within_two_seconds(tmp_path: Path, number: signal.Signals) -> None:
    simulator_port = free_port()
    arguments = ("--demo", "--port", "0", "--simulator-port", str(simulator_port), "--no-browser")
    with started(*arguments, "--data-dir", str(tmp_path / "d"), folder=tmp_path) as host:
        host.until_ready()
        hints = [host.line() for _ in range(3)]
        assert "DE30C0FFEE0123456789ABCDEF012345" in hints[0]
        open_connection = host.open_connection()
        assert answers(simulator_port)
        begun = time.monotonic()
        host.process.send_signal(number)
        assert host.process.wait(PATIENCE) == 0
        assert time.monotonic() - begun < 2.0
        open_connection.close()
        assert gone(simulator_port)
        assert "Traceback" not in host.said()
        assert "Warning" not in host.said()


@posix
def test_the_simulator_ends_with_its_parent_however_that_ended(tmp_path: Path) -> None:
    simulator_port = free_port()
    arguments = ("--demo", "--port", "0", "--simulator-port", str(simulator_port), "--no-browser")
    with started(*arguments, "--data-dir", str(tmp_path / "d"), folder=tmp_path) as host:
        host.until_ready()
        host.line()
        host.process.kill()
        host.process.wait()
        assert gone(simulator_port)


def test_a_busy_port_is_named_with_the_option_that_changes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = listen(0)
    port = str(taken[0].getsockname()[1])
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        assert main(["--port", port, "--no-browser", "--data-dir", str(tmp_path)]) == 2
        assert re.search(rf"Port {port} .*--port", capsys.readouterr().err)
        demo = ["--demo", "--port", "0", "--simulator-port", port, "--no-browser", "--data-dir", str(tmp_path)]
        assert main(demo) == 2
        assert re.search(rf"Port {port} .*--simulator-port", capsys.readouterr().err)
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
        for one in taken:
            one.close()


def test_a_port_taken_on_one_family_only_is_busy() -> None:
    first, *others = listen(0)
    port = first.getsockname()[1]
    try:
        if others:
            first.close()
            with pytest.raises(PortBusy):
                listen(port)
    finally:
        for one in (first, *others):
            one.close()


def test_help_shows_examples_and_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for option in (
        "--port",
        "--simulator-port",
        "--data-dir",
        "--demo",
        "--fresh",
        "--no-browser",
        "--without",
        "--host-name",
    ):
        assert option in text
    assert "examples:" in text


@pytest.mark.parametrize(
    "arguments", [["--port", "x"], ["--port", "70000"], ["--fresh"], ["--demo", "--port", "8900"], ["--nonsense"]]
)
def test_typing_mistakes_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err


@posix
def test_without_leaves_a_plugin_out_and_the_browser_is_opened(tmp_path: Path) -> None:
    browser = tmp_path / "browser.sh"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/opened"\n', encoding="utf-8")
    browser.chmod(0o700)
    arguments = ("--port", "0", "--data-dir", str(tmp_path / "d"), "--without", "xero-connections")
    os_environment = {"BROWSER": str(browser)}
    process = subprocess.Popen(
        [sys.executable, "-m", "sample_host", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **os_environment},
    )
    try:
        assert process.stdout is not None
        found = re.search(r"localhost:(\d+)", process.stdout.readline())
        assert found is not None
        connection = http.client.HTTPConnection("localhost", int(found[1]), timeout=PATIENCE)
        connection.request("GET", "/profiles")
        html = connection.getresponse().read().decode()
        connection.close()
        assert "/tabs/storage" in html
        assert "/tabs/connections" not in html
        pause = threading.Event()
        for _ in range(200):
            if (tmp_path / "opened").exists() and (tmp_path / "opened").read_text():
                break
            pause.wait(0.02)
        assert (tmp_path / "opened").read_text().strip() == f"http://localhost:{found[1]}/"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        process.stdout.close()


@posix
def test_fresh_forgets_earlier_demonstrations_and_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / "d"
    arguments = ("--demo", "--port", "0", "--no-browser", "--data-dir", str(data))
    mark = canary("left-over")

    def run(*more: str) -> None:
        with started(*arguments, "--simulator-port", str(free_port()), *more, folder=tmp_path) as host:
            host.until_ready()
            host.line()
            host.process.send_signal(signal.SIGINT)
            assert host.process.wait(PATIENCE) == 0

    data.mkdir()
    (data / "mine.txt").write_text(mark, encoding="utf-8")
    run("--fresh")
    assert (data / "mine.txt").exists()
    assert (data / "simulator.json").exists()
    run()
    assert (data / "mine.txt").exists()
    run("--fresh")
    assert not (data / "mine.txt").exists()


def test_the_simulator_process_ends_when_it_is_left(tmp_path: Path) -> None:
    port = free_port()
    with SimulatorProcess(port, tmp_path / "state.json") as simulator:
        simulator.wait_until_ready(PATIENCE)
        assert answers(port)
    assert not answers(port)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder", encoding="utf-8")
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        assert main(["--port", "0", "--no-browser", "--data-dir", str(in_the_way / "data")]) == 2
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    said = capsys.readouterr().err
    assert str(in_the_way) in said
    assert "--data-dir" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["--days-later", "50"],
        ["--demo", "--days-later", "-1"],
        ["--demo", "--days-later", "soon"],
        ["--housekeeping", "0"],
        ["--housekeeping", "1.5"],
    ],
)
def test_times_that_cannot_be_are_refused_before_anything_starts(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    assert arguments[-2] in capsys.readouterr().err


def test_a_demonstration_may_be_days_later_for_host_and_simulator(tmp_path: Path) -> None:
    port = free_port()
    with SimulatorProcess(port, tmp_path / "simulator.json", days_later=50) as simulator:
        simulator.wait_until_ready(PATIENCE)
        says = SimulatorControl(f"http://localhost:{port}").state().now
    later = SystemClock(timedelta(days=50)).now()
    assert abs(later.timestamp() - says) < 60
    assert later - SystemClock().now() > timedelta(days=49)
