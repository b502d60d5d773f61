"""Which programs have a port that we want? Known only where psutil is installed, and the system tells."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

_SEARCH_SECONDS: Final = 1.0
"""Some systems look through every process for it."""
_NAME_LIMIT: Final = 30


def programs_on(
    ports: Collection[int], search: Callable[[Collection[int]], Iterable[str]] | None = None
) -> tuple[str, ...]:
    """The names of the programs that listen on one of these ports, each once; as far as is known within a second.

    Args:
        ports: The ports.
        search: Finds the names; psutil where there is none.
    """
    found: list[str] = []

    def look() -> None:
        # Whatever goes wrong: a name would have been a courtesy.
        with suppress(Exception):
            found.extend((search or _listening)(ports))

    thread = threading.Thread(target=look, name="who has the port", daemon=True)
    thread.start()
    thread.join(_SEARCH_SECONDS)
    names = ("".join(filter(str.isprintable, name)).strip()[:_NAME_LIMIT] for name in tuple(found))
    return tuple(dict.fromkeys(filter(None, names)))


def _listening(ports: Collection[int]) -> Iterable[str]:
    import psutil

    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port in ports and connection.pid:
            with suppress(psutil.Error):
                yield psutil.Process(connection.pid).name()
