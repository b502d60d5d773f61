"""How captured documents become draft bills and invoices in Xero, each exactly once.

The one place of the host that knows Xero. Before a document is sent, a mark is written; the mark leaves only when
Xero says that nothing was booked. A mark that is still there means "it may have arrived", so the document is looked
for by its number before it is sent again. The request key lets Xero recognize an immediate repetition, but Xero
forgets it after six minutes: it is the second line of defense, not the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, assert_never
from urllib.parse import quote

from pydantic import JsonValue

from hostspec.connections import HttpSession
from hostspec.errors import ProviderUnavailable
from sample_host.postings import Posting, PostingBook, PostingState
from sample_host.profiles import DocumentType, FieldTarget, MigrationStep
from sample_host.sample_invoices import CapturedDocument
from sample_host.xero_answers import XeroAnswer, found_invoices, items, number, refusal, text

KEY_KEPT: Final = timedelta(minutes=6)
"""How long Xero recognizes a request key."""

_XERO_TYPES: Final = {DocumentType.PAYABLE: "ACCPAY", DocumentType.RECEIVABLE: "ACCREC"}
_WORDS: Final = {DocumentType.PAYABLE: "draft bill", DocumentType.RECEIVABLE: "draft invoice"}
_UNSETTLED: Final = frozenset({408, 425, 429})


class OutcomeKind(StrEnum):
    """How the posting of one document ended."""

    POSTED = "posted"
    ALREADY_POSTED = "already_posted"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """How the posting of one document ended, in words."""

    kind: OutcomeKind
    text: str


@dataclass(frozen=True)
class Company:
    """Whom the session writes to, as Xero itself says."""

    tenant_id: str
    name: str


@dataclass(frozen=True)
class Contact:
    """Somebody whom documents come from or go to."""

    contact_id: str
    name: str


class XeroMigration:
    """Posts documents through one open session.

    Args:
        session: Open, and closed by who opened it.
        postings: What was posted before.
        now: The wall clock (UTC).
        new_key: Makes a request key nobody has.
    """

    def __init__(
        self, session: HttpSession, postings: PostingBook, now: Callable[[], datetime], new_key: Callable[[], str]
    ) -> None:
        self._session = session
        self._postings = postings
        self._now = now
        self._new_key = new_key

    def company(self) -> Company:
        """The company that everything is written to; asked anew for each batch.

        Raises:
            ConnectionProblem: It cannot be reached, so nothing should be posted.
        """
        answer = self._call("GET", "Organisation")
        for organisation in items(answer, "Organisations"):
            tenant_id, name = text(organisation, "OrganisationID"), text(organisation, "Name")
            if tenant_id:
                demo = " (demo company)" if organisation.get("IsDemoCompany") is True else ""
                return Company(tenant_id, (name or self._session.tenant_name) + demo)
        raise _unavailable("say which company this is")

    def contacts(self, limit: int) -> tuple[Contact, ...]:
        """The first contacts by name.

        Raises:
            ConnectionProblem: They cannot be read.
        """
        answer = self._call("GET", "Contacts", params={"page": "1", "pageSize": str(limit), "order": "Name"})
        if not answer.ok:
            raise _unavailable("list its contacts")
        return tuple(Contact(text(c, "ContactID"), text(c, "Name")) for c in items(answer, "Contacts"))[:limit]

    def post(self, company: Company, step: MigrationStep, document: CapturedDocument) -> Outcome:
        """Post one document, or finish what an earlier try left unfinished.

        Raises:
            ConnectionProblem: The connection failed; the record tells the next try where to go on.
        """
        known = self._postings.get(document.document_id, company.tenant_id)
        if known is None:
            contact = self._contact(company, document.contact)
            if isinstance(contact, Outcome):
                return contact
            mine = self._mark(company, document, self._request(step, document, contact))
            known = self._postings.about_to_post(mine)
            if known == mine:
                return self._send(company, step, document, mine)
        match known.state:
            case PostingState.COMPLETE:
                return Outcome(OutcomeKind.ALREADY_POSTED, f"Posted to {company.name} before; not posted again.")
            case PostingState.POSTED:
                return self._attach(company, step, document, known)
            case PostingState.ABOUT_TO_POST:
                return self._resume(company, step, document, known)
            case _:
                assert_never(known.state)

    def _mark(self, company: Company, document: CapturedDocument, request: dict[str, JsonValue]) -> Posting:
        return Posting(
            document_id=document.document_id,
            tenant_id=company.tenant_id,
            tenant_name=company.name,
            state=PostingState.ABOUT_TO_POST,
            request_key=self._new_key(),
            request=request,
            began_at=self._now(),
        )

    def _resume(self, company: Company, step: MigrationStep, document: CapturedDocument, known: Posting) -> Outcome:
        """Go on after an outcome that nobody knows: look first, then repeat the very same request."""
        answer = self._call("GET", "Invoices", params={"InvoiceNumbers": document.number})
        if not answer.ok:
            return _unknown(document)
        for invoice in found_invoices(answer, known.request):
            if number(invoice, "Total") != document.total:
                return Outcome(
                    OutcomeKind.FAILED,
                    f"{company.name} has another document {document.number} of {document.contact} with a different "
                    "total. Compare the two in Xero; nothing was posted.",
                )
            arrived = known.model_copy(update={"state": PostingState.POSTED, "invoice_id": text(invoice, "InvoiceID")})
            self._postings.replace(arrived)
            return self._attach(company, step, document, arrived)
        if abs(self._now() - known.began_at) >= KEY_KEPT:
            # Whatever was under way then has long ended, and Xero no longer knows the key.
            known = known.model_copy(update={"request_key": self._new_key(), "began_at": self._now()})
            self._postings.replace(known)
        return self._send(company, step, document, known)

    def _send(self, company: Company, step: MigrationStep, document: CapturedDocument, posting: Posting) -> Outcome:
        for _ in range(2):
            answer = self._call(
                "PUT", "Invoices", json=posting.request, headers={"Idempotency-Key": posting.request_key}
            )
            booked = next((i for i in items(answer, "Invoices") if text(i, "InvoiceID")), None)
            problem = refusal(answer)
            if answer.ok and booked is not None and not problem:
                arrived = posting.model_copy(
                    update={"state": PostingState.POSTED, "invoice_id": text(booked, "InvoiceID")}
                )
                self._postings.replace(arrived)
                return self._attach(company, step, document, arrived)
            if answer.status not in _UNSETTLED and (400 <= answer.status < 500 or (answer.ok and problem)):
                self._postings.was_refused(posting)
                return Outcome(OutcomeKind.FAILED, f"Xero refused it: {problem or 'no reason given'}")
        return _unknown(document)

    def _attach(self, company: Company, step: MigrationStep, document: CapturedDocument, posting: Posting) -> Outcome:
        # Xero replaces an attachment of the same name, so that repeating this adds nothing.
        answer = self._call(
            "POST",
            f"Invoices/{quote(posting.invoice_id, safe='')}/Attachments/{quote(document.file_name, safe='')}",
            data=document.content(),
            headers={"Content-Type": "application/pdf"},
        )
        what = f"{_WORDS[step.document_type]} in {company.name}"
        if not answer.ok:
            why = refusal(answer) or f"Xero answered {answer.status}"
            return Outcome(
                OutcomeKind.FAILED,
                f"It is a {what}, but its file could not be attached ({why}). Try again to attach it.",
            )
        self._postings.replace(posting.model_copy(update={"state": PostingState.COMPLETE}))
        return Outcome(OutcomeKind.POSTED, f"Now a {what}, with {document.file_name} attached.")

    def _contact(self, company: Company, name: str) -> Contact | Outcome:
        answer = self._call("GET", "Contacts", params={"searchTerm": name, "page": "1", "pageSize": "100"})
        if not answer.ok:
            return Outcome(OutcomeKind.FAILED, f"The contact {name} could not be looked up; nothing was posted.")
        for contact in items(answer, "Contacts"):
            archived = text(contact, "ContactStatus") not in ("", "ACTIVE")
            if text(contact, "Name").strip().casefold() == name.strip().casefold() and not archived:
                return Contact(text(contact, "ContactID"), name)
        key = hashlib.sha256(f"contact\n{company.tenant_id}\n{name.casefold()}".encode()).hexdigest()
        answer = self._call("PUT", "Contacts", json={"Contacts": [{"Name": name}]}, headers={"Idempotency-Key": key})
        made = next((c for c in items(answer, "Contacts") if text(c, "ContactID")), None)
        if not answer.ok or made is None:
            why = refusal(answer) or f"Xero answered {answer.status}"
            return Outcome(OutcomeKind.FAILED, f"The contact {name} could not be made ({why}); nothing was posted.")
        return Contact(text(made, "ContactID"), name)

    def _request(self, step: MigrationStep, document: CapturedDocument, contact: Contact) -> dict[str, JsonValue]:
        extras = (
            ("Purchase order", document.purchase_order, step.mapping.purchase_order),
            ("Cost center", document.cost_center, step.mapping.cost_center),
        )
        noted = "".join(
            f"\n{label}: {value}" for label, value, target in extras if value and target is FieldTarget.DESCRIPTION
        )
        reference = ", ".join(value for _, value, target in extras if value and target is FieldTarget.REFERENCE)
        invoice: dict[str, JsonValue] = {
            "Type": _XERO_TYPES[step.document_type],
            "Status": "DRAFT",
            "Contact": {"ContactID": contact.contact_id},
            "InvoiceNumber": document.number,
            "Date": document.date.isoformat(),
            "DueDate": document.due_date.isoformat(),
            "LineAmountTypes": "Inclusive",
            "LineItems": [
                {
                    "Description": line.description + noted,
                    "Quantity": _amount(line.quantity),
                    "UnitAmount": _amount(line.unit_amount),
                }
                for line in document.lines
            ],
        }
        if reference:
            invoice["Reference"] = reference
        return {"Invoices": [invoice]}

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: JsonValue = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> XeroAnswer:
        try:
            answer = self._session.http.request(
                method,
                self._session.base_url + path,
                params=params,
                json=json,
                data=data,
                headers={"Accept": "application/json", **(headers or {})},
            )
        except OSError:
            # The session translates what it knows; whatever else the network comes up with is a network problem too.
            raise _unavailable("be reached") from None
        return XeroAnswer.of(answer.status_code, answer.content)


def _amount(value: Decimal) -> float:
    return float(value)


def _unknown(document: CapturedDocument) -> Outcome:
    return Outcome(
        OutcomeKind.UNKNOWN,
        f"Xero did not say whether {document.number} arrived. Try again: it is looked for first, never posted twice.",
    )


def _unavailable(what: str) -> ProviderUnavailable:
    return ProviderUnavailable(
        f"Xero could not {what}. What was posted stays posted; try again in a few minutes.", code="XERO_DOWN"
    )
