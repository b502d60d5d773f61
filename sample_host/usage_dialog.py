"""What the host's standard dialog "Usage" shows: who points to a shared object, and how far a switch has come."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hostspec.usages import Subject, Usage
from sample_host.last_switch import LastSwitch
from sample_host.usage_plan import Plan

PAGE_ROWS: Final = 100
"""Lines that are drawn at once."""


class ResultKind(StrEnum):
    """What became of one usage."""

    SWITCHED = "switched"
    KEPT = "kept"


@dataclass(frozen=True)
class UsageResult:
    """What became of one usage, in words."""

    kind: ResultKind
    text: str


@dataclass(frozen=True)
class UsageDialog:
    """All that the dialog shows."""

    subject: Subject
    usages: tuple[Usage, ...]
    targets: tuple[Subject, ...]
    target_id: str = ""
    ticked: frozenset[str] = frozenset()
    search: str = ""
    offset: int = 0
    plan: Plan | None = None
    """What Switch would do; ``None`` before it was looked at."""
    results: tuple[tuple[str, UsageResult], ...] = ()
    incomplete: str = ""
    """Why the list may lack somebody."""
    blocked: str = ""
    """Why nothing can be switched; empty when it can."""
    problem: str = ""
    """What went wrong with the last act."""
    done: str = ""
    """What the last act came to."""
    lacking: tuple[tuple[str, str], ...] = ()
    """Usages that will fail as things stand, each with why."""
    last: LastSwitch | None = None
    """The last switch, while there is something to be done about it."""
    finishes: bool = False
    """Whether ``plan`` is what an interrupted switch left."""

    @property
    def kind_text(self) -> str:
        """The kind of object, as a word."""
        return self.subject.kind.replace("_", " ")

    @property
    def target(self) -> Subject | None:
        """The object chosen to switch to."""
        return next((t for t in self.targets if t.subject_id == self.target_id), None)

    @property
    def found(self) -> tuple[Usage, ...]:
        """The usages that match what is searched for."""
        wanted = self.search.strip().casefold()
        if not wanted:
            return self.usages
        return tuple(u for u in self.usages if wanted in f"{u.profile}\n{u.step}\n{u.host}".casefold())

    @property
    def shown(self) -> tuple[Usage, ...]:
        """The page of usages that is drawn."""
        return self.found[self.offset : self.offset + PAGE_ROWS]

    @property
    def result_texts(self) -> dict[str, UsageResult]:
        """What became of each usage in the last switch."""
        return dict(self.results)

    @property
    def lacking_texts(self) -> dict[str, str]:
        """Why a usage will fail as things stand."""
        return dict(self.lacking)

    @property
    def documents(self) -> int | None:
        """Documents of the last 30 days, where anybody counts."""
        counted = [usage.documents for usage in self.usages if usage.documents is not None]
        return sum(counted) if counted else None

    @property
    def undo_text(self) -> str:
        """What the last switch was, while there is something to be done about it."""
        return self.last.text if self.last is not None else ""


def chosen(
    dialog: UsageDialog, target_id: str, ticked: frozenset[str], *, search: str = "", offset: int = 0
) -> UsageDialog:
    """The dialog with what the person chose; what it said about an earlier choice is gone."""
    known = frozenset(usage.usage_id for usage in dialog.usages)
    there = replace(
        dialog,
        target_id=target_id if any(t.subject_id == target_id for t in dialog.targets) else "",
        ticked=ticked & known,
        search=search,
        plan=None,
        problem="",
        done="",
    )
    return replace(there, offset=max(0, min(offset, (len(there.found) - 1) // PAGE_ROWS * PAGE_ROWS)))
