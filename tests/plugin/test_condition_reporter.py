import logging

import pytest

from hostspec.connections import ConnectionStatus
from hostspec.errors import AccessWithdrawn, ProviderUnavailable, ScopeMissing, StoreUnavailable
from hostspec.providers import Condition
from hostspec.testing import FakeClock
from hostspec.testing.fake_clock import START
from tests.plugin.session_builders import Reports, gateway_error, session_to
from tests.plugin.small_server import Said, SmallServer
from xero_connections_plugin.gateways.xero_calls.condition_reporter import ConditionReporter

WITHDRAWN = Condition(status=ConnectionStatus.ACCESS_WITHDRAWN, cause="Unlinked at Xero.", since=START)
LACKS_INVOICES = Condition(
    status=ConnectionStatus.SCOPE_MISSING,
    cause="The sign-in for Bakehouse Ltd lacks the scope accounting.invoices, or its user may not.",
    since=START,
)


@pytest.mark.parametrize("lower", [True, False])
def test_withdrawn_access_is_raised_and_reported_with_its_cause(lower: bool) -> None:
    reports = Reports()
    refused = gateway_error(403, "AuthenticationUnsuccessful", lower=lower)
    with (
        SmallServer(refused) as server,
        session_to(server.origin, report=reports) as session,
        pytest.raises(AccessWithdrawn, match="Bakehouse Ltd") as caught,
    ):
        session.http.get("api.xro/2.0/Contacts")
    assert reports.conditions == [
        Condition(status=ConnectionStatus.ACCESS_WITHDRAWN, cause=str(caught.value), since=START)
    ]


@pytest.mark.parametrize("lower", [True, False])
def test_a_missing_scope_is_raised_by_name_and_reported_without_a_refresh(lower: bool) -> None:
    reports = Reports()
    refused = gateway_error(401, "AuthorizationUnsuccessful", lower=lower)
    with SmallServer(refused) as server, session_to(server.origin, report=reports) as session:
        with pytest.raises(ScopeMissing) as caught:
            session.http.put("api.xro/2.0/Invoices", json={})
        assert len(server.calls) == 1
    assert caught.value.scope == "accounting.invoices"
    [condition] = reports.conditions
    assert condition is not None
    assert condition.status is ConnectionStatus.SCOPE_MISSING


def test_an_outage_is_no_lasting_finding() -> None:
    reports = Reports()
    edge = Said(403, b"<html>Forbidden</html>")
    with (
        SmallServer(edge) as server,
        session_to(server.origin, report=reports) as session,
        pytest.raises(ProviderUnavailable),
    ):
        session.http.get("Contacts")
    assert reports.conditions == []


def test_withdrawn_access_that_works_again_is_cleared_once() -> None:
    reports = Reports()
    with SmallServer() as server, session_to(server.origin, report=reports, condition=WITHDRAWN) as session:
        session.http.get("Contacts")
        session.http.get("Contacts")
    assert reports.conditions == [None]


def test_nothing_is_reported_while_all_is_well() -> None:
    reports = Reports()
    with SmallServer() as server, session_to(server.origin, report=reports) as session:
        session.http.get("Contacts")
    assert reports.conditions == []


def test_a_refused_document_does_not_clear_a_condition() -> None:
    reports = Reports()
    with SmallServer(Said(400)) as server, session_to(server.origin, report=reports, condition=WITHDRAWN) as session:
        session.http.put("Invoices", json={})
    assert reports.conditions == []


def test_a_missing_scope_is_cleared_by_a_call_that_needs_it_and_by_no_other() -> None:
    reports = Reports()
    with SmallServer() as server, session_to(server.origin, report=reports, condition=LACKS_INVOICES) as session:
        session.http.get("api.xro/2.0/Contacts")
        assert reports.conditions == []
        session.http.put("api.xro/2.0/Invoices", json={})
        assert reports.conditions == [None]


def test_what_a_session_found_it_does_not_take_back() -> None:
    reports = Reports()
    script = (gateway_error(401, "AuthorizationUnsuccessful"), Said())
    with (
        SmallServer(*script) as server,
        session_to(server.origin, report=reports, condition=WITHDRAWN) as session,
    ):
        with pytest.raises(ScopeMissing):
            session.http.put("api.xro/2.0/Invoices", json={})
        session.http.get("api.xro/2.0/Contacts")
    assert [condition and condition.status for condition in reports.conditions] == [ConnectionStatus.SCOPE_MISSING]


def test_a_list_that_cannot_be_written_does_not_hide_what_was_found(caplog: pytest.LogCaptureFixture) -> None:
    def report(condition: Condition | None) -> None:
        raise StoreUnavailable("The disk is full.", code="DISK_FULL")

    caplog.set_level(logging.WARNING)
    with (
        SmallServer(gateway_error(403, "AuthenticationUnsuccessful")) as server,
        session_to(server.origin, report=report) as session,
        pytest.raises(AccessWithdrawn),
    ):
        session.http.get("Contacts")
    assert "DISK_FULL" in caplog.text


def told_about_reach(*problems: ProviderUnavailable | AccessWithdrawn) -> list[str]:
    """What a session tells about the way to the other side, when it meets these one after the other."""
    told: list[str] = []
    reporter = ConditionReporter(
        lambda _: None,
        condition=None,
        clock=FakeClock(),
        out_of_reach=told.append,
        in_reach=lambda: told.append("answered"),
    )
    for problem in problems:
        reporter.found(problem)
    reporter.worked("")
    return told


def test_what_passes_by_itself_is_told_as_out_of_reach_until_something_works() -> None:
    down = ProviderUnavailable("Xero is out of order.", code="XERO_DOWN")
    assert told_about_reach(down, down) == ["Xero is out of order.", "Xero is out of order.", "answered"]


def test_an_answer_that_one_does_not_like_is_an_answer() -> None:
    busy = ProviderUnavailable("Too many calls.", code="RATE_LIMITED", retry_after=60)
    assert told_about_reach(busy, AccessWithdrawn("Unlinked at Xero.")) == ["answered"]
