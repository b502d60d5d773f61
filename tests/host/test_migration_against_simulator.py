"""The migration against the simulator of Xero, which checks requests as strictly as Xero does."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from hostspec.connections import ConnectionRef
from hostspec.errors import ProviderUnavailable
from hostspec.value import ConnectionId, TypeId
from sample_host.kept_data import HostData
from sample_host.migration import Outcome, OutcomeKind, XeroMigration
from sample_host.postings import PostingBook
from sample_host.profiles import DocumentType, MigrationStep
from sample_host.sample_invoices import captured_documents
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.faults import Answer, Reset, Stage
from sample_host.xero_simulator.server import SimulatorServer
from tests.host.fake_ledger import Time

REDIRECT = "http://localhost:8888/callback"
SCOPES = "offline_access accounting.settings.read accounting.contacts accounting.invoices accounting.attachments"
STEP = MigrationStep(step_id="x", name="Xero migration", type_id=TypeId("xero"))


class BearerSession:
    """As much of a session as a migration needs."""

    connection = ConnectionRef(connection_id=ConnectionId("c"), type_id=TypeId("xero"), display_name="Head office")

    def __init__(self, xero: SimulatorServer) -> None:
        verifier = secrets.token_urlsafe(48)
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": DEMO_CLIENT_ID,
            "redirect_uri": REDIRECT,
            "scope": SCOPES,
            "state": "s",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        back = xero.approve(f"{xero.addresses.authorize_url}?{urlencode(query)}", user="ada", organisation="bakehouse")
        self.http = requests.Session()
        self.http.trust_env = False
        token = self.http.post(
            xero.addresses.token_url,
            data={
                "grant_type": "authorization_code",
                "client_id": DEMO_CLIENT_ID,
                "code": parse_qs(urlsplit(back).query)["code"][0],
                "redirect_uri": REDIRECT,
                "code_verifier": verifier,
            },
        ).json()
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        (link,) = self.http.get(xero.addresses.connections_url, headers=bearer).json()
        self.http.headers.update({**bearer, "Xero-Tenant-Id": link["tenantId"]})
        self.base_url = xero.addresses.api_url
        self.tenant_name = str(link["tenantName"])
        self.tenant_id = str(link["tenantId"])

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()


@pytest.fixture
def xero() -> Iterator[SimulatorServer]:
    with SimulatorServer() as xero:
        yield xero


@pytest.fixture
def session(xero: SimulatorServer) -> Iterator[BearerSession]:
    with BearerSession(xero) as session:
        yield session


class Posting:
    """Posts whole batches, with a clock that tests move."""

    def __init__(self, session: BearerSession, folder: Path) -> None:
        self.time = Time()
        self.migration = XeroMigration(
            session, PostingBook(HostData(folder / "host.sqlite3", self.time.now)), self.time.now, secrets.token_hex
        )

    def run(self, document_type: DocumentType = DocumentType.PAYABLE) -> list[Outcome]:
        company = self.migration.company()
        step = STEP.model_copy(update={"document_type": document_type})
        return [self.migration.post(company, step, document) for document in captured_documents(document_type)]


@pytest.fixture
def posting(session: BearerSession, tmp_path: Path) -> Posting:
    return Posting(session, tmp_path)


@pytest.mark.parametrize("document_type", list(DocumentType))
def test_a_batch_becomes_drafts_with_their_files(
    xero: SimulatorServer, posting: Posting, document_type: DocumentType
) -> None:
    assert {outcome.kind for outcome in posting.run(document_type)} == {OutcomeKind.POSTED}
    documents = captured_documents(document_type)
    booked = {invoice.invoice_number: invoice for invoice in xero.control.state().invoices}
    assert set(booked) >= {document.number for document in documents}
    for document in documents:
        invoice = booked[document.number]
        assert invoice.status == "DRAFT"
        assert invoice.type == ("ACCPAY" if document_type is DocumentType.PAYABLE else "ACCREC")
        assert invoice.contact == document.contact
        assert float(invoice.total) == float(document.total)
        (file,) = invoice.attachments
        assert (file.file_name, file.size) == (document.file_name, len(document.content()))


def test_the_company_is_the_one_that_xero_names(posting: Posting, session: BearerSession) -> None:
    company = posting.migration.company()
    assert (company.tenant_id, company.name) == (session.tenant_id, "Bakehouse Ltd")


def test_a_second_run_posts_nothing(xero: SimulatorServer, posting: Posting) -> None:
    posting.run()
    before = len(xero.control.state().invoices)
    posting.time.advance(days=30)
    xero.control.advance(60)
    assert {outcome.kind for outcome in posting.run()} == {OutcomeKind.ALREADY_POSTED}
    assert len(xero.control.state().invoices) == before


@pytest.mark.parametrize("minutes", [1, 8])
@pytest.mark.parametrize("fault", ["reset", "outage"])
def test_answers_lost_after_booking_never_double_a_document(
    xero: SimulatorServer, posting: Posting, minutes: int, fault: str
) -> None:
    before = len(xero.control.state().invoices)
    if fault == "reset":
        xero.control.set_fault(Reset(at="accounting:Invoices", method="PUT", stage=Stage.AFTER, times=1))
    else:
        lost = Answer(at="accounting:Invoices", status=503, body="down", method="PUT", stage=Stage.AFTER, times=2)
        xero.control.set_fault(lost)
    problems = 0
    for _ in range(3):
        try:
            outcomes = posting.run()
        except ProviderUnavailable:
            problems += 1
            posting.time.advance(minutes=minutes)
            xero.control.advance(minutes * 60)
            continue
        posting.time.advance(minutes=minutes)
        xero.control.advance(minutes * 60)
        if {o.kind for o in outcomes} <= {OutcomeKind.POSTED, OutcomeKind.ALREADY_POSTED}:
            break
    else:
        raise AssertionError("The batch was never finished.")
    documents = captured_documents(DocumentType.PAYABLE)
    numbers = [str(invoice.invoice_number) for invoice in xero.control.state().invoices[before:]]
    assert sorted(numbers) == sorted(document.number for document in documents)
    assert problems == (1 if fault == "reset" else 0)


def test_contacts_come_by_name(posting: Posting) -> None:
    names = [contact.name for contact in posting.migration.contacts(100)]
    assert names
    assert names == sorted(names)
