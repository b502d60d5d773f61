"""Shared objects, the places that point to them, and moving those places to another object."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import Field

from hostspec.value import Tone, UserId, Value

CONNECTION_KIND: Final = "connection"
"""``Subject.kind`` of every connection; hosts have kinds of their own, such as ``storage_location``."""


class Subject(Value):
    """A shared object that profiles point to."""

    kind: str
    """``connection``, or a kind of the host's own."""
    subject_id: str
    """Empty: every subject of the kind. Only questions ask so, such as ``capture_usages``."""
    label: str = ""
    """What people call it."""

    def covers(self, other: "Subject") -> bool:
        """Whether a question about this subject is about the other one too."""
        return self.kind == other.kind and self.subject_id in ("", other.subject_id)


class Usage(Value):
    """One place that points to a subject."""

    usage_id: str
    """Unique among all usages of the installation; names the place, not what it points to."""
    subject: Subject
    """What the place points to."""
    profile: str
    """The name of the profile."""
    step: str
    """The name of the step within the profile."""
    enabled: bool
    """Whether the profile runs; disabled profiles count as users all the same."""
    host: str = ""
    """Name of the other host or workstation that this was heard from; empty for the asking host itself."""
    seen_at: datetime | None = None
    """When the other host last said so (UTC); ``None`` for what was read just now."""
    running: bool = False
    """Whether the place is at work right now."""
    waiting: int = Field(default=0, ge=0)
    """Batches in the queue that will use the subject; they count as users, whatever the profile says by now."""
    last_used: datetime | None = None
    """When the subject was last used from this place (UTC), as far as the holder knows."""
    last_result: str = ""
    """What came of that, as a few words; empty when unknown."""
    last_tone: Tone = Tone.NEUTRAL
    """How the last result is meant."""
    documents: int | None = Field(default=None, ge=0)
    """Documents of the last 30 days; ``None`` where the holder does not count."""
    needs: tuple[str, ...] = ()
    """What the place needs of the subject, in the terms of its type: the scopes of a connection, say."""


class UsageSwitch(Value):
    """The order to move usages from one subject to another of the same kind."""

    subject: Subject
    """What the usages point to now."""
    target: Subject
    """What they are to point to."""
    usage_ids: tuple[str, ...]
    """Which of them; holders leave the others alone."""
    user_id: UserId
    """Who switches."""
    user_name: str = ""
    """What people call who switches; empty where nobody knows."""
    dry_run: bool = False
    """Report what would happen and change nothing."""


class SwitchedUsage(Value):
    """What became of one usage of a switch."""

    usage_id: str
    """As in the order."""
    switched: bool
    """Whether it points to the target now; in a dry run: whether it would."""
    detail: str = ""
    """Why it was not switched, as a sentence; empty when it was (or, in a dry run, would be)."""


class Severity(StrEnum):
    """How much an objection weighs."""

    WARN = "warn"
    """A person may go on all the same."""
    BLOCK = "block"
    """The switch is not done."""


class SwitchObjection(Value):
    """Why a switch is doubtful or impossible, said by an owner of the subjects."""

    severity: Severity
    """How much it weighs."""
    text: str
    """What speaks against it, as a sentence."""
    usage_id: str | None = None
    """The usage concerned; ``None`` concerns the whole switch."""


class FailedBatch(Value):
    """Documents that could not be processed through a subject and wait for somebody to run them again."""

    batch_id: str
    """Unique among all batches of the holder."""
    subject: Subject
    """What it would run through."""
    profile: str
    """The name of the profile."""
    step: str
    """The name of the step that failed."""
    documents: int = Field(ge=0)
    """How many are in it."""
    failed_at: datetime
    """When it failed (UTC)."""
    problem: str
    """Why it failed, as a sentence."""


class BatchRerun(Value):
    """The order to run failed batches again."""

    subject: Subject
    """What the batches failed on."""
    batch_ids: tuple[str, ...]
    """Which of them; holders leave the others alone."""
    user_id: UserId
    """Who asks."""
    user_name: str = ""
    """What people call who asks; empty where nobody knows."""


class RerunBatch(Value):
    """What became of one batch that was to run again."""

    batch_id: str
    """As in the order."""
    started: bool
    """Whether it runs, or waits in the queue, again."""
    detail: str = ""
    """Why it was not started, as a sentence; empty when it was."""
