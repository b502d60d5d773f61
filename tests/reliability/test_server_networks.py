"""What becomes of a sign-in when the network is away, not to be trusted, or behind a proxy: b29, b30, b31."""

import base64
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.errors import ProviderUnavailable
from hostspec.testing import FakeClock
from hostspec.value import Remedy
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.canaries import assert_no_leaks, canary
from tests.plugin.grant_builders import ADA, SCOPES
from tests.plugin.keeper_process import RealClock, keeping
from tests.plugin.own_authority import OwnAuthority
from tests.plugin.raw_server import closed_port
from tests.plugin.session_builders import session_to
from tests.reliability.connect_proxy import ConnectProxy, Manner
from tests.reliability.relay import RELAYED, Relay
from tests.reliability.trouble import Office
from tests.simulator.signed_in_client import SignedIn
from tests.working_states import KEPT
from xero_connections_plugin.gateways.sign_in.token_endpoint import HttpTokenEndpoint
from xero_connections_plugin.gateways.xero_calls.tenants_api import XeroTenantsApi

PASSWORD = canary("proxy password")
XERO_NAME = "identity.xero.com"
"""Only ever asked for from the proxy of the test."""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def authority(tmp_path: Path) -> OwnAuthority:
    (tmp_path / "authority").mkdir()
    return OwnAuthority(tmp_path / "authority", datetime.now(UTC))


UNREACHABLE = {
    "no such name": "https://no-such-host.invalid",
    "refused": f"https://localhost:{closed_port()}",
    "no route": "https://255.255.255.255",
}


@pytest.mark.parametrize("origin", UNREACHABLE.values(), ids=UNREACHABLE)
def test_b29_a_refresh_without_a_network_is_offline_and_keeps_every_token(tmp_path: Path, origin: str) -> None:
    with SimulatorServer() as xero:
        client = SignedIn(xero)
        real = HttpTokenEndpoint(xero.addresses.token_url, xero.addresses.revocation_url, RealClock())
        away = HttpTokenEndpoint(f"{origin}/token", f"{origin}/revocation", RealClock())
        clock = FakeClock(auto_advance=True)
        with keeping(tmp_path, xero.origin, clock=clock, endpoint=lambda _: away) as kept:
            answer = real.refresh(client_id=DEMO_CLIENT_ID, refresh_token=SecretStr(client.tokens["refresh_token"]))
            grant = kept.keeper.adopt(answer, client_id=DEMO_CLIENT_ID, identity=ADA, requested_scopes=SCOPES).grant_id
            before, began = kept.store.read(grant), clock.monotonic()
            with pytest.raises(ProviderUnavailable, match="check the network") as caught:
                kept.keeper.access_token(grant, refused=1)
            assert (caught.value.code, caught.value.remedy) == ("OFFLINE", Remedy.RETRY_LATER)
            assert clock.monotonic() - began <= 65
            after = kept.store.read(grant)
            assert before is not None
            assert after is not None
            assert (after.record, after.sealed, after.intent) == (before.record, before.sealed, None)
        with keeping(tmp_path, xero.origin) as kept:
            assert kept.keeper.access_token(grant, refused=1).generation == 2


@pytest.mark.parametrize("origin", UNREACHABLE.values(), ids=UNREACHABLE)
def test_b29_the_api_without_a_network_is_offline_and_nothing_was_sent(origin: str) -> None:
    with session_to(origin) as session:
        for method in ("GET", "PUT"):
            with pytest.raises(ProviderUnavailable, match="Nothing was changed") as caught:
                session.http.request(method, "Invoices")
            assert caught.value.code == "OFFLINE"
    with pytest.raises(ProviderUnavailable, match="check the network") as caught:
        XeroTenantsApi(f"{origin}/connections", clock=FakeClock(auto_advance=True)).links(SecretStr("token"))
    assert caught.value.code == "OFFLINE"


def refusing(*names: str) -> dict[str, str]:
    """The plugin's addresses, with these where nobody listens."""
    return {name: f"{UNREACHABLE['refused']}/{name}" for name in names}


