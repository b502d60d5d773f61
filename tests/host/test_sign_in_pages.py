"""What the pages of the host hold while somebody signs in: everything but secrets."""

from __future__ import annotations

import html as entities
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest

from hostspec.hosting import SystemBrowser
from sample_host.app import SampleHost
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.canaries import MARK, find_marks
from tests.free_ports import free_port
from tests.host.page_client import PageClient
from tests.host.running_host import InstalledPlugin, make_host
from tests.secret_watch import without_sign_in_addresses
from tests.stories.capture_site import make_marked_plugin

ADDRESSES = ("authorize_url", "token_url", "revocation_url", "connections_url", "api_url", "issuer", "jwks_url")
TURNS = 200


class NoBrowser(SystemBrowser):
    """A machine without a browser: the person opens the address that the page shows."""

    def open(self, address: str) -> bool:
        return False


@pytest.fixture
def xero() -> Iterator[SimulatorServer]:
    with SimulatorServer() as xero:
        yield xero


@pytest.fixture
def host(tmp_path: Path, xero: SimulatorServer) -> Iterator[SampleHost]:
    settings = {name: str(getattr(xero.addresses, name)) for name in ADDRESSES}
    settings["key_file"] = str(tmp_path / "data.key")
    plugin = InstalledPlugin("xero-connections", make_marked_plugin())
    host = make_host(tmp_path / "data", plugin, settings=settings, browser=NoBrowser())
    yield host
    host.stop(1.0)


def waited(client: PageClient, text: str) -> str:
    """Asks how it goes on, as the page does, until the text is on top."""
    pause = threading.Event()
    for _ in range(TURNS):
        if text in client.top:
            return client.top
        client.press("continue")
        pause.wait(0.05)
    raise AssertionError(f"{text!r} never came: {client.top}")


def address_on(html: str) -> str:
    found = re.search(r'href="(http[^"]*code_challenge=[^"]*)"', html)
    assert found is not None
    return entities.unescape(found[1])


def test_f15_no_page_of_a_sign_in_holds_a_secret_and_only_its_own_person_sees_the_address(
    host: SampleHost, xero: SimulatorServer
) -> None:
    # Every answer that this client gets is searched for secrets by the client itself.
    client = PageClient(host)
    client.open("/tabs/connections")
    client.post("/window", {"page": "/tabs/connections"})
    port = free_port()
    xero.control.add_redirect_uri(DEMO_CLIENT_ID, f"http://localhost:{port}/callback")
    client.act("add", tab="connections")
    values = {"display_name": "Head office", "client_id": DEMO_CLIENT_ID, "port": str(port)}
    values |= {"application_url": "http://localhost", "scope_preset": "granular", "extra_scopes": "openid profile"}
    client.press("authorize", values)
    address = address_on(waited(client, "code_challenge="))
    assert MARK in parse_qs(urlsplit(address).query)["state"][0]

    stranger = client.beside()
    others = [stranger.open("/tabs/connections"), stranger.open("/profiles"), stranger.http.get("/news").text]
    others.append(json.dumps(stranger.post("/window", {"page": "/tabs/connections"})))
    assert [text for text in others if find_marks(text)] == [], "another browser sees nothing of the sign-in"
    own = json.dumps(client.post("/window", {"page": "/tabs/connections"}))
    assert find_marks(own), "loading the page again shows the same window"
    assert find_marks(without_sign_in_addresses(own)) == []

    with build_opener(ProxyHandler({})).open(xero.approve(address, organisation="bakehouse"), timeout=10) as last:
        assert find_marks(last.read()) == []
        assert find_marks(last.url) == []
    waited(client, "Connection successful")
    client.press("0")
    tenant = re.search(r'<option[^>]*value="([^"]+)"[^>]*>[^<]*Bakehouse', client.top)
    assert tenant is not None
    client.press("save", {**values, "tenant": tenant[1]})
    page = client.open("/tabs/connections")
    assert "Head office" in page
    row = re.search(r'data-row="([^"]+)"', page)
    assert row is not None
    details = client.act("details", tab="connections", row=row[1])
    assert "Bakehouse Ltd" in details
    client.press("dismiss")
    assert "Head office" in client.open("/profiles/supplier-invoices")
    xero.control.revoke()
    xero.control.expire_access_tokens()
    client.post("/profiles/supplier-invoices/steps/xero/settings", {"connection": row[1]})
    client.post("/profiles/supplier-invoices/steps/xero/contacts", {})
    assert client.open("/tabs/connections")


def test_f14_the_cookie_stays_the_same_through_a_sign_in_and_holds_no_secret(host: SampleHost) -> None:
    client = PageClient(host)
    client.open("/tabs/connections")
    (cookie,) = client.http.cookies.jar
    client.act("add", tab="connections")
    client.open("/tabs/connections")
    (later,) = client.http.cookies.jar
    assert cookie.value == later.value
    assert find_marks(str(cookie.value)) == []
    assert str(cookie.value) not in client.open("/profiles")
