"""A plugin whose tab uses what is rarely needed: More, filters, tables and files in dialogs, downloads, notices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from hostspec.errors import CaptureError
from hostspec.forms import ActionField, CopyableField, FileField, Form, NoteField, TableField, TextField
from hostspec.markers import hookimpl
from hostspec.messages import MessageBox
from hostspec.rows import Action, Cell, Column, Row, Table, TableQuery
from hostspec.ui import Dialog, Download, Filter, Origin, ShowDialog, ShowMessage, Step, Tab, UserAct, View, Wait
from hostspec.value import Tone
from tests.host.everything_plugin import HOSTILE

TAB_ID: Final = "rarities"
RAREST: Final = ("Northern bakery", "Southern bakery", HOSTILE, "Harbour kiosk", "Training")
COLUMNS: Final = ("Name", "Tenant", "Deleted by", "When", "Wiped on", "Status")


def deleted_rows() -> tuple[Row, ...]:
    recover = Action(action_id="recover", label="Recover")
    taken = recover.model_copy(update={"disabled_reason": "Its name is taken by now."})
    return tuple(
        Row(
            row_id=f"r{place}",
            label=name,
            cells=(
                Cell(text=name, mark="demo" if place == 1 else ""),
                Cell(text=f"{name} Limited"),
                Cell(text="Ada Administrator"),
                Cell(text="20 Nov 2026", exact="2026-11-20 14:05:33 UTC"),
                Cell(text="27 Nov 2026, in 6 days", exact="2026-11-27 14:05:33 UTC"),
                Cell(text="Waiting", tone=Tone.WAITING) if place % 2 else Cell(text="Ready", tone=Tone.GOOD),
            ),
            problem="Xero cannot be reached since 09:14." if place == 3 else "",
            repair=None if place == 4 else taken if place == 2 else recover,
        )
        for place, name in enumerate(RAREST)
    )


def columns(*labels: str) -> tuple[Column, ...]:
    return tuple(Column(column_id=label.lower().replace(" ", "_"), label=label) for label in labels)


class RaritiesTab:
    """Twelve rows in two parts; remembers the acts it was sent."""

    def __init__(self) -> None:
        self.acts: list[UserAct] = []
        self.queries: list[TableQuery] = []

    def view(self, origin: Origin, query: TableQuery) -> View:
        del origin
        self.queries.append(query)
        names = [f"Entry {number:03}" for number in range(1, 121)]
        parts = {"bad": [name for name in names if name.endswith("7")], "none": []}
        part = parts.get(query.filter_id, names)
        found = [name for name in part if query.search.casefold() in name.casefold()]
        found.sort(reverse=query.descending)
        return View(
            title="Rarities",
            search_label="Search rarities",
            actions=(
                Action(action_id="table", label="Table", primary=True),
                Action(action_id="file", label="File"),
                Action(action_id="edit", label="Edit", needs_row="Select an entry first."),
            ),
            more=(
                Action(action_id="message", label="History"),
                Action(action_id="edit", label="Rename", needs_row="Select an entry first."),
                Action(action_id="never", label="Import", disabled_reason="Your user may not change connections here."),
                Action(action_id="export", label="Export"),
                Action(action_id="nothing", label="Empty table"),
                Action(action_id="wait", label="Test all"),
            ),
            filters=(
                Filter(filter_id="", label="All", count=len(names)),
                Filter(filter_id="bad", label="Needs attention", count=len(parts["bad"])),
                Filter(filter_id="none", label="Not used for 90 days"),
            ),
            table=Table(
                table_id="rarities",
                label="Rarities",
                columns=(Column(column_id="name", label="Name", sortable=True), Column(column_id="s", label="Status")),
                rows=tuple(
                    Row(row_id=name, label=name, cells=(Cell(text=name), Cell(text="Ready", tone=Tone.GOOD)))
                    for name in found[query.offset : query.offset + query.limit]
                ),
                total=len(found),
                query=query,
            ),
        )

    def act(self, origin: Origin, act: UserAct) -> Step:
        del origin
        self.acts.append(act)
        acts: dict[str, Callable[[UserAct], Step]] = {
            "table": lambda act: ShowDialog(dialog=table_dialog()),
            "recover": lambda act: ShowDialog(dialog=table_dialog(act)),
            "file": lambda act: ShowDialog(dialog=file_dialog()),
            "read": lambda act: ShowDialog(dialog=file_dialog(act)),
            "nothing": lambda act: ShowDialog(dialog=empty_dialog()),
            "export": lambda act: Download(
                file_name="../connections 2026:11?.json", media_type="application/json", text='{"name": "Zoë"}\n'
            ),
            "wait": lambda act: waiting_table(),
            "continue": lambda act: waiting_table(),
        }
        if act.action_id == "fail":
            raise CaptureError("Not now.")
        if act.action_id in acts:
            return acts[act.action_id](act)
        return ShowMessage(message=MessageBox(title="Done", text=f"{act.action_id} {act.row_id or ''}".strip()))


def table_dialog(act: UserAct | None = None) -> Dialog:
    ticked = act.values.get("gone") if act is not None else None
    return Dialog(
        dialog_id="table",
        title="Deleted connections",
        intro="They can be recovered for 7 days.",
        form=Form(
            fields=(
                TableField(
                    field_id="gone",
                    label="Deleted connections",
                    columns=columns(*COLUMNS),
                    rows=deleted_rows(),
                    tickable=True,
                    value=ticked if isinstance(ticked, tuple) else ("r1",),
                ),
                TextField(field_id="note", label="Note"),
            )
        ),
        primary=Action(action_id="wipe", label="Wipe now", destructive=True),
        cancel=Action(action_id="dismiss", label="Close"),
        problem="" if act is None else f"{act.row_id} was recovered.",
    )


def empty_dialog() -> Dialog:
    return Dialog(
        dialog_id="empty",
        title="History",
        form=Form(
            fields=(
                TableField(
                    field_id="events", label="Events", columns=columns("When", "What"), rows=(), empty="Nothing yet."
                ),
                TableField(
                    field_id="last",
                    label="Last tests",
                    columns=columns("When", "What"),
                    rows=tuple(
                        Row(
                            row_id=f"e{number}",
                            label=f"Test {number}",
                            cells=(Cell(text=f"{number} Nov 2026"), Cell(text="Passed", tone=Tone.GOOD)),
                        )
                        for number in range(1, 31)
                    ),
                ),
                CopyableField(
                    field_id="redirect", label="Redirect URI", value="", hint="Shown once the port is right."
                ),
            )
        ),
        primary=Action(action_id="dismiss", label="Close", primary=True),
    )


def file_dialog(act: UserAct | None = None) -> Dialog:
    text = act.values.get("file") if act is not None else None
    return Dialog(
        dialog_id="file",
        title="Import connections",
        form=Form(
            fields=(
                FileField(
                    field_id="file",
                    label="File",
                    hint="A file that Export made, at most 2 kB.",
                    accept=(".json",),
                    max_bytes=2000,
                    required=True,
                    on_change="read",
                    error="" if act is None or text else "Choose a file first.",
                ),
                NoteField(text=f"Read: {text}" if text else "Nothing was read yet."),
                TextField(field_id="note", label="Note", on_change="read"),
                ActionField(action_id="read", label="Read again"),
            )
        ),
        primary=Action(action_id="import", label="Import", primary=True),
        cancel=Action(action_id="dismiss", label="Cancel"),
    )


def waiting_table() -> Wait:
    return Wait(
        wait_id="tests",
        title="Testing",
        text="12 of 40 are done.",
        seconds_left=60,
        seconds_total=60,
        form=Form(
            fields=(TableField(field_id="done", label="Done so far", columns=columns(*COLUMNS), rows=deleted_rows()),)
        ),
        cancel=Action(action_id="stop", label="Cancel"),
    )


class RaritiesPlugin:
    """Contributes the tab."""

    def __init__(self, badge: str = "12") -> None:
        self.tab = RaritiesTab()
        self.badge = badge

    @hookimpl
    def capture_tabs(self) -> Iterable[Tab]:
        return (Tab(tab_id=TAB_ID, title="Rarities", order=100, controller=self.tab, badge=self.badge),)
