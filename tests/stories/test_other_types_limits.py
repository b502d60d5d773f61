"""What a provider of another kind may say about limits, and what it need not know: a shelf, not Xero."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hostspec import (
    Action,
    AddAct,
    Connection,
    ConnectionId,
    ConnectionProblem,
    ConnectionStatus,
    ConnectionSummary,
    ConnectionType,
    Draft,
    Fact,
    Form,
    RemovalChoice,
    Row,
    SavedConnection,
    Session,
    Step,
    Tone,
    TypeId,
    UserAct,
    hookimpl,
)
from hostspec.errors import ProviderUnavailable
from hostspec.forms import NoteField, TableField
from hostspec.ui import Cell, Column
from tests.stories.capture_site import Site

if TYPE_CHECKING:
    from hostspec.testing import TabDriver

SHELF = TypeId("shelf")


class PlainShelves:
    """A provider without any skill beyond the least."""

    def form(self, draft: Draft) -> Form:
        return Form(fields=())

    def act(self, draft: Draft, act: UserAct) -> Step | None:
        return None

    def unsaved(self, draft: Draft) -> bool:
        return False

    def obstacles(self, draft: Draft) -> tuple[str, ...]:
        return ()

    def consequences(self, draft: Draft) -> tuple[str, ...]:
        return ()

    def save(self, draft: Draft) -> SavedConnection:
        return SavedConnection(settings={}, subtitle="Cellar")

    def close(self, draft_id: str) -> None:
        pass

    def open(self, connection: Connection) -> Session:
        raise ConnectionProblem("Nobody opens a shelf.")

    def summary(self, connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        ready = ConnectionSummary(status=ConnectionStatus.READY, status_text="Ready", tone=Tone.GOOD)
        return {one.connection_id: ready for one in connections}

    def details(self, connection: Connection) -> tuple[Fact, ...]:
        return ()

    def removal_choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        return ()

    def forget(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        return ()


class LimitedShelves(PlainShelves):
    """Shelves with room for so many boxes."""

    def __init__(self) -> None:
        self.boxes = ["Red", "Blue"]
        self.looked_at: list[str] = []
        self.trouble: Exception | None = None

    def limits(self, selected: Connection | None, go_on: Callable[[], bool]) -> Form:
        if self.trouble is not None:
            raise self.trouble
        self.looked_at.append(selected.display_name if selected is not None else "")
        rows = tuple(
            Row(
                row_id=box,
                label=f"{box} box",
                cells=(Cell(text=box),),
                repair=Action(action_id="end_link", label="Clear", destructive=True),
            )
            for box in self.boxes
            if go_on()
        )
        columns = (Column(column_id="box", label="Box"),)
        return Form(fields=(TableField(field_id="boxes", label="Boxes", columns=columns, rows=rows),))

    def end_question(self, row_id: str) -> str:
        return f"The {row_id} box will be empty."

    def end(self, row_id: str) -> str:
        self.boxes.remove(row_id)
        return f"The {row_id} box is empty."


class ShelfPlugin:
    def __init__(self, provider: PlainShelves) -> None:
        self.provider = provider

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        add = AddAct(tab_id="connections", act=UserAct(action_id="add", values={"type_id": SHELF}))
        yield ConnectionType(type_id=SHELF, label="Shelf", order=500, provider=self.provider, add=add)


def add_shelf(tab: TabDriver, name: str) -> None:
    tab.press("Add")
    tab.choose("Connection type", "Shelf")
    tab.press("Continue")
    tab.fill("Display name", name)
    tab.press("Save")


def test_a_provider_that_lends_no_sign_in_says_how_to_add_instead(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.host.register("shelves", ShelfPlugin(PlainShelves()))
        tab = site.tab()
        add_shelf(tab, "Cellar")
        tab.row("Cellar")
        tab.press("Add another company")
        assert "Choose Add instead" in tab.message.text
        site.leave_unchecked("I3", "its last host does not know shelves")


def test_another_types_limits_are_shown_and_ended_in_its_own_words(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        shelves = LimitedShelves()
        site.host.register("shelves", ShelfPlugin(shelves))
        tab = site.tab()
        add_shelf(tab, "Cellar")
        tab.row("Cellar")
        tab.press("Calls and links")
        tab.continue_until()
        assert (tab.table_rows(), shelves.looked_at) == (["Red box", "Blue box"], ["Cellar"])
        tab.press_in_row("Red box", "Clear")
        assert (tab.message.title, tab.message.text) == ("Clear Red box?", "The Red box will be empty.")
        tab.press("Clear")
        tab.continue_until()
        assert tab.table_rows() == ["Blue box"]
        assert "The Red box is empty." in tab.dialog.model_dump_json()
        tab.press("Ask again")
        tab.continue_until()
        assert "The Red box is empty." not in tab.dialog.model_dump_json()
        tab.escape()
        assert tab.titles == []
        tab.press("History")
        assert "The Red box is empty." in tab.dialog.model_dump_json()
        tab.escape()
        site.leave_unchecked("I3", "its last host does not know shelves")


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (
            ProviderUnavailable("The cellar is dark. Try again in a minute."),
            "The cellar is dark. Try again in a minute.",
        ),
        (ValueError("a mistake of this provider"), "because of a fault in the program"),
    ],
)
def test_what_was_ended_is_told_also_where_the_look_after_it_fails(
    tmp_path: Path, trouble: Exception, told: str
) -> None:
    with Site(tmp_path) as site:
        shelves = LimitedShelves()
        site.host.register("shelves", ShelfPlugin(shelves))
        tab = site.tab()
        add_shelf(tab, "Cellar")
        tab.row("Cellar")
        tab.press("Calls and links")
        tab.continue_until()
        shelves.trouble = trouble
        tab.press_in_row("Red box", "Clear")
        tab.press("Clear")
        tab.continue_until()
        said = [field.text for field in tab.dialog.form.fields if isinstance(field, NoteField)]
        assert said[0] == "The Red box is empty."
        assert told in said[1]
        assert "a mistake" not in said[1]
        shelves.trouble = None
        tab.press("Ask again")
        tab.continue_until()
        assert tab.table_rows() == ["Blue box"]
        tab.escape()
        site.leave_unchecked("I3", "its last host does not know shelves")


def test_of_a_type_without_limits_those_of_the_others_are_shown(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.host.register("shelves", ShelfPlugin(PlainShelves()))
        tab = site.tab()
        add_shelf(tab, "Cellar")
        tab.row("Cellar")
        tab.press("Calls and links")
        tab.continue_until()
        assert tab.table_rows("Calls left") == []
        site.leave_unchecked("I3", "its last host does not know shelves")


def test_a_dialog_of_another_window_ends_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        shelves = LimitedShelves()
        site.host.register("shelves", ShelfPlugin(shelves))
        tab = site.tab()
        add_shelf(tab, "Cellar")
        tab.row("Cellar")
        tab.press("Calls and links")
        tab.continue_until()
        stranger = site.tab(tab.origin.model_copy(update={"window_id": "window-7"}))
        dialog_id = tab.dialog.dialog_id
        for action_id in ("end_link", "end_link_agreed", "limits_again"):
            stranger.send(UserAct(action_id=action_id, row_id="Red", dialog_id=dialog_id))
            assert "another window" in stranger.message.text
            stranger.press("OK")
        assert shelves.boxes == ["Red", "Blue"]
        tab.escape()
        site.leave_unchecked("I3", "its last host does not know shelves")
