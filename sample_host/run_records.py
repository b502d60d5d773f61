"""What is known about one run of a migration: under way, or ended?"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from hostspec.errors import CaptureError
from hostspec.value import Remedy, Value
from sample_host.migration import OutcomeKind
from sample_host.sample_invoices import CapturedDocument

_UNSETTLED: Final = (OutcomeKind.FAILED, OutcomeKind.UNKNOWN)


class Problem(Value):
    """What ended a run, and what to do about it."""

    text: str
    remedy: Remedy

    @classmethod
    def of(cls, error: CaptureError) -> Problem:
        return cls(text=str(error), remedy=error.remedy)


class RunLine(Value):
    """One document of a run."""

    document_id: str
    title: str
    detail: str
    outcome: OutcomeKind | None = None
    """``None`` while it waits."""
    text: str = ""


class Run(Value):
    """A migration under way or ended."""

    started_at: datetime
    running: bool
    tenant_name: str = ""
    lines: tuple[RunLine, ...] = ()
    problem: Problem | None = None

    @property
    def done(self) -> int:
        """How many documents have a result."""
        return sum(line.outcome is not None for line in self.lines)

    @property
    def unfinished(self) -> frozenset[str]:
        """Documents to try again."""
        settled = (OutcomeKind.POSTED, OutcomeKind.ALREADY_POSTED)
        return frozenset(line.document_id for line in self.lines if line.outcome not in settled)

    @property
    def to_repeat(self) -> tuple[str, ...]:
        """Documents that may succeed unchanged: those the connection failed for, and those nobody knows of."""
        repeated = (OutcomeKind.UNKNOWN, None) if self.problem is None else (*_UNSETTLED, None)
        return tuple(line.document_id for line in self.lines if line.outcome in repeated)


def line_of(document: CapturedDocument) -> RunLine:
    """A document whose turn has not come."""
    return RunLine(
        document_id=document.document_id,
        title=f"{document.number}, {document.contact}",
        detail=f"{document.total:,.2f}, {document.file_name}",
    )
