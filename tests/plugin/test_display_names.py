import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sampling import how_many
from xero_connections_plugin.connections.definition import NAME_LIMIT, clean_name, name_key, name_problem, plain_text

MANY = settings(max_examples=how_many(commit=200, whole=10_000), deadline=None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Head office", "  head OFFICE "),
        ("Café", "Cafe\u0301"),
        ("Straße", "STRASSE"),
        ("Ｂａｋｅｒｙ", "bakery"),
        ("Head  office", "Head office"),
    ],
)
def test_g1_names_that_people_take_for_the_same_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_different_names_have_different_keys() -> None:
    assert name_key("Head office") != name_key("Head office 2")


@pytest.mark.parametrize("typed", ["", "   ", "\u00a0", "\t\n"])
def test_an_empty_name_asks_for_one(typed: str) -> None:
    assert name_problem(typed).startswith("Enter a name")


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\u00ad", "\ufeff", "\u200f"])
def test_g1_invisible_characters_are_refused_because_they_disguise_names(hidden: str) -> None:
    assert "invisible" in name_problem(f"Head{hidden}office")


@pytest.mark.parametrize("control", ["\x00", "\x1b", "\x7f", "\u2028", "\ud800", "a\nb"])
def test_g1_control_characters_are_refused(control: str) -> None:
    assert "cannot be shown" in name_problem(f"Head{control}office")


def test_a_name_of_the_longest_length_is_taken_and_one_more_is_not() -> None:
    assert name_problem("x" * NAME_LIMIT) == ""
    assert str(NAME_LIMIT) in name_problem("x" * (NAME_LIMIT + 1))


def test_g1_markup_and_paths_are_ordinary_text() -> None:
    assert name_problem("<b>Bob & Sons</b> ../etc {{ 7 }}") == ""


@MANY
@given(st.text())
def test_g1_any_name_is_kept_exactly_or_refused_with_a_reason(typed: str) -> None:
    if name_problem(typed):
        return
    kept = clean_name(typed)
    assert clean_name(kept) == kept
    assert kept == unicodedata.normalize("NFC", typed).strip()
    assert name_key(kept) == name_key(typed) != ""


@MANY
@given(st.text(min_size=1, max_size=20))
def test_g1_the_key_of_a_name_is_the_key_of_its_key(typed: str) -> None:
    assert name_key(name_key(typed)) == name_key(typed)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("  Harbour \r\n\t Coffee\x00 ", "Harbour Coffee"),
        ("Bakery \u202eyrekaB\u2066 Ltd\u200b", "Bakery yrekaB Ltd"),
        ("Cafe\u0301", "Café"),
        ("Line\u2028break", "Line break"),
        ("👩\u200d🍳 Kitchen", "👩\u200d🍳 Kitchen"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u202e\u200b", ""),
    ],
)
def test_a_name_from_outside_is_shown_without_what_deceives(said: str, shown: str) -> None:
    assert plain_text(said) == shown


@MANY
@given(st.text(st.characters(), max_size=400), st.integers(1, 50))
def test_a_name_from_outside_is_short_visible_and_shown_the_same_again(said: str, limit: int) -> None:
    shown = plain_text(said, limit)
    assert len(shown) <= limit
    assert shown.isprintable() or all(unicodedata.category(one) in {"Cf", "Zs"} or one.isprintable() for one in shown)
    assert plain_text(shown, limit) == shown
