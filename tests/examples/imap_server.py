"""A small IMAP server on loopback: greets, offers TLS as it is told, checks a password, opens an inbox, remembers."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

USER = "ada@example.com"


@dataclass
class Manner:
    """How the server behaves; may change while it runs."""

    password: str = field(repr=False)
    greeting: bytes = b"* OK ready\r\n"
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    messages: int = 7
    is_silent: bool = False
    hangs_up_at: str = ""
    """The command after which it ends the conversation; ``HELLO``: when it is called."""
    trickle: bytes = b""
    """Said after the greeting again and again, with a short pause each time, whatever it is asked."""
    refusal: str = "NO [AUTHENTICATIONFAILED] no"
    """What it says to a wrong password."""
    said: list[str] = field(default_factory=list)
    """Every command in the order they came, without its tag; passwords as they arrived."""


class ImapServer:
    """Serves until it is left.

    Args:
        manner: How it behaves.
        certificate: What it shows; ``None`` speaks no TLS.
        at_once: Whether TLS begins with the connection (port 993) instead of with STARTTLS.
    """

    def __init__(self, manner: Manner, certificate: ssl.SSLContext | None = None, *, at_once: bool = False) -> None:
        self.manner = manner
        self._certificate = certificate
        self._at_once = at_once
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._leaving = threading.Event()
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, name="imap accepts")

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(caller,), name="imap serves")
            self._threads.append(thread)
            thread.start()

    def _serve(self, caller: socket.socket) -> None:
        held = [caller]
        with suppress(OSError):
            self._hold(held)
            if self.manner.hangs_up_at != "HELLO":
                self._greet(held)
        with self._lock:
            self._open.difference_update(held)
        held[-1].close()

    def _greet(self, held: list[socket.socket]) -> None:
        if self.manner.is_silent:
            self._leaving.wait()
            return
        if self._at_once:
            self._encrypt(held)
            self._hold(held)
        held[-1].sendall(self.manner.greeting)
        if not self.manner.trickle:
            self._converse(held)
        while self.manner.trickle and not self._leaving.wait(0.02):
            held[-1].sendall(self.manner.trickle)

    def _hold(self, held: list[socket.socket]) -> None:
        with self._lock:
            self._open.add(held[-1])

    def _converse(self, held: list[socket.socket]) -> None:
        while line := _line(held[-1]):
            caller = held[-1]
            tag, _, command = line.partition(" ")
            self.manner.said.append(command)
            verb = command.split(" ")[0].upper()
            if verb == self.manner.hangs_up_at:
                return
            match verb:
                case "CAPABILITY":
                    answer = f"* CAPABILITY {self.manner.capabilities}\r\n{tag} OK done"
                case "STARTTLS":
                    caller.sendall(f"{tag} OK begin\r\n".encode())
                    self._encrypt(held)
                    self._hold(held)
                    continue
                case "AUTHENTICATE":
                    caller.sendall(b"+ \r\n")
                    _, user, password = base64.b64decode(_line(caller)).decode().split("\0")
                    answer = self._judged(tag, user, password)
                case "LOGIN":
                    user, _, password = command[len("LOGIN ") :].partition(" ")
                    answer = self._judged(tag, user.strip('"'), password.strip('"'))
                case "EXAMINE":
                    answer = f"* {self.manner.messages} EXISTS\r\n{tag} OK [READ-ONLY] done"
                case "LOGOUT":
                    answer = f"* BYE\r\n{tag} OK done"
                case _:
                    answer = f"{tag} BAD unknown"
            caller.sendall(f"{answer}\r\n".encode())

    def _judged(self, tag: str, user: str, password: str) -> str:
        if (user, password) == (USER, self.manner.password):
            return f"{tag} OK signed in"
        return f"{tag} {self.manner.refusal}"

    def _encrypt(self, held: list[socket.socket]) -> None:
        assert self._certificate is not None
        held.append(self._certificate.wrap_socket(held[-1], server_side=True))


def _line(caller: socket.socket) -> str:
    found = b""
    while not found.endswith(b"\r\n"):
        more = caller.recv(1)
        if not more:
            return ""
        found += more
    return found.decode().rstrip("\r\n")
