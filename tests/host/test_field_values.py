"""From what a page sends to the values of a form."""

from pydantic import JsonValue, SecretStr

from hostspec.forms import ChoiceField, Form, NumberField, TextField
from sample_host.web.field_values import filled, values_of
from tests.host.everything_plugin import everything_dialog

FORM = everything_dialog({"name": "Kept"}).form


def test_every_field_has_a_value_even_when_the_page_sent_none() -> None:
    assert values_of(FORM, {}) == {
        "name": "Kept",
        "client": "",
        "port": 8888,
        "tenant": "",
        "locked": "",
        "check": False,
        "secret": SecretStr(""),
        "ports": ("8889", "8890"),
    }


def test_values_are_read_by_the_kind_of_field_also_inside_sections() -> None:
    values = values_of(
        FORM,
        {"name": "New", "port": " 9000 ", "check": True, "secret": "s3cret", "ports": "1\n\n 2 \n", "tenant": "b"},
    )
    assert values["name"] == "New"
    assert values["port"] == 9000
    assert values["check"] is True
    assert values["secret"] == SecretStr("s3cret")
    assert values["ports"] == ("1", "2")
    assert values["tenant"] == "b"


def test_what_is_no_whole_number_arrives_as_it_was_typed() -> None:
    form = Form(fields=(NumberField(field_id="n", label="N"),))
    assert values_of(form, {"n": "80a"}) == {"n": "80a"}
    assert values_of(form, {"n": ""}) == {"n": None}
    assert values_of(form, {"n": "-3"}) == {"n": -3}
    assert values_of(form, {"n": "９"}) == {"n": "９"}
    assert values_of(form, {"n": "9" * 40}) == {"n": "9" * 40}


def test_a_disabled_field_keeps_its_value_whatever_the_page_says() -> None:
    form = Form(fields=(ChoiceField(field_id="t", label="T", value="a", disabled_reason="Authorize first."),))
    assert values_of(form, {"t": "b"}) == {"t": "a"}


def test_what_belongs_to_no_field_is_dropped() -> None:
    assert values_of(Form(fields=()), {"name": "x", "__proto__": "y"}) == {}


def test_a_value_of_a_wrong_type_is_not_taken_over() -> None:
    form = Form(fields=(TextField(field_id="n", label="N", value="old"),))
    assert values_of(form, {"n": ["a"]}) == {"n": ""}


def test_a_form_holds_what_was_typed_except_secrets_and_what_is_disabled() -> None:
    typed: dict[str, JsonValue] = {
        "name": "New",
        "client": "abc",
        "port": "80a",
        "check": True,
        "secret": "s3cret",
        "ports": "1\n2",
    }
    values = values_of(FORM, typed)
    form = filled(FORM, values)
    assert values_of(form, {}) == {**values, "secret": SecretStr("")}
    assert "s3cret" not in form.model_dump_json()
    assert values_of(filled(form, {"port": 8889}), {})["port"] == 8889
