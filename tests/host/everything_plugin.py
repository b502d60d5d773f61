"""A plugin whose tab uses every kind of field and of step: what draws it, draws any tab."""

from collections.abc import Callable, Iterable
from typing import Final

from hostspec.errors import CaptureError, NotAllowed
from hostspec.forms import (
    ActionField,
    CheckField,
    ChoiceField,
    ChoiceOption,
    CopyableField,
    Fact,
    FactsField,
    Field,
    FieldValue,
    Form,
    Link,
    ListField,
    NoteField,
    NumberField,
    SecretField,
    Section,
    TextField,
)
from hostspec.markers import hookimpl
from hostspec.messages import MessageBox, MessageButton
from hostspec.ui import (
    Action,
    Cell,
    Close,
    Column,
    Dialog,
    EmptyState,
    Notice,
    Origin,
    Row,
    ShowDialog,
    ShowMessage,
    ShowUsage,
    ShowView,
    Step,
    Tab,
    Table,
    TableQuery,
    UserAct,
    View,
    Wait,
)
from hostspec.usages import Subject
from hostspec.value import Tone

TAB_ID: Final = "everything"
HOSTILE: Final = "<script>alert(1)</script>\"'><svg onload=alert(2)>{{ 90001*90001 }}</title>\u202eevil"
FORM_ID: Final = "form"


