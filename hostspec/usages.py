"""Shared objects, the places that point to them, and moving those places to another object."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from hostspec.value import UserId, Value

CONNECTION_KIND: Final = "connection"
"""``Subject.kind`` of every connection; hosts have kinds of their own, such as ``storage_location``."""


class Subject(Value):
    """A shared object that profiles point to."""

    kind: str
    subject_id: str
    label: str = ""


class Usage(Value):
    """One place that points to a subject."""

    usage_id: str
    """Unique among all usages of the installation; names the place, not what it points to."""
    subject: Subject
    profile: str
    step: str
    enabled: bool
    """Whether the profile runs; disabled profiles count as users all the same."""
    host: str = ""
    """Name of the other host or workstation that this was heard from; empty for the asking host itself."""
    seen_at: datetime | None = None
    """When the other host last said so (UTC); ``None`` for what was read just now."""


class UsageSwitch(Value):
    """The order to move usages from one subject to another of the same kind."""

    subject: Subject
    target: Subject
    usage_ids: tuple[str, ...]
    user_id: UserId
    dry_run: bool = False
    """Report what would happen and change nothing."""


class SwitchedUsage(Value):
    """What became of one usage of a switch."""

    usage_id: str
    switched: bool
    detail: str = ""
    """Why it was not switched, as a sentence; empty when it was (or, in a dry run, would be)."""


class Severity(StrEnum):
    """How much an objection weighs."""

    WARN = "warn"
    BLOCK = "block"


class SwitchObjection(Value):
    """Why a switch is doubtful or impossible, said by an owner of the subjects."""

    severity: Severity
    text: str
    usage_id: str | None = None
    """The usage concerned; ``None`` concerns the whole switch."""
