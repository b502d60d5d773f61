import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from webhook_session import WebhookSession

from hostspec import ConnectionId, ConnectionRef, ProviderUnavailable, SignInNeeded, TypeId

NAMED = ConnectionRef(connection_id=ConnectionId("1"), type_id=TypeId("webhook"), display_name="Archive")


class OtherSide(BaseHTTPRequestHandler):
    keys: list[str] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.keys.append(self.headers["X-Key"])
        codes = {"right": 204, "moved": 302}
        self.send_response(codes.get(self.headers["X-Key"], 401))
        self.send_header("Location", "http://localhost:9/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address():
    with HTTPServer(("localhost", 0), OtherSide) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def send(address: str, key: str) -> None:
    with WebhookSession(NAMED, address, key) as session:
        session.send({"number": "INV-7"})


def test_a_document_is_sent_with_the_key(address):
    send(address, "right")
    assert OtherSide.keys[-1] == "right"


def test_a_wrong_key_asks_for_another(address):
    with pytest.raises(SignInNeeded):
        send(address, "wrong")


def test_nobody_sends_the_key_elsewhere(address):
    with pytest.raises(ProviderUnavailable):
        send(address, "moved")