class EverythingTab:
    """Rows, forms, messages, waits; remembers the acts it was sent."""

    def __init__(self, rows: int = 6) -> None:
        self.rows = rows
        self.acts: list[tuple[Origin, UserAct]] = []
        self.continues = 0
        self.wait_answers = 3

    def view(self, origin: Origin, query: TableQuery) -> View:
        names = [f"Row {n}" for n in range(1, self.rows + 1)]
        if self.rows:
            names[-1] = HOSTILE
        found = [name for name in names if query.search.casefold() in name.casefold()]
        if query.sort:
            found.sort(reverse=query.descending)
        offset = query.offset if query.offset < len(found) else 0
        tones = list(Tone)
        return View(
            title="Everything",
            intro="A tab that uses all that the contract has.",
            search_label="Search everything",
            actions=(
                Action(action_id="form", label="Add", primary=True),
                Action(action_id="edit", label="Edit", needs_row="Select a row first."),
                Action(action_id="ask", label="Delete", destructive=True, needs_row="Select a row first."),
                Action(action_id="wait", label="Wait"),
                Action(action_id="usage", label="Usage", needs_row="Select a row first."),
                Action(action_id="fail", label="Fail"),
                Action(action_id="no", label="Never", disabled_reason="This is never possible."),
            ),
            notices=(
                Notice(text="The key lies in a file.", tone=Tone.NEUTRAL),
                Notice(
                    text="One needs attention.", tone=Tone.WARNING, action=Action(action_id="mend", label="Mend it")
                ),
            ),
            table=Table(
                table_id="all",
                label="Everything",
                columns=(
                    Column(column_id="name", label="Name", sortable=True),
                    Column(column_id="state", label="Status"),
                    Column(column_id="expires", label="Expires"),
                ),
                rows=tuple(
                    Row(
                        row_id=f"id-{name}",
                        label=name,
                        cells=(
                            Cell(text=name, mark="demo" if place == 1 else ""),
                            Cell(text=tones[place % 5].value.capitalize(), tone=tones[place % 5]),
                            Cell(text="19 Jan 2027", exact="2027-01-19 10:22:33 UTC"),
                        ),
                        problem=f"{name} cannot be reached: the sign-in was revoked." if place == 3 else "",
                        repair=Action(action_id="mend", label="Authorize again") if place == 3 else None,
                    )
                    for place, name in enumerate(found[offset : offset + query.limit], offset)
                ),
                total=len(found),
                query=query.model_copy(update={"offset": offset}),
            ),
            empty=None
            if self.rows
            else EmptyState(
                title="Nothing yet",
                text="Something has to be added first.",
                action=Action(action_id="form", label="Add", primary=True),
                links=(Link(label="How to begin", address="https://example.com/begin"),),
            ),
        )

    def act(self, origin: Origin, act: UserAct) -> Step:
        self.acts.append((origin, act))
        acts: dict[str, Callable[[UserAct], Step]] = {
            "form": lambda act: ShowDialog(dialog=everything_dialog({})),
            "edit": lambda act: ShowDialog(dialog=everything_dialog({"name": act.row_id or ""})),
            "typed": lambda act: ShowDialog(dialog=everything_dialog(act.values)),
            "save": self._save,
            "cancel": self._cancel,
            "discard": lambda act: Close(),
            "ask": self._ask,
            "delete": lambda act: ShowView(select_row_id="id-Row 1"),
            "details": lambda act: Close(),
            "mend": lambda act: ShowDialog(dialog=facts_dialog()),
            "usage": lambda act: ShowUsage(subject=Subject(kind="thing", subject_id=act.row_id or "", label=HOSTILE)),
            "wait": lambda act: self._wait(act, "form" if act.dialog_id else None),
            "continue": self._continue,
            "paste": self._paste,
            "stop": lambda act: ShowMessage(message=MessageBox(title="Cancelled", text="Nothing was changed.")),
        }
        if act.action_id == "fail":
            raise NotAllowed("Your user may not do this. " + HOSTILE)
        if act.action_id == "crash":
            raise RuntimeError("secret-in-an-exception")
        if act.action_id not in acts:
            raise CaptureError(f"Unknown act {act.action_id}.")
        return acts[act.action_id](act)

    def _save(self, act: UserAct) -> Step:
        if not act.values.get("name"):
            return ShowDialog(dialog=everything_dialog(act.values, name_error="Give it a name."))
        return Close(result=Subject(kind="thing", subject_id="id-Row 2", label="Row 2"))

    def _cancel(self, act: UserAct) -> Step:
        if not act.values.get("name"):
            return Close()
        return ShowMessage(
            message=MessageBox(
                title="Discard changes?",
                text="What you typed is not saved.",
                tone=Tone.WARNING,
                buttons=(
                    MessageButton(label="Keep editing", primary=True),
                    MessageButton(label="Discard", action_id="discard", destructive=True),
                ),
                dialog_id=FORM_ID,
            )
        )

    def _ask(self, act: UserAct) -> Step:
        return ShowMessage(
            message=MessageBox(
                title="Delete row?",
                text=f"{act.row_id} goes for good.\nTwo profiles use it.",
                tone=Tone.WARNING,
                buttons=(
                    MessageButton(label="Cancel"),
                    MessageButton(label="Delete", action_id="delete", destructive=True),
                ),
                row_id=act.row_id,
            )
        )

    def _wait(self, act: UserAct, dialog_id: str | None, error: str = "", typed: str = "") -> Wait:
        self.continues = 0 if act.action_id == "wait" else self.continues
        return Wait(
            wait_id="wait-1",
            dialog_id=dialog_id,
            title="Waiting for Somebody",
            text="Allow access in the browser.\nThis window may be hidden behind it.",
            seconds_left=90.0 - self.continues,
            seconds_total=90.0,
            address="https://example.com/authorize?state=abc",
            address_label="Open the sign-in page",
            links=(Link(label="What to do", address="https://example.com/help"),),
            form=Form(
                fields=(
                    TextField(field_id="pasted", label="Address of the error page", value=typed, error=error),
                    ActionField(action_id="paste", label="Use it"),
                )
            ),
            cancel=Action(action_id="stop", label="Cancel"),
        )

    def _continue(self, act: UserAct) -> Step:
        self.continues += 1
        if self.continues < self.wait_answers:
            return self._wait(act, None)
        return ShowMessage(message=MessageBox(title="Connection successful", text="It worked.", tone=Tone.GOOD))

    def _paste(self, act: UserAct) -> Step:
        pasted = act.values.get("pasted")
        typed = pasted if isinstance(pasted, str) else ""
        return self._wait(act, None, error="This is no such address.", typed=typed)


