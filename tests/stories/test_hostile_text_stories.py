"""Names and error texts from outside arrive as short, plain text, whatever they hold."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hostspec import CaptureError, ProviderUnavailable
from hostspec.connections import ChoiceQuery
from hostspec.testing import TabDriver
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId
from sample_host.xero_simulator.faults import Answer, EditAnswer, TokenError
from tests.stories.capture_site import Site
from tests.working_states import KEPT

SCRIPT = "<script>alert(1)</script>"
NAMES = {
    "script": f"{SCRIPT} Ltd",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "template": "{{ 7*7 }} ${7*7} <%= 7*7 %> {% raw %}",
    "end of script": "</script></title></textarea><svg onload=alert(1)>",
    "bidi": "Harbour \u202etxt.exe\u202c \u2066Coffee\u2069 \u200b\ufeff",
    "control": "Harbour\r\nSet-Cookie: a=b\x00\x1b[31m\x7f\u2028Coffee",
    "long": "Harbour " + "x" * 10_000,
}
HIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff\u2028\u2029")


def texts_in(value: object) -> Iterator[str]:
    """Every text below a JSON value."""
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from texts_in(inner)
        case list():
            for inner in value:
                yield from texts_in(inner)
        case _:
            pass


def looks_plain(text: str, longest: int = 2000) -> bool:
    """Whether a text is short and has no characters that a person cannot see."""
    shown = text.replace("\n", "")
    return len(text) <= longest and not any(unicodedata.category(one) == "Cc" or one in HIDDEN for one in shown)


def everything_is_plain(tab: TabDriver) -> bool:
    """Whether all that a window has shown so far is plain."""
    shown = [json.loads(step) for step in tab.transcript] + [json.loads(tab.view.model_dump_json())]
    return all(looks_plain(text) for text in texts_in(shown))


def with_names(site: Site, name: str) -> None:
    """Let Xero answer with this name for a company, its type, and the person who signs in."""
    site.xero.control.set_fault(
        EditAnswer(at="connections", times=None, set={"tenantName": name, "tenantType": name, "colour": name})
    )


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_f7_the_name_of_a_company_is_short_plain_text_wherever_it_is_shown(tmp_path: Path, name: str) -> None:
    with Site(tmp_path) as site:
        with_names(site, name)
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        tab.press("OK")
        (shown,) = tab.options("Tenant")
        tab.press("Save")
        connection_id = ConnectionId(tab.results[-1].subject_id)
        assert tab.cell("Head office", "Tenant") == shown
        assert looks_plain(shown, longest=120)
        # What is harmless as text is not changed.
        if len(name) < 100 and looks_plain(name):
            assert shown == name

        tab.row("Head office")
        tab.press("Details")
        assert tab.facts["Tenant"] == shown
        tab.press("OK")
        (choice,) = site.host.hooks.connection_choices(ChoiceQuery())
        assert choice.subtitle == shown
        site.add(tab, "Second", shown)
        (target,) = site.host.hooks.subject_targets(Subject(kind=CONNECTION_KIND, subject_id=connection_id))
        assert target.label == f"Second – {shown}"
        assert everything_is_plain(tab)

        site.xero.control.unlink(organisation="bakehouse")
        with site.session(connection_id) as session, pytest.raises(CaptureError) as caught:
            session.http.get(session.base_url + "Contacts")
        assert looks_plain(str(caught.value), longest=300)
        tab.search("")
        assert everything_is_plain(tab)


def test_two_long_names_that_begin_alike_can_be_told_apart(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        for number in (1, 2):
            site.xero.control.add_organisation(f"{'Harbour ' * 40}{number}", "ada")
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        for organisation in (f"{'Harbour ' * 40}1", f"{'Harbour ' * 40}2"):
            site.organisation = organisation
            site.authorize(tab)
            tab.press("OK")
        assert len(set(tab.options("Tenant"))) == 2


CALLBACK_ERRORS = {
    **{kind: text for kind, text in NAMES.items() if kind != "control"},
    "quote": '" & <b>bold</b>',
}


@pytest.mark.parametrize("error", CALLBACK_ERRORS.values(), ids=CALLBACK_ERRORS)
def test_a10_error_texts_of_the_callback_are_cut_to_their_allowed_characters(tmp_path: Path, error: str) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.decide = lambda address: site.visit(edited(site, address, error))
        site.authorize(tab)
        assert tab.message.title == "Sign-in failed"
        assert looks_plain(tab.message.text, longest=300)
        assert "javascript:" not in tab.message.text
        assert "<script" not in site.last_page
        assert "onload" not in site.last_page
        tab.press("OK")
        assert tab.value("Display name") == "Head office"
        assert everything_is_plain(tab)


def edited(site: Site, address: str, error: str) -> str:
    """The address that a browser is sent to when Xero answers with this error."""
    state = parse_qs(urlsplit(address).query)["state"][0]
    said = {"error": error, "error_description": error, "error_uri": f"javascript:{error}", "state": state}
    return f"{site.redirect_uri}?{urlencode(said)}"


@pytest.mark.parametrize("error", NAMES.values(), ids=NAMES)
def test_f9_errors_of_the_token_endpoint_are_cut_and_cost_no_sign_in(tmp_path: Path, error: str) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.xero.control.set_fault(TokenError(at="token", error=error, description=error, times=None))
        site.fill_definition(tab, "Kiosk")
        site.authorize(tab)
        assert tab.message.title == "Sign-in failed"
        assert looks_plain(tab.message.text, longest=300)
        tab.press("OK")
        tab.press("Cancel")
        tab.press("Discard")
        site.host.clock.advance(3600)
        with pytest.raises(CaptureError) as caught:
            site.session(connection_id)
        assert looks_plain(str(caught.value), longest=300)
        assert everything_is_plain(tab)
        site.xero.control.clear()
        with site.session(connection_id) as session:
            assert session.http.get("Organisation").status_code == 200


@pytest.mark.parametrize("status", [500, 503, 403, 429])
def test_f9_pages_of_gateways_are_never_quoted(tmp_path: Path, status: int) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        page = f"<html><body>{SCRIPT}<h1>Proxy of bigcorp</h1></body></html>"
        headers = {"xero-correlation-id": SCRIPT, "X-Rate-Limit-Problem": SCRIPT}
        fault = Answer(at="accounting", times=None, status=status, body=page, content_type="text/html", headers=headers)
        site.xero.control.set_fault(fault)
        with site.session(connection_id) as session, pytest.raises(ProviderUnavailable) as caught:
            session.http.post(session.base_url + "Contacts", json={})
        assert "script" not in str(caught.value)
        assert "bigcorp" not in str(caught.value)
        assert looks_plain(str(caught.value), longest=300)
        assert site.tab().cell("Head office", "Status") in KEPT


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_f7_a_display_name_is_text_or_refused_with_a_reason_at_its_field(tmp_path: Path, name: str) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        tab.press("OK")
        name = name[:480]
        tab.fill("Display name", name)
        tab.press("Save")
        if tab.titles:
            assert looks_plain(tab.error_at("Display name"), longest=300)
            assert tab.error_at("Display name") != ""
            assert not looks_plain(name, longest=120)
            tab.fill("Display name", "Head office")
            tab.press("Save")
        else:
            assert tab.rows == [name.strip()]
        assert len(tab.rows) == 1
