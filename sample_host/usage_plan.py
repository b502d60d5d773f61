"""What would a switch do? Looked at before anything is changed, and once more when it is applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hostspec.permissions import Permission
from hostspec.services import HostServices
from hostspec.ui import Origin
from hostspec.usages import Severity, Subject, Usage, UsageSwitch
from hostspec.value import Tone


@dataclass(frozen=True)
class PlannedRow:
    """What would become of one usage."""

    usage: Usage
    text: str
    tone: Tone
    is_kept: bool
    """Whether it would stay where it is."""


@dataclass(frozen=True)
class Plan:
    """What a switch would do; nothing has been changed yet."""

    source_label: str
    """What is switched from, with what it reaches where that is known."""
    target: Subject
    rows: tuple[PlannedRow, ...]
    obstacles: tuple[str, ...] = ()
    """Why nothing can be switched."""
    warnings: tuple[str, ...] = ()
    """What to consider first."""

    @property
    def moving(self) -> tuple[PlannedRow, ...]:
        """What would be switched."""
        return () if self.obstacles else tuple(row for row in self.rows if not row.is_kept)

    @property
    def essence(self) -> tuple[object, ...]:
        """What a person agrees to; that a profile began to run meanwhile makes no other plan."""
        rows = {
            (row.usage.usage_id, row.is_kept, row.tone is Tone.WARNING and not row.usage.running) for row in self.rows
        }
        return self.target.subject_id, rows, self.obstacles, self.warnings


class Impossible(Exception):
    """Nothing can be planned; the text says why, to a person."""


def make_plan(host: HostServices, origin: Origin, subject: Subject, target: Subject, usages: Sequence[Usage]) -> Plan:
    """What moving these usages to the target would do, as everyone concerned sees it now.

    Raises:
        Impossible: The person may not, or somebody who has to be asked did not answer.
    """
    if not host.is_allowed(origin.user_id, Permission.SWITCH, target):
        raise Impossible(f"Your user may not switch profiles to {target.label}.")
    order = UsageSwitch(
        subject=subject,
        target=target,
        usage_ids=tuple(usage.usage_id for usage in usages),
        user_id=origin.user_id,
        user_name=origin.user_name,
        dry_run=True,
    )
    objections = host.hooks.switch_objections(order)
    tried = host.hooks.switch_usages(order)
    failed = tuple(dict.fromkeys((*objections.failed, *tried.failed)))
    if failed:
        raise Impossible(f"Nothing was switched, because {' and '.join(failed)} did not answer. Try again.")
    answers = {answer.usage_id: answer for answer in tried}
    objected: dict[str, list[tuple[Severity, str]]] = {}
    for objection in objections:
        if objection.usage_id is not None:
            objected.setdefault(objection.usage_id, []).append((objection.severity, objection.text))

    def row(usage: Usage) -> PlannedRow:
        said = objected.get(usage.usage_id, [])
        blocks = [text for severity, text in said if severity is Severity.BLOCK]
        answer = answers.get(usage.usage_id)
        if answer is None:
            where = f"It belongs to {usage.host}; switch it there." if usage.host else "Nobody can switch it."
            blocks.append(where)
        elif not answer.switched:
            blocks.append(answer.detail or "It cannot be switched.")
        if blocks:
            return PlannedRow(usage, f"Stays as it is: {blocks[0]}", Tone.BAD, is_kept=True)
        warns = [text for severity, text in said if severity is Severity.WARN]
        text = " ".join((_change(usage, target), *warns))
        return PlannedRow(usage, text, Tone.WARNING if warns or usage.running else Tone.GOOD, is_kept=False)

    whole = [(one.severity, one.text) for one in objections if one.usage_id is None]
    return Plan(
        source_label=_source_label(host, subject, target),
        target=target,
        rows=tuple(row(usage) for usage in usages),
        obstacles=tuple(dict.fromkeys(text for severity, text in whole if severity is Severity.BLOCK)),
        warnings=tuple(dict.fromkeys(text for severity, text in whole if severity is Severity.WARN)),
    )


def _change(usage: Usage, target: Subject) -> str:
    parts = [f"Will use {target.label or target.subject_id}."]
    if usage.waiting:
        parts.append("The batch that waits goes along." if usage.waiting == 1 else "The batches that wait go along.")
    if usage.running:
        parts.append("It is at work now; that batch ends where it began.")
    return " ".join(parts)


def _source_label(host: HostServices, subject: Subject, target: Subject) -> str:
    """The present object as its owner names it among targets, which says more than its name alone."""
    for other in host.hooks.subject_targets(target):
        if (other.kind, other.subject_id) == (subject.kind, subject.subject_id):
            return other.label or subject.label
    return subject.label or subject.subject_id
