"""The accounting API: headers, scopes, contacts, invoices, attachments, idempotency."""

from __future__ import annotations

from typing import Any

import pytest

from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import SignedIn, bill


@pytest.fixture
def client(xero: SimulatorServer) -> SignedIn:
    return SignedIn(xero, organisation="bakehouse")


def booked(client: SignedIn, number: str = "B-1", **changes: object) -> dict[str, Any]:
    answer = client.call("PUT", "Invoices", json={"Invoices": [bill(number, **changes)]})
    assert answer.status_code == 200, answer.text
    invoice: dict[str, Any] = answer.json()["Invoices"][0]
    return invoice


def numbers(client: SignedIn, **query: str) -> list[str]:
    answer = client.call("GET", "Invoices", params=query)
    assert answer.status_code == 200, answer.text
    return [invoice["InvoiceNumber"] for invoice in answer.json()["Invoices"]]


def messages(answer: dict[str, Any]) -> list[str]:
    return [error["Message"] for element in answer["Elements"] for error in element["ValidationErrors"]]


def test_every_reading_answers_its_list(client: SignedIn) -> None:
    for path, name in (
        ("Organisation", "Organisations"),
        ("Accounts", "Accounts"),
        ("TaxRates", "TaxRates"),
        ("TrackingCategories", "TrackingCategories"),
        ("Currencies", "Currencies"),
        ("Users", "Users"),
        ("Contacts", "Contacts"),
    ):
        answer = client.call("GET", path)
        assert answer.status_code == 200, path
        assert answer.json()[name], path
        assert answer.json()["Status"] == "OK"
        assert answer.headers["xero-correlation-id"]


def test_the_demo_company_says_so(xero: SimulatorServer) -> None:
    demo = SignedIn(xero, user="ben", organisation="demo").call("GET", "Organisation").json()["Organisations"][0]

    assert demo["IsDemoCompany"] is True
    assert demo["Name"] == "Demo Company (NZ)"


@pytest.mark.parametrize(
    ("headers", "status", "detail"),
    [
        ({"Xero-Tenant-Id": ""}, 403, "AuthenticationUnsuccessful"),
        ({"Xero-Tenant-Id": "00000000-0000-0000-0000-000000000000"}, 403, "AuthenticationUnsuccessful"),
        ({"Authorization": "Bearer wrong"}, 401, "AuthenticationUnsuccessful"),
        ({"Accept": "*/*"}, 406, "Accept must contain application/json."),
        ({"Accept": "application/xml"}, 406, "Accept must contain application/json."),
    ],
)
def test_a_call_with_wrong_headers_is_refused(
    client: SignedIn, headers: dict[str, str], status: int, detail: str
) -> None:
    answer = client.call("GET", "Contacts", headers=headers)

    assert (answer.status_code, answer.json()["Detail"]) == (status, detail)


def test_a_missing_scope_and_an_old_token_are_two_kinds_of_401(xero: SimulatorServer) -> None:
    client = SignedIn(xero, scope="offline_access accounting.contacts.read")

    assert client.call("GET", "Contacts").status_code == 200
    for refused in (client.call("GET", "Organisation"), client.call("PUT", "Contacts", json={"Name": "New"})):
        assert (refused.status_code, refused.json()["Detail"]) == (401, "AuthorizationUnsuccessful")

    xero.control.advance(1801)
    old = client.call("GET", "Contacts")
    assert old.status_code == 401
    assert old.json()["Detail"].startswith("TokenExpired")


def test_access_tokens_can_be_made_old_on_demand(client: SignedIn) -> None:
    assert client.xero.control.expire_access_tokens(user="ada") == 1

    assert client.call("GET", "Contacts").json()["Detail"].startswith("TokenExpired")


def test_contacts_are_paged_searched_and_filtered(client: SignedIn) -> None:
    for number in range(5):
        client.call("POST", "Contacts", json={"Contacts": [{"Name": f"Zephyr {number}"}]})

    paged = client.call("GET", "Contacts", page="2", pageSize="5").json()
    assert len(paged["Contacts"]) == 5
    assert paged["pagination"] == {"page": 2, "pageSize": 5, "pageCount": 3, "itemCount": 12}
    found = client.call("GET", "Contacts", searchTerm="zephyr 3").json()["Contacts"]
    assert [contact["Name"] for contact in found] == ["Zephyr 3"]
    filtered = client.call("GET", "Contacts", where='Name=="Hillside Power" AND IsSupplier==true').json()["Contacts"]
    assert [contact["Name"] for contact in filtered] == ["Hillside Power"]
    one = client.call("GET", f"Contacts/{found[0]['ContactID']}").json()["Contacts"]
    assert one == found


def test_a_put_refuses_a_known_name_and_a_post_updates_it(client: SignedIn) -> None:
    refused = client.call("PUT", "Contacts", json={"Name": "kauri freight"})
    updated = client.call("POST", "Contacts", json={"Name": "Kauri Freight", "EmailAddress": "new@kauri.example"})

    assert refused.status_code == 400
    assert messages(refused.json()) == ["The contact name kauri freight is already assigned to another contact."]
    assert updated.json()["Contacts"][0]["EmailAddress"] == "new@kauri.example"
    assert len(client.call("GET", "Contacts").json()["Contacts"]) == 7


