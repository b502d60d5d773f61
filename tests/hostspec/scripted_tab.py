"""A tab that answers each act with what a test wrote down for it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hostspec import (
    Action,
    ActionField,
    Cell,
    CheckField,
    ChoiceField,
    ChoiceOption,
    Column,
    CopyableField,
    Dialog,
    EmptyState,
    Fact,
    FactsField,
    Field,
    Form,
    ListField,
    MessageBox,
    MessageButton,
    NoteField,
    Notice,
    NumberField,
    Origin,
    Row,
    SecretField,
    Section,
    ShowDialog,
    ShowMessage,
    Table,
    TableQuery,
    TextField,
    Tone,
    UserAct,
    View,
    Wait,
)
from hostspec.ui import Step

CANCEL = Action(action_id="cancel", label="Cancel")


@dataclass
class Scripted:
    """A controller that answers each act with what the test wrote down for it."""

    steps: dict[str, Step | Callable[[UserAct], Step]] = field(default_factory=dict)
    names: list[str] = field(default_factory=lambda: ["Head office", "Branch"])
    acts: list[UserAct] = field(default_factory=list)
    views: int = 0

    def view(self, origin: Origin, query: TableQuery) -> View:
        self.views += 1
        found = [name for name in self.names if query.search.casefold() in name.casefold()]
        rows = tuple(
            Row(
                row_id=name.lower(),
                label=name,
                cells=(Cell(text=name), Cell(text="Ready")),
                repair=Action(action_id="repair", label="Sign in again") if name == "Branch" else None,
            )
            for name in found[query.offset : query.offset + query.limit]
        )
        return View(
            title="Connections",
            actions=(
                Action(action_id="add", label="Add"),
                Action(action_id="edit", label="Edit", needs_row="Select a connection first."),
                Action(action_id="other", label="Other", disabled_reason="Not on Sundays."),
            ),
            search_label="Search",
            notices=(Notice(text="Old key.", tone=Tone.WARNING, action=Action(action_id="key", label="Renew key")),),
            table=Table(
                table_id="t",
                label="Connections",
                columns=(Column(column_id="name", label="Name"), Column(column_id="status", label="Status")),
                rows=rows,
                total=len(found),
                query=query,
            ),
            empty=None
            if self.names
            else EmptyState(title="None", text="Add one.", action=Action(action_id="add", label="Add")),
        )

    def act(self, origin: Origin, act: UserAct) -> Step:
        self.acts.append(act)
        step = self.steps[act.action_id]
        return step(act) if callable(step) else step


def dialog(
    *fields: Field, dialog_id: str = "d1", title: str = "Definition", cancel: Action | None = CANCEL, copy: str = ""
) -> ShowDialog:
    return ShowDialog(
        dialog=Dialog(
            dialog_id=dialog_id,
            title=title,
            form=Form(fields=fields),
            primary=Action(action_id="save", label="Save", primary=True),
            cancel=cancel,
            copy_text=copy,
        )
    )


def wait(wait_id: str = "w1", *, title: str = "Waiting", dialog_id: str | None = None, left: float = 90.0) -> Wait:
    return Wait(
        wait_id=wait_id,
        dialog_id=dialog_id,
        title=title,
        text="…",
        seconds_left=left,
        seconds_total=90.0,
        form=Form(
            fields=(
                TextField(field_id="pasted", label="Address"),
                ActionField(action_id="paste", label="Use address"),
            )
        ),
        cancel=Action(action_id="stop", label="Cancel"),
    )


def message(
    title: str, *buttons: MessageButton, row_id: str | None = None, dialog_id: str | None = None
) -> ShowMessage:
    return ShowMessage(
        message=MessageBox(
            title=title,
            text="…",
            buttons=buttons or (MessageButton(label="OK"),),
            row_id=row_id,
            dialog_id=dialog_id,
        )
    )


NAME = TextField(field_id="name", label="Display name", max_length=20)
EVERYTHING = (
    NAME,
    NumberField(field_id="port", label="Port", value=8888),
    ChoiceField(
        field_id="tenant",
        label="Tenant",
        options=(
            ChoiceOption(value="t1", label="One"),
            ChoiceOption(value="t2", label="Two", disabled_reason="Unlinked."),
        ),
    ),
    TextField(field_id="fixed", label="Fixed", value="as it is", disabled_reason="Set by the installation."),
    Section(
        section_id="advanced",
        label="Advanced",
        fields=(
            CheckField(field_id="files", label="Files"),
            ListField(field_id="ports", label="Further ports", value=("1",)),
            SecretField(field_id="password", label="Password"),
            ActionField(action_id="test", label="Test"),
            CopyableField(field_id="redirect", label="Redirect URI", value="http://localhost:8888/callback"),
        ),
    ),
    NoteField(text="Sign in first."),
    FactsField(
        field_id="facts",
        facts=(
            Fact(label="Tenant name", text="One"),
            Fact(label="Used by", text="A"),
            Fact(label="Used by", text="B"),
        ),
    ),
)
