"""Values are strict, frozen, and survive JSON; the user interface is told apart by ``kind``."""

import inspect
from datetime import UTC, datetime
from typing import get_args

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

import hostspec
from hostspec import (
    Action,
    ActionField,
    Cell,
    CheckField,
    ChoiceField,
    ChoiceOption,
    ChoiceQuery,
    Close,
    Column,
    ConnectionChoice,
    ConnectionId,
    CopyableField,
    Dialog,
    Download,
    EmptyState,
    Fact,
    FactsField,
    Field,
    FileField,
    Filter,
    Form,
    Link,
    ListField,
    MessageBox,
    MessageButton,
    NoteField,
    Notice,
    NumberField,
    Row,
    SecretField,
    Section,
    ShowDialog,
    ShowMessage,
    ShowUsage,
    ShowView,
    Step,
    Table,
    TableField,
    TableQuery,
    TextField,
    Tone,
    TypeId,
    Usage,
    UserAct,
    Value,
    View,
    Wait,
)
from tests.canaries import assert_no_leaks, canary
from tests.hostspec.sample_plugins import HEAD_OFFICE

HOSTILE = "<script>alert(1)</script>\u202e\"';--\n\u0000\U0001f600"
ACTION = Action(action_id="go", label=HOSTILE, primary=True, needs_row="Select a row first.")
LINK = Link(label="Guide", address="https://example.com/guide")
FIELDS: tuple[Field, ...] = (
    TextField(field_id="name", label="Name", value=HOSTILE, error="Taken.", on_change="typed", links=(LINK,)),
    NumberField(field_id="port", label="Port", value=8888, minimum=1, maximum=65535),
    NumberField(field_id="other", label="Other", shown="80a"),
    ChoiceField(
        field_id="tenant",
        label="Tenant",
        value="t1",
        options=(ChoiceOption(value="t1", label="One", mark="new"), ChoiceOption(value="t2", label="Two")),
    ),
    CheckField(field_id="unlink", label="Unlink", value=True),
    SecretField(field_id="password", label="Password", stored=True),
    ListField(field_id="ports", label="Ports", value=("1", "2")),
    FileField(field_id="file", label="File", accept=(".json",), max_bytes=5),
    TableField(
        field_id="rows",
        label="Rows",
        columns=(Column(column_id="name", label="Name"),),
        rows=(Row(row_id="r", label="One", cells=(Cell(text=HOSTILE, mark="new"),), repair=ACTION),),
        tickable=True,
        value=("r",),
        empty="None.",
    ),
    CopyableField(field_id="redirect", label="Redirect", value="http://localhost:8888/callback"),
    FactsField(field_id="facts", facts=(Fact(label="Created", text="today", exact="2026-01-05 09:00"),)),
    NoteField(text="Sign in first.", tone=Tone.WARNING, links=(LINK,), copy_texts=("exactly this",)),
    ActionField(action_id="authorize", label="Authorize", disabled_reason="Fill in the client id."),
    Section(
        section_id="advanced",
        label="Advanced",
        fields=(TextField(field_id="a", label="A"), Section(section_id="b", label="B", fields=())),
    ),
)
FORM = Form(fields=FIELDS)
MESSAGE = MessageBox(
    title="Done",
    text="One\nTwo",
    tone=Tone.GOOD,
    buttons=(MessageButton(label="OK", action_id="next", primary=True),),
    row_id="r",
    dialog_id="d",
)
STEPS: tuple[Step, ...] = (
    ShowView(select_row_id="r1"),
    ShowDialog(dialog=Dialog(dialog_id="d", title="Definition", form=FORM, primary=ACTION, cancel=ACTION)),
    ShowMessage(message=MESSAGE),
    ShowUsage(subject=HEAD_OFFICE),
    Wait(
        wait_id="w",
        dialog_id="d",
        title="Waiting",
        text="…",
        seconds_left=12.5,
        seconds_total=90,
        address="https://example.com",
        links=(LINK,),
        form=FORM,
        cancel=ACTION,
    ),
    Download(file_name="list.csv", media_type="text/csv", text=HOSTILE),
    Close(result=HEAD_OFFICE),
)
VIEW = View(
    title="Connections",
    actions=(ACTION,),
    more=(ACTION,),
    filters=(Filter(filter_id="", label="All", count=1), Filter(filter_id="bad", label="Bad")),
    search_label="Search",
    notices=(Notice(text="One needs attention.", tone=Tone.WARNING, action=ACTION),),
    table=Table(
        table_id="t",
        label="Connections",
        columns=(Column(column_id="name", label="Name", sortable=True),),
        rows=(Row(row_id="r", label="One", cells=(Cell(text="One", tone=Tone.BAD),), problem="Gone.", repair=ACTION),),
        total=1,
        query=TableQuery(search="x", offset=50, limit=200),
    ),
    empty=EmptyState(title="Nothing yet", text="Add one.", action=ACTION, links=(LINK,)),
)
VALUES = [
    value
    for _, value in inspect.getmembers(hostspec, inspect.isclass)
    if issubclass(value, Value) and value is not Value
]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.kind)
def test_every_kind_of_field_survives_json(field: Field) -> None:
    wire: TypeAdapter[Field] = TypeAdapter(Field)
    assert wire.validate_json(wire.dump_json(field)) == field


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.kind)
def test_every_kind_of_step_survives_json(step: Step) -> None:
    wire: TypeAdapter[Step] = TypeAdapter(Step)
    assert wire.validate_json(wire.dump_json(step)) == step