def test_a_bill_becomes_a_draft_with_totals(client: SignedIn) -> None:
    invoice = booked(client, Date="2026-11-20", DueDate="/Date(1797120000000)/")

    assert (invoice["Type"], invoice["Status"], invoice["InvoiceNumber"]) == ("ACCPAY", "DRAFT", "B-1")
    assert (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"]) == (19.98, 3.0, 22.98)
    assert (invoice["Date"], invoice["DateString"]) == ("/Date(1795132800000+0000)/", "2026-11-20T00:00:00")
    assert invoice["DueDateString"] == "2026-12-13T00:00:00"


def test_inclusive_amounts_contain_their_tax(client: SignedIn) -> None:
    invoice = booked(client, LineAmountTypes="Inclusive")

    assert (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"]) == (17.37, 2.61, 19.98)


def test_a_new_contact_name_makes_a_supplier(client: SignedIn) -> None:
    booked(client, Contact={"Name": "Never Seen Ltd"})

    (made,) = client.call("GET", "Contacts", searchTerm="never seen").json()["Contacts"]
    assert (made["IsSupplier"], made["IsCustomer"]) == (True, False)


def test_sales_numbers_are_given_and_unique_and_bill_numbers_are_not(client: SignedIn) -> None:
    booked(client)
    booked(client)
    first = booked(client, Type="ACCREC", InvoiceNumber="")
    refused = client.call("PUT", "Invoices", json=bill(first["InvoiceNumber"], Type="ACCREC"))

    assert first["InvoiceNumber"] == "INV-0001"
    assert booked(client, Type="ACCREC", InvoiceNumber="")["InvoiceNumber"] == "INV-0002"
    assert messages(refused.json()) == ["Invoice # must be unique."]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Type": "BILL"}, "Invoice type must be ACCPAY or ACCREC."),
        ({"Status": "PAID"}, "Invalid status code."),
        ({"Contact": {}}, "A Contact must be specified for this type of transaction."),
        ({"Contact": {"ContactID": "unknown"}}, "The specified contact details matched no contact."),
        ({"LineItems": []}, "One or more line items must be specified."),
        ({"LineItems": [{"UnitAmount": 1}]}, "Description is required."),
        ({"LineItems": [{"Description": "x", "UnitAmount": "much"}]}, "Quantity and UnitAmount must be numbers."),
        (
            {"LineItems": [{"Description": "x", "UnitAmount": 1, "AccountCode": "999"}]},
            "Account code '999' is not a valid code for this document.",
        ),
        (
            {"LineItems": [{"Description": "x", "Quantity": 2, "UnitAmount": 1, "LineAmount": 3}]},
            "The line total 3 does not match the expected line total 2.00.",
        ),
        ({"Date": "yesterday"}, "Date is not a valid date."),
        ({"CurrencyCode": "ZZZ"}, "Organisation is not subscribed to currency ZZZ."),
        ({"Reference": "x" * 256}, "Reference cannot exceed 255 characters."),
        ({"InvoiceID": "1"}, "InvoiceID may not be given here."),
    ],
)
def test_a_wrong_bill_is_refused_in_xeros_shape(client: SignedIn, changes: dict[str, object], message: str) -> None:
    answer = client.call("PUT", "Invoices", json={"Invoices": [{**bill(), **changes}]})

    assert answer.status_code == 400
    refusal = answer.json()
    assert (refusal["ErrorNumber"], refusal["Type"]) == (10, "ValidationException")
    assert messages(refusal) == [message]
    assert numbers(client) == []


def test_one_wrong_bill_refuses_all_unless_asked_one_by_one(client: SignedIn) -> None:
    sent = {"Invoices": [bill("GOOD", Contact={"Name": "Brand New"}), bill("BAD", LineItems=[])]}

    assert client.call("PUT", "Invoices", json=sent).status_code == 400
    assert numbers(client) == []
    assert client.call("GET", "Contacts", searchTerm="brand new").json()["Contacts"] == []
    one_by_one = client.call("PUT", "Invoices", json=sent, summarizeErrors="false").json()["Invoices"]

    assert [invoice["StatusAttributeString"] for invoice in one_by_one] == ["OK", "ERROR"]
    assert numbers(client) == ["GOOD"]


def test_bills_are_found_by_reference_number_type_and_text(client: SignedIn) -> None:
    booked(client, number="A-1", Reference="scan/17")
    booked(client, number="A-2", Reference="scan/18")
    booked(client, number="S-1", Type="ACCREC")

    assert numbers(client, where='Reference=="scan/17"') == ["A-1"]
    assert numbers(client, where='Type=="ACCPAY" AND InvoiceNumber=="A-2"') == ["A-2"]
    assert numbers(client, InvoiceNumbers="A-1,S-1") == ["A-1", "S-1"]
    assert numbers(client, searchTerm="SCAN/") == ["A-1", "A-2"]
    assert numbers(client, order="InvoiceNumber DESC", page="1", pageSize="2") == ["S-1", "A-2"]
    assert client.call("GET", "Invoices", where="Reference is scan").status_code == 400
    assert client.call("GET", "Invoices/A-1").json()["Invoices"][0]["Reference"] == "scan/17"


