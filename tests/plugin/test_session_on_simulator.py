"""A session against the simulator of Xero: its real limits, refusals and bookkeeping."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from pydantic import SecretStr
from xero_python.accounting import AccountingApi, Contact, Contacts, Invoice, Invoices, LineItem
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from hostspec.connections import ConnectionStatus
from hostspec.errors import AccessWithdrawn, ConnectionProblem, ProviderUnavailable, ScopeMissing
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.faults import RateLimited, Reset, Stage
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.session_builders import Reports, session_to
from tests.simulator.signed_in_client import SignedIn, bill, refresh
from xero_connections_plugin.gateways.xero_calls.authorized_session import XeroSession
from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter
from xero_connections_plugin.oauth.grant import AccessToken


class SimulatedGrant:
    """A token source that renews at the simulator, once for all who bring the same refused generation."""

    def __init__(self, client: SignedIn) -> None:
        self._xero = client.xero
        self._tokens = client.tokens
        self._generation = 1
        self._lock = threading.Lock()

    def __call__(self, *, refused: int | None = None) -> AccessToken:
        with self._lock:
            if refused == self._generation:
                self._tokens = refresh(self._xero, self._tokens["refresh_token"]).json()
                self._generation += 1
            token = SecretStr(self._tokens["access_token"])
            return AccessToken(token, self._generation, datetime(2027, 1, 1, tzinfo=UTC))


@pytest.fixture
def xero() -> Iterator[SimulatorServer]:
    with SimulatorServer() as server:
        yield server


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def session(xero: SimulatorServer, reports: Reports) -> Iterator[XeroSession]:
    client = SignedIn(xero, organisation="harbour")
    with session_to(
        xero.addresses.api_url, tokens=SimulatedGrant(client), tenant_id=client.tenant_id, report=reports
    ) as opened:
        yield opened


def test_contacts_are_looked_up_and_a_bill_is_posted_with_its_file(xero: SimulatorServer, session: XeroSession) -> None:
    contacts = session.http.get("Contacts").json()["Contacts"]
    assert contacts
    posted = session.http.put("Invoices", json={"Invoices": [bill("B-77")]})
    [invoice] = posted.json()["Invoices"]
    attached = session.http.put(
        f"Invoices/{invoice['InvoiceID']}/Attachments/bill.pdf",
        data=b"%PDF-1.4",
        headers={"Content-Type": "application/pdf"},
    )
    assert attached.ok
    [kept] = xero.control.state().invoices
    assert (kept.invoice_number, kept.status, kept.organisation) == ("B-77", "DRAFT", "harbour")
    assert [attachment.file_name for attachment in kept.attachments] == ["bill.pdf"]


def test_a_validation_error_is_returned_with_its_messages(session: XeroSession) -> None:
    answer = session.http.put("Invoices", json={"Invoices": [{"Type": "ACCPAY"}]})
    assert answer.status_code == 400
    assert answer.json()["Elements"][0]["ValidationErrors"]


def test_an_expired_token_is_renewed_and_the_caller_notices_nothing(
    xero: SimulatorServer, session: XeroSession
) -> None:
    xero.control.expire_access_tokens()
    assert session.http.put("Invoices", json={"Invoices": [bill()]}).ok
    state = xero.control.state()
    assert (state.refreshes, len(state.invoices)) == (1, 1)


def test_a_company_that_was_unlinked_at_xero_is_access_withdrawn(
    xero: SimulatorServer, session: XeroSession, reports: Reports
) -> None:
    xero.control.unlink("harbour")
    with pytest.raises(AccessWithdrawn, match="Xero's reference"):
        session.http.get("Contacts")
    assert [found and found.status for found in reports.conditions] == [ConnectionStatus.ACCESS_WITHDRAWN]
    assert xero.control.state().refreshes == 0


@pytest.mark.parametrize("lowercase", [False, True])
def test_a_sign_in_without_the_scope_is_told_which_one_it_lacks(
    xero: SimulatorServer, reports: Reports, lowercase: bool
) -> None:
    xero.control.change(lowercase_errors=lowercase)
    client = SignedIn(xero, scope="offline_access accounting.settings.read")
    with session_to(
        xero.addresses.api_url, tokens=SimulatedGrant(client), tenant_id=client.tenant_id, report=reports
    ) as narrow:
        assert narrow.http.get("Organisation").ok
        with pytest.raises(ScopeMissing) as caught:
            narrow.http.put("Invoices", json={"Invoices": [bill()]})
    assert caught.value.scope == "accounting.invoices"
    assert len(reports.conditions) == 1
    assert xero.control.state().refreshes == 0


def test_the_minute_limit_is_waited_out(xero: SimulatorServer, session: XeroSession) -> None:
    xero.control.set_fault(RateLimited(at="accounting:Invoices", problem="minute", retry_after=3))
    assert session.http.put("Invoices", json={"Invoices": [bill()]}).ok
    assert len(xero.control.state().invoices) == 1


def test_the_day_limit_is_surfaced(xero: SimulatorServer, session: XeroSession) -> None:
    xero.control.change(day_limit=0)
    with pytest.raises(ProviderUnavailable, match="per day") as caught:
        session.http.get("Contacts")
    assert caught.value.retry_after is not None


def test_a_write_whose_answer_was_lost_is_not_repeated(xero: SimulatorServer, session: XeroSession) -> None:
    xero.control.set_fault(Reset(at="accounting:Invoices", stage=Stage.AFTER))
    with pytest.raises(ProviderUnavailable, match="not known"):
        session.http.put("Invoices", json={"Invoices": [bill()]})
    assert len(xero.control.state().invoices) == 1


def test_a_xero_that_is_down_is_a_problem_to_retry_later(xero: SimulatorServer, session: XeroSession) -> None:
    xero.control.set_fault(down(at="accounting"))
    with pytest.raises(ConnectionProblem) as caught:
        session.http.get("Contacts")
    assert caught.value.code == "XERO_DOWN"
    xero.control.clear()
    assert session.http.get("Contacts").ok


def test_many_threads_stay_below_xeros_limit_on_calls_at_once(xero: SimulatorServer) -> None:
    xero.control.change(concurrent_limit=5)
    client = SignedIn(xero)
    grant = SimulatedGrant(client)
    limiter = TenantCallLimiter(patience=30)
    statuses: list[int] = []

    def work() -> None:
        with session_to(xero.addresses.api_url, tokens=grant, tenant_id=client.tenant_id, limiter=limiter) as own:
            statuses.append(own.http.get("Contacts").status_code)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [200] * 20
    assert xero.control.state().requests["accounting:Contacts"] == 20


def test_xeros_own_sdk_works_with_the_bearer_of_a_session(xero: SimulatorServer, session: XeroSession) -> None:
    prepared = session.http.prepare_request(requests.Request("GET", session.base_url))
    tenant_id = prepared.headers["Xero-Tenant-Id"]
    token = {
        "access_token": prepared.headers["Authorization"].removeprefix("Bearer "),
        "scope": "accounting.contacts",
        "expires_in": 1800,
        "token_type": "Bearer",
    }
    # The SDK copies the first configuration of a process for every later one, whatever is given with it.
    configuration = Configuration()
    configuration.oauth2_token = OAuth2Token()
    client = ApiClient(configuration, oauth2_token_getter=lambda: token, oauth2_token_saver=lambda _: None)
    sdk = AccountingApi(client, base_url=session.base_url.rstrip("/"))

    contacts = sdk.get_contacts(tenant_id)
    assert isinstance(contacts, Contacts)
    line = LineItem(description="Flour", quantity=2, unit_amount=9.99, account_code="429")
    invoice = Invoice(
        type="ACCPAY", contact=Contact(contact_id=contacts.contacts[0].contact_id), line_items=[line], reference="SDK-1"
    )
    made = sdk.create_invoices(tenant_id, Invoices(invoices=[invoice])).invoices[0]
    sdk.create_invoice_attachment_by_file_name(tenant_id, made.invoice_id, "bill.pdf", b"%PDF-1.4 by the SDK")

    client.rest_client.pool_manager.clear()
    [kept] = xero.control.state().invoices
    assert (kept.invoice_id, kept.organisation) == (made.invoice_id, "harbour")
    assert [attachment.file_name for attachment in kept.attachments] == ["bill.pdf"]
