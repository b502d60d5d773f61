import socket
from urllib.request import ProxyHandler, build_opener

from text_host import TextHost

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer


class Allowing:
    """A browser in which somebody allows access at once."""

    def __init__(self, xero):
        self.xero = xero

    def __call__(self, address):
        back = self.xero.approve(address)
        with build_opener(ProxyHandler({})).open(back, timeout=10) as page:
            page.read()
        return True


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_somebody_signs_in(tmp_path, monkeypatch):
    with SimulatorServer() as xero:
        port, at = free_port(), xero.addresses
        xero.control.add_redirect_uri(DEMO_CLIENT_ID, f"http://localhost:{port}/callback")
        names = ("authorize_url", "token_url", "revocation_url", "connections_url", "api_url", "issuer", "jwks_url")
        settings = {name: getattr(at, name) for name in names}
        monkeypatch.setattr("webbrowser.open", Allowing(xero))
        host = TextHost(tmp_path / "data", {**settings, "key_file": str(tmp_path / "connections.key")})
        try:
            window = host.window("connections")
            window.press("Add")
            window.fill("Display name", "Head office")
            window.fill("Xero Client ID", DEMO_CLIENT_ID)
            window.fill("Port", str(port))
            window.press("Authorize")
            for _ in range(200):
                if "[OK]" in window.read():
                    break
                host.services.clock.wait(0.05)
                window.pass_time()
            window.press("OK")
            window.press("Save")
            assert "Head office" in window.read()
        finally:
            host.stop()
