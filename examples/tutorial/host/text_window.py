from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, assert_never

from text_drawing import actions_of, draw_action, draw_form, draw_view
from text_services import ADMINISTRATOR
from text_values import Input, typed, values_of, walk

from hostspec import (
    Action,
    ActionField,
    CaptureError,
    Close,
    Dialog,
    Download,
    FieldValue,
    Form,
    Hooks,
    MessageBox,
    Origin,
    ShowDialog,
    ShowMessage,
    ShowUsage,
    ShowView,
    Step,
    Subject,
    TabController,
    TableQuery,
    UserAct,
    View,
    Wait,
)


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


@dataclass
class Open:
    """A window above the tab, with what was typed into it."""

    shown: Dialog | MessageBox | Wait | Subject
    values: dict[str, FieldValue] = field(default_factory=dict, repr=False)


class TextWindow:
    """One person in front of one tab."""

    def __init__(self, controller: TabController, hooks: Hooks) -> None:
        self._controller = controller
        self._hooks = hooks
        self._origin = Origin(user_id=ADMINISTRATOR, user_name="You", window_id="terminal", is_local=True)
        self._open: list[Open] = []
        self._row: str | None = None

    def read(self) -> str:
        """All that can be read."""
        lines = list(draw_view(self._view(), self._row))
        for one in self._open:
            lines += self._draw(one)
        return "\n".join(lines)

    def _view(self) -> View:
        return self._controller.view(self._origin, TableQuery())

    def _draw(self, one: Open) -> Iterator[str]:
        yield "-" * 40
        match one.shown:
            case Dialog() as dialog:
                yield from (dialog.title, dialog.intro, dialog.problem, *draw_form(dialog.form, one.values))
                yield from (draw_action(action) for action in (dialog.primary, dialog.cancel) if action)
            case MessageBox() as box:
                yield from (box.title, box.text, *(f"[{button.label}]" for button in box.buttons))
            case Wait() as wait:
                yield from (wait.title, wait.text, f"{wait.seconds_left:.0f} seconds left", wait.address)
                yield from (*draw_form(wait.form, one.values), draw_action(wait.cancel))
            case Subject() as subject:
                yield f"Used by ({subject.label})"
                yield from (f"{usage.profile}, {usage.step}" for usage in self._hooks.usages(subject))
                yield "[Close]"
            case _:
                assert_never(one.shown)

    def select(self, row: str) -> None:
        """Select a row by its label."""
        table = self._view().table
        self._row = found(row, table.rows if table else (), "row").row_id

    def fill(self, label: str, text: str) -> None:
        """Type into a field of the window on top."""
        if not self._open:
            raise LookupError("There is no form to fill in.")
        top = self._open[-1]
        fields = [one for one in walk(self._form(top)) if isinstance(one, Input) and not one.disabled_reason]
        field = found(label, fields, "field")
        top.values[field.field_id] = typed(field, text)
        if field.on_change is not None:
            self._send(self._from(top, field.on_change))

    def press(self, label: str) -> None:
        """Press a button of the window on top, or of the tab."""
        if not self._open:
            usable = [one for one in actions_of(self._view(), self._row) if self._row or not one.needs_row]
            self._send(UserAct(action_id=self._named(label, usable), row_id=self._row))
            return
        top = self._open[-1]
        match top.shown:
            case Subject():
                self._open.remove(top)
            case MessageBox() as box:
                action_id = found(label, box.buttons, "button").action_id
                self._open.remove(top)
                if action_id is not None:
                    beneath = self._dialog(box.dialog_id)
                    values = beneath.values if beneath else {}
                    act = UserAct(action_id=action_id, row_id=box.row_id, dialog_id=box.dialog_id, values=values)
                    self._send(act)
            case Dialog() as dialog:
                actions = [action for action in (dialog.primary, dialog.cancel) if action]
                self._send(self._from(top, self._named(label, actions, dialog.form)))
            case Wait() as wait:
                self._send(self._from(top, self._named(label, [wait.cancel], wait.form)))
            case _:
                assert_never(top.shown)

    def pass_time(self) -> None:
        """Ask how a wait goes on; call this every second."""
        if self._open and isinstance(self._open[-1].shown, Wait):
            self._send(UserAct(action_id="continue", wait_id=self._open[-1].shown.wait_id))

    def _named(self, label: str, actions: Iterable[Action], form: Form | None = None) -> str:
        buttons: list[Action | ActionField] = [*actions]
        buttons += [one for one in walk(form or Form(fields=())) if isinstance(one, ActionField)]
        return found(label, [one for one in buttons if not one.disabled_reason], "button").action_id

    def _form(self, one: Open) -> Form:
        return one.shown.form if isinstance(one.shown, Dialog | Wait) else Form(fields=())

    def _from(self, one: Open, action_id: str) -> UserAct:
        dialog_id = one.shown.dialog_id if isinstance(one.shown, Dialog) else None
        wait_id = one.shown.wait_id if isinstance(one.shown, Wait) else None
        return UserAct(action_id=action_id, dialog_id=dialog_id, wait_id=wait_id, values=dict(one.values))

    def _dialog(self, dialog_id: str | None) -> Open | None:
        dialogs = (one for one in self._open if isinstance(one.shown, Dialog) and one.shown.dialog_id == dialog_id)
        return next(dialogs, None)

    def _send(self, act: UserAct) -> None:
        waiting = next(
            (one for one in self._open if isinstance(one.shown, Wait) and one.shown.wait_id == act.wait_id), None
        )
        try:
            step = self._controller.act(self._origin, act)
        except CaptureError as problem:
            step = ShowMessage(message=MessageBox(title="Not done", text=str(problem)))
        except Exception:
            step = ShowMessage(message=MessageBox(title="Not done", text="Something went wrong. Tell support."))
        source = act.dialog_id
        if waiting is not None and isinstance(waiting.shown, Wait):
            if isinstance(step, Wait) and step.wait_id == act.wait_id:
                waiting.shown = step
                return
            source = source or waiting.shown.dialog_id
            self._open.remove(waiting)
        self._take(step, source)

    def _take(self, step: Step, source: str | None) -> None:
        """Do what a step says."""
        match step:
            case ShowView():
                self._open.clear()
                self._row = step.select_row_id or self._row
            case ShowDialog():
                there = self._dialog(step.dialog.dialog_id)
                fresh = Open(step.dialog, values_of(step.dialog.form))
                if there is None:
                    self._open.append(fresh)
                else:
                    there.shown, there.values = fresh.shown, fresh.values
            case ShowMessage():
                self._open.append(Open(step.message))
            case ShowUsage():
                self._open.append(Open(step.subject))
            case Wait():
                self._open.append(Open(step, values_of(step.form)))
            case Download():
                print(f"{step.file_name}: {len(step.text)} characters")
            case Close():
                there = self._dialog(source)
                if there is not None:
                    self._open.remove(there)
            case _:
                assert_never(step)
