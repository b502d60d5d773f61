"""Reading what Xero's accounting interface answers, whatever it turns out to be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from pydantic import JsonValue

REASON_LIMIT: Final = 200
"""Longest reason taken over from Xero, in characters."""

_GONE: Final = frozenset({"DELETED", "VOIDED"})

JsonObject = dict[str, JsonValue]


@dataclass(frozen=True)
class XeroAnswer:
    """Status and, where the body was a JSON object, the body."""

    status: int
    body: JsonObject

    @classmethod
    def of(cls, status: int, content: bytes) -> XeroAnswer:
        """Read a body; what is no JSON object (a gateway's page, nothing) counts as an empty one."""
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = None
        return cls(status, body if isinstance(body, dict) else {})

    @property
    def ok(self) -> bool:
        """Xero itself answered, and said yes: a portal's page with status 200 does not count."""
        return 200 <= self.status < 300 and bool(self.body)


def items(answer: XeroAnswer, name: str) -> tuple[JsonObject, ...]:
    """The objects listed under a name."""
    found = answer.body.get(name)
    return tuple(item for item in found if isinstance(item, dict)) if isinstance(found, list) else ()


def text(item: JsonObject, name: str) -> str:
    """A text; empty where there is none."""
    value = item.get(name)
    return value if isinstance(value, str) else ""


def number(item: JsonObject, name: str) -> Decimal | None:
    """An amount, where there is one."""
    value = item.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def refusal(answer: XeroAnswer) -> str:
    """Why Xero refused, in its own words and cut short; empty when it did not say that it refused."""
    reasons: list[str] = []
    for element in (*items(answer, "Elements"), *items(answer, "Invoices"), *items(answer, "Contacts")):
        faults = element.get("ValidationErrors")
        if isinstance(faults, list):
            reasons += [text(fault, "Message") for fault in faults if isinstance(fault, dict)]
    reasons = [reason for reason in reasons if reason]
    if not reasons and 400 <= answer.status < 500:
        reasons = [text(answer.body, "Detail") or text(answer.body, "Message")]
    said = " ".join(dict.fromkeys(reasons))
    return said if len(said) <= REASON_LIMIT else said[: REASON_LIMIT - 1] + "…"


def found_invoices(answer: XeroAnswer, request: JsonObject) -> tuple[JsonObject, ...]:
    """Those that are the document of a request: same type, number and contact, neither deleted nor voided."""
    sent = items(XeroAnswer(200, request), "Invoices")[0]
    contact = sent.get("Contact")
    contact_id = text(contact, "ContactID") if isinstance(contact, dict) else ""
    return tuple(
        invoice
        for invoice in items(answer, "Invoices")
        if text(invoice, "Type") == text(sent, "Type")
        and text(invoice, "InvoiceNumber") == text(sent, "InvoiceNumber")
        and isinstance(theirs := invoice.get("Contact"), dict)
        and text(theirs, "ContactID") == contact_id
        and text(invoice, "Status") not in _GONE
    )
