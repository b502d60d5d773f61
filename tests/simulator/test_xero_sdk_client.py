"""Xero's own SDK works with the simulator as it is: an independent check of requests and answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from xero_python.accounting import AccountingApi, Contact, Invoice, Invoices, LineItem
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException
from xero_python.identity import IdentityApi

from sample_host.xero_simulator.addresses import WEB_CLIENT_ID, WEB_CLIENT_SECRET
from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import exchange


class TokenKeeper:
    """Where the SDK keeps its token set."""

    def __init__(self, tokens: dict[str, Any]) -> None:
        self.tokens = {**tokens, "scope": tokens["scope"].split(), "expires_at": None}

    def get(self) -> dict[str, Any]:
        return self.tokens

    def save(self, tokens: dict[str, Any]) -> None:
        self.tokens = tokens


def sdk_client(xero: SimulatorServer) -> tuple[ApiClient, TokenKeeper]:
    """An SDK client of the Web app, signed in as Ada for the Bakehouse; its refresh goes to the simulator."""

    class SimulatedTokenApi(TokenApi):  # type: ignore[misc]  # the SDK has no types
        refresh_token_url = xero.addresses.token_url
        revoke_token_url = xero.addresses.revocation_url

    class SimulatedToken(OAuth2Token):  # type: ignore[misc]  # the SDK has no types
        def call_refresh_token_api(self, token_api: TokenApi) -> Any:
            return super().call_refresh_token_api(
                SimulatedTokenApi(token_api.api_client, self.client_id, self.client_secret)
            )

    keeper = TokenKeeper(exchange(xero, client_id=WEB_CLIENT_ID, client_secret=WEB_CLIENT_SECRET))
    # The SDK hands every Configuration a copy of the first one, so the token is set afterwards.
    configuration = Configuration()
    configuration.oauth2_token = SimulatedToken(client_id=WEB_CLIENT_ID, client_secret=WEB_CLIENT_SECRET)
    client = ApiClient(
        configuration,
        pool_threads=1,
        oauth2_token_getter=keeper.get,
        oauth2_token_saver=keeper.save,
    )
    return client, keeper


def accounting(xero: SimulatorServer, client: ApiClient) -> AccountingApi:
    api = AccountingApi(client)
    api.base_url = f"{xero.origin}/api.xro/2.0"
    return api


def tenant_id(xero: SimulatorServer, client: ApiClient) -> str:
    identity = IdentityApi(client)
    identity.base_url = xero.origin
    (link,) = identity.get_connections()
    return str(link.tenant_id)


def test_the_sdk_reads_contacts_books_a_bill_and_attaches_a_file(xero: SimulatorServer) -> None:
    client, _ = sdk_client(xero)
    api, tenant = accounting(xero, client), tenant_id(xero, client)

    supplier = api.get_contacts(tenant, where='Name=="Kauri Freight"').contacts[0]
    line = LineItem(description="Freight", quantity=1, unit_amount=50, account_code="425")
    bill = Invoice(
        type="ACCPAY",
        contact=Contact(contact_id=supplier.contact_id),
        line_items=[line],
        date=date(2026, 11, 20),
        due_date=date(2026, 12, 20),
        invoice_number="SDK-1",
        status="DRAFT",
    )
    made = api.create_invoices(tenant, Invoices(invoices=[bill])).invoices[0]
    attachments = api.create_invoice_attachment_by_file_name(tenant, made.invoice_id, "scan 1.pdf", b"%PDF-1.4")

    assert (made.date, made.due_date, float(made.total)) == (date(2026, 11, 20), date(2026, 12, 20), 57.5)
    assert attachments.attachments[0].file_name == "scan 1.pdf"
    (booked,) = xero.control.state().invoices
    assert (booked.invoice_number, booked.contact, booked.status) == ("SDK-1", "Kauri Freight", "DRAFT")
    assert booked.attachments[0].size == 8
    again = api.get_invoice(tenant, made.invoice_id).invoices[0]
    assert again.has_attachments is True
    assert again.line_items[0].account_code == "425"


def test_the_sdk_understands_every_reading(xero: SimulatorServer) -> None:
    client, _ = sdk_client(xero)
    api, tenant = accounting(xero, client), tenant_id(xero, client)

    assert api.get_organisations(tenant).organisations[0].name == "Bakehouse Ltd"
    assert "429" in [account.code for account in api.get_accounts(tenant).accounts]
    assert api.get_tax_rates(tenant).tax_rates[0].effective_rate == 15
    assert api.get_tracking_categories(tenant).tracking_categories[0].options[0].name == "North"
    assert api.get_users(tenant).users[0].email_address == "ada@bakehouse.example"
    assert [currency.code.value for currency in api.get_currencies(tenant).currencies] == ["NZD", "AUD"]


def test_the_sdk_understands_a_validation_error(xero: SimulatorServer) -> None:
    client, _ = sdk_client(xero)
    wrong = Invoice(type="ACCPAY", contact=Contact(name="Kauri Freight"), line_items=[])

    with pytest.raises(AccountingBadRequestException) as refused:
        accounting(xero, client).create_invoices(tenant_id(xero, client), Invoices(invoices=[wrong]))

    assert refused.value.reason == "One or more line items must be specified."


def test_the_sdk_refreshes_an_old_token_by_itself(xero: SimulatorServer) -> None:
    client, keeper = sdk_client(xero)
    old = keeper.tokens["refresh_token"]
    xero.control.expire_access_tokens()
    keeper.tokens["expires_at"] = 1.0

    assert accounting(xero, client).get_organisations(tenant_id(xero, client)).organisations

    assert keeper.tokens["refresh_token"] != old
    assert xero.control.state().refreshes == 1
