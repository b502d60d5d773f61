"""What becomes of a connection when the list of companies is odd, or the API refuses fresh tokens: b35, b36."""

import json
import threading
from pathlib import Path

import pytest

from hostspec.errors import SignInNeeded
from hostspec.value import Remedy
from sample_host.xero_simulator.fault_presets import edge_forbidden
from sample_host.xero_simulator.faults import Answer, HttpFault
from tests.plugin.session_builders import CountingTokens, gateway_error, session_to
from tests.plugin.small_server import Call, Said, SmallServer
from tests.reliability.trouble import Office
from tests.working_states import KEPT
from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter
from xero_connections_plugin.oauth.grant import AccessToken

THREADS = 256


def listing(links: list[dict[str, object]], *, status: int = 200) -> Answer:
    """What Xero answers when it is asked for companies."""
    return Answer(at="connections", status=status, body=json.dumps(links), content_type="application/json", times=None)


def link(number: int, name: str) -> dict[str, object]:
    return {
        "id": f"11111111-0000-4000-8000-{number:012}",
        "tenantId": f"{number:08}-0000-4000-8000-000000000000",
        "tenantType": "ORGANISATION",
        "tenantName": name,
    }


def test_b35_a_sign_in_that_reaches_no_company_takes_none_away(tmp_path: Path, store_settings: dict[str, str]) -> None:
    with Office(tmp_path, store_settings) as site:
        tab = site.edit()
        site.xero.control.set_fault(listing([]))
        site.authorize(tab)
        assert "reaches no company" in tab.message.text
        tab.press("OK")
        assert "reaches no company" in tab.why_disabled("Save")
        tab.press("Cancel")
        tab.press("Discard")
        site.works_again()


def test_b35_a_sign_in_without_the_saved_company_names_it_and_replaces_nothing(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        tab = site.edit()
        site.xero.control.set_fault(listing([link(1, "Another Ltd")]))
        site.authorize(tab)
        assert "Bakehouse Ltd, the company of this connection, is not among them" in tab.message.text
        tab.press("OK")
        assert tab.value("Tenant") == ""
        assert "Choose a tenant" in tab.why_disabled("Save")
        tab.press("Cancel")
        tab.press("Discard")
        tab.row("Head office")
        tab.press("Details")
        assert tab.facts["Tenant"] == "Bakehouse Ltd"
        tab.press("OK")
        site.works_again()


FORBIDDEN: dict[str, HttpFault] = {
    "by an edge server": edge_forbidden(at="connections", times=None),
    "by Xero": Answer(
        at="connections",
        status=403,
        body='{"Type":null,"Title":"Forbidden","Status":403,"Detail":"AuthenticationUnsuccessful"}',
        content_type="application/json",
        times=None,
    ),
}


@pytest.mark.parametrize("fault", FORBIDDEN.values(), ids=FORBIDDEN)
def test_b35_a_list_that_is_refused_leaves_the_saved_company(tmp_path: Path, fault: HttpFault) -> None:
    with Office(tmp_path) as site:
        tab = site.edit()
        site.xero.control.set_fault(fault)
        tab.press("Refresh the list")
        tab.continue_until()
        assert tab.message.title == "Companies could not be listed"
        tab.press("OK")
        assert tab.options("Tenant") == ["Bakehouse Ltd"]
        site.authorize(tab)
        assert "The sign-in is stored, but the companies could not be listed" in tab.message.text
        tab.press("OK")
        tab.press("Cancel")
        tab.press("Discard")
        site.works_again()


def test_b35_five_thousand_companies_can_be_chosen_from(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        own = site.xero.control.state().links[0]
        mine = {**link(0, "Bakehouse Ltd"), "tenantId": own.tenant_id}
        site.xero.control.set_fault(listing([mine, *(link(n, f"Company {n:04} é" * 3) for n in range(1, 5000))]))
        tab = site.edit()
        tab.press("Refresh the list")
        tab.continue_until()
        options = tab.options("Tenant")
        assert len(options) == 5000
        assert options[0] == "Bakehouse Ltd"
        tab.choose("Tenant", next(option for option in options if "4999" in option))
        tab.press("Cancel")
        tab.press("Discard")
        site.works_again()


def test_b35_companies_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        site.xero.control.set_fault(listing([link(1, "Twin Ltd"), link(2, "Twin Ltd"), link(3, "Single Ltd")]))
        tab = site.edit()
        tab.press("Refresh the list")
        tab.continue_until()
        assert {"Twin Ltd (00000001)", "Twin Ltd (00000002)", "Single Ltd"} <= set(tab.options("Tenant"))
        tab.press("Cancel")
        site.works_again()


REJECTED = Answer(
    at="accounting",
    status=401,
    body='{"Type":null,"Title":"Unauthorized","Status":401,"Detail":"TokenExpired"}',
    content_type="application/json",
    times=None,
)


def test_b36_a_fresh_token_that_is_refused_is_renewed_once_tried_once_and_told(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        asked = site.requests("accounting")
        site.xero.control.set_fault(REJECTED)
        problem = site.told("SIGN_IN_NEEDED", Remedy.SIGN_IN_AGAIN)
        assert "although it was just renewed" in str(problem)
        assert site.refreshes() == 1
        assert site.requests("accounting") == asked + 2
        assert site.tab().cell("Head office", "Status") in KEPT, "the grant itself was not refused"
        site.works_again()
        assert site.refreshes() == 1


def test_b36_256_threads_with_a_refused_token_cause_one_refresh_and_all_go_on(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.age_token()
        start = threading.Barrier(THREADS)
        statuses: list[int] = []

        def work() -> None:
            with site.session(site.connection_id) as session:
                start.wait(60)
                statuses.append(session.http.get("Organisation").status_code)

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert statuses == [200] * THREADS
        assert site.refreshes() == 1


def test_b36_256_threads_whose_fresh_token_is_refused_too_try_once_each_and_are_told() -> None:
    tokens = CountingTokens()
    all_asked = threading.Event()
    told: list[SignInNeeded] = []

    def refuse(_: Call) -> Said:
        # Nobody hears of the refusal before everybody has taken the token that is refused.
        assert all_asked.wait(60)
        return gateway_error(401, "TokenExpired: token expired at 11/20/2026 08:00:00")

    def source(*, refused: int | None = None) -> AccessToken:
        token = tokens(refused=refused)
        # Once while the request is made, and once when it is about to be sent.
        if tokens.asked >= 2 * THREADS:
            all_asked.set()
        return token

    def work(origin: str) -> None:
        with session_to(origin, tokens=source, limiter=limiter) as session:
            try:
                session.http.get("Contacts")
            except SignInNeeded as problem:
                told.append(problem)

    limiter = TenantCallLimiter(patience=60)
    with SmallServer(refuse) as server:
        threads = [threading.Thread(target=work, args=(server.origin,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert len(server.calls) == 2 * THREADS
    assert len(told) == THREADS
    assert tokens.refreshes == 1
