"""The books of one organisation: contacts, invoices, attachments, kept in the shapes of the accounting API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass
class StoredAttachment:
    __pydantic_config__: ClassVar[dict[str, str]] = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}

    attachment_id: str
    invoice_id: str
    file_name: str
    mime_type: str
    content: bytes
    include_online: bool = False


@dataclass
class Ledger:
    """Contacts and invoices by id; attachments in the order in which they came."""

    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    attachments: list[StoredAttachment] = field(default_factory=list)
    next_sales_number: int = 1

    def attachments_of(self, invoice_id: str) -> list[StoredAttachment]:
        return [attachment for attachment in self.attachments if attachment.invoice_id == invoice_id]
