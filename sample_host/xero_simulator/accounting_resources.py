"""What the accounting API answers for each resource, once a call may pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from sample_host.xero_simulator import reference_data
from sample_host.xero_simulator.attachment_rules import described, find_attachment, store_attachment
from sample_host.xero_simulator.contact_rules import matches_search, store_contact
from sample_host.xero_simulator.gateway_errors import AccountingError
from sample_host.xero_simulator.invoice_rules import Books, store_invoice
from sample_host.xero_simulator.ms_dates import to_ms_date
from sample_host.xero_simulator.simulated_ledger import Ledger
from sample_host.xero_simulator.simulated_world import Organisation
from sample_host.xero_simulator.simulated_xero import SimulatedXero
from sample_host.xero_simulator.where_filter import FilterNotUnderstood, read_filter

Document = dict[str, Any]
Stored = Callable[[Document], tuple[Document, list[str]]]

_PAGE_SIZE = 100
_LARGEST_PAGE = 1000


@dataclass(frozen=True)
class Call:
    """One call that passed the front; ``segments`` are the parts of the path after the version."""

    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    body: bytes
    content_type: str
    organisation: Organisation
    ledger: Ledger
    now: float


@dataclass(frozen=True)
class Resource:
    read_scopes: frozenset[str]
    write_scopes: frozenset[str]


def _resource(*scopes: str) -> Resource:
    return Resource(frozenset(scopes) | {f"{scope}.read" for scope in scopes}, frozenset(scopes))


_SETTINGS = _resource("accounting.settings")
RESOURCES: Mapping[str, Resource] = {
    "Organisation": _SETTINGS,
    "Accounts": _SETTINGS,
    "TaxRates": _SETTINGS,
    "TrackingCategories": _SETTINGS,
    "Currencies": _SETTINGS,
    "Users": _SETTINGS,
    "Contacts": _resource("accounting.contacts"),
    "Invoices": _resource("accounting.invoices", "accounting.transactions"),
    "Attachments": _resource("accounting.attachments"),
}


def answer_call(simulator: SimulatedXero, call: Call) -> Response:
    """The answer of a resource.

    Raises:
        AccountingError: the call is refused, with Xero's shape of error.
    """
    match (call.method, *call.segments):
        case ("GET", "Organisation"):
            return _answer(simulator, call, "Organisations", reference_data.organisation(call.organisation))
        case ("GET", "Accounts"):
            return _listed(simulator, call, "Accounts", reference_data.accounts(call.organisation))
        case ("GET", "TaxRates"):
            return _listed(simulator, call, "TaxRates", reference_data.tax_rates())
        case ("GET", "TrackingCategories"):
            categories = reference_data.tracking_categories(call.organisation)
            return _listed(simulator, call, "TrackingCategories", categories)
        case ("GET", "Currencies"):
            return _listed(simulator, call, "Currencies", reference_data.currencies(call.organisation))
        case ("GET", "Users"):
            return _listed(simulator, call, "Users", reference_data.users(simulator.world, call.organisation))
        case ("GET", "Contacts"):
            return _listed(simulator, call, "Contacts", _contacts(call))
        case ("GET", "Contacts", contact_id):
            return _answer(simulator, call, "Contacts", [_one(call.ledger.contacts, contact_id)])
        case ("PUT" | "POST" as method, "Contacts"):

            def store_one_contact(sent: Document) -> tuple[Document, list[str]]:
                may_update = method == "POST"
                return store_contact(call.ledger, sent, may_update=may_update, new_id=simulator.new_id, now=call.now)

            return _stored(simulator, call, "Contacts", store_one_contact)
        case ("GET", "Invoices"):
            return _listed(simulator, call, "Invoices", _invoices(call))
        case ("GET", "Invoices", wanted):
            return _answer(simulator, call, "Invoices", [_invoice(simulator, call, wanted)])
        case ("PUT" | "POST" as method, "Invoices"):
            books = Books(call.organisation, call.ledger, call.now, simulator.new_id)
            return _stored(
                simulator, call, "Invoices", lambda sent: store_invoice(books, sent, may_update=method == "POST")
            )
        case ("POST", "Invoices", invoice_id):
            books = Books(call.organisation, call.ledger, call.now, simulator.new_id)
            return _stored(
                simulator,
                call,
                "Invoices",
                lambda sent: store_invoice(books, {**sent, "InvoiceID": invoice_id}, may_update=True),
            )
        case (method, "Invoices", invoice_id, "Attachments", *rest):
            return _attachments(simulator, call, method, invoice_id, rest)
        case (_, *segments) if segments[0] in RESOURCES and len(segments) == 1:
            raise AccountingError("The method is not allowed here.", kind="MethodNotAllowed", number=405, status=405)
        case _:
            raise AccountingError.not_found()


def _attachments(simulator: SimulatedXero, call: Call, method: str, invoice_id: str, rest: list[str]) -> Response:
    api_url = simulator.addresses.api_url
    match (method, *rest):
        case ("GET",):
            _one(call.ledger.invoices, invoice_id)
            found = [described(attachment, api_url) for attachment in call.ledger.attachments_of(invoice_id.lower())]
            return _answer(simulator, call, "Attachments", found)
        case ("GET", wanted):
            attachment = find_attachment(call.ledger, invoice_id, wanted)
            return Response(attachment.content, media_type=attachment.mime_type)
        case ("PUT" | "POST", file_name):
            attachment = store_attachment(
                call.ledger,
                invoice_id,
                file_name,
                call.body,
                content_type=call.content_type,
                include_online=call.query.get("IncludeOnline", "false").lower() == "true",
                new_id=simulator.new_id,
            )
            return _answer(simulator, call, "Attachments", [described(attachment, api_url)])
        case _:
            raise AccountingError.not_found()


def _contacts(call: Call) -> Iterable[Document]:
    ids, term = _csv(call, "IDs"), call.query.get("searchTerm", "")
    for contact in sorted(call.ledger.contacts.values(), key=lambda contact: str(contact["Name"]).casefold()):
        if (not ids or contact["ContactID"] in ids) and matches_search(contact, term):
            yield contact


def _invoices(call: Call) -> Iterable[Document]:
    ids, numbers, statuses = _csv(call, "IDs"), _csv(call, "InvoiceNumbers"), _csv(call, "Statuses")
    contacts, term = _csv(call, "ContactIDs"), call.query.get("searchTerm", "").casefold()
    for invoice in call.ledger.invoices.values():
        texts = (invoice["InvoiceNumber"], invoice["Reference"], invoice["Contact"]["Name"])
        if (
            (not ids or invoice["InvoiceID"] in ids)
            and (not numbers or invoice["InvoiceNumber"] in numbers)
            and (not statuses or invoice["Status"] in statuses)
            and (not contacts or invoice["Contact"]["ContactID"] in contacts)
            and any(term in str(text).casefold() for text in texts)
        ):
            yield invoice


def _invoice(simulator: SimulatedXero, call: Call, wanted: str) -> Document:
    numbered = next((i for i in call.ledger.invoices.values() if wanted and i["InvoiceNumber"] == wanted), None)
    invoice = numbered or _one(call.ledger.invoices, wanted)
    attachments = call.ledger.attachments_of(invoice["InvoiceID"])
    return {**invoice, "Attachments": [described(one, simulator.addresses.api_url) for one in attachments]}


def _one(documents: Mapping[str, Document], document_id: str) -> Document:
    try:
        return documents[document_id.lower()]
    except KeyError:
        raise AccountingError.not_found() from None


def _listed(simulator: SimulatedXero, call: Call, name: str, documents: Iterable[Document]) -> Response:
    """A list after ``where``, ``order`` and ``page``."""
    found = list(documents)
    try:
        if where := call.query.get("where"):
            matches = read_filter(where)
            found = [document for document in found if matches(document)]
        page = int(call.query["page"]) if "page" in call.query else None
        size = int(call.query.get("pageSize", _PAGE_SIZE))
    except FilterNotUnderstood as error:
        raise AccountingError(str(error), kind="QueryParseException", number=16) from None
    except ValueError:
        raise AccountingError("page and pageSize must be numbers.") from None
    if order := call.query.get("order"):
        field, _, direction = order.partition(" ")
        found.sort(key=lambda document: str(document.get(field) or ""), reverse=direction.upper() == "DESC")
    if page is None:
        return _answer(simulator, call, name, found)
    if page < 1 or not 1 <= size <= _LARGEST_PAGE:
        raise AccountingError(f"page starts at 1; pageSize is 1 to {_LARGEST_PAGE}.")
    pagination = {"page": page, "pageSize": size, "pageCount": -(-len(found) // size), "itemCount": len(found)}
    return _answer(simulator, call, name, found[(page - 1) * size : page * size], {"pagination": pagination})


def _stored(simulator: SimulatedXero, call: Call, name: str, store: Stored) -> Response:
    """Store what was sent; one wrong document refuses all, unless ``summarizeErrors=false``."""
    sent, ledger = _documents(call, name), call.ledger
    one_by_one = call.query.get("summarizeErrors", "true").lower() == "false"
    # A single refused document changes nothing by itself; several are undone together.
    before = json.dumps([ledger.contacts, ledger.invoices, ledger.next_sales_number]) if len(sent) > 1 else None
    outcomes = [(document, *store(document)) for document in sent]
    if not one_by_one and any(problems for _, _, problems in outcomes):
        if before is not None:
            ledger.contacts, ledger.invoices, ledger.next_sales_number = json.loads(before)
        elements = [{**document, "ValidationErrors": _messages(problems)} for document, _, problems in outcomes]
        raise AccountingError("A validation exception occurred", elements=elements)
    answered = []
    for _, stored, problems in outcomes:
        status = {"StatusAttributeString": "ERROR" if problems else "OK"} if one_by_one else {}
        answered.append({**stored, **status, **({"ValidationErrors": _messages(problems)} if problems else {})})
    return _answer(simulator, call, name, answered)


def _documents(call: Call, name: str) -> list[Document]:
    if call.content_type.split(";")[0].strip().lower() != "application/json":
        raise AccountingError("The content type must be application/json.", kind="PostDataInvalidException", number=14)
    try:
        content = json.loads(call.body)
    except ValueError:
        raise AccountingError("The body is not JSON.", kind="PostDataInvalidException", number=14) from None
    documents = content.get(name, [content]) if isinstance(content, dict) else content
    if not isinstance(documents, list) or not documents or not all(isinstance(one, dict) for one in documents):
        raise AccountingError(f"{name} must be a list.", kind="PostDataInvalidException", number=14)
    return documents


def _answer(
    simulator: SimulatedXero, call: Call, name: str, documents: list[Document], more: Document | None = None
) -> Response:
    head: Document = {
        "Id": simulator.new_id(),
        "Status": "OK",
        "ProviderName": "Simulator",
        "DateTimeUTC": to_ms_date(call.now),
    }
    return JSONResponse({**head, **(more or {}), name: documents})


def _messages(problems: list[str]) -> list[Document]:
    return [{"Message": problem} for problem in problems]


def _csv(call: Call, name: str) -> frozenset[str]:
    return frozenset(part.strip() for part in call.query.get(name, "").split(",") if part.strip())
