"""How does a command line move usages? Through the same desk as the Usage dialog, so that either undoes the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hostspec.tool_hosts import PlannedUsage, SwitchPlan
from hostspec.value import Tone
from sample_host.usage_dialog import ResultKind, chosen

if TYPE_CHECKING:
    from hostspec.ui import Origin
    from hostspec.usages import Subject
    from sample_host.usage_desk import UsageDesk
    from sample_host.usage_dialog import UsageDialog


class ToolSwitches:
    """``hostspec.tool_hosts.UsageSwitches``."""

    def __init__(self, desk: UsageDesk) -> None:
        self._desk = desk
        self._shown: dict[str, UsageDialog] = {}

    def plan(self, origin: Origin, subject: Subject, target: Subject, usage_ids: frozenset[str]) -> SwitchPlan:
        """What moving these usages (all of them, where none is named) would do."""
        opened = chosen(self._desk.open(origin, subject), target.subject_id, frozenset())
        # As they were named: one that points elsewhere by now must not turn "these" into "all".
        dialog = self._desk.preview(origin, replace(opened, ticked=usage_ids))
        plan = _as_plan(dialog, target)
        self._shown[plan.model_dump_json()] = dialog
        return plan

    def apply(self, origin: Origin, shown: SwitchPlan) -> SwitchPlan:
        """Do what was shown, unless it would be something else by now."""
        dialog = self._shown.pop(shown.model_dump_json(), None)
        if dialog is None or dialog.plan is None or shown.target is None:
            return shown.model_copy(update={"obstacles": ("Nothing was switched: look at the plan first.",)})
        done = self._desk.apply(origin, dialog)
        if not done.done:
            return _as_plan(done, shown.target)
        rows = tuple(
            PlannedUsage(
                usage=usage,
                text=result.text,
                tone=Tone.GOOD if result.kind is ResultKind.SWITCHED else Tone.WARNING,
                stays=result.kind is ResultKind.KEPT,
            )
            for usage in dialog.usages
            if (result := done.result_texts.get(usage.usage_id)) is not None
        )
        warnings = (done.problem,) if done.problem else ()
        return SwitchPlan(subject=shown.subject, target=shown.target, rows=rows, warnings=warnings, result=done.done)

    def undo(self, origin: Origin, subject: Subject) -> SwitchPlan:
        """Take back the last switch from or to this subject, except what was changed since."""
        opened = self._desk.open(origin, subject)
        if opened.last is None:
            why = opened.blocked or "There is no switch of this connection that could be undone."
            return SwitchPlan(subject=subject, target=None, obstacles=(why,))
        done = self._desk.undo(origin, opened)
        said = (done.problem,) if done.problem else ()
        if not done.done:
            return SwitchPlan(subject=subject, target=None, obstacles=said)
        return SwitchPlan(subject=subject, target=None, warnings=said, result=done.done)


def _as_plan(dialog: UsageDialog, target: Subject) -> SwitchPlan:
    found = dialog.plan
    told = [text for text in (dialog.blocked, dialog.problem) if text]
    if found is None:
        return SwitchPlan(subject=dialog.subject, target=target, obstacles=tuple(told))
    rows = tuple(PlannedUsage(usage=row.usage, text=row.text, tone=row.tone, stays=row.is_kept) for row in found.rows)
    nothing = () if found.moving or found.obstacles else ("Nothing can be switched.",)
    return SwitchPlan(
        subject=dialog.subject,
        target=found.target,
        rows=rows,
        obstacles=(*told, *found.obstacles, *nothing),
        warnings=found.warnings,
    )
