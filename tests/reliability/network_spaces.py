"""How do several workstations meet on one machine? Each gets a network of its own, with a cable that can be pulled.

Linux network namespaces on a switch of their own; the machine's network is not touched. A workstation reaches, at the
far end of its cable, the servers that listen on loopback here. Takes root with CAP_NET_ADMIN and CAP_SYS_ADMIN.
"""

from __future__ import annotations

import ctypes
import os
import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, Self, TypeVar

import psutil

from tests.network_relay import NetworkRelay

SERVERS: Final = "192.0.2.1"
"""Where workstations find the servers; RFC 5737 keeps these addresses for such uses."""

_CLONE_NEWNET: Final = 0x40000000
_NAMES: Final = Path("/etc/netns")
_OURS: Final = re.compile(r"(?:hub|ws\d)-(\d+)-[0-9a-f]{2}")

T = TypeVar("T")


class NetworkSpaces:
    """A switch with workstations; a context manager.

    Args:
        count: How many workstations.
    """

    def __init__(self, count: int) -> None:
        # An interface's name has room for 15 characters.
        mark = f"{os.getpid()}-{secrets.token_hex(1)}"
        self._hub = f"hub-{mark}"
        self._names = tuple(f"ws{number}-{mark}" for number in range(count))
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        _sweep()
        with ExitStack() as stack:
            self._add_space(stack, self._hub)
            _ip("-n", self._hub, "link", "add", "switch", "type", "bridge")
            _ip("-n", self._hub, "addr", "add", f"{SERVERS}/24", "dev", "switch")
            _ip("-n", self._hub, "link", "set", "switch", "up")
            for number, name in enumerate(self._names):
                self._add_space(stack, name)
                _ip("-n", self._hub, "link", "add", name, "type", "veth", "peer", "name", "cable", "netns", name)
                _ip("-n", self._hub, "link", "set", name, "master", "switch", "up")
                _ip("-n", name, "addr", "add", f"192.0.2.{10 + number}/24", "dev", "cable")
                _ip("-n", name, "link", "set", "cable", "up")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def serve(self, port: int) -> None:
        """Let workstations reach a server of this machine's loopback at ``SERVERS``, and as localhost, on its port."""

        def listen() -> socket.socket:
            return _inside(self._hub, lambda: socket.create_server((SERVERS, port), backlog=128))

        self._stack.enter_context(NetworkRelay(port, listen))

    def program_in(self, number: int) -> tuple[str, ...]:
        """What to put before a command line so that it runs on a workstation."""
        return ("ip", "netns", "exec", self._names[number])

    def pull_cable(self, number: int) -> None:
        """From now on nothing arrives at a workstation, or leaves it; nobody is told."""
        _ip("-n", self._hub, "link", "set", self._names[number], "down")

    def plug_in(self, number: int) -> None:
        """Put the cable back."""
        _ip("-n", self._hub, "link", "set", self._names[number], "up")

    def _add_space(self, stack: ExitStack, name: str) -> None:
        # The simulator answers to the name localhost only, so that is what a workstation calls the servers.
        folder = _NAMES / name
        folder.mkdir(parents=True)
        stack.callback(shutil.rmtree, folder)
        (folder / "hosts").write_text(f"{SERVERS} localhost\n")
        _ip("netns", "add", name)
        stack.callback(_ip, "netns", "del", name)
        _ip("-n", name, "link", "set", "lo", "up")


def why_refused() -> str | None:
    """Why this machine lets nobody make networks, with what helps; ``None`` when it does."""
    try:
        with NetworkSpaces(1):
            return None
    except (OSError, subprocess.CalledProcessError) as refusal:
        said = getattr(refusal, "stderr", "") or str(refusal)
        return f"no network spaces here (root with CAP_NET_ADMIN and CAP_SYS_ADMIN is needed): {said.strip()}"


def _sweep() -> None:
    """Remove what tests left behind that were killed."""
    for left in _NAMES.glob("*") if _NAMES.exists() else ():
        maker = _OURS.fullmatch(left.name)
        if maker is not None and not psutil.pid_exists(int(maker[1])):
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", left.name)
            shutil.rmtree(left, ignore_errors=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True, timeout=30)


def _inside(name: str, work: Callable[[], T]) -> T:
    """Done by a thread that lives in another network, and ends there: what it opened stays open."""

    def enter_and_work() -> T:
        handle = os.open(f"/run/netns/{name}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns was refused")
        finally:
            os.close(handle)
        return work()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(enter_and_work).result(30)
