"""The driver knows what has the keyboard focus in a dialog, by the rules that every host follows."""

import pytest

from hostspec import (
    ActionField,
    Cell,
    Column,
    Dialog,
    Field,
    Form,
    NoteField,
    Row,
    Section,
    TableField,
    TextField,
    Wait,
)
from hostspec.testing import NotThere, TabDriver
from hostspec.ui import Action, ShowDialog
from tests.hostspec.sample_plugins import ORIGIN
from tests.hostspec.scripted_tab import CANCEL, Scripted, message, wait

NAME = TextField(field_id="name", label="Name")
ADDRESS = TextField(field_id="address", label="Address")
SIGN_IN = ActionField(action_id="sign_in", label="Sign in")


def shown(*fields: Field, focus: str = "", destructive: bool = False) -> ShowDialog:
    primary = Action(action_id="save", label="Save", primary=True, destructive=destructive)
    form = Form(fields=fields)
    return ShowDialog(
        dialog=Dialog(dialog_id="d", title="Definition", form=form, primary=primary, cancel=CANCEL, focus=focus)
    )


def driver(*steps: ShowDialog | Wait) -> TabDriver:
    """A tab whose buttons "Add" and "Save" answer with these steps; "Add" was pressed."""
    left = list(steps)
    tab = TabDriver(
        Scripted({"add": lambda _: left.pop(0), "save": lambda _: left.pop(0), "sign_in": message("Signed in")}), ORIGIN
    )
    tab.press("Add")
    return tab


def test_what_a_dialog_names_has_the_focus() -> None:
    assert driver(shown(NAME, ADDRESS, focus="address")).focused == "Address"
    assert driver(shown(NAME, SIGN_IN, focus="sign_in")).focused == "Sign in"
    assert driver(shown(NAME, focus="cancel")).focused == "Cancel"


def test_a_named_field_may_lie_in_a_folded_section() -> None:
    folded = Section(section_id="advanced", label="Advanced", fields=(ADDRESS,))
    assert driver(shown(NAME, folded, focus="address")).focused == "Address"


def test_a_field_with_an_error_goes_first() -> None:
    wrong = ADDRESS.model_copy(update={"error": "There is no such address."})
    assert driver(shown(NAME, wrong, SIGN_IN, focus="sign_in")).focused == "Address"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((NoteField(text="Read this."), SIGN_IN, NAME), "Name"),
        ((NAME.model_copy(update={"disabled_reason": "Fixed."}), ADDRESS), "Address"),
        ((Section(section_id="s", label="More", fields=(NAME,)), ADDRESS), "Address"),
        ((Section(section_id="s", label="More", fields=(NAME,), collapsed=False), ADDRESS), "Name"),
        ((SIGN_IN,), "Save"),
        ((), "Save"),
    ],
    ids=["after notes and buttons", "enabled", "unfolded", "in a section", "no field", "nothing"],
)
def test_without_a_name_it_is_the_first_that_can_be_filled_in(fields: tuple[Field, ...], expected: str) -> None:
    assert driver(shown(*fields)).focused == expected


def test_a_table_to_tick_is_focused_at_its_first_row() -> None:
    table = TableField(
        field_id="rows",
        label="Rows",
        columns=(Column(column_id="name", label="Name"),),
        rows=(Row(row_id="1", label="First", cells=(Cell(text="First"),)),),
        tickable=True,
    )
    assert driver(shown(table, NAME)).focused == "First"


def test_what_is_hard_to_undo_is_not_focused_by_itself() -> None:
    assert driver(shown(destructive=True)).focused == "Cancel"


def test_a_dialog_replaced_in_place_keeps_the_focus_unless_it_names_another() -> None:
    tab = driver(
        shown(NAME, ADDRESS, focus="address"), shown(NAME, ADDRESS), shown(NAME, ADDRESS, SIGN_IN, focus="sign_in")
    )
    tab.press("Save")
    assert tab.focused == "Address"
    tab.press("Save")
    assert tab.focused == "Sign in"


def test_a_dialog_replaced_in_place_gives_the_focus_to_its_error() -> None:
    wrong = NAME.model_copy(update={"error": "Say a name."})
    tab = driver(shown(NAME, ADDRESS, focus="address"), shown(wrong, ADDRESS))
    tab.press("Save")
    assert tab.focused == "Name"


def test_a_name_of_nothing_is_the_mistake_of_whoever_described_the_dialog() -> None:
    with pytest.raises(AssertionError, match=r'no "sign_up" to focus; it has .*sign_in'):
        driver(shown(NAME, SIGN_IN, focus="sign_up"))


def test_only_a_dialog_on_top_has_a_focus_to_tell() -> None:
    tab = driver(shown(SIGN_IN))
    tab.press("Sign in")
    with pytest.raises(NotThere, match="No dialog is on top"):
        _ = tab.focused
    with pytest.raises(NotThere, match="No dialog is on top"):
        _ = driver(wait()).focused
