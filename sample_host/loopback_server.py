"""Serving a web application on this machine only, on both loopback families, from a thread."""

from __future__ import annotations

import errno
import os
import socket  # noqa: TID251 -- the host's own listener
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from starlette.types import ASGIApp

GRACE: Final = 0.6
"""Seconds that requests under way may take when the server stops."""

_TRIES: Final = 20


class PortBusy(Exception):
    """Another program listens on the port."""


def listen(port: int) -> list[socket.socket]:
    """Sockets bound to 127.0.0.1 and, where there is IPv6, to ::1. Port 0 takes a port that is free on both.

    Raises:
        PortBusy: The port is taken on one of them.
    """
    for _ in range(_TRIES):
        first = _bound(socket.AF_INET, "127.0.0.1", port)
        try:
            second = _bound(socket.AF_INET6, "::1", first.getsockname()[1]) if socket.has_ipv6 else None
        except PortBusy:
            first.close()
            if port:
                raise
            continue
        except OSError:
            # IPv6 is compiled in and switched off on this machine.
            second = None
        return [first] if second is None else [first, second]
    raise PortBusy(f"No port of this machine is free on both loopback addresses ({_TRIES} tries).")


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Allows a new start right after an end; on Windows the same option would allow to steal the port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE"), 1)  # noqa: B009 -- Windows only
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortBusy(f"Port {port} is used by another program.") from None
        raise
    return listener


class LoopbackServer:
    """Runs an application until it is left; a context manager.

    Args:
        app: The application.
        sockets: From ``listen``; closed at the end.
    """

    def __init__(self, app: ASGIApp, sockets: list[socket.socket]) -> None:
        import uvicorn

        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
            # Whole seconds only; what is still under way then is cut off.
            timeout_graceful_shutdown=1,
            timeout_keep_alive=30,
        )
        self._server = uvicorn.Server(config)
        self._sockets = sockets
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def _serve(self) -> None:
        self._server.run(sockets=self._sockets)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(GRACE)
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(GRACE)
        for one in self._sockets:
            one.close()
