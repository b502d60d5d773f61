"""The included documents: what a scanner and an operator would have produced, as PDF files with index data."""

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from hostspec.value import Value
from sample_host.profiles import DocumentType

_FOLDER: Final = Path(__file__).parent / "invoices"


class InvoiceLine(Value):
    """A line of an invoice; amounts include tax."""

    description: str
    quantity: Decimal
    unit_amount: Decimal


class CapturedDocument(Value):
    """A document and its index data."""

    document_id: str
    """Stays the same for ever: by it the host knows what it has posted."""
    file_name: str
    contact: str
    number: str
    date: dt.date
    due_date: dt.date
    purchase_order: str = ""
    cost_center: str = ""
    lines: tuple[InvoiceLine, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.quantity * line.unit_amount for line in self.lines), Decimal(0))

    def content(self) -> bytes:
        """The PDF file."""
        return (_FOLDER / self.file_name).read_bytes()


class _Index(Value):
    payable: tuple[CapturedDocument, ...]
    receivable: tuple[CapturedDocument, ...]


@cache
def _index() -> _Index:
    return _Index.model_validate_json((_FOLDER / "index.json").read_bytes())


def all_documents() -> tuple[CapturedDocument, ...]:
    """Every included document."""
    return (*_index().payable, *_index().receivable)


def captured_documents(document_type: DocumentType) -> tuple[CapturedDocument, ...]:
    """The batch that waits for a migration of this document type."""
    match document_type:
        case DocumentType.PAYABLE:
            return _index().payable
        case DocumentType.RECEIVABLE:
            return _index().receivable
