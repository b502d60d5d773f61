"""How does a table become a file that a spreadsheet opens? RFC 4180, with the mark that makes it read UTF-8."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MEDIA_TYPE: Final = "text/csv"

_MARK: Final = "\ufeff"
# A cell that begins like this is taken for a formula (OWASP, "CSV Injection").
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The whole file as text; to be written as UTF-8.

    Cells that a spreadsheet would run as a formula are kept from it by an apostrophe.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([_defused(cell) for cell in header])
    writer.writerows([_defused(cell) for cell in row] for row in rows)
    return _MARK + written.getvalue()


def _defused(cell: str) -> str:
    begins = cell.lstrip(" \u00a0")
    return f"'{cell}" if begins.startswith(_FORMULA_STARTS) else cell