def test_every_kind_of_field_and_step_is_tried_here() -> None:
    for union, tried in ((Field, FIELDS), (Step, STEPS)):
        assert {type(one) for one in tried} == set(get_args(get_args(union)[0]))


def test_a_whole_view_survives_json() -> None:
    assert View.model_validate_json(VIEW.model_dump_json()) == VIEW


def test_an_unknown_kind_is_refused() -> None:
    wire: TypeAdapter[Step] = TypeAdapter(Step)
    with pytest.raises(ValidationError):
        wire.validate_python({"kind": "show_html", "html": "<b>"})


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_every_value_is_frozen_and_refuses_unknown_keys_without_quoting_its_input(value: type[Value]) -> None:
    assert value.model_config.get("frozen") is True
    secret = canary("pasted secret")
    with pytest.raises(ValidationError) as raised:
        value.model_validate({"unknown key": secret, **dict.fromkeys(value.model_fields, secret)})
    assert any(error["type"] == "extra_forbidden" for error in raised.value.errors())
    assert_no_leaks(str(raised.value), {"secret": secret})


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        LINK.label = "other"  # type: ignore[misc] # that it is refused is the point


def test_typed_values_keep_their_types() -> None:
    values = {"check": True, "number": 1, "text": "1", "list": ("a", "b"), "nothing": None, "list of none": ()}
    act = UserAct(action_id="save", values=values)
    assert {name: (type(value), value) for name, value in act.values.items()} == {
        name: (type(value), value) for name, value in values.items()
    }
    assert UserAct.model_validate_json(act.model_dump_json()) == act


def test_a_typed_secret_is_shown_neither_in_repr_nor_in_json() -> None:
    secret = canary("typed password")
    act = UserAct(action_id="save", values={"password": SecretStr(secret)})
    assert isinstance(act.values["password"], SecretStr)
    assert act.values["password"].get_secret_value() == secret
    assert_no_leaks(f"{act!r} {act} {act.model_dump_json()}", {"password": secret})


@pytest.mark.parametrize("limit", [0, 201])
def test_nobody_asks_for_more_than_two_hundred_rows(limit: int) -> None:
    with pytest.raises(ValidationError):
        TableQuery(limit=limit)


def test_other_values_survive_json_too() -> None:
    usage = Usage(
        usage_id="u",
        subject=HEAD_OFFICE,
        profile="P",
        step="S",
        enabled=False,
        host="Workstation 2",
        seen_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
    )
    query = ChoiceQuery(type_ids=(TypeId("xero"),), selected_id=ConnectionId("c"), search=HOSTILE)
    choice = ConnectionChoice(connection_id=ConnectionId("c"), type_id=None, label=HOSTILE)
    for value in (usage, query, choice, VIEW):
        assert type(value).model_validate_json(value.model_dump_json()) == value