def test_b29_a_site_without_a_network_asks_nobody_to_sign_in_and_goes_on_afterwards(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        before = site.stored()
        site.age_token()
        with site.make_host("host-b", settings=refusing("token_url")) as site.host:
            assert "check the network" in str(site.told("OFFLINE"))
            assert len(site.host.browser.addresses) == 0
            site.assert_kept(before)
            assert site.tab().cell("Head office", "Status") in KEPT
            tab = site.edit()
            assert "check the network" in site.sign_in_fails(tab)
            tab.press("Cancel")
            site.assert_kept(before)
        with site.make_host("host-c", settings=refusing("api_url", "connections_url")) as site.host:
            site.told("OFFLINE")
            tab = site.edit()
            tab.press("Refresh the list")
            tab.continue_until()
            assert "check the network" in tab.message.text
            site.assert_kept(before)
        with site.make_host("host-d") as site.host:
            site.works_again()


UNTRUSTED = ("expired", "wrong name", "unknown authority", "old TLS")


def untrusted(authority: OwnAuthority, trouble: str) -> ssl.SSLContext:
    """What a server shows that nobody should trust."""
    tls = authority.server(
        "elsewhere.example" if trouble == "wrong name" else "localhost", expired=trouble == "expired"
    )
    if trouble == "old TLS":
        with pytest.warns(DeprecationWarning, match="TLS"):
            tls.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLS"):
            tls.maximum_version = ssl.TLSVersion.TLSv1
    return tls


@pytest.mark.parametrize("trouble", UNTRUSTED)
@pytest.mark.sweep(sample=5)
def test_b30_a_server_that_cannot_be_trusted_is_told_with_the_company_ca_and_sent_nothing(
    tmp_path: Path,
    store_settings: dict[str, str],
    authority: OwnAuthority,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    if trouble != "unknown authority":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    with (
        Office(tmp_path / "data", store_settings) as site,
        Relay(site.xero.addresses, tls=untrusted(authority, trouble)) as relay,
    ):
        before = site.stored()
        site.age_token()
        tokens_apart = relay.settings("token_url", "revocation_url", "jwks_url")
        with site.make_host("host-b", settings=tokens_apart) as site.host:
            problem = site.told("TLS_UNTRUSTED")
            assert "REQUESTS_CA_BUNDLE" in str(problem)
            assert "nothing was sent" in str(problem)
            tab = site.edit()
            assert "REQUESTS_CA_BUNDLE" in site.sign_in_fails(tab)
            tab.press("Cancel")
            site.assert_kept(before)
        with site.make_host("host-c", settings=relay.settings("api_url", "connections_url")) as site.host:
            site.told("TLS_UNTRUSTED")
            tab = site.edit()
            tab.press("Refresh the list")
            tab.continue_until()
            assert "REQUESTS_CA_BUNDLE" in tab.message.text
        assert relay.calls == []
        with site.make_host("host-d") as site.host:
            site.works_again()


def test_b30_the_authority_of_a_company_is_trusted_once_its_bundle_is_named(
    tmp_path: Path, store_settings: dict[str, str], authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Office(tmp_path / "data", store_settings) as site, Relay(site.xero.addresses, tls=authority.server()) as relay:
        site.age_token()
        with site.make_host("host-b", settings=relay.settings()) as site.host:
            site.told("TLS_UNTRUSTED")
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
            site.works_again()
            site.age_token()
            site.works_again()
        assert {call.path for call in relay.calls} == {"/connect/token", "/api.xro/2.0/Organisation"}


class Company:
    """A site whose way to Xero leads through a proxy with a password."""

    def __init__(
        self, folder: Path, settings: dict[str, str], authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._stack = ExitStack()
        self._folder = folder
        self._settings = settings
        self._authority = authority
        self._monkeypatch = monkeypatch

    def __enter__(self) -> "Company":
        with ExitStack() as opening:
            self.site = opening.enter_context(Office(self._folder, self._settings))
            tls = self._authority.server(XERO_NAME)
            self.relay = opening.enter_context(Relay(self.site.xero.addresses, tls=tls, name=XERO_NAME))
            self.proxy = opening.enter_context(ConnectProxy(self.relay.port))
            self._monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(self._authority.bundle))
            self._monkeypatch.setenv("https_proxy", f"http://ada:{PASSWORD}@127.0.0.1:{self.proxy.port}")
            self.site.host = opening.enter_context(
                self.site.make_host("host-b", settings=self.relay.settings(*RELAYED))
            )
            self._stack = opening.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(None, None, None)


@pytest.fixture
def company(
    tmp_path: Path, store_settings: dict[str, str], authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Company]:
    with Company(tmp_path / "data", store_settings, authority, monkeypatch) as made:
        yield made


def test_b31_through_a_proxy_everything_works_and_its_password_goes_to_it_alone(company: Company) -> None:
    site, proxy = company.site, company.proxy
    site.age_token()
    site.works_again()
    tab = site.edit()
    site.authorize(tab)
    assert tab.message.title == "Connection successful"
    tab.press("OK")
    tab.press("Save")
    basic = base64.b64encode(f"ada:{PASSWORD}".encode())
    assert all(b"Proxy-Authorization: Basic " + basic in head for head in proxy.heads)
    assert all(head.startswith(b"CONNECT identity.xero.com:443 ") for head in proxy.heads)
    assert all("proxy-authorization" not in call.headers for call in company.relay.calls)


@pytest.mark.parametrize("manner", [manner for manner in Manner if manner is not Manner.TUNNEL])
@pytest.mark.sweep(sample=4)
def test_b31_a_proxy_in_the_way_is_named_without_its_password(company: Company, manner: Manner) -> None:
    site, proxy = company.site, company.proxy
    before = site.stored()
    site.age_token()
    proxy.manner = manner
    told = [str(site.told("PROXY"))]
    tab = site.edit()
    told.append(site.sign_in_fails(tab))
    tab.press("Refresh the list")
    tab.continue_until()
    told.append(tab.message.text)
    tab.press("OK")
    tab.press("Cancel")
    assert all("proxy" in text for text in told)
    assert_no_leaks("".join(told), {"password": PASSWORD})
    assert "ada" not in "".join(told)
    assert company.relay.calls == []
    site.assert_kept(before)
    proxy.manner = Manner.TUNNEL
    site.works_again()


def test_b31_a_proxy_that_is_down_is_named_without_its_password(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = company.site
    before = site.stored()
    site.age_token()
    with monkeypatch.context() as down:
        down.setenv("https_proxy", f"http://ada:{PASSWORD}@127.0.0.1:{closed_port()}")
        problem = site.told("PROXY", Remedy.RETRY_LATER)
        assert_no_leaks(str(problem), {"password": PASSWORD})
        site.assert_kept(before)
    site.works_again()


def test_b31_passwords_of_a_netrc_file_are_sent_nowhere(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password hidden\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    site = company.site
    site.age_token()
    site.works_again()
    for call in company.relay.calls:
        said = call.headers.get("authorization", "")
        assert said.startswith("Bearer ") if call.path.startswith("/api") else said == ""
