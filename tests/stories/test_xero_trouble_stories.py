"""Xero out of reach, refusing, or odd, at each stage: one message, and what worked before works afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec import ConnectionProblem, Remedy
from hostspec.testing import TabDriver
from hostspec.value import ConnectionId
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.fault_presets import captive_portal, down, edge_forbidden, empty_body, redirect
from sample_host.xero_simulator.faults import (
    Answer,
    CutOff,
    EditAnswer,
    EditCallback,
    HttpFault,
    Huge,
    RateLimited,
    Reset,
    Stage,
    TokenError,
    Truncated,
)
from sample_host.xero_simulator.server import ConsentRefused
from tests.free_ports import free_port
from tests.stories.capture_site import Site
from tests.working_states import KEPT

ELSEWHERE = "http://localhost:9/"


def edited_entry(site: Site) -> tuple[TabDriver, ConnectionId, dict[str, str]]:
    """A working entry with somebody who edits it, and what its details said before."""
    tab = site.tab()
    site.fill_definition(tab, "Head office")
    tab.fill("Additional scopes", "openid profile email")
    site.authorize(tab)
    tab.press("OK")
    tab.press("Save")
    connection_id = ConnectionId(tab.results[-1].subject_id)
    facts = details(tab)
    tab.row("Head office")
    tab.press("Edit")
    return tab, connection_id, facts


def details(tab: TabDriver) -> dict[str, str]:
    """What the details say, except for what every use may renew, and for what is told of this one."""
    tab.row("Head office")
    tab.press("Details")
    facts = dict(tab.facts)
    tab.press("OK")
    renewed = ("Last refreshed", "Access token valid until", "Grant dies on", "Last authorized", "History")
    return {label: text for label, text in facts.items() if label not in renewed}


def one_message_and_nothing_else(site: Site, tab: TabDriver, connection_id: ConnectionId, facts: dict[str, str]) -> str:
    """The sign-in ended in one message; after it the definition is open, and the entry as it was and usable."""
    text = tab.message.text
    assert tab.message.title == "Sign-in failed"
    assert len(text) <= 300
    assert len(tab.titles) == 2
    tab.press("OK")
    assert tab.value("Display name") == "Head office"
    assert tab.value("Xero Client ID") == DEMO_CLIENT_ID
    tab.press("Cancel")
    assert tab.titles == []
    assert tab.cell("Head office", "Status") in KEPT
    assert details(tab) == facts
    site.xero.control.clear()
    assert usable(site, connection_id)
    return text


def usable(site: Site, connection_id: ConnectionId) -> bool:
    with site.session(connection_id) as session:
        return session.http.get("Organisation").status_code == 200


def trouble(site: Site, connection_id: ConnectionId) -> ConnectionProblem | None:
    """Why the entry cannot be used now, if it cannot."""
    try:
        assert usable(site, connection_id)
    except ConnectionProblem as problem:
        return problem
    return None


def lost(fault: HttpFault) -> HttpFault:
    """The same fault after Xero did what it was asked."""
    return fault.model_copy(update={"stage": Stage.AFTER})


EXCHANGE_FAULTS: dict[str, HttpFault] = {
    "down": down(at="token"),
    "rate limited": RateLimited(at="token", times=None, retry_after=600),
    "reset": Reset(at="token", times=None),
    "reset after": lost(Reset(at="token")),
    "cut off": CutOff(at="token"),
    "truncated": Truncated(at="token"),
    "huge": Huge(at="token", size=3 * 1024 * 1024),
    "empty": empty_body(at="token"),
    "portal": captive_portal(at="token"),
    "edge": edge_forbidden(at="token"),
    "redirect": redirect(at="token", location=ELSEWHERE),
    "invalid_grant": TokenError(at="token"),
    "invalid_client": TokenError(at="token", error="invalid_client", status=401),
    "unauthorized_client": TokenError(at="token", error="unauthorized_client"),
    "unknown error": TokenError(at="token", error="too_sunny"),
    "no refresh token": EditAnswer(at="token", remove=["refresh_token"]),
    "no id token": EditAnswer(at="token", remove=["id_token"]),
    "forged id token": EditAnswer(at="token", set={"id_token": "e30.e30.e30"}),
    "huge id token": EditAnswer(at="token", set={"id_token": "e30." + "A" * 40_000 + ".e30"}),
    "other token type": EditAnswer(at="token", set={"token_type": "mac"}),
    "no access token": EditAnswer(at="token", remove=["access_token"]),
}


@pytest.mark.parametrize("fault", EXCHANGE_FAULTS.values(), ids=EXCHANGE_FAULTS)
def test_trouble_at_the_exchange_costs_one_message_only(tmp_path: Path, fault: HttpFault) -> None:
    with Site(tmp_path) as site:
        tab, connection_id, facts = edited_entry(site)
        site.xero.control.set_fault(fault)
        site.authorize(tab)
        one_message_and_nothing_else(site, tab, connection_id, facts)


KEY_FAULTS: dict[str, HttpFault] = {
    "down": down(at="jwks"),
    "odd": Answer(at="jwks", body="[]", content_type="application/json", times=None),
    "portal": captive_portal(at="jwks", times=None),
    "none": Answer(at="jwks", body='{"keys": []}', content_type="application/json", times=None),
}


@pytest.mark.parametrize("fault", KEY_FAULTS.values(), ids=KEY_FAULTS)
def test_without_the_published_keys_nobody_is_believed(tmp_path: Path, fault: HttpFault) -> None:
    with Site(tmp_path) as site:
        tab, connection_id, facts = edited_entry(site)
        tab.press("Cancel")
        site.host.stop()
        # Keys are remembered while a program runs.
        with site.make_host("host-a") as site.host:
            tab = site.tab()
            tab.row("Head office")
            tab.press("Edit")
            site.xero.control.set_fault(fault)
            site.authorize(tab)
            one_message_and_nothing_else(site, tab, connection_id, facts)


CALLBACK_FAULTS = {
    "server_error": ("server_error", "try again"),
    "temporarily_unavailable": ("temporarily_unavailable", "try again"),
    "invalid_scope": ("invalid_scope", "check the scopes"),
    "unauthorized_client": ("unauthorized_client", "check the client id"),
    "too_sunny": ("too_sunny", "too_sunny"),
}


@pytest.mark.parametrize(("error", "word"), CALLBACK_FAULTS.values(), ids=CALLBACK_FAULTS)
def test_each_error_that_the_browser_brings_back_has_its_sentence(tmp_path: Path, error: str, word: str) -> None:
    with Site(tmp_path) as site:
        tab, connection_id, facts = edited_entry(site)
        site.xero.control.set_fault(EditCallback(set={"error": error}, remove=["code"]))
        site.authorize(tab)
        assert word in one_message_and_nothing_else(site, tab, connection_id, facts)


def test_an_answer_of_another_server_is_not_used(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, connection_id, facts = edited_entry(site)
        before = site.xero.control.state().requests["token"]
        site.xero.control.set_fault(EditCallback(set={"iss": "https://elsewhere.example"}))
        site.authorize(tab)
        assert site.xero.control.state().requests["token"] == before
        assert "another sign-in server" in one_message_and_nothing_else(site, tab, connection_id, facts)


def test_a_sign_in_page_that_is_down_never_comes_back(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, connection_id, facts = edited_entry(site)
        site.xero.control.set_fault(down(at="authorize"))
        site.decide = site.ignore
        site.press_authorize(tab)
        site.host.browser.wait_for_address(2)
        site.host.clock.advance(91)
        tab.continue_until()
        assert "90 seconds" in one_message_and_nothing_else(site, tab, connection_id, facts)


def test_a_redirect_uri_that_is_not_registered_never_comes_back_and_is_named_in_the_advice(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.fill("Port", str(free_port()))
        site.decide = site.ignore
        site.press_authorize(tab)
        # What the person sees in the browser is Xero's own error page.
        with pytest.raises(ConsentRefused, match="redirect_uri"):
            site.xero.approve(site.host.browser.wait_for_address())
        site.host.clock.advance(91)
        tab.continue_until()
        assert "check the client id and the redirect URI" in tab.message.text


REFRESH_FAULTS: dict[str, HttpFault] = {
    **{kind: fault for kind, fault in EXCHANGE_FAULTS.items() if fault.at == "token" and "id token" not in kind},
    "down once after": lost(down(at="token", times=1)),
}
del REFRESH_FAULTS["invalid_grant"], REFRESH_FAULTS["no refresh token"]


@pytest.mark.parametrize("fault", REFRESH_FAULTS.values(), ids=REFRESH_FAULTS)
def test_trouble_while_a_token_is_renewed_costs_no_sign_in(tmp_path: Path, fault: HttpFault) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.clock.advance(3600)
        site.xero.control.advance(3600)
        site.xero.control.set_fault(fault)
        problem = trouble(site, connection_id)
        if problem is not None:
            assert len(str(problem)) <= 300
            assert problem.remedy in {Remedy.RETRY_LATER, Remedy.FIX_SETTINGS}
        wrong_app = isinstance(fault, TokenError) and fault.error in {"invalid_client", "unauthorized_client"}
        assert site.tab().cell("Head office", "Status") in ({"Needs sign-in"} if wrong_app else KEPT)
        site.xero.control.clear()
        assert usable(site, connection_id)
        assert site.tab().cell("Head office", "Status") == "Ready"
        assert len(site.host.browser.addresses) == 1


LISTING_FAULTS: dict[str, HttpFault] = {
    "down": down(at="connections"),
    "portal": captive_portal(at="connections", times=None),
    "edge": edge_forbidden(at="connections", times=None),
    "no list": Answer(at="connections", body="{}", content_type="application/json", times=None),
    "reset": Reset(at="connections", times=None),
    "rate limited": RateLimited(at="connections", times=None, retry_after=600),
}


@pytest.mark.parametrize("fault", LISTING_FAULTS.values(), ids=LISTING_FAULTS)
def test_companies_that_cannot_be_listed_again_leave_the_saved_one(tmp_path: Path, fault: HttpFault) -> None:
    with Site(tmp_path) as site:
        tab, connection_id, facts = edited_entry(site)
        site.xero.control.set_fault(fault)
        tab.press("Refresh the list")
        tab.continue_until()
        assert tab.message.title == "Companies could not be listed"
        assert len(tab.message.text) <= 300
        tab.press("OK")
        assert tab.options("Tenant") == ["Bakehouse Ltd"]
        tab.press("Cancel")
        assert details(tab) == facts
        site.xero.control.clear()
        assert usable(site, connection_id)


def test_an_empty_list_of_companies_takes_no_company_away(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, connection_id, facts = edited_entry(site)
        site.xero.control.set_fault(Answer(at="connections", body="[]", content_type="application/json", times=None))
        site.authorize(tab)
        assert "reaches no company" in tab.message.text
        tab.press("OK")
        assert "reaches no company" in tab.why_disabled("Save")
        tab.press("Cancel")
        tab.press("Discard")
        assert details(tab) == facts
        site.xero.control.clear()
        assert usable(site, connection_id)


@pytest.mark.parametrize("fault", [down(at="revocation"), Reset(at="revocation", times=None)], ids=["down", "reset"])
def test_a_revocation_that_fails_is_told_and_does_not_keep_the_entry(tmp_path: Path, fault: HttpFault) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.set_fault(fault)
        tab.row("Head office")
        tab.press("Delete")
        tab.choose("At the other side", "Revoke the whole sign-in")
        tab.press("Delete")
        assert "was deleted here" in tab.message.text
        assert "is revoked as soon as Xero answers" in tab.message.text
        tab.press("OK")
        assert tab.rows == []


def test_xero_that_is_not_there_at_all_is_told_as_such(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.xero.stop()
        with site.session(connection_id) as session, pytest.raises(ConnectionProblem) as caught:
            session.http.get("Organisation")
        assert (caught.value.code, caught.value.remedy) == ("OFFLINE", Remedy.RETRY_LATER)
        site.host.clock.advance(3600)
        with pytest.raises(ConnectionProblem) as caught:
            site.session(connection_id)
        assert (caught.value.code, caught.value.remedy) == ("OFFLINE", Remedy.RETRY_LATER)
        tab.search("")
        assert tab.cell("Head office", "Status") in KEPT
