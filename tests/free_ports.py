"""Ports for programs that must be told theirs beforehand."""

from __future__ import annotations

import errno
import random
import socket
from typing import Final

RANGE: Final = range(10_000, 32_000)
"""Below the ports that systems hand out to outgoing connections: one of those could take a free port meanwhile."""


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on, on either loopback family."""
    found: list[int] = []
    for port in random.SystemRandom().sample(RANGE, len(RANGE)):
        if _is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("There are not enough free ports.")


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
