"""How is one request ended from outside, and how is it known whether it left?"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_LAST_SECONDS: Final = 0.5
"""Given to a request that was cut: its sockets are shut, so it ends at once unless it still looks up a name."""


class TransportGuard:
    """Watches the sockets of one request: says whether anything of it left, and cuts it off from another thread.

    Socket timeouts count from byte to byte, so a server that sends one byte per second is only stopped from outside.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._twins: list[socket.socket] = []
        self._cut = False
        self._left = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            for twin in self._twins:
                twin.close()
            self._twins.clear()

    @property
    def may_have_left(self) -> bool:
        """Whether a byte of the request itself (not of a proxy's CONNECT, not of TLS) was given to a socket."""
        with self._lock:
            return self._left

    @property
    def is_cut(self) -> bool:
        with self._lock:
            return self._cut

    def run(self, work: Callable[[], T], seconds: float) -> T:
        """Do the work in a thread of its own, and cut it off when it takes longer.

        A name lookup cannot be ended from outside. Its thread is left behind then, and can neither connect nor send.

        Raises:
            TimeoutError: It did not even end when it was cut.
            BaseException: What the work raised; perhaps only because it was cut.
        """
        done: _Outcome[T] = _Outcome(work)
        worker = threading.Thread(target=done.fill, name="outbound request", daemon=True)
        worker.start()
        try:
            worker.join(max(seconds, 0.0))
        finally:
            if worker.is_alive():
                self.cut()
                worker.join(_LAST_SECONDS)
        return done.value()

    def watch(self, connected: socket.socket) -> None:
        """Take a connection under guard; a plain socket, whatever is spoken on it.

        Raises:
            TimeoutError: The request was cut.
        """
        with self._lock:
            if self._cut:
                raise TimeoutError
            # TLS takes the socket object over and leaves it empty; a duplicate still ends the same connection.
            self._twins.append(connected.dup())

    def request_leaves(self) -> None:
        """Note that the next byte is the request's.

        Raises:
            TimeoutError: The request was cut, so none may leave.
        """
        with self._lock:
            if self._cut:
                raise TimeoutError
            self._left = True

    def cut(self) -> None:
        """End every connection of the request now; blocked reads and writes return."""
        with self._lock:
            self._cut = True
            for twin in self._twins:
                with suppress(OSError):
                    twin.shutdown(socket.SHUT_RDWR)


class _Outcome(Generic[T]):
    """What some work comes to: filled by one thread, read by another one after it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._made: list[T] = []
        self._raised: BaseException | None = None

    def fill(self) -> None:
        try:
            self._made.append(self._work())
        except BaseException as error:  # noqa: BLE001 -- raised again by ``value``, in the thread that waits for it
            self._raised = error

    def value(self) -> T:
        if self._raised is not None:
            raise self._raised
        if not self._made:
            raise TimeoutError
        return self._made[0]
