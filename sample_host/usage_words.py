"""What does the dialog "Usage" say about what cannot be switched, and about what was?"""

from hostspec.answers import Answers
from hostspec.usages import Subject, SwitchedUsage, Usage
from sample_host.switch_journal import SwitchedPlace
from sample_host.usage_dialog import ResultKind, UsageResult
from sample_host.usage_plan import PlannedRow


def obstacle(
    subject: Subject,
    usages: Answers[Usage],
    targets: Answers[Subject],
    failed: tuple[str, ...],
    *,
    may_switch: bool,
) -> str:
    """Why nothing can be switched; empty when something can."""
    kind = subject.kind.replace("_", " ")
    if not may_switch:
        return "Your user may view usages and not switch them. An administrator can."
    if failed:
        return (
            f"Nothing can be switched until {' and '.join(failed)} answers. Restart the host, and tell support if it "
            "stays so."
        )
    if not targets.items:
        return f"There is no other {kind} to switch to. Add one first."
    if not usages.items:
        return f"No profile uses this {kind}, so there is nothing to switch."
    return ""


def result_of(row: PlannedRow, target: Subject, told: dict[str, SwitchedUsage]) -> UsageResult:
    """What became of one line of a plan, by what its holder told."""
    answer = told.get(row.usage.usage_id)
    if row.is_kept:
        return UsageResult(ResultKind.KEPT, row.text)
    if answer is None:
        return UsageResult(ResultKind.KEPT, "Nobody could switch it.")
    if answer.switched:
        return UsageResult(ResultKind.SWITCHED, f"Now uses {target.label}.")
    return UsageResult(ResultKind.KEPT, answer.detail or "Not switched.")


def left_alone(changed: tuple[SwitchedPlace, ...], gone: tuple[SwitchedPlace, ...]) -> str:
    """What an undo did not bring back, and why; empty when it brought everything back."""
    told = (
        f"Left alone, because changed since the switch: {_named(changed)}." if changed else "",
        f"Nothing is left to bring back at {_named(gone)}." if gone else "",
    )
    return " ".join(filter(None, told))


def _named(places: tuple[SwitchedPlace, ...]) -> str:
    names = ", ".join(f"{place.profile} ({place.step})" for place in places[:3])
    return f"{names}, …" if len(places) > 3 else names
