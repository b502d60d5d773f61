"""Attachments of invoices: stored and answered by file name."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from typing import Any

from sample_host.xero_simulator.gateway_errors import AccountingError
from sample_host.xero_simulator.simulated_ledger import Ledger, StoredAttachment

LARGEST_BYTES = 10 * 1024 * 1024
_MOST_PER_DOCUMENT = 10
_FORBIDDEN_IN_NAMES = frozenset('<>:"/\\|?*') | {chr(code) for code in range(32)}


def store_attachment(
    ledger: Ledger,
    invoice_id: str,
    file_name: str,
    content: bytes,
    *,
    content_type: str,
    include_online: bool,
    new_id: Callable[[], str],
) -> StoredAttachment:
    """Attach a file; one of the same name is replaced.

    Raises:
        AccountingError: no such invoice, an empty or too large file, too many files, or an impossible name.
    """
    invoice = ledger.invoices.get(invoice_id.lower())
    if invoice is None:
        raise AccountingError.not_found()
    if not file_name.strip() or _FORBIDDEN_IN_NAMES.intersection(file_name) or len(file_name) > 255:
        raise AccountingError("The attachment's file name is not valid.")
    if not content:
        raise AccountingError("The attachment has no content.")
    if len(content) > LARGEST_BYTES:
        raise AccountingError("The attachment is larger than 10 MB.")
    before = ledger.attachments_of(invoice["InvoiceID"])
    same = next((attachment for attachment in before if attachment.file_name == file_name), None)
    if same is None and len(before) >= _MOST_PER_DOCUMENT:
        raise AccountingError(f"A document can have at most {_MOST_PER_DOCUMENT} attachments.")
    attachment = StoredAttachment(
        attachment_id=same.attachment_id if same else new_id(),
        invoice_id=invoice["InvoiceID"],
        file_name=file_name,
        mime_type=_mime_type(file_name, content_type),
        content=content,
        include_online=include_online,
    )
    if same:
        ledger.attachments[ledger.attachments.index(same)] = attachment
    else:
        ledger.attachments.append(attachment)
    invoice["HasAttachments"] = True
    return attachment


def find_attachment(ledger: Ledger, invoice_id: str, wanted: str) -> StoredAttachment:
    """An attachment by file name or id.

    Raises:
        AccountingError: there is none.
    """
    for attachment in ledger.attachments_of(invoice_id.lower()):
        if wanted in (attachment.file_name, attachment.attachment_id):
            return attachment
    raise AccountingError.not_found()


def described(attachment: StoredAttachment, api_url: str) -> dict[str, Any]:
    """An attachment as the API lists it."""
    return {
        "AttachmentID": attachment.attachment_id,
        "FileName": attachment.file_name,
        "Url": f"{api_url}Invoices/{attachment.invoice_id}/Attachments/{attachment.file_name}",
        "MimeType": attachment.mime_type,
        "ContentLength": len(attachment.content),
        "IncludeOnline": attachment.include_online,
    }


def _mime_type(file_name: str, content_type: str) -> str:
    kind = content_type.split(";")[0].strip().lower()
    if kind in ("", "application/octet-stream", "application/json"):
        return mimetypes.guess_type(file_name)[0] or "application/octet-stream"
    return kind
