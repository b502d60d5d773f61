"""Ports for programs that must be told theirs beforehand."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

RANGE: Final = range(10_000, 32_000)
"""Below the ports that systems hand out to outgoing connections: one of those could take a free port meanwhile."""

_KEPT: Final = 1_000
_STRIDE: Final = 7_919


class PortReservations:
    """Ports kept from all other test processes of this machine, which may ask before the first one listens.

    Byte *n* of one file, locked, stands for port *n*; the system frees the locks of a process that is killed. A
    process that handed out more than it may keep gives back the oldest ones, whose tests are long over.

    Args:
        file: The same for all processes.
        kept: How many stay reserved.
    """

    def __init__(self, file: Path, *, kept: int = _KEPT) -> None:
        # Closing any other handle of this file in this process would free all its locks: it is opened nowhere else.
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._process = os.getpid()
        self._kept = kept
        self._reserved: deque[int] = deque()
        self._guard = threading.Lock()

    def take(self, port: int) -> bool:
        """Whether the port was free to be reserved, and is now."""
        with self._guard:
            # A forked child holds none of its parent's locks (fcntl(2)), and must not believe that it does.
            if os.getpid() != self._process:
                self._process = os.getpid()
                self._reserved.clear()
            if port in self._reserved:
                return False
            try:
                fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            except OSError:
                return False
            self._reserved.append(port)
            if len(self._reserved) > self._kept:
                fcntl.lockf(self._handle, fcntl.LOCK_UN, 1, self._reserved.popleft())
            return True

    def close(self) -> None:
        """Give all back."""
        os.close(self._handle)


@cache
def _reservations() -> PortReservations:
    return PortReservations(Path(tempfile.gettempdir(), f"reserved-test-ports-{os.getuid()}"))


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on, on either loopback family, and that no other test was given."""
    found: list[int] = []
    for port in _from_anywhere():
        # Reserved first: a look binds the port for a moment, which must not meet the program that it was given to.
        if _reservations().take(port) and _is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("There are not enough free ports.")


def _from_anywhere() -> Iterator[int]:
    # Shuffling them all took longer than many a test. The stride is a prime, so that each port comes once.
    start = random.SystemRandom().randrange(len(RANGE))
    return (RANGE[(start + place * _STRIDE) % len(RANGE)] for place in range(len(RANGE)))


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]


def _is_free(port: int) -> bool:
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.bind((address, port))
        except OSError as refusal:
            # Anything else means that this machine does not have the family.
            if refusal.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
    return True
