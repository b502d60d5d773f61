"""What is the least that receives a redirect and trades a code, and a token endpoint that takes no time?"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlencode, urlsplit

TOKENS: Final = {
    "access_token": "a" * 1200,
    "refresh_token": "r" * 43,
    "token_type": "Bearer",
    "expires_in": 1800,
    "scope": "offline_access",
}


class _Token(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(TOKENS).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class TokenServer:
    """A token endpoint in a process of its own; a context manager."""

    def __enter__(self) -> Self:
        self._running = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bare_exchange"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._running.stdout is not None
        self.address = f"http://127.0.0.1:{int(self._running.stdout.readline())}/connect/token"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # It ends with its input.
        self._running.communicate()


class BareReceiver:
    """Takes one redirect with http.server, and trades its code with http.client; a context manager."""

    def __init__(self, port: int, token_url: str) -> None:
        self.done = threading.Event()
        self.moments: list[float] = []
        receiver, parts = self, urlsplit(token_url)

        class Callback(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                code = parse_qs(urlsplit(self.path).query)["code"][0]
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"You may close this page.")
                connection = HTTPConnection(str(parts.hostname), parts.port)
                form = {"grant_type": "authorization_code", "client_id": "client", "code": code}
                content = {"Content-Type": "application/x-www-form-urlencoded"}
                connection.request("POST", parts.path, urlencode(form), content)
                assert json.loads(connection.getresponse().read())["access_token"]
                connection.close()
                receiver.moments.append(time.perf_counter())
                receiver.done.set()

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        class Server(HTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """The browser is gone before the page is written, once the tokens are there."""

        self._server = Server(("127.0.0.1", port), Callback)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Where a silent connection keeps it, it ends with this process.
        threading.Thread(target=self._server.shutdown, daemon=True).start()
        self._thread.join(1)
        self._server.server_close()


def main() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Token) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
