"""The host's standard dialog "Usage", described as plugins describe theirs: it needs no widgets of its own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from hostspec.answers import Answers
from hostspec.forms import ChoiceField, ChoiceOption, Form, TableField
from hostspec.hosting import hosting_texts as texts
from hostspec.messages import MessageBox, MessageButton
from hostspec.permissions import Permission
from hostspec.rows import Action, Cell, Column, Row
from hostspec.ui import Close, Dialog, ShowDialog, ShowMessage
from hostspec.usages import Severity, Subject, UsageSwitch
from hostspec.value import Tone

if TYPE_CHECKING:
    from hostspec.services import HostServices
    from hostspec.ui import Origin, Step, UserAct
    from hostspec.usages import Usage

_log: Final = logging.getLogger("hostspec")

USAGE_DIALOG: Final = "capture-usage"
"""The ``dialog_id``: acts of this dialog go to ``UsageForm.act``, and to no plugin."""
_SWITCH, _ANYWAY, _CLOSE = "switch", "switch_anyway", "close"
_TARGET, _USAGES = "target", "usages"


class UsageForm:
    """Who uses a subject, and a switch to another one. One for each window; calls hooks, so it is asked beside it.

    A switch is done when everybody who has to be asked has answered, the person may do it, and no owner blocks it;
    what only warns is shown first.

    Args:
        services: Asked through their hooks, and for permission.
    """

    def __init__(self, services: HostServices) -> None:
        self._services = services
        self._subject = Subject(kind="", subject_id="")

    def open(self, origin: Origin, subject: Subject) -> ShowDialog:
        """The dialog for a subject, as the answer to ``ShowUsage``."""
        self._subject = subject
        return self._dialog(origin)

    def act(self, origin: Origin, act: UserAct) -> Step:
        """What happens after a person did something in the dialog."""
        if act.action_id == _CLOSE:
            return Close()
        ticked, wanted = act.values.get(_USAGES), act.values.get(_TARGET)
        targets = self._services.hooks.subject_targets(self._subject)
        target = next((one for one in targets if one.subject_id == wanted), None)
        if target is None or not isinstance(ticked, tuple) or not ticked:
            return self._dialog(origin, texts.CHOOSE_BOTH)
        if not all(self._may(origin, Permission.SWITCH, one) for one in (self._subject, target)):
            return self._dialog(origin, texts.NOT_SWITCHED)
        switch = UsageSwitch(
            subject=self._subject,
            target=target,
            usage_ids=ticked,
            user_id=origin.user_id,
            user_name=origin.user_name,
        )
        return self._switch(origin, switch, is_sure=act.action_id == _ANYWAY)

    def _switch(self, origin: Origin, switch: UsageSwitch, *, is_sure: bool) -> Step:
        objections = self._services.hooks.switch_objections(switch.model_copy(update={"dry_run": True}))
        if objections.failed:
            return self._dialog(origin, texts.incomplete(objections.failed))
        blocks = [one.text for one in objections if one.severity is Severity.BLOCK]
        if blocks:
            return self._dialog(origin, " ".join(dict.fromkeys(blocks)))
        if objections.items and not is_sure:
            buttons = (
                MessageButton(label=texts.SWITCH_ANYWAY, action_id=_ANYWAY),
                MessageButton(label=texts.CANCEL, primary=True),
            )
            told = "\n".join(dict.fromkeys(one.text for one in objections))
            box = MessageBox(title=texts.SURE, text=told, tone=Tone.WARNING, buttons=buttons, dialog_id=USAGE_DIALOG)
            return ShowMessage(message=box)
        done = self._services.hooks.switch_usages(switch)
        count = sum(one.switched for one in done)
        said = texts.switched(count, switch.target.label, (one.detail for one in done), done.failed)
        return self._dialog(origin, said)

    def _dialog(self, origin: Origin, said: str = "") -> ShowDialog:
        subject, hooks = self._subject, self._services.hooks
        if not self._may(origin, Permission.VIEW, subject):
            return ShowDialog(dialog=self._framed((), texts.NOT_SEEN))
        usages, targets = hooks.usages(subject), hooks.subject_targets(subject)
        options = tuple(ChoiceOption(value=one.subject_id, label=one.label) for one in targets)
        fields = (_table(usages), ChoiceField(field_id=_TARGET, label=texts.SWITCH_TO, options=options))
        why_not = self._why_not(origin, usages, targets)
        told = dict.fromkeys(filter(None, (said, texts.incomplete(usages.failed))))
        return ShowDialog(dialog=self._framed(fields, why_not, " ".join(told)))

    def _framed(self, fields: tuple[TableField | ChoiceField, ...], why_not: str, said: str = "") -> Dialog:
        return Dialog(
            dialog_id=USAGE_DIALOG,
            title=texts.usage_of(self._subject.label),
            intro=said,
            form=Form(fields=fields),
            primary=Action(action_id=_SWITCH, label=texts.SWITCH, primary=True, disabled_reason=why_not),
            cancel=Action(action_id=_CLOSE, label=texts.CLOSE),
        )

    def _why_not(self, origin: Origin, usages: Answers[Usage], targets: Answers[Subject]) -> str:
        if not self._may(origin, Permission.SWITCH, self._subject):
            return texts.NOT_SWITCHED
        if missing := texts.incomplete((*usages.failed, *targets.failed)):
            return missing
        if not usages.items:
            return texts.UNUSED
        return "" if targets.items else texts.NO_TARGET

    def _may(self, origin: Origin, permission: Permission, subject: Subject) -> bool:
        try:
            return self._services.is_allowed(origin.user_id, permission, subject)
        except Exception as mistake:  # noqa: BLE001 -- an exception is a refusal; its words may hold a secret
            what = type(mistake).__name__
            _log.error("The host's check of the permission %s failed: %s. It counts as a refusal.", permission, what)
            return False


def _table(usages: Answers[Usage]) -> TableField:
    return TableField(
        field_id=_USAGES,
        label=texts.USED_BY,
        columns=tuple(Column(column_id=one, label=one) for one in (texts.PROFILE, texts.STEP, texts.WHERE)),
        rows=tuple(
            Row(
                row_id=one.usage_id,
                label=one.profile,
                cells=tuple(Cell(text=text) for text in (one.profile, one.step, one.host or texts.HERE)),
            )
            for one in usages
        ),
        tickable=True,
        value=tuple(one.usage_id for one in usages),
        empty=texts.UNUSED,
    )
