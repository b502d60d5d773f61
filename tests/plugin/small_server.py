"""A small HTTP server on loopback that says what a test tells it to, and remembers what it was asked."""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    """Bytes that are announced and never come."""
    hangs_up: bool = False
    """No answer at all."""


Script = Said | Callable[[Call], Said]


class _Server(ThreadingHTTPServer):
    """Ends with all its threads, connections that are kept alive included."""

    daemon_threads = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        super().close_request(request)
        self._open.discard(request)

    def hang_up(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class SmallServer:
    """Answers from the script, one entry per request; the last entry stays.

    Args:
        script: Answers, or functions that make them.
        certificate: A PEM file with certificate and key; makes it speak TLS.
        tls: What it shows instead, ready made.
    """

    def __init__(self, *script: Script, certificate: Path | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.calls: list[Call] = []
        self._script = list(script) or [Said()]
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._scheme = "http"
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
        if tls is not None:
            self._scheme = "https"
            # The handshake belongs to the handler's thread, where its failure ends one connection only.
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def origin(self) -> str:
        return f"{self._scheme}://localhost:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def _answer(self, call: Call) -> Said:
        with self._lock:
            self.calls.append(call)
            entry = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        return entry if isinstance(entry, Said) else entry(call)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        small = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle(self) -> None:
                try:
                    super().handle()
                except (ConnectionError, ssl.SSLError):
                    self.close_connection = True

            def answer(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                said = small._answer(Call(self.command, self.path, headers, self._body(headers)))
                if said.hangs_up:
                    self.close_connection = True
                    return
                self.send_response_only(said.status)
                if "date" not in said.headers:
                    self.send_header("Date", self.date_time_string())
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body) + said.missing))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(said.body)
                self.close_connection = self.close_connection or said.missing > 0

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 -- names of the standard library

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on standard error."""

            def _body(self, headers: Mapping[str, str]) -> bytes:
                if headers.get("transfer-encoding") != "chunked":
                    return self.rfile.read(int(headers.get("content-length", "0")))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        return Handler
