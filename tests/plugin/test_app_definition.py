import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hostspec.forms import FieldValue
from tests.sampling import how_many
from xero_connections_plugin.xero.app_definition import (
    APPLICATION_URL,
    CLIENT_ID,
    EXTRA_SCOPES,
    FURTHER_PORTS,
    PORT,
    SCOPE_PRESET,
    read_definition,
    read_port,
)
from xero_connections_plugin.xero.scopes import PRESET_SCOPES, ScopePreset, read_additions, scopes_of

MANY = settings(max_examples=how_many(commit=200, whole=10_000), deadline=None)
GOOD_ID = "0123456789ABCDEF0123456789abcdef"


def values(**changed: FieldValue) -> dict[str, FieldValue]:
    return {CLIENT_ID: GOOD_ID, **changed}


def error_at(field_id: str, value: FieldValue) -> str:
    return read_definition(values(**{field_id: value})).errors.get(field_id, "")


def test_a_client_id_alone_is_enough_and_the_rest_has_defaults() -> None:
    definition = read_definition(values()).definition
    assert definition is not None
    assert (definition.application_url, definition.ports) == ("http://localhost", (8888,))
    assert definition.preset is ScopePreset.GRANULAR
    assert "offline_access" in definition.scopes


@pytest.mark.parametrize(
    "pasted",
    [f"  {GOOD_ID}\n", f'"{GOOD_ID}"', f"“{GOOD_ID}”", f"\u200b{GOOD_ID}\ufeff", f"{GOOD_ID[:8]} {GOOD_ID[8:]}"],
)
def test_g2_blanks_and_quotes_that_came_with_pasting_are_forgiven(pasted: str) -> None:
    definition = read_definition(values(client_id=pasted)).definition
    assert definition is not None
    assert definition.client_id == GOOD_ID


def test_g2_a_pasted_client_secret_is_recognized_and_not_quoted() -> None:
    secret = "Zk3-vQ0pX_canary_9sTtR4wYbN7mLc2HdEfGhIjKlMnOp1q"
    said = error_at(CLIENT_ID, secret)
    assert "client secret" in said
    assert "Mobile or desktop app" in said
    assert secret not in said


def test_a_pasted_address_is_recognized() -> None:
    assert "This is an address" in error_at(CLIENT_ID, "https://developer.xero.com/app/manage/app/1")


def test_an_id_with_dashes_is_told_from_a_client_id() -> None:
    assert "without dashes" in error_at(CLIENT_ID, "01234567-89ab-cdef-0123-456789abcdef")


@pytest.mark.parametrize("typed", ["123", GOOD_ID + "0", "g" * 32, "０" * 32])
def test_g2_other_texts_are_told_what_a_client_id_looks_like(typed: str) -> None:
    assert "32 characters" in error_at(CLIENT_ID, typed)


@MANY
@given(
    st.text() | st.from_regex(r"\W{0,3}[0-9A-Fa-fg-]{30,40}\W{0,3}") | st.text("0123456789abcdefABCDEF", min_size=30)
)
def test_g2_whatever_is_taken_for_a_client_id_is_one_and_what_is_not_is_told(typed: str) -> None:
    read = read_definition(values(client_id=typed))
    if read.definition is not None:
        assert re.fullmatch("[0-9A-Fa-f]{32}", read.definition.client_id)
        assert read.definition.client_id in re.sub(r"\W", "", typed)
    else:
        said = read.errors.get(CLIENT_ID) or read.missing[CLIENT_ID]
        assert len(typed) < 8 or typed not in said, "what was typed may be a secret"


@MANY
@given(st.text(" \t\n\r\"'\u200b\ufeff\u00a0“”", max_size=5), st.text(' \u200b"', max_size=5), st.integers(0, 32))
def test_g2_what_comes_along_with_pasting_is_forgiven_wherever_it_stands(around: str, inside: str, at: int) -> None:
    read = read_definition(values(client_id=around + GOOD_ID[:at] + inside + GOOD_ID[at:] + around))
    assert read.definition is not None
    assert read.definition.client_id == GOOD_ID


def test_an_empty_client_id_is_missing_rather_than_wrong() -> None:
    read = read_definition({})
    assert CLIENT_ID in read.missing
    assert read.errors == {}
    assert read.definition is None


