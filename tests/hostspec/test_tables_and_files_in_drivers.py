"""The driver uses "More", filters, tables inside dialogs, files and downloads as a person would."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hostspec import (
    Action,
    BatchRerun,
    Cell,
    Close,
    Column,
    Download,
    FileField,
    Filter,
    Origin,
    Row,
    Subject,
    TableField,
    TableQuery,
    TextField,
    UserAct,
    UserId,
    View,
    Wait,
)
from hostspec.forms import Form
from hostspec.testing import Disabled, FakeHost, NotThere, TabDriver
from hostspec.testing.fake_clock import START
from tests.hostspec.sample_plugins import HEAD_OFFICE, ORIGIN
from tests.hostspec.scripted_tab import Scripted, dialog

RECOVER = Action(action_id="recover", label="Recover")
ROWS = TableField(
    field_id="gone",
    label="Deleted",
    columns=(Column(column_id="name", label="Name"), Column(column_id="left", label="Left")),
    rows=(
        Row(row_id="a", label="Head office", cells=(Cell(text="Head office", mark="demo"), Cell(text="6 days"))),
        Row(row_id="b", label="Branch", cells=(Cell(text="Branch"), Cell(text="1 day")), repair=RECOVER),
        Row(
            row_id="c",
            label="Shop",
            cells=(Cell(text="Shop"), Cell(text="1 day")),
            repair=RECOVER.model_copy(update={"disabled_reason": "Its name is taken."}),
        ),
    ),
    tickable=True,
    value=("b",),
)
FILE = FileField(field_id="file", label="File", accept=(".json",), max_bytes=10)
EXPORT = Download(file_name="connections.json", media_type="application/json", text="{}")


class Extended(Scripted):
    """The scripted tab with what is rarely needed and parts of its table."""

    def view(self, origin: Origin, query: TableQuery) -> View:
        view = super().view(origin, query)
        return view.model_copy(
            update={
                "more": (
                    Action(action_id="history", label="History"),
                    Action(action_id="rename", label="Rename", needs_row="Select a connection first."),
                ),
                "filters": (
                    Filter(filter_id="", label="All"),
                    Filter(filter_id="bad", label="Needs attention", count=1),
                ),
            }
        )


def opened(*fields: FileField | TableField | TextField) -> tuple[Scripted, TabDriver]:
    tab = Scripted({"add": dialog(*fields), "recover": Close(), "save": Close(), "again": dialog(*fields)})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    return tab, driver


def test_buttons_behind_more_are_pressed_like_others_and_listed_apart() -> None:
    tab = Extended({"history": dialog(), "rename": dialog(dialog_id="d2")})
    driver = TabDriver(tab, ORIGIN)
    assert driver.more == {"History": "", "Rename": "Select a connection first."}
    assert not driver.more.keys() & driver.buttons.keys()
    with pytest.raises(Disabled, match="Select a connection first"):
        driver.press("Rename")
    driver.row("Branch")
    driver.press("Rename")
    assert (tab.acts[-1].action_id, tab.acts[-1].row_id) == ("rename", "branch")
    assert driver.more == {}
    with pytest.raises(NotThere):
        driver.press("History")


def test_a_filter_keeps_the_search_and_begins_at_the_start() -> None:
    driver = TabDriver(Extended(), ORIGIN)
    assert driver.filters == {"All": None, "Needs attention": 1}
    driver.show(TableQuery(search="bra", offset=1, limit=10))
    shown = driver.filter("Needs attention").table
    assert shown is not None
    assert shown.query == TableQuery(search="bra", filter_id="bad", limit=10)
    with pytest.raises(NotThere, match="Needs attention"):
        driver.filter("Broken")


def test_filters_that_share_an_id_are_refused() -> None:
    class Doubled(Extended):
        def view(self, origin: Origin, query: TableQuery) -> View:
            twice = (Filter(filter_id="", label="All"), Filter(filter_id="", label="Every one"))
            return super().view(origin, query).model_copy(update={"filters": twice})

    with pytest.raises(AssertionError, match="share an id"):
        TabDriver(Doubled(), ORIGIN)


def test_a_table_in_a_dialog_is_read_by_its_labels() -> None:
    _, driver = opened(ROWS)
    assert driver.table_rows() == ["Head office", "Branch", "Shop"]
    assert driver.table_row("Head office", table="Deleted") == {"Name": "Head office (demo)", "Left": "6 days"}
    assert driver.row_buttons("Head office") == {}
    assert driver.row_buttons("Shop") == {"Recover": "Its name is taken."}
    assert driver.ticked() == ["Branch"]


def test_the_button_of_a_row_sends_the_row_and_all_values() -> None:
    tab, driver = opened(ROWS, TextField(field_id="note", label="Note"))
    driver.fill("Note", "why")
    driver.press_in_row("Branch", "Recover")
    assert tab.acts[-1] == UserAct(
        action_id="recover", row_id="b", dialog_id="d1", values={"gone": ("b",), "note": "why"}
    )


def test_the_button_of_a_row_in_a_waiting_window_sends_the_wait_and_the_row() -> None:
    waits = Wait(
        wait_id="w1",
        title="Testing",
        text="…",
        seconds_left=5,
        seconds_total=5,
        form=Form(fields=(ROWS,)),
        cancel=Action(action_id="stop", label="Cancel"),
    )
    tab = Scripted({"add": waits, "recover": Close()})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.press_in_row("Branch", "Recover")
    assert tab.acts[-1] == UserAct(action_id="recover", row_id="b", wait_id="w1", values={"gone": ("b",)})


def test_ticked_rows_arrive_in_the_order_of_the_table() -> None:
    tab, driver = opened(ROWS)
    driver.tick_row("Shop")
    driver.tick_row("Head office")
    driver.tick_row("Branch", on=False)
    driver.press("Save")
    assert tab.acts[-1].values == {"gone": ("a", "c")}


def test_a_table_without_ticks_sends_no_value() -> None:
    tab, driver = opened(ROWS.model_copy(update={"tickable": False}))
    with pytest.raises(NotThere, match="cannot be ticked"):
        driver.tick_row("Shop")
    driver.press("Save")
    assert tab.acts[-1].values == {}


@pytest.mark.parametrize(
    ("attempt", "refusal"),
    [
        (lambda driver: driver.press_in_row("Shop", "Recover"), Disabled),
        (lambda driver: driver.press_in_row("Head office", "Recover"), NotThere),
        (lambda driver: driver.press_in_row("Nowhere", "Recover"), NotThere),
        (lambda driver: driver.tick_row("Nowhere"), NotThere),
        (lambda driver: driver.table_rows("Elsewhere"), NotThere),
        (lambda driver: driver.choose_file("Note", "{}"), NotThere),
        (lambda driver: driver.fill("File", "{}"), NotThere),
        (lambda driver: driver.choose_file("File", "{}", name="list.txt"), Disabled),
        (lambda driver: driver.choose_file("File", "\N{EURO SIGN}" * 4), Disabled),
    ],
)
def test_what_a_person_cannot_do_there_is_refused(
    attempt: Callable[[TabDriver], None], refusal: type[Exception]
) -> None:
    tab, driver = opened(ROWS, FILE, TextField(field_id="note", label="Note"))
    with pytest.raises(refusal):
        attempt(driver)
    assert len(tab.acts) == 1
    assert driver.value("File") == ""
    assert driver.ticked() == ["Branch"]


def test_a_file_arrives_as_text_and_stays_chosen_while_its_dialog_is_replaced() -> None:
    tab, driver = opened(FILE, TextField(field_id="note", label="Note", on_change="again"))
    assert driver.value("File") == ""
    driver.choose_file("File", "[1, 2]", name="LIST.JSON")
    driver.fill("Note", "x")
    assert driver.value("Note") == ""
    driver.press("Save")
    assert tab.acts[-1].values == {"file": "[1, 2]", "note": ""}


def test_a_download_leaves_everything_open() -> None:
    tab = Scripted({"add": dialog(), "save": EXPORT})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.press("Save")
    assert driver.downloads == [EXPORT]
    assert driver.titles == ["Definition"]


def test_the_fake_host_says_what_failed_and_runs_it_again_once(tmp_path: Path) -> None:
    with FakeHost(tmp_path) as host:
        batches = host.profiles.batches
        first = batches.fail("b1", HEAD_OFFICE, profile="Invoices", documents=3)
        stuck = batches.fail("b2", HEAD_OFFICE, profile="Bills", failed_at=START + timedelta(hours=1))
        batches.fail("b3", Subject(kind="connection", subject_id="other"), profile="Bills")
        batches.refuse_rerun(stuck, "Its file is gone.")
        assert host.hooks.failed_batches(HEAD_OFFICE).items == (first, stuck)
        order = BatchRerun(subject=HEAD_OFFICE, batch_ids=("b1", "b2", "b9"), user_id=UserId("ada"))
        results = host.hooks.rerun_batches(order).items
        assert [(one.batch_id, one.started, one.detail) for one in results] == [
            ("b1", True, ""),
            ("b2", False, "Its file is gone."),
        ]
        assert batches.started == ("b1",)
        assert host.hooks.failed_batches(HEAD_OFFICE).items == (stuck,)
        assert host.hooks.rerun_batches(order).items[0].detail == "It was started before."
        batches.error = RuntimeError("The queue is down.")
        assert host.hooks.failed_batches(HEAD_OFFICE).failed == ("host",)
