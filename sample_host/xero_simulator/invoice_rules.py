"""Invoices and bills: what is accepted, how totals come about, what is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sample_host.xero_simulator.contact_rules import contact_named, store_contact
from sample_host.xero_simulator.ms_dates import day_to_ms_date, read_day, to_ms_date
from sample_host.xero_simulator.reference_data import ACCOUNT_TAX, CURRENCIES, TAX_PERCENT
from sample_host.xero_simulator.simulated_ledger import Ledger
from sample_host.xero_simulator.simulated_world import Organisation

Document = dict[str, Any]

_CENT = Decimal("0.01")
_TYPES = ("ACCPAY", "ACCREC")
_STARTING_STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED")
_STATUSES = (*_STARTING_STATUSES, "DELETED", "VOIDED")
_AMOUNT_TYPES = ("Exclusive", "Inclusive", "NoTax")
_COPIED = ("InvoiceNumber", "Reference", "Url", "BrandingThemeID", "CurrencyRate", "SentToContact")
_LONGEST_TEXT = 255
_LONGEST_DESCRIPTION = 4000


@dataclass(frozen=True)
class Books:
    """Where an invoice is booked: the organisation, its ledger, the moment, and a source of ids."""

    organisation: Organisation
    ledger: Ledger
    now: float
    new_id: Callable[[], str]


def store_invoice(books: Books, sent: Document, *, may_update: bool) -> tuple[Document, list[str]]:
    """Create or update an invoice; answers it, or what was sent with what is wrong with it."""
    known = _known_invoice(books.ledger, sent) if may_update else None
    if "InvoiceID" in sent and known is None:
        return sent, ["The document could not be found." if may_update else "InvoiceID may not be given here."]
    merged: Document = {**known, **sent} if known else {"Status": "DRAFT", "LineAmountTypes": "Exclusive", **sent}
    problems = [*_problems_of_head(books, merged, known), *_problems_of_number(books.ledger, merged, known)]
    lines, line_problems = _lines(books, merged)
    problems += line_problems
    contact, contact_problems = (None, []) if problems else _contact(books, merged)
    problems += contact_problems
    if problems or contact is None:
        return sent, problems
    contact["IsSupplier" if merged["Type"] == "ACCPAY" else "IsCustomer"] = True
    invoice = _booked(books, merged, contact, lines)
    books.ledger.invoices[invoice["InvoiceID"]] = invoice
    return invoice, []


def _known_invoice(ledger: Ledger, sent: Document) -> Document | None:
    if "InvoiceID" in sent:
        return ledger.invoices.get(str(sent["InvoiceID"]).lower())
    if sent.get("Type") == "ACCREC" and sent.get("InvoiceNumber"):
        return _numbered(ledger, str(sent["InvoiceNumber"]))
    return None


def _numbered(ledger: Ledger, number: str) -> Document | None:
    live = (i for i in ledger.invoices.values() if i["Type"] == "ACCREC" and i["Status"] not in ("DELETED", "VOIDED"))
    return next((invoice for invoice in live if invoice.get("InvoiceNumber") == number), None)


def _problems_of_head(books: Books, merged: Document, known: Document | None) -> list[str]:
    problems = []
    if merged.get("Type") not in _TYPES:
        problems.append("Invoice type must be ACCPAY or ACCREC.")
    if merged.get("Status") not in (_STATUSES if known else _STARTING_STATUSES):
        problems.append("Invalid status code.")
    if known and known["Status"] in ("DELETED", "VOIDED"):
        problems.append("Invoice not of valid status for modification.")
    if merged.get("LineAmountTypes") not in _AMOUNT_TYPES:
        problems.append("LineAmountTypes must be Exclusive, Inclusive or NoTax.")
    for name in ("Date", "DueDate"):
        if merged.get(name) is not None and read_day(merged[name]) is None:
            problems.append(f"{name} is not a valid date.")
    if merged.get("Status") == "AUTHORISED" and merged.get("DueDate") is None:
        problems.append("Due Date cannot be empty.")
    if merged.get("CurrencyCode", books.organisation.currency) not in CURRENCIES:
        problems.append(f"Organisation is not subscribed to currency {merged['CurrencyCode']}.")
    problems += [
        f"{name} cannot exceed {_LONGEST_TEXT} characters."
        for name in ("InvoiceNumber", "Reference")
        if len(str(merged.get(name) or "")) > _LONGEST_TEXT
    ]
    return problems


def _problems_of_number(ledger: Ledger, merged: Document, known: Document | None) -> list[str]:
    number = merged.get("InvoiceNumber")
    namesake = _numbered(ledger, str(number)) if number and merged.get("Type") == "ACCREC" else None
    return ["Invoice # must be unique."] if namesake is not None and namesake is not known else []


def _contact(books: Books, merged: Document) -> tuple[Document | None, list[str]]:
    sent = merged.get("Contact")
    if not isinstance(sent, dict) or not (sent.get("ContactID") or sent.get("Name")):
        return None, ["A Contact must be specified for this type of transaction."]
    if sent.get("ContactID"):
        contact = books.ledger.contacts.get(str(sent["ContactID"]).lower())
        return contact, [] if contact else ["The specified contact details matched no contact."]
    if known := contact_named(books.ledger, str(sent["Name"])):
        return known, []
    contact, problems = store_contact(books.ledger, sent, may_update=False, new_id=books.new_id, now=books.now)
    return contact, problems


def _lines(books: Books, merged: Document) -> tuple[list[Document], list[str]]:
    sent = merged.get("LineItems")
    if not isinstance(sent, list) or not sent:
        return [], ["One or more line items must be specified."]
    lines, problems = [], []
    for line in sent:
        if not isinstance(line, dict):
            return [], ["A line item must be an object."]
        made, line_problems = _line(books, merged, line)
        lines.append(made)
        problems += line_problems
    return lines, problems


def _line(books: Books, merged: Document, sent: Document) -> tuple[Document, list[str]]:
    description = sent.get("Description")
    if not isinstance(description, str) or not description.strip():
        return sent, ["Description is required."]
    if len(description) > _LONGEST_DESCRIPTION:
        return sent, [f"Description cannot exceed {_LONGEST_DESCRIPTION} characters."]
    problems = []
    quantity, price = _number(sent.get("Quantity", 1)), _number(sent.get("UnitAmount", sent.get("LineAmount", 0)))
    if quantity is None or price is None:
        return sent, ["Quantity and UnitAmount must be numbers."]
    amount = _cents(quantity * price)
    given = _number(sent.get("LineAmount", amount))
    if given is None or _cents(given) != amount:
        problems.append(f"The line total {sent.get('LineAmount')} does not match the expected line total {amount}.")
    code = sent.get("AccountCode")
    if code is not None and code not in ACCOUNT_TAX:
        problems.append(f"Account code '{code}' is not a valid code for this document.")
    if code is None and merged.get("Status") == "AUTHORISED":
        problems.append("Account code or ID must be specified.")
    tax_type = sent.get("TaxType") or ACCOUNT_TAX.get(str(code), "NONE")
    if tax_type not in TAX_PERCENT:
        problems.append(f"The TaxType code '{tax_type}' does not exist or cannot be used for this type of transaction.")
    if problems:
        return sent, problems
    tax = _tax(str(merged.get("LineAmountTypes")), amount, TAX_PERCENT[tax_type])
    line: Document = {
        "LineItemID": sent.get("LineItemID") or books.new_id(),
        "Description": description,
        "Quantity": float(quantity),
        "UnitAmount": float(price),
        "LineAmount": float(amount),
        "TaxType": "NONE" if merged.get("LineAmountTypes") == "NoTax" else tax_type,
        "TaxAmount": float(tax),
        "Tracking": sent.get("Tracking", []),
        "ValidationErrors": [],
    }
    if code is not None:
        line["AccountCode"] = code
    return line, []


def _tax(amount_type: str, amount: Decimal, percent: int) -> Decimal:
    if amount_type == "Exclusive":
        return _cents(amount * percent / 100)
    if amount_type == "Inclusive":
        return _cents(amount * percent / (100 + percent))
    return Decimal(0)


def _booked(books: Books, merged: Document, contact: Document, lines: list[Document]) -> Document:
    day = read_day(merged.get("Date")) or read_day(to_ms_date(books.now))
    due = read_day(merged.get("DueDate"))
    line_sum = sum((Decimal(str(line["LineAmount"])) for line in lines), Decimal(0))
    tax = sum((Decimal(str(line["TaxAmount"])) for line in lines), Decimal(0))
    total = line_sum + tax if merged["LineAmountTypes"] == "Exclusive" else line_sum
    invoice: Document = {
        "Type": merged["Type"],
        "InvoiceID": merged.get("InvoiceID") or books.new_id(),
        "InvoiceNumber": "",
        "Reference": "",
        "Status": merged["Status"],
        "Contact": {"ContactID": contact["ContactID"], "Name": contact["Name"]},
        "LineAmountTypes": merged["LineAmountTypes"],
        "LineItems": lines,
        "SubTotal": float(total - tax),
        "TotalTax": float(tax),
        "Total": float(total),
        "AmountDue": float(total),
        "AmountPaid": 0.0,
        "AmountCredited": 0.0,
        "CurrencyCode": merged.get("CurrencyCode", books.organisation.currency),
        "CurrencyRate": 1.0,
        "HasAttachments": bool(merged.get("HasAttachments", False)),
        "HasErrors": False,
        "IsDiscounted": False,
        "Payments": [],
        "Prepayments": [],
        "Overpayments": [],
        "UpdatedDateUTC": to_ms_date(books.now),
    }
    for name, value in (("Date", day), ("DueDate", due)):
        if value is not None:
            invoice[name] = day_to_ms_date(value)
            invoice[f"{name}String"] = f"{value.isoformat()}T00:00:00"
    invoice.update({name: merged[name] for name in _COPIED if merged.get(name) is not None})
    if invoice["Type"] == "ACCREC" and not invoice["InvoiceNumber"]:
        while _numbered(books.ledger, f"INV-{books.ledger.next_sales_number:04}"):
            books.ledger.next_sales_number += 1
        invoice["InvoiceNumber"] = f"INV-{books.ledger.next_sales_number:04}"
    return invoice


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value if isinstance(value, Decimal) else None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 12 else None


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
