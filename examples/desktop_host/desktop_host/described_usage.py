"""Who uses a connection, and what else could they use? The host's standard dialog, described as plugins do."""

import hostspec as hs
from desktop_host.host import OWNER

USAGE = "usage"


def answer_usage(hooks: hs.HookCalls, subject: hs.Subject, act: hs.UserAct) -> hs.Step:
    """What happens in the dialog: it is shown, moves what is ticked to what is chosen, or closes."""
    if act.action_id == "close":
        return hs.Close()
    if act.action_id == "show":
        return _dialog(hooks, subject, "")
    targets = {one.subject_id: one for one in hooks.subject_targets(subject).items}
    target, ticked = targets.get(str(act.values["target"])), act.values["usages"]
    if target is None or not isinstance(ticked, tuple) or not ticked:
        return _dialog(hooks, subject, "Tick at least one profile, and choose what it is to use.")
    switch = hs.UsageSwitch(subject=subject, target=target, usage_ids=ticked, user_id=OWNER)
    objections = hooks.switch_objections(switch)
    if objections.failed or any(one.severity is hs.Severity.BLOCK for one in objections.items):
        told = " ".join(one.text for one in objections.items)
        return _dialog(hooks, subject, told or "Nothing was switched: a plugin failed. Try again, or tell support.")
    done = hooks.switch_usages(switch).items
    told = " ".join([f"{sum(one.switched for one in done)} switched.", *(one.detail for one in done)])
    return _dialog(hooks, subject, told)


def _dialog(hooks: hs.HookCalls, subject: hs.Subject, said: str) -> hs.Step:
    usages, targets = hooks.usages(subject), hooks.subject_targets(subject)
    cells = {one: (one.profile, one.step, one.host or "here") for one in usages.items}
    rows = [
        hs.Row(row_id=one.usage_id, label=one.profile, cells=tuple(hs.Cell(text=text) for text in texts))
        for one, texts in cells.items()
    ]
    table = hs.TableField(
        field_id="usages",
        label="Used by",
        columns=tuple(hs.Column(column_id=one, label=one) for one in ("Profile", "Step", "Where")),
        rows=tuple(rows),
        tickable=True,
        value=tuple(one.row_id for one in rows),
        empty="Nobody uses it.",
    )
    options = tuple(hs.ChoiceOption(value=one.subject_id, label=one.label) for one in targets.items)
    failed = ", ".join((*usages.failed, *targets.failed))
    why_not = f"{failed} failed to answer, so the list may be incomplete." if failed else ""
    dialog = hs.Dialog(
        dialog_id=USAGE,
        title=f"Usage of {subject.label}",
        intro=said or why_not,
        form=hs.Form(fields=(table, hs.ChoiceField(field_id="target", label="Switch to", options=options))),
        primary=hs.Action(action_id=USAGE, label="Switch", disabled_reason=why_not or ("" if rows else table.empty)),
        cancel=hs.Action(action_id="close", label="Close"),
    )
    return hs.ShowDialog(dialog=dialog)