def _text(values: dict[str, FieldValue], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def everything_fields(values: dict[str, FieldValue], name_error: str = "") -> tuple[Field, ...]:
    name, port = _text(values, "name"), values.get("port", 8888)
    return (
        TextField(
            field_id="name",
            label="Display name",
            value=name,
            error=name_error,
            hint="What people call it.",
            required=True,
            on_change="typed",
        ),
        TextField(
            field_id="client",
            label="Client ID",
            value=_text(values, "client"),
            monospace=True,
            placeholder="0123456789ABCDEF0123456789ABCDEF",
            links=(
                Link(label="Developer site", address="https://example.com/apps"),
                Link(label="Bad link", address="javascript:alert(3)"),
            ),
        ),
        NumberField(
            field_id="port",
            label="Port",
            value=port if isinstance(port, int) else None,
            shown=port if isinstance(port, str) else "",
            error="" if isinstance(port, int) else "A whole number from 1 to 65535.",
        ),
        CopyableField(field_id="redirect", label="Redirect URI", value=f"http://localhost/{name}", hint="Exactly so."),
        ChoiceField(
            field_id="tenant",
            label="Tenant",
            value=_text(values, "tenant"),
            placeholder="Choose a company…",
            options=(
                ChoiceOption(value="a", label="Bakehouse Ltd", mark="just approved"),
                ChoiceOption(value="b", label=HOSTILE),
                ChoiceOption(value="c", label="Gone", disabled_reason="no longer linked"),
            ),
        ),
        ChoiceField(field_id="locked", label="Locked", disabled_reason="Authorize first."),
        ActionField(action_id="wait", label="Authorize", text="Log in in your browser first.", primary=True),
        Section(
            section_id="advanced",
            label="Advanced",
            fields=(
                CheckField(field_id="check", label="Remember", value=values.get("check") is True, hint="For later."),
                SecretField(field_id="secret", label="Secret", stored=True),
                ListField(field_id="ports", label="Further ports", value=("8889", "8890"), monospace=True),
            ),
        ),
        NoteField(
            text="Register exactly this at the other side.",
            tone=Tone.WAITING,
            links=(Link(label="Guide", address="https://example.com/guide"),),
            copy_texts=("http://localhost:8889/callback",),
        ),
    )


def everything_dialog(values: dict[str, FieldValue], name_error: str = "") -> Dialog:
    return Dialog(
        dialog_id=FORM_ID,
        title="Connection Definition",
        form=Form(fields=everything_fields(values, name_error)),
        primary=Action(action_id="save", label="Save", primary=True),
        cancel=Action(action_id="cancel", label="Cancel"),
        problem=name_error and "It cannot be saved yet.",
    )


def facts_dialog() -> Dialog:
    return Dialog(
        dialog_id="facts",
        title="Details",
        form=Form(
            fields=(
                FactsField(
                    field_id="facts",
                    facts=(
                        Fact(label="Name", text=HOSTILE),
                        Fact(label="Id", text="0f9d-11aa", monospace=True),
                        Fact(label="Last refreshed", text="5 minutes ago", exact="2026-11-21 02:00:00 UTC"),
                    ),
                ),
            )
        ),
        primary=Action(action_id="details", label="OK", primary=True),
        copy_text="Name: x",
    )


class EverythingPlugin:
    """Contributes the tab."""

    def __init__(self, rows: int = 6) -> None:
        self.tab = EverythingTab(rows)

    @hookimpl
    def capture_tabs(self) -> Iterable[Tab]:
        return (Tab(tab_id=TAB_ID, title="Everything", order=100, controller=self.tab, badge="2"),)


def make_everything_plugin() -> EverythingPlugin:
    return EverythingPlugin()
