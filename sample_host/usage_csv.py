"""Usages as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from hostspec.answers import Answers
from hostspec.usages import Usage
from sample_host.usage_desk import incomplete_sentence

MEDIA_TYPE: Final = "text/csv; charset=utf-8"

_HEADER: Final = (
    "Used object",
    "Profile",
    "Step",
    "Profile state",
    "Running",
    "Batches waiting",
    "Last used (UTC)",
    "Last result",
    "Documents in 30 days",
    "Host",
    "Seen at (UTC)",
)

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def usages_csv(usages: Answers[Usage], labels: Mapping[str, str]) -> str:
    """The usages, one a line; the last line says so where the list may be incomplete.

    Args:
        usages: As they were answered.
        labels: What people call the objects, by id.
    """
    rows: list[Sequence[str]] = [_row(usage, labels) for usage in usages]
    if usages.failed:
        rows.append((incomplete_sentence(usages.failed), *("" for _ in _HEADER[1:])))
    return csv_text(_HEADER, rows)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as RFC 4180 has them, with the mark by which Excel knows UTF-8.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    for row in (header, *rows):
        writer.writerow([f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell for cell in row])
    return "\ufeff" + written.getvalue()


def _row(usage: Usage, labels: Mapping[str, str]) -> Sequence[str]:
    return (
        labels.get(usage.subject.subject_id, "") or usage.subject.label or usage.subject.subject_id,
        usage.profile,
        usage.step,
        "enabled" if usage.enabled else "disabled",
        "yes" if usage.running else "no",
        str(usage.waiting),
        _moment(usage.last_used),
        usage.last_result,
        "" if usage.documents is None else str(usage.documents),
        usage.host or "this host",
        _moment(usage.seen_at),
    )


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
