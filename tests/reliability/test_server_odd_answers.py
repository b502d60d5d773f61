"""What becomes of a sign-in when answers are odd, redirected, slow or huge: b13, b15, b17, b21, b22, b23."""

import gzip
import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.errors import ProviderUnavailable
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.faults import Drip, EditAnswer, Huge
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.grant_builders import ADA, SCOPES
from tests.plugin.keeper_process import RealClock, keeping
from tests.plugin.own_authority import OwnAuthority
from tests.plugin.small_server import Call, Said, SmallServer
from tests.reliability.relay import Relay
from tests.reliability.trouble import Office
from tests.simulator.signed_in_client import SignedIn
from xero_connections_plugin.gateways.network.outbound_http import MEBIBYTE, Limits, send
from xero_connections_plugin.gateways.sign_in.token_endpoint import TOKEN_LIMITS, HttpTokenEndpoint
from xero_connections_plugin.oauth.oauth_errors import OutcomeUnknown

DEFAULT_SECONDS = 300.0
"""How long a token counts as valid whose answer does not say."""


@pytest.mark.parametrize(
    "fault",
    [
        EditAnswer(at="token", remove=["refresh_token"]),
        EditAnswer(at="token", set={"refresh_token": ""}),
        EditAnswer(at="token", set={"refresh_token": None}),
        EditAnswer(at="token", set={"refresh_token": ["token"]}),
    ],
    ids=["missing", "empty", "null", "list"],
)
def test_b13_a_refresh_without_a_new_refresh_token_keeps_the_old_one(
    tmp_path: Path, store_settings: dict[str, str], fault: EditAnswer
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.xero.control.set_fault(fault)
        site.age_token()
        assert site.trouble() is None
        assert site.refreshes() == 1
        site.age_token()
        site.works_again()
        assert site.refreshes() == 2
        presented = sorted(count.presented for count in site.xero.control.state().tokens.values())
        assert presented[-1] == 2, "the one that was there before"


def test_b15_a_sign_in_without_a_refresh_token_names_the_missing_permission(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        before = site.stored()
        tab = site.edit()
        site.xero.control.set_fault(EditAnswer(at="token", remove=["refresh_token"]))
        assert "Add the scope offline_access under Advanced" in site.sign_in_fails(tab)
        tab.press("Cancel")
        assert len(site.all_stored()) == 1
        site.assert_kept(before)
        site.works_again()


LIFETIMES: dict[bytes | None, float] = {
    None: DEFAULT_SECONDS,
    b"0": DEFAULT_SECONDS,
    b"-5": DEFAULT_SECONDS,
    b'"1800"': 1800,
    b'" 1800 "': DEFAULT_SECONDS,
    b'"soon"': DEFAULT_SECONDS,
    b'""': DEFAULT_SECONDS,
    b"true": DEFAULT_SECONDS,
    b"null": DEFAULT_SECONDS,
    b"1e30": DEFAULT_SECONDS,
    b"1e999": DEFAULT_SECONDS,
    b"NaN": DEFAULT_SECONDS,
    b"Infinity": DEFAULT_SECONDS,
    b"-Infinity": DEFAULT_SECONDS,
    b"1" + b"0" * 400: DEFAULT_SECONDS,
    b"1800.5": 1800.5,
    b"[1800]": DEFAULT_SECONDS,
    b"{}": DEFAULT_SECONDS,
}
"""What an answer says, as JSON, and how long its token counts as valid."""


@pytest.mark.parametrize(("lifetime", "seconds"), LIFETIMES.items(), ids=lambda value: str(value)[:14])
@pytest.mark.sweep(sample=10)
def test_b17_an_odd_lifetime_costs_neither_the_token_nor_the_one_beside_it(
    tmp_path: Path, store_settings: dict[str, str], lifetime: bytes | None, seconds: float
) -> None:
    def edit(call: Call, said: Said) -> Said:
        if call.path != "/connect/token":
            return said
        fields: dict[str, object] = json.loads(said.body)
        del fields["expires_in"]
        body = json.dumps(fields).encode()
        if lifetime is not None:
            body = body[:-1] + b', "expires_in": ' + lifetime + b"}"
        return Said(said.status, body, said.headers)

    with Office(tmp_path, store_settings, relayed=("token_url",)) as site:
        site.relay.edit = edit
        tab = site.edit()
        site.authorize(tab)
        assert tab.message.title == "Connection successful"
        tab.press("OK")
        tab.press("Save")
        for generation in (2, 3):
            record = site.stored().record
            assert record.generation == generation
            valid = (record.access_expires_at - record.refreshed_at).total_seconds()
            assert valid == pytest.approx(seconds, abs=5)
            assert site.trouble() is None
            site.age_token()
            assert site.trouble() is None
        assert site.refreshes() == 2


PLACES = {
    "token": "/connect/token",
    "keys": "/.well-known/openid-configuration/jwks",
    "companies": "/connections",
    "API": "/api.xro/2.0/Organisation",
    "revocation": "/connect/revocation",
}


class Redirecting:
    """Sends every request for one path on to another server, which remembers what it is sent."""

    def __init__(self, path: str, status: int) -> None:
        self.elsewhere = SmallServer()
        self.redirected = 0
        self._path = path
        self._status = status

    def __call__(self, call: Call) -> Said | None:
        if call.path != self._path:
            return None
        self.redirected += 1
        return Said(self._status, b"", {"Location": f"{self.elsewhere.origin}{call.path}"})


@pytest.fixture(params=["other host", "plain http"])
def front(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext | None:
    """What stands before Xero: with TLS, the redirect leads from it to plain HTTP."""
    if request.param == "other host":
        return None
    (tmp_path / "authority").mkdir()
    authority = OwnAuthority(tmp_path / "authority", datetime.now(UTC))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    return authority.server()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.sweep(sample=16)
def test_b21_a_redirect_is_not_followed_and_the_other_server_sees_nothing(
    tmp_path: Path, store_settings: dict[str, str], front: ssl.SSLContext | None, place: str, status: int
) -> None:
    redirecting = Redirecting(PLACES[place], status)
    with (
        Office(tmp_path / "data", store_settings, scopes="openid") as site,
        Relay(site.xero.addresses, tls=front) as relay,
        redirecting.elsewhere as elsewhere,
        site.make_host("host-b", settings=relay.settings()) as site.host,
    ):
        relay.instead = redirecting
        match place:
            case "token":
                site.age_token()
                site.told("OFFLINE")
                assert "web page" in site.sign_in_fails(site.edit())
            case "API":
                site.told("XERO_DOWN")
            case "keys":
                assert "signing keys" in site.sign_in_fails(site.edit())
            case "companies":
                tab = site.edit()
                site.authorize(tab)
                assert "could not be listed" in tab.message.text
            case _:
                tab = site.tab()
                tab.row("Head office")
                tab.press("Delete")
                tab.choose("At the other side", "Revoke the whole sign-in")
                tab.press("Delete")
                tab.continue_until()
                assert "revoked as soon as Xero answers" in tab.message.text
        assert redirecting.redirected
        assert elsewhere.calls == []
        if place != "revocation":
            relay.instead = lambda _: None
            site.works_again()


@pytest.fixture
def xero() -> Iterator[SimulatorServer]:
    with SimulatorServer() as running:
        yield running


def test_b22_an_answer_of_one_byte_a_second_is_cut_and_asked_for_again(
    tmp_path: Path, store_url: str | None, xero: SimulatorServer
) -> None:
    client = SignedIn(xero)
    addresses, quick = xero.addresses, Limits(read=TOKEN_LIMITS.read, total=1.5)
    endpoint = HttpTokenEndpoint(addresses.token_url, addresses.revocation_url, RealClock(), quick)
    with keeping(tmp_path, xero.origin, database_url=store_url, endpoint=lambda _: endpoint) as kept:
        answer = endpoint.refresh(client_id=DEMO_CLIENT_ID, refresh_token=SecretStr(client.tokens["refresh_token"]))
        grant = kept.keeper.adopt(answer, client_id=DEMO_CLIENT_ID, identity=ADA, requested_scopes=SCOPES).grant_id
        xero.control.set_fault(Drip(at="token", seconds_per_byte=1.0))

        assert kept.keeper.access_token(grant, refused=1).generation == 2
        assert xero.control.state().refreshes == 3
        stored = kept.store.read(grant)
        assert stored is not None
        assert stored.intent is None
    assert [thread.name for thread in threading.enumerate() if thread.name == "outbound request"] == []


def test_b22_the_limit_is_thirty_seconds_for_the_whole_request() -> None:
    assert (TOKEN_LIMITS.total, TOKEN_LIMITS.read) == (30.0, 30.0)
    assert Limits().total == 30.0


HUGE = {
    "100 MB": Huge(at="token", times=None, size=100_000_000),
    "gzip bomb": Huge(at="token", times=None, size=30_000_000, gzip=True),
}


@pytest.mark.parametrize("fault", HUGE.values(), ids=HUGE)
def test_b23_an_endless_answer_is_cut_and_costs_no_sign_in(
    tmp_path: Path, store_settings: dict[str, str], fault: Huge
) -> None:
    with Office(tmp_path, store_settings) as site:
        before = site.stored()
        site.xero.control.set_fault(fault)
        site.age_token()
        assert "could not be read" in str(site.told("XERO_DOWN"))
        assert site.stored().record == before.record
        site.works_again()


@pytest.mark.parametrize("fault", HUGE.values(), ids=HUGE)
def test_b23_an_endless_answer_to_the_exchange_ends_the_sign_in(tmp_path: Path, fault: Huge) -> None:
    with Office(tmp_path) as site:
        before = site.stored()
        tab = site.edit()
        site.xero.control.set_fault(fault)
        assert "could not be read" in site.sign_in_fails(tab)
        tab.press("Cancel")
        site.assert_kept(before)
        site.works_again()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_b23_the_limit_is_one_mebibyte_after_decoding(packed: bool) -> None:
    for size in (MEBIBYTE, MEBIBYTE + 1):
        body = b" " * size
        said = Said(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else Said(body=body)
        with SmallServer(said) as server:
            if size == MEBIBYTE:
                assert len(send("GET", server.origin, limits=Limits()).body) == size
            else:
                with pytest.raises(OutcomeUnknown):
                    send("GET", server.origin, limits=Limits())


@pytest.mark.parametrize("place", ["jwks", "connections"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_b23_other_lists_of_xero_are_cut_as_well(tmp_path: Path, place: str, packed: bool) -> None:
    with Office(tmp_path, scopes="openid") as site, site.make_host("host-b") as site.host:
        site.xero.control.set_fault(Huge(at=place, times=None, size=30_000_000, gzip=packed))
        tab = site.edit()
        site.authorize(tab)
        expected = "answer could not be read" if place == "jwks" else "companies could not be listed"
        assert expected in tab.message.text
        site.works_again()


def test_b23_an_endless_refusal_of_the_api_is_cut(tmp_path: Path) -> None:
    with Office(tmp_path, relayed=("api_url",)) as site:
        site.relay.instead = lambda _: Said(403, b" " * 10_000_000)
        problem = site.trouble()
        assert isinstance(problem, ProviderUnavailable)
        assert problem.code == "XERO_DOWN"
        site.relay.instead = lambda _: None
        site.works_again()