@pytest.mark.parametrize("typed", ["http://localhost", "HTTP://Localhost/", " http://localhost "])
def test_localhost_is_the_one_application_url(typed: str) -> None:
    assert error_at(APPLICATION_URL, typed) == ""


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("http://localhost:8888", "it has its own field"),
        ("http://localhost/callback", "after http://localhost"),
        ("http://127.0.0.1", "must be http://localhost"),
        ("https://localhost", "http://localhost"),
        ("http://example.com", "http://localhost"),
        ("http://localhost.", "http://localhost"),
        ("http://user@localhost", "http://localhost"),
        ("http://localhost:x", "http://localhost"),
        ("http:\\\\localhost", "http://localhost"),
        ("http://lоcalhost", "http://localhost"),
        ("", "http://localhost"),
    ],
)
def test_g4_other_application_urls_are_told_why_not(typed: str, told: str) -> None:
    assert told in error_at(APPLICATION_URL, typed)


@pytest.mark.parametrize("port", [1, 8888, 65535, "8888", " 8888 "])
def test_g5_whole_numbers_up_to_65535_are_ports(port: FieldValue) -> None:
    assert read_port(port) == int(str(port))


@pytest.mark.parametrize(
    "port", [0, -1, 65536, True, None, "", "080", "８８８８", "80-90", "1e3", "80.0", "+80", "0x50", ()]
)
def test_g5_nothing_else_is_a_port(port: FieldValue) -> None:
    assert read_port(port) is None


@MANY
@given(st.text() | st.integers() | st.text("0123456789 +-_.x", max_size=7) | st.booleans() | st.tuples(st.text()))
def test_g5_a_port_is_a_plain_whole_number_or_nothing(typed: FieldValue) -> None:
    port = read_port(typed)
    if port is None:
        assert isinstance(typed, bool) or not re.fullmatch(r"\s*[1-9][0-9]{0,3}\s*", str(typed))
    else:
        assert 1 <= port <= 65535
        assert not isinstance(typed, bool)
        assert str(typed).strip() == str(port)


def test_further_ports_come_in_the_order_typed() -> None:
    definition = read_definition(values(further_ports=("8889", "8890, 8891"))).definition
    assert definition is not None
    assert definition.ports == (8888, 8889, 8890, 8891)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("8889", "x"), "from 1 to 65535"),
        (("8889", "8889"), "once"),
        (("8888",), "once"),
        (tuple(str(port) for port in range(9000, 9010)), "at most"),
    ],
)
def test_further_ports_that_cannot_be_tried_are_refused(typed: tuple[str, ...], told: str) -> None:
    assert told in error_at(FURTHER_PORTS, typed)


def test_every_preset_asks_for_a_refresh_token() -> None:
    assert all("offline_access" in scopes for scopes in PRESET_SCOPES.values())


def test_the_legacy_preset_has_the_broad_scope_in_place_of_the_granular_ones() -> None:
    legacy = scopes_of(ScopePreset.LEGACY, ())
    assert "accounting.transactions" in legacy
    assert "accounting.invoices" not in legacy


def test_additions_are_added_once_and_after_the_preset() -> None:
    definition = read_definition(values(**{EXTRA_SCOPES: "openid, files  openid offline_access"})).definition
    assert definition is not None
    assert definition.scopes[-2:] == ("openid", "files")
    assert len(set(definition.scopes)) == len(definition.scopes)


@pytest.mark.parametrize("typed", ['open"id', "open\\id", "späce", "a" * 101, " ".join(f"s{n}" for n in range(50))])
def test_additions_that_cannot_be_scopes_are_refused(typed: str) -> None:
    assert read_additions(typed) is None


def test_an_unknown_preset_is_refused() -> None:
    assert error_at(SCOPE_PRESET, "everything") != ""


_ANY_VALUE = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=60), st.tuples(st.text(max_size=8)))


@MANY
@given(
    st.dictionaries(
        st.sampled_from([CLIENT_ID, APPLICATION_URL, PORT, FURTHER_PORTS, SCOPE_PRESET, EXTRA_SCOPES]), _ANY_VALUE
    )
)
def test_g2_whatever_is_typed_is_a_definition_or_has_a_sentence_at_its_field(typed: dict[str, FieldValue]) -> None:
    read = read_definition(typed)
    if read.definition is None:
        assert read.errors or read.missing
    for sentence in (*read.errors.values(), *read.missing.values()):
        assert sentence.endswith(".")
        assert len(sentence) <= 300
