"""The host's standard dialog "Usage": who points to a shared object, and moving them to another one.

The same for every kind of object; it knows them through hooks only.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from hostspec.answers import Answers
from hostspec.permissions import Permission
from hostspec.services import HostServices
from hostspec.ui import Origin
from hostspec.usages import Severity, Subject, SwitchObjection, Usage, UsageSwitch


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
    results: tuple[tuple[str, UsageResult], ...] = ()
    blocked: str = ""
    """Why nothing can be switched; empty when it can."""
    problem: str = ""
    """What went wrong with the last Switch."""
    warnings: tuple[str, ...] = ()
    """What to consider before pressing Switch again."""
    done: str = ""
    """What the last Switch came to."""

    @property
    def kind_text(self) -> str:
        """The kind of object, as a word."""
        return self.subject.kind.replace("_", " ")

    @property
    def target(self) -> Subject | None:
        """The object chosen to switch to."""
        return next((t for t in self.targets if t.subject_id == self.target_id), None)

    def result_of(self, usage_id: str) -> UsageResult | None:
        """What became of a usage in the last Switch."""
        return dict(self.results).get(usage_id)


def open_usage(host: HostServices, origin: Origin, subject: Subject) -> UsageDialog:
    """The dialog as it opens.

    A person who may not see usages, or a plugin that did not answer, shows as a reason in ``blocked``.
    """
    if not host.is_allowed(origin.user_id, Permission.VIEW, subject):
        return UsageDialog(subject, (), (), blocked="Your user may not see who uses this. An administrator can.")
    usages = host.hooks.usages(subject)
    targets = host.hooks.subject_targets(subject)
    return UsageDialog(
        subject=subject,
        usages=usages.items,
        targets=targets.items,
        blocked=_obstacle(host, origin, subject, usages, targets),
    )


def _obstacle(
    host: HostServices, origin: Origin, subject: Subject, usages: Answers[Usage], targets: Answers[Subject]
) -> str:
    kind = subject.kind.replace("_", " ")
    if not host.is_allowed(origin.user_id, Permission.SWITCH, subject):
        return "Your user may view usages and not switch them. An administrator can."
    failed = tuple(dict.fromkeys((*usages.failed, *targets.failed)))
    if failed:
        return (
            f"This list may be incomplete, because {' and '.join(failed)} did not answer. Nothing can be switched "
            "until it does; restart the host or tell support."
        )
    if not targets.items:
        return f"There is no other {kind} to switch to. Add one first."
    if not usages.items:
        return f"No profile uses this {kind}, so there is nothing to switch."
    return ""


def chosen(dialog: UsageDialog, target_id: str, ticked: frozenset[str]) -> UsageDialog:
    """The dialog with what the person chose; warnings about an earlier choice are gone."""
    known = frozenset(u.usage_id for u in dialog.usages)
    same = target_id == dialog.target_id and ticked == dialog.ticked
    return replace(
        dialog,
        target_id=target_id if any(t.subject_id == target_id for t in dialog.targets) else "",
        ticked=ticked & known,
        warnings=dialog.warnings if same else (),
        problem="",
        done="",
    )


def switch(host: HostServices, origin: Origin, dialog: UsageDialog) -> UsageDialog:
    """Switch the ticked usages, or all when none is ticked, to the chosen target.

    Objections that block keep their usages where they are; objections that warn are shown first, and the next Switch
    of the same choice goes on in spite of them.
    """
    now = open_usage(host, origin, dialog.subject)
    if now.blocked:
        return replace(dialog, blocked=now.blocked, usages=now.usages or dialog.usages, warnings=())
    target = next((t for t in now.targets if t.subject_id == dialog.target_id), None)
    if target is None:
        return replace(dialog, targets=now.targets, problem="Choose what to switch to first.")
    if not host.is_allowed(origin.user_id, Permission.SWITCH, target):
        return replace(dialog, problem=f"Your user may not switch profiles to {target.label}.")
    wanted = tuple(u.usage_id for u in now.usages if not dialog.ticked or u.usage_id in dialog.ticked)
    if not wanted:
        return replace(dialog, usages=now.usages, problem="What was ticked points elsewhere by now.")
    order = UsageSwitch(subject=dialog.subject, target=target, usage_ids=wanted, user_id=origin.user_id)
    objections = host.hooks.switch_objections(order)
    if objections.failed:
        return replace(
            dialog,
            problem=f"Nothing was switched, because {' and '.join(objections.failed)} did not answer. Try again.",
        )
    whole = [o.text for o in objections if o.severity is Severity.BLOCK and o.usage_id is None]
    if whole:
        return replace(dialog, problem=" ".join(("Nothing was switched.", *whole)), warnings=())
    warnings = tuple(dict.fromkeys(o.text for o in objections if o.severity is Severity.WARN))
    if warnings and warnings != dialog.warnings:
        return replace(dialog, usages=now.usages, warnings=warnings, results=())
    return _carry_out(host, replace(dialog, usages=now.usages, targets=now.targets), order, objections)


def _carry_out(
    host: HostServices, dialog: UsageDialog, order: UsageSwitch, objections: Answers[SwitchObjection]
) -> UsageDialog:
    blocked = {o.usage_id: o.text for o in objections if o.severity is Severity.BLOCK and o.usage_id is not None}
    free = order.model_copy(update={"usage_ids": tuple(u for u in order.usage_ids if u not in blocked)})
    answers = host.hooks.switch_usages(free)
    told = {answer.usage_id: answer for answer in answers}
    results: list[tuple[str, UsageResult]] = []
    for usage in dialog.usages:
        if usage.usage_id not in order.usage_ids:
            continue
        answer = told.get(usage.usage_id)
        if usage.usage_id in blocked:
            result = UsageResult(ResultKind.KEPT, blocked[usage.usage_id])
        elif answer is None:
            where = f"It belongs to {usage.host}; switch it there." if usage.host else "Nobody could switch it."
            result = UsageResult(ResultKind.KEPT, where)
        elif answer.switched:
            result = UsageResult(ResultKind.SWITCHED, f"Now uses {order.target.label}.")
        else:
            result = UsageResult(ResultKind.KEPT, answer.detail or "Not switched.")
        results.append((usage.usage_id, result))
    moved = sum(result.kind is ResultKind.SWITCHED for _, result in results)
    return replace(
        dialog,
        results=tuple(results),
        warnings=(),
        ticked=frozenset(),
        problem=f"{' and '.join(answers.failed)} failed; see each line for what was switched."
        if answers.failed
        else "",
        done=f"{moved} of {len(results)} switched to {order.target.label}.",
    )
