"""A tab about what is easily forgotten in a window: reasons, changes, news, and what is kept while something waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.forms import ActionField, FileField, Form, NoteField, TextField
from hostspec.markers import hookimpl
from hostspec.messages import MessageBox, MessageButton
from hostspec.rows import Action, Cell, Column, Row, Table
from hostspec.ui import Close, Dialog, Filter, Notice, ShowDialog, ShowMessage, Tab, View, Wait
from hostspec.value import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hostspec.forms import FieldValue
    from hostspec.ui import Origin, Step, TableQuery, UserAct

DETAILS_TAB_ID: Final = "contract-details"
DIALOG_ID: Final = "contract-details-form"
REASONS_OF_TAB: Final = ("The office is closed.", "Choose a row before.")
REASONS_OF_FORM: Final = ("Only the owner may change it.", "There is nothing to check.")


class ProbeDetails:
    """The controller; ``acts`` and ``queries`` are what it was sent, and ``news`` stands on the tab."""

    def __init__(self) -> None:
        self.acts: list[UserAct] = []
        self.queries: list[TableQuery] = []
        self.news = "No news yet."

    def view(self, origin: Origin, query: TableQuery) -> View:
        del origin
        self.queries.append(query)
        closed, rowless = REASONS_OF_TAB
        return View(
            title="Contract details",
            actions=(
                Action(action_id="fields", label="Fields", primary=True),
                Action(action_id="wait", label="Begin"),
                Action(action_id="closed", label="Closed", disabled_reason=closed),
                Action(action_id="rowless", label="Rowless", needs_row=rowless),
            ),
            filters=(Filter(filter_id="", label="Everything"), Filter(filter_id="late", label="Late ones")),
            search_label="Search the contract",
            notices=(Notice(text=self.news, tone=Tone.NEUTRAL),),
            table=Table(
                table_id="rows",
                label="Rows",
                columns=(Column(column_id="name", label="Name"),),
                rows=(Row(row_id="row-a", label="Row A", cells=(Cell(text="Row A"),)),),
                total=1,
                query=query.model_copy(update={"offset": 0}),
            ),
        )

    def act(self, origin: Origin, act: UserAct) -> Step:
        del origin
        self.acts.append(act)
        match act.action_id:
            case "fields" | "changed":
                return _form(act.values)
            case "ask":
                buttons = (MessageButton(label="Agree", action_id="agree", primary=True), MessageButton(label="Leave"))
                box = MessageBox(title="Before that", text="Is that so?", buttons=buttons, dialog_id=act.dialog_id)
                return ShowMessage(message=box)
            case "wait" | "continue":
                return _wait(len(self.acts))
            case _:
                return Close()


class ProbeDetailsPlugin:
    """Contributes the tab."""

    def __init__(self, tab: ProbeDetails) -> None:
        self._tab = tab

    @hookimpl
    def capture_tabs(self) -> tuple[Tab, ...]:
        return (Tab(tab_id=DETAILS_TAB_ID, title="Contract details", order=51, controller=self._tab),)


def _form(values: Mapping[str, FieldValue]) -> ShowDialog:
    name = values.get("name")
    name = name if isinstance(name, str) else ""
    owner, nothing = REASONS_OF_FORM
    return ShowDialog(
        dialog=Dialog(
            dialog_id=DIALOG_ID,
            title="Fields of the contract",
            form=Form(
                fields=(
                    TextField(field_id="name", label="Name", value=name, on_change="changed"),
                    TextField(field_id="locked", label="Locked", value="kept", disabled_reason=owner),
                    FileField(field_id="papers", label="Papers"),
                    NoteField(text=f"Welcome, {name}." if name else "Nobody is here."),
                    ActionField(action_id="check", label="Check it", disabled_reason=nothing),
                    ActionField(action_id="ask", label="Ask before"),
                )
            ),
            primary=Action(action_id="save", label="Save", primary=True),
            cancel=Action(action_id="cancel", label="Cancel"),
        )
    )


def _wait(number: int) -> Wait:
    code = TextField(field_id="code", label="Code")
    send = ActionField(action_id="send", label="Send the code")
    return Wait(
        wait_id="contract-details-wait",
        title="A code is on its way",
        text=f"It was asked {number} times.",
        seconds_left=60.0,
        seconds_total=60.0,
        form=Form(fields=(code, send)),
        cancel=Action(action_id="stop", label="Stop"),
    )
