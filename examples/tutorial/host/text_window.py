from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar, assert_never

from text_drawing import actions_of, draw_action, draw_form, draw_view
from text_services import ADMINISTRATOR
from text_values import entered

from hostspec import (
    Action,
    ActionField,
    Download,
    Form,
    Hooks,
    Origin,
    ShowView,
    TabController,
    TableQuery,
    UserAct,
    View,
)
from hostspec.hosting import Input, OpenDialog, OpenMessage, OpenUsage, OpenWait, OpenWindows, answer, fields_of


class Labeled(Protocol):
    @property
    def label(self) -> str: ...


L = TypeVar("L", bound=Labeled)


def found(label: str, among: Iterable[L], what: str) -> L:
    """The one of that label; ``LookupError`` where there is none."""
    for one in among:
        if one.label == label:
            return one
    raise LookupError(f'There is no {what} "{label}" that can be used now.')


class TextWindow:
    """One person in front of one tab."""

    def __init__(self, controller: TabController, hooks: Hooks) -> None:
        self._controller = controller
        self._hooks = hooks
        self._origin = Origin(user_id=ADMINISTRATOR, user_name="You", window_id="terminal", is_local=True)
        self._open = OpenWindows()
        self._row: str | None = None

    def read(self) -> str:
        """All that can be read."""
        lines = list(draw_view(self._view(), self._row))
        for one in self._open.stack:
            lines += self._draw(one)
        return "\n".join(lines)

    def _view(self) -> View:
        return self._controller.view(self._origin, TableQuery())

    def _draw(self, one: OpenDialog | OpenMessage | OpenUsage | OpenWait) -> Iterator[str]:
        yield "-" * 40
        match one:
            case OpenDialog(dialog=dialog):
                yield from (dialog.title, dialog.intro, dialog.problem, *draw_form(dialog.form, one.values))
                yield from (draw_action(action) for action in (dialog.primary, dialog.cancel) if action)
            case OpenMessage(message=box):
                yield from (box.title, box.text, *(f"[{button.label}]" for button in box.buttons))
            case OpenWait(wait=wait):
                yield from (wait.title, wait.text, f"{wait.seconds_left:.0f} seconds left", wait.address)
                yield from (*draw_form(wait.form, one.values), draw_action(wait.cancel))
            case OpenUsage(subject=subject):
                yield f"Used by ({subject.label})"
                yield from (f"{usage.profile}, {usage.step}" for usage in self._hooks.usages(subject))
                yield "[Close]"
            case _:
                assert_never(one)

    def select(self, row: str) -> None:
        """Select a row by its label."""
        table = self._view().table
        self._row = found(row, table.rows if table else (), "row").row_id

    def fill(self, label: str, text: str) -> None:
        """Type into a field of the window on top."""
        top = self._open.top
        if not isinstance(top, OpenDialog | OpenWait):
            raise LookupError("There is no form to fill in.")
        form = top.dialog.form if isinstance(top, OpenDialog) else top.wait.form
        fields = [one for one in fields_of(form) if isinstance(one, Input) and not one.disabled_reason]
        field = found(label, fields, "field")
        top.values[field.field_id] = entered(field, text)
        if field.on_change is not None:
            self._send(self._from(top, field.on_change))

    def press(self, label: str) -> None:
        """Press a button of the window on top, or of the tab."""
        top = self._open.top
        match top:
            case None:
                usable = [one for one in actions_of(self._view(), self._row) if self._row or not one.needs_row]
                self._send(UserAct(action_id=self._named(label, usable), row_id=self._row))
            case OpenUsage():
                self._open.close(top)
            case OpenMessage(message=box):
                action_id = found(label, box.buttons, "button").action_id
                self._open.close(top)
                if action_id is not None:
                    beneath = self._open.dialog(box.dialog_id)
                    values = beneath.values if beneath else {}
                    act = UserAct(action_id=action_id, row_id=box.row_id, dialog_id=box.dialog_id, values=values)
                    self._send(act)
            case OpenDialog(dialog=dialog):
                actions = [action for action in (dialog.primary, dialog.cancel) if action]
                self._send(self._from(top, self._named(label, actions, dialog.form)))
            case OpenWait(wait=wait):
                self._send(self._from(top, self._named(label, [wait.cancel], wait.form)))
            case _:
                assert_never(top)

    def pass_time(self) -> None:
        """Ask how a wait goes on; call this every second."""
        if isinstance(self._open.top, OpenWait):
            self._send(UserAct(action_id="continue", wait_id=self._open.top.wait.wait_id))

    def _named(self, label: str, actions: Iterable[Action], form: Form | None = None) -> str:
        buttons: list[Action | ActionField] = [*actions]
        buttons += [one for one in fields_of(form or Form(fields=())) if isinstance(one, ActionField)]
        return found(label, [one for one in buttons if not one.disabled_reason], "button").action_id

    def _from(self, one: OpenDialog | OpenWait, action_id: str) -> UserAct:
        if isinstance(one, OpenDialog):
            return UserAct(action_id=action_id, dialog_id=one.dialog.dialog_id, values=dict(one.values))
        return UserAct(action_id=action_id, wait_id=one.wait.wait_id, values=dict(one.values))

    def _send(self, act: UserAct) -> None:
        step = answer(self._controller.act, self._origin, act)
        self._open.apply(act, step)
        if isinstance(step, ShowView):
            self._row = step.select_row_id or self._row
        if isinstance(step, Download):
            print(f"{step.file_name}: {len(step.text)} characters")
