"""A browser's side of a connection to a port of this machine, byte by byte where a test wants it."""

import http.client
import io
import socket
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True)
class Seen:
    """What came back."""

    status: int
    headers: Message
    body: str


def visit(port: int, target: str, *, method: str = "GET", host: str = "127.0.0.1", body: str | None = None) -> Seen:
    """One request, as a browser that was sent to ``localhost`` makes it."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", f"localhost:{port}")
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(None if body is None else body.encode())
        answer = connection.getresponse()
        return Seen(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


def visit_raw(port: int, request: bytes) -> bytes:
    """Send these bytes and read to the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return read_to_end(connection)


def read_answer(received: bytes) -> Seen:
    """An answer as it came over the wire; a status of 0 where there was none."""
    head, _, body = received.partition(b"\r\n\r\n")
    status_line, _, headers = head.partition(b"\r\n")
    words = status_line.split()
    status = int(words[1]) if len(words) > 1 else 0
    return Seen(status, http.client.parse_headers(io.BytesIO(headers + b"\r\n\r\n")), body.decode())


def read_to_end(connection: socket.socket) -> bytes:
    found = b""
    while piece := connection.recv(65536):
        found += piece
    return found


def is_open(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(5)
        return probe.connect_ex((host, port)) == 0


def has_ipv6() -> bool:
    """Whether this machine has the other loopback family."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
