"""What becomes of a sign-in when Xero is out of order, or an answer does not arrive: b8, b9, b10, b11, b24, b25."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from socket import create_connection, socket

import pytest

from hostspec.value import Remedy
from sample_host.xero_simulator.fault_presets import captive_portal, down
from sample_host.xero_simulator.faults import Answer, CutOff, HttpFault, Reset, Truncated
from sample_host.xero_simulator.token_rotation import GraceReading
from tests.plugin.own_authority import OwnAuthority
from tests.plugin.raw_server import RawServer, read_request, reset
from tests.reliability.relay import Relay
from tests.reliability.trouble import Office, after_rotation

BUDGET = 65.0
"""Seconds for a whole refresh with its replays."""


@pytest.mark.parametrize("rotated", [False, True], ids=["before", "after rotation"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.sweep(sample=6)
def test_b8_an_outage_that_passes_is_noticed_by_nobody(
    tmp_path: Path, store_settings: dict[str, str], status: int, rotated: bool
) -> None:
    with Office(tmp_path, store_settings) as site:
        outage = Answer(at="token", status=status, body="<html>out of order</html>", content_type="text/html")
        site.xero.control.set_fault(after_rotation(outage) if rotated else outage)
        site.age_token()
        assert site.trouble() is None
        assert site.refreshes() == (2 if rotated else 1)
        assert site.stored().intent is None


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_b8_an_outage_at_the_exchange_costs_one_sign_in_and_the_code_is_not_posted_twice(
    tmp_path: Path, status: int
) -> None:
    with Office(tmp_path) as site:
        before, asked = site.stored(), site.requests()
        tab = site.edit()
        site.xero.control.set_fault(Answer(at="token", status=status))
        assert f"Xero has trouble at the moment (status {status})" in site.sign_in_fails(tab)
        assert site.requests() == asked + 1
        site.assert_kept(before)
        site.authorize(tab)
        assert tab.message.title == "Connection successful"
        tab.press("OK")
        tab.press("Save")
        site.works_again()


def test_b9_an_outage_that_lasts_is_told_inside_the_budget_and_every_call_tries_again(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        before = site.stored()
        site.xero.control.set_fault(down(at="token"))
        site.age_token()
        for _ in range(2):
            asked, began = site.requests(), site.host.clock.monotonic()
            site.told("XERO_DOWN")
            assert 1 <= site.requests() - asked <= 4
            assert site.host.clock.monotonic() - began <= BUDGET
        after = site.stored()
        assert (after.record, after.sealed) == (before.record, before.sealed)
        site.works_again()
        assert site.refreshes() == 1


def test_b10_a_log_in_page_of_the_network_is_told_as_such_and_stores_nothing(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        before = site.stored()
        site.xero.control.set_fault(captive_portal(at="token", times=None))
        site.age_token()
        assert "web page" in str(site.told("OFFLINE"))
        after = site.stored()
        assert (after.record, after.sealed, after.candidates) == (before.record, before.sealed, ())
        site.works_again()


def test_b10_a_log_in_page_in_place_of_the_exchange_is_told_as_such_and_stores_nothing(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        before = site.stored()
        tab = site.edit()
        site.xero.control.set_fault(captive_portal(at="token", times=None))
        assert "web page" in site.sign_in_fails(tab)
        tab.press("Cancel")
        assert len(site.all_stored()) == 1
        site.assert_kept(before)
        site.works_again()


UNREADABLE: dict[str, HttpFault] = {
    "half of the JSON": Truncated(at="token"),
    "empty": after_rotation(Answer(at="token", content_type="application/json")),
    "another status": after_rotation(Answer(at="token", status=204)),
    "a page": after_rotation(captive_portal(at="token")),
}


@pytest.mark.parametrize("reading", GraceReading)
@pytest.mark.parametrize("fault", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.sweep(sample=8)
def test_b11_an_unreadable_answer_after_the_rotation_is_asked_for_again(
    tmp_path: Path, store_settings: dict[str, str], fault: HttpFault, reading: GraceReading
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.xero.control.change(grace_reading=reading)
        site.xero.control.set_fault(fault)
        site.age_token()
        assert site.trouble() is None
        assert site.refreshes() == 2
        assert site.stored().intent is None
        site.age_token()
        site.works_again()


@pytest.mark.parametrize("reading", GraceReading)
def test_b11_answers_that_stay_unreadable_cost_no_sign_in(
    tmp_path: Path, store_settings: dict[str, str], reading: GraceReading
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.xero.control.change(grace_reading=reading)
        site.xero.control.set_fault(Truncated(at="token", times=None))
        site.age_token()
        site.told("XERO_DOWN")
        assert site.stored().intent is not None, "it is known that the token may be spent"
        site.works_again()
        site.age_token()
        site.works_again()


LOST: dict[str, HttpFault] = {
    "reset": after_rotation(Reset(at="token")),
    "cut in the middle": CutOff(at="token"),
}


@pytest.mark.parametrize("reading", GraceReading)
@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
@pytest.mark.sweep(sample=10)
def test_b25_a_line_that_breaks_after_the_rotation_is_recovered_without_a_browser(
    tmp_path: Path, store_settings: dict[str, str], fault: HttpFault, reading: GraceReading
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.xero.control.change(grace_reading=reading)
        site.xero.control.set_fault(fault)
        site.age_token()
        assert site.trouble() is None
        assert site.refreshes() == 2
        site.age_token()
        site.works_again()
        assert site.refreshes() == 3


@pytest.mark.parametrize("reading", GraceReading)
def test_b25_lines_that_keep_breaking_cost_no_sign_in(
    tmp_path: Path, store_settings: dict[str, str], reading: GraceReading
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.xero.control.change(grace_reading=reading)
        site.xero.control.set_fault(after_rotation(Reset(at="token", times=None)))
        site.age_token()
        began = site.host.clock.monotonic()
        site.told("XERO_DOWN")
        assert site.host.clock.monotonic() - began <= BUDGET
        assert 2 <= site.refreshes() <= 4
        assert site.stored().intent is not None
        site.xero.control.advance(25 * 60)
        site.works_again()
        site.age_token()
        site.works_again()


def test_b25_a_line_that_breaks_after_the_exchange_ends_the_sign_in_and_keeps_the_old_one(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        before, asked = site.stored(), site.requests()
        tab = site.edit()
        site.xero.control.set_fault(after_rotation(Reset(at="token")))
        assert "broke off" in site.sign_in_fails(tab)
        assert site.requests() == asked + 1, "a code whose outcome is unknown is not posted again"
        site.assert_kept(before)
        site.authorize(tab)
        assert tab.message.title == "Connection successful"
        tab.press("OK")
        tab.press("Save")
        site.works_again()


class Doorway:
    """Lets connections through to a relay, over TLS; resets the first ones during the handshake."""

    def __init__(self, relay: Relay, authority: OwnAuthority) -> None:
        self.resets = 0
        """How many connections are reset from now on."""
        self._port = relay.port
        self._tls = authority.server()

    def __call__(self, connection: socket, _: threading.Event) -> None:
        if self.resets > 0:
            self.resets -= 1
            # With the handshake begun: before that it would be a connection that was never made.
            connection.recv(1)
            reset(connection)
            return
        with self._tls.wrap_socket(connection, server_side=True) as secured:
            request = read_request(secured)
            with create_connection(("127.0.0.1", self._port)) as onward:
                onward.sendall(request)
                secured.sendall(read_request(onward))


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnAuthority:
    (tmp_path / "authority").mkdir()
    made = OwnAuthority(tmp_path / "authority", datetime.now(UTC))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.bundle))
    return made


def test_b24_a_line_that_breaks_before_the_request_is_sent_is_tried_again(
    tmp_path: Path, store_settings: dict[str, str], authority: OwnAuthority
) -> None:
    with Office(tmp_path / "data", store_settings) as site, Relay(site.xero.addresses) as relay:
        doorway = Doorway(relay, authority)
        site.age_token()
        with RawServer(doorway) as door:
            token_url = relay.settings("token_url")["token_url"].replace(f"http://localhost:{relay.port}", "")
            settings = {"token_url": f"https://localhost:{door.port}{token_url}"}
            with site.make_host("host-b", settings=settings) as site.host:
                doorway.resets = 100
                before, asked = site.stored(), site.requests()
                problem = site.told("XERO_DOWN")
                assert "Nothing here was changed" in str(problem)
                assert doorway.resets == 98, "one more try"
                assert site.requests() == asked
                site.assert_kept(before)

                doorway.resets = 1
                assert site.trouble() is None
                assert site.requests() == asked + 1
                assert site.refreshes() == 1
                assert site.stored().intent is None


def test_b24_a_code_that_never_left_is_posted_after_all(
    tmp_path: Path, store_settings: dict[str, str], authority: OwnAuthority
) -> None:
    with Office(tmp_path / "data", store_settings) as site, Relay(site.xero.addresses) as relay:
        doorway = Doorway(relay, authority)
        with RawServer(doorway) as door:
            token_url = relay.settings("token_url")["token_url"].replace(f"http://localhost:{relay.port}", "")
            settings = {"token_url": f"https://localhost:{door.port}{token_url}"}
            with site.make_host("host-b", settings=settings) as site.host:
                tab = site.edit()
                doorway.resets = 2
                asked = site.requests()
                site.authorize(tab)
                assert tab.message.title == "Connection successful"
                assert site.requests() == asked + 1
                tab.press("OK")
                tab.press("Save")
                assert site.trouble() is None


def test_b24_an_outage_that_is_told_can_be_retried_later(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        site.xero.control.set_fault(Reset(at="token", times=None))
        site.age_token()
        site.told("XERO_DOWN", Remedy.RETRY_LATER)
        assert site.refreshes() == 0
        site.works_again()
