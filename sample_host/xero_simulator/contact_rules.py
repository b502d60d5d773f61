"""Contacts: what is accepted, what is answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sample_host.xero_simulator.ms_dates import to_ms_date
from sample_host.xero_simulator.simulated_ledger import Ledger

Document = dict[str, Any]

_COPIED = (
    *("FirstName", "LastName", "EmailAddress", "AccountNumber", "ContactNumber", "TaxNumber", "BankAccountDetails"),
    *("Addresses", "Phones", "ContactPersons", "DefaultCurrency", "CompanyNumber", "Website"),
)
_LONGEST_NAME = 255
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def starting_contact(
    contact_id: str, name: str, email: str | None, *, is_supplier: bool, is_customer: bool, now: float
) -> Document:
    """A contact with every member that the API always answers."""
    return {
        "ContactID": contact_id,
        "ContactStatus": "ACTIVE",
        "Name": name,
        "EmailAddress": email or "",
        "BankAccountDetails": "",
        "Addresses": [
            {"AddressType": kind, "City": "", "Region": "", "PostalCode": "", "Country": ""}
            for kind in ("STREET", "POBOX")
        ],
        "Phones": [
            {"PhoneType": kind, "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
            for kind in ("DEFAULT", "DDI", "FAX", "MOBILE")
        ],
        "UpdatedDateUTC": to_ms_date(now),
        "ContactGroups": [],
        "ContactPersons": [],
        "IsSupplier": is_supplier,
        "IsCustomer": is_customer,
        "HasAttachments": False,
        "HasValidationErrors": False,
    }


def contact_named(ledger: Ledger, name: str) -> Document | None:
    """The active contact of that name; Xero takes no account of case here."""
    wanted = name.strip().casefold()
    return next((c for c in ledger.contacts.values() if c["Name"].casefold() == wanted), None)


def store_contact(
    ledger: Ledger, sent: Document, *, may_update: bool, new_id: Callable[[], str], now: float
) -> tuple[Document, list[str]]:
    """Create or update a contact; answers it, or what was sent with what is wrong with it."""
    known = ledger.contacts.get(str(sent.get("ContactID", "")).lower())
    if "ContactID" in sent and known is None:
        return sent, ["The contact could not be found."]
    name = sent.get("Name", known["Name"] if known else None)
    if not isinstance(name, str) or not name.strip():
        return sent, ["The contact name must be specified."]
    email = sent.get("EmailAddress")
    problems = []
    if len(name) > _LONGEST_NAME:
        problems.append("The Contact Name field cannot exceed 255 characters.")
    if email and not (isinstance(email, str) and _EMAIL.fullmatch(email)):
        problems.append(f"Email address '{email}' is not a valid email address.")
    namesake = contact_named(ledger, name)
    if known is None and may_update:
        known = namesake
    if namesake is not None and namesake is not known:
        problems.append(f"The contact name {name} is already assigned to another contact.")
    if problems:
        return sent, problems
    if known is None:
        known = starting_contact(new_id(), name.strip(), None, is_supplier=False, is_customer=False, now=now)
        ledger.contacts[known["ContactID"]] = known
    known["Name"] = name.strip()
    known["UpdatedDateUTC"] = to_ms_date(now)
    known.update({field: sent[field] for field in _COPIED if field in sent})
    return known, []


def matches_search(contact: Document, term: str) -> bool:
    """Xero's ``searchTerm``: part of a name, number or e-mail address, in any case."""
    fields = ("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress")
    return any(term.casefold() in str(contact.get(field) or "").casefold() for field in fields)
