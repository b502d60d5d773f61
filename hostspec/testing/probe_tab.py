"""A tab that has every kind of field and asks for every kind of step, and remembers what it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError
from hostspec.forms import (
    CheckField,
    ChoiceField,
    ChoiceOption,
    CopyableField,
    Fact,
    FactsField,
    Form,
    ListField,
    NoteField,
    NumberField,
    SecretField,
    TextField,
)
from hostspec.markers import hookimpl
from hostspec.messages import MessageBox, MessageButton
from hostspec.rows import Action, Cell, Column, Row, Table
from hostspec.testing.host_subject import HEAD_OFFICE
from hostspec.ui import Close, Dialog, Notice, ShowDialog, ShowMessage, ShowUsage, ShowView, Tab, View, Wait
from hostspec.value import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hostspec.forms import FieldValue
    from hostspec.ui import Origin, Step, TableQuery, UserAct

TAB_ID: Final = "contract"
HOSTILE: Final = "<b>Row & B</b>"
SENTENCE: Final = "This cannot be done on Sundays."
CRASH: Final = "what-an-exception-said"
TYPED: Final[Mapping[str, FieldValue]] = {
    "text": "fine",
    "number": 12,
    "choice": "second",
    "check": True,
    "list": ("one", "two"),
}


class ProbeTab:
    """The controller; ``acts`` and ``origins`` are what it was sent."""

    def __init__(self) -> None:
        self.acts: list[UserAct] = []
        self.origins: list[Origin] = []

    def view(self, origin: Origin, query: TableQuery) -> View:
        del origin
        rows = tuple(
            Row(row_id=row_id, label=name, cells=(Cell(text=name),))
            for row_id, name in (("row-a", "Row A"), ("row-b", HOSTILE))
        )
        return View(
            title="Contract",
            intro="All that a tab may hold.",
            actions=(
                Action(action_id="form", label="Form", primary=True),
                Action(action_id="ask", label="Ask", needs_row="Select a row first."),
                Action(action_id="wait", label="Wait"),
                Action(action_id="usage", label="Usage"),
                Action(action_id="fail", label="Fail"),
                Action(action_id="crash", label="Crash"),
            ),
            notices=(Notice(text="A notice.", tone=Tone.WARNING),),
            table=Table(
                table_id="rows",
                label="Rows",
                columns=(Column(column_id="name", label="Name"),),
                rows=rows,
                total=len(rows),
                query=query.model_copy(update={"offset": 0}),
            ),
        )

    def act(self, origin: Origin, act: UserAct) -> Step:
        self.acts.append(act)
        self.origins.append(origin)
        match act.action_id:
            case "form":
                return _form({}, "")
            case "save":
                return _form(act.values, "Not this one.") if act.values.get("text") == "wrong" else Close()
            case "ask":
                button = MessageButton(label="Do it", action_id="do", primary=True)
                box = MessageBox(title="Question", text="Shall it be done?", buttons=(button,), row_id=act.row_id)
                return ShowMessage(message=box)
            case "do":
                return ShowView(select_row_id=act.row_id)
            case "wait" | "continue":
                return _wait()
            case "usage":
                return ShowUsage(subject=HEAD_OFFICE)
            case "fail":
                raise CaptureError(SENTENCE)
            case "crash":
                raise RuntimeError(CRASH)
            case _:
                return Close()


class ProbeTabPlugin:
    """Contributes the tab."""

    def __init__(self, tab: ProbeTab) -> None:
        self._tab = tab

    @hookimpl
    def capture_tabs(self) -> tuple[Tab, ...]:
        return (Tab(tab_id=TAB_ID, title="Contract", order=50, controller=self._tab),)


def _form(values: Mapping[str, FieldValue], error: str) -> ShowDialog:
    text, number = values.get("text"), values.get("number")
    choice, check, lines = values.get("choice"), values.get("check"), values.get("list")
    return ShowDialog(
        dialog=Dialog(
            dialog_id="contract-form",
            title="A form",
            form=Form(
                fields=(
                    TextField(field_id="text", label="Text", value=text if isinstance(text, str) else "", error=error),
                    NumberField(field_id="number", label="Number", value=number if isinstance(number, int) else None),
                    ChoiceField(
                        field_id="choice",
                        label="Choice",
                        value=choice if isinstance(choice, str) else "",
                        options=(
                            ChoiceOption(value="first", label="First"),
                            ChoiceOption(value="second", label="Second"),
                        ),
                    ),
                    CheckField(field_id="check", label="Check", value=check is True),
                    SecretField(field_id="secret", label="Secret", stored="secret" in values),
                    ListField(field_id="list", label="List", value=lines if isinstance(lines, tuple) else ()),
                    CopyableField(field_id="copy", label="Address", value="copy-me"),
                    FactsField(field_id="facts", facts=(Fact(label="Fact", text="fact-text"),)),
                    NoteField(text="A note."),
                )
            ),
            primary=Action(action_id="save", label="Save", primary=True),
            cancel=Action(action_id="cancel", label="Cancel"),
        )
    )


def _wait() -> Wait:
    return Wait(
        wait_id="contract-wait",
        title="Waiting",
        text="Somebody is thinking.",
        seconds_left=60.0,
        seconds_total=60.0,
        cancel=Action(action_id="stop", label="Stop"),
    )