def test_a_post_updates_by_id_and_a_voided_bill_stays_voided(client: SignedIn) -> None:
    invoice_id = booked(client)["InvoiceID"]

    approved = client.call("POST", f"Invoices/{invoice_id}", json={"Status": "AUTHORISED", "DueDate": "2026-12-24"})
    assert approved.json()["Invoices"][0]["Status"] == "AUTHORISED"
    client.call("POST", "Invoices", json={"InvoiceID": invoice_id, "Status": "VOIDED"})
    refused = client.call("POST", "Invoices", json={"InvoiceID": invoice_id, "Status": "DRAFT"})

    assert messages(refused.json()) == ["Invoice not of valid status for modification."]
    assert len(numbers(client)) == 1


def attach(client: SignedIn, invoice_id: str, name: str, content: bytes = b"%PDF", method: str = "PUT") -> int:
    path = f"Invoices/{invoice_id}/Attachments/{name}"
    return client.call(method, path, content=content, headers={"Content-Type": "application/pdf"}).status_code


def test_an_attachment_comes_back_by_its_name_and_replaces_its_namesake(client: SignedIn) -> None:
    invoice_id = booked(client)["InvoiceID"]

    assert attach(client, invoice_id, "scan%20%C3%A9.pdf", b"first") == 200
    assert attach(client, invoice_id, "scan%20%C3%A9.pdf", b"second", "POST") == 200

    content = client.call("GET", f"Invoices/{invoice_id}/Attachments/scan é.pdf", headers={"Accept": "application/pdf"})
    assert (content.content, content.headers["content-type"]) == (b"second", "application/pdf")
    listed = client.call("GET", f"Invoices/{invoice_id}/Attachments").json()["Attachments"]
    assert [(one["FileName"], one["ContentLength"]) for one in listed] == [("scan é.pdf", 6)]
    invoice = client.call("GET", f"Invoices/{invoice_id}").json()["Invoices"][0]
    assert invoice["HasAttachments"] is True
    assert invoice["Attachments"] == listed
    assert client.xero.control.state().invoices[0].attachments[0].mime_type == "application/pdf"


def test_attachments_are_limited_in_number_size_and_name(client: SignedIn) -> None:
    invoice_id = booked(client)["InvoiceID"]

    assert attach(client, invoice_id, "empty.pdf", b"") == 400
    assert attach(client, invoice_id, "large.pdf", bytes(10 * 1024 * 1024 + 1)) == 400
    assert attach(client, invoice_id, "what%3F.pdf") == 400
    assert attach(client, "unknown", "a.pdf") == 404
    assert [attach(client, invoice_id, f"{number}.pdf") for number in range(11)] == [200] * 10 + [400]


def test_an_idempotency_key_covers_six_minutes(client: SignedIn) -> None:
    key = {"Idempotency-Key": "document-1"}
    first = client.call("PUT", "Invoices", json=bill(), headers=key)
    second = client.call("PUT", "Invoices", json=bill(), headers=key)
    other = client.call("PUT", "Invoices", json=bill("B-2"), headers=key)

    assert second.json() == first.json()
    assert other.status_code == 400
    assert numbers(client) == ["B-1"]

    client.xero.control.advance(6 * 60 + 1)
    client.call("PUT", "Invoices", json=bill(), headers=key)
    assert numbers(client) == ["B-1", "B-1"]


def test_an_idempotency_key_has_a_longest_length(client: SignedIn) -> None:
    assert client.call("PUT", "Invoices", json=bill(), headers={"Idempotency-Key": "k" * 129}).status_code == 400
    assert client.call("PUT", "Invoices", json=bill(), headers={"Idempotency-Key": "k" * 128}).status_code == 200


@pytest.mark.parametrize("content", [b"", b"{", b"<Invoices/>", b"[]", b'{"Invoices": 1}', b'{"Invoices": ["x"]}'])
def test_a_body_that_is_no_document_is_refused(client: SignedIn, content: bytes) -> None:
    answer = client.call("PUT", "Invoices", content=content, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400


def test_a_practice_has_no_books(xero: SimulatorServer) -> None:
    assert SignedIn(xero, user="ben", organisation="practice").call("GET", "Contacts").status_code == 403


def test_unknown_resources_and_methods_are_named(client: SignedIn) -> None:
    assert client.call("GET", "Payments").status_code == 404
    assert client.call("DELETE", "Invoices").status_code == 405
    assert client.call("GET", "Invoices/unknown").status_code == 404


def test_books_of_two_organisations_are_apart(xero: SimulatorServer) -> None:
    booked(SignedIn(xero, organisation="bakehouse"))

    assert numbers(SignedIn(xero, organisation="harbour")) == []
    assert numbers(SignedIn(xero, user="ben", organisation="bakehouse")) == ["B-1"]
