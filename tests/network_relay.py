"""A stretch of network that a test can cut, stall or close: a relay between clients and a TCP server on loopback."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Self

from tests.free_ports import free_port

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class NetworkRelay:
    """Passes bytes on between ``port`` and a server's port, until told otherwise. Leaves no thread behind.

    Args:
        target_port: Of the server, on 127.0.0.1.
        listen: Opens the door that clients come by, somewhere else than on 127.0.0.1 and a free port.
    """

    def __init__(self, target_port: int, listen: Callable[[], socket.socket] | None = None) -> None:
        self.port = free_port()
        self._target = target_port
        self._listen = listen or (lambda: socket.create_server(("127.0.0.1", self.port), backlog=128))
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._links: set[_Link] = set()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._countdown = 0
        self._loses_answer = False
        self.has_struck = False
        """Whether the message that was to be struck has come by."""

    def __enter__(self) -> Self:
        self.accept()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self._flows.set()
        for thread in self._threads:
            thread.join(10)

    @property
    def links(self) -> int:
        """How many clients are connected."""
        with self._lock:
            return len(self._links)

    def stall(self) -> None:
        """From now on nothing arrives on either side; links stay open, and new ones get no further than the door."""
        self._flows.clear()

    def flow(self) -> None:
        """Bytes arrive again, those that waited first."""
        self._flows.set()

    def cut(self) -> None:
        """Resets every link; new ones may be made."""
        with self._lock:
            links = list(self._links)
        for link in links:
            link.reset()

    def strike(self, message: int, *, loses_answer: bool) -> None:
        """Resets the link at a message of its client, counted from 1 and from now over all links.

        Args:
            message: Which one.
            loses_answer: The server gets the message and acts on it, and nobody hears of it; else it gets nothing.
        """
        with self._lock:
            self._countdown, self._loses_answer, self.has_struck = message, loses_answer, False

    def refuse(self) -> None:
        """Resets every link and refuses new ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            # Wakes the thread that waits for clients; closing alone would not.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def accept(self) -> None:
        """Lets clients in again."""
        if self._listener is not None:
            return
        self._listener = self._listen()
        self._start(self._welcome, self._listener)

    def _start(self, work: object, *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _welcome(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            link = _Link(client, server)
            with self._lock:
                self._links.add(link)
            self._start(self._pass_on, link, client, server, self._may_go)
            self._start(self._pass_on, link, server, client, lambda link: not link.loses_answer)

    def _may_go(self, link: _Link) -> bool:
        """Whether a message of the client reaches the server."""
        with self._lock:
            self._countdown -= 1
            if self._countdown != 0:
                return True
            self.has_struck = True
            link.loses_answer = self._loses_answer
            return link.loses_answer

    def _pass_on(
        self, link: _Link, source: socket.socket, target: socket.socket, may_go: Callable[[_Link], bool]
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._flows.wait()
                if not may_go(link):
                    link.reset()
                    break
                target.sendall(data)
        self._flows.wait()
        link.end(target)
        with self._lock:
            if link.is_over:
                self._links.discard(link)


class _Link:
    """Both ends of one client's way to the server."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._ends = (client, server)
        self._lock = threading.Lock()
        self._open_directions = 2
        self.loses_answer = False

    @property
    def is_over(self) -> bool:
        return self._open_directions == 0

    def end(self, target: socket.socket) -> None:
        """One direction has ended."""
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
        with self._lock:
            self._open_directions -= 1
            if self._open_directions == 0:
                for end in self._ends:
                    end.close()

    def reset(self) -> None:
        """Both sides hear at once that there is no link any more."""
        with self._lock:
            if self._open_directions == 0:
                return
            for end in self._ends:
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    end.shutdown(socket.SHUT_RDWR)
