"""What goes to the token endpoint, and what is made of its answers."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.canaries import assert_no_leaks, canary
from tests.sampling import how_many
from xero_connections_plugin.oauth.grant import TokenAnswer
from xero_connections_plugin.oauth.token_messages import (
    OAuthError,
    Unreadable,
    clean_error,
    exchange_form,
    read_date,
    read_error,
    read_retry_after,
    read_token_answer,
    refresh_form,
    revocation_form,
)

MANY = settings(max_examples=how_many(commit=200, whole=10_000), deadline=None)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
SECRETS = {"access": canary("access"), "refresh": canary("refresh"), "id": canary("id")}
GOOD: dict[str, object] = {
    "access_token": SECRETS["access"],
    "refresh_token": SECRETS["refresh"],
    "id_token": SECRETS["id"],
    "token_type": "Bearer",
    "expires_in": 1800,
    "scope": "offline_access accounting.contacts",
    "something_new": {"a": [1]},
}


def read(answer: object) -> TokenAnswer | Unreadable:
    return read_token_answer(json.dumps(answer).encode(), asked_at=NOW, server_date=None)


def good(**changes: object) -> TokenAnswer:
    answer = read({**GOOD, **changes})
    assert isinstance(answer, TokenAnswer)
    return answer


def shown(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def test_a_good_answer_is_read_and_what_is_unknown_is_ignored() -> None:
    answer = good()

    assert shown(answer.access_token) == SECRETS["access"]
    assert shown(answer.refresh_token) == SECRETS["refresh"]
    assert shown(answer.id_token) == SECRETS["id"]
    assert answer.expires_in == 1800
    assert answer.scopes == ("offline_access", "accounting.contacts")
    assert answer.asked_at == NOW


def test_the_date_by_the_servers_clock_goes_with_the_answer() -> None:
    date = datetime(2026, 1, 2, tzinfo=UTC)
    answer = read_token_answer(json.dumps(GOOD).encode(), asked_at=NOW, server_date=date)
    assert isinstance(answer, TokenAnswer)
    assert answer.server_date == date


def test_no_secret_shows_in_a_printed_answer() -> None:
    assert_no_leaks(repr(good()) + str(good()), SECRETS)


@pytest.mark.parametrize(
    "lifetime", [0, -5, "soon", True, False, 1e30, 10**400, None, [], {}, "", "-5", "1e3", "１８００", float("nan")]
)
def test_an_odd_lifetime_never_costs_the_refresh_token(lifetime: object) -> None:
    answer = good(expires_in=lifetime)

    assert answer.expires_in is None
    assert shown(answer.refresh_token) == SECRETS["refresh"]


@pytest.mark.parametrize(("lifetime", "seconds"), [(1800, 1800.0), ("1800", 1800.0), (1800.5, 1800.5)])
def test_a_lifetime_is_read_from_any_form_that_means_a_positive_number(lifetime: object, seconds: float) -> None:
    assert good(expires_in=lifetime).expires_in == seconds


TEN_YEARS = 10 * 365 * 24 * 3600


@pytest.mark.parametrize(
    ("lifetime", "seconds"),
    [
        (1, 1.0),
        (0.5, 0.5),
        (TEN_YEARS, float(TEN_YEARS)),
        (TEN_YEARS + 1, None),
        (str(TEN_YEARS), float(TEN_YEARS)),
        ("1", 1.0),
        ("0", None),
        ("0000001800", None),
    ],
)
def test_a_lifetime_is_more_than_nothing_and_at_most_ten_years(lifetime: object, seconds: float | None) -> None:
    assert good(expires_in=lifetime).expires_in == seconds


def test_a_scope_is_one_word_of_allowed_characters_and_of_bounded_length() -> None:
    scopes = ["!", "x" * 200, "x" * 201, 'quo"te', "back\\slash", "two words", "n\u00e4h", "~"]

    assert good(scope=scopes).scopes == ("!", "x" * 200, "~")


def test_a_token_is_every_visible_ascii_character_and_nothing_else() -> None:
    visible = "".join(map(chr, range(0x21, 0x7F)))

    assert shown(good(access_token=visible).access_token) == visible
    for odd in (" ", "\x7f", "\u00e9", "\0", "\t"):
        assert good(refresh_token=f"a{odd}b").refresh_token is None


def test_a_missing_lifetime_scope_or_refresh_token_is_no_error() -> None:
    answer = read({"access_token": "a", "token_type": "bearer"})

    assert isinstance(answer, TokenAnswer)
    assert (answer.expires_in, answer.scopes, answer.refresh_token, answer.id_token) == (None, None, None, None)


@pytest.mark.parametrize("token_type", ["bearer", "BEARER", "bEaReR"])
def test_the_token_type_is_read_in_any_case(token_type: str) -> None:
    assert shown(good(token_type=token_type).access_token) == SECRETS["access"]


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": ""},
        {"access_token": None},
        {"access_token": 7},
        {"access_token": "with a space"},
        {"access_token": "line\r\nbreak"},
        {"token_type": "mac"},
        {"token_type": None},
        {"token_type": ["bearer"]},
    ],
)
def test_an_answer_without_a_usable_bearer_token_is_no_success(change: dict[str, object]) -> None:
    assert read({**GOOD, **change}) == Unreadable(looks_like_page=False)


@pytest.mark.parametrize("scope", ["", [], 7, " "])
def test_an_empty_scope_means_as_requested(scope: object) -> None:
    assert good(scope=scope).scopes is None


def test_scopes_in_an_array_are_read_too() -> None:
    assert good(scope=["a", "b", 7, ""]).scopes == ("a", "b")


@pytest.mark.parametrize("body", [b"", b"{", b'{"access_token": "a', b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_half_a_message_is_told_from_a_page(body: bytes) -> None:
    assert read_token_answer(body, asked_at=NOW, server_date=None) == Unreadable(looks_like_page=False)
    assert read_error(body) == Unreadable(looks_like_page=False)


def test_a_page_is_recognized_behind_a_byte_order_mark() -> None:
    page = b"\xef\xbb\xbf\r\n <!DOCTYPE html><title>Log in</title>"

    assert read_token_answer(page, asked_at=NOW, server_date=None) == Unreadable(looks_like_page=True)
    assert read_error(page) == Unreadable(looks_like_page=True)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@MANY
@given(st.one_of(JSON_VALUES, st.fixed_dictionaries({}, optional=dict.fromkeys(GOOD, JSON_VALUES))))
def test_g9_any_json_value_gives_a_typed_answer_or_a_typed_refusal_and_leaks_nothing(value: object) -> None:
    body = json.dumps(value).encode()

    answer = read_token_answer(body, asked_at=NOW, server_date=None)
    error = read_error(body)

    assert isinstance(answer, TokenAnswer | Unreadable)
    assert isinstance(error, OAuthError | Unreadable)
    if isinstance(answer, TokenAnswer):
        assert len(answer.access_token.get_secret_value()) > 0
        assert answer.expires_in is None or answer.expires_in > 0


@MANY
@given(st.dictionaries(st.sampled_from(list(GOOD)), JSON_VALUES))
def test_g9_no_change_to_a_good_answer_makes_a_secret_escape_into_an_error(changes: dict[str, object]) -> None:
    answer = read({**GOOD, **changes})

    assert_no_leaks(repr(answer), SECRETS)


@MANY
@given(st.binary())
def test_g9_any_bytes_give_a_typed_result(body: bytes) -> None:
    assert isinstance(read_token_answer(body, asked_at=NOW, server_date=None), TokenAnswer | Unreadable)
    assert isinstance(read_error(body), OAuthError | Unreadable)


def test_an_error_code_is_read_without_a_description() -> None:
    assert read_error(b'{"error": "invalid_grant"}') == OAuthError("invalid_grant")


def test_a_hostile_error_code_loses_forbidden_characters_and_is_cut() -> None:
    cleaned = clean_error('in"va\\lid\n\u202e<b>' + "x" * 10_000)

    assert cleaned.startswith("invalid<b>xxx")
    assert len(cleaned) == 60


def test_an_error_code_keeps_every_allowed_character_but_no_blanks_around_it() -> None:
    everything = "".join(map(chr, range(0x100)))

    assert clean_error(f"  {everything[:0x50]} ") == everything[0x21:0x50].replace('"', "")
    assert clean_error(everything[0x50:]) == everything[0x50:0x7F].replace("\\", "")


@pytest.mark.parametrize("said", [None, 7, "", " ", "\u202e", ["invalid_grant"]])
def test_what_is_no_error_code_is_none(said: object) -> None:
    assert read_error(json.dumps({"error": said}).encode()) == Unreadable(looks_like_page=False)


def test_the_forms_hold_what_the_standards_name_and_no_client_secret() -> None:
    secret = SecretStr("s")

    exchange = exchange_form(client_id="id", code=secret, redirect_uri="http://localhost:1/callback", verifier=secret)
    assert exchange == {
        "grant_type": "authorization_code",
        "client_id": "id",
        "code": secret,
        "redirect_uri": "http://localhost:1/callback",
        "code_verifier": secret,
    }
    refresh = refresh_form(client_id="id", refresh_token=secret)
    assert refresh == {"grant_type": "refresh_token", "client_id": "id", "refresh_token": secret}
    revocation = revocation_form(client_id="id", refresh_token=secret)
    assert revocation == {"token": secret, "token_type_hint": "refresh_token", "client_id": "id"}


def test_a_date_header_is_read_or_left_out() -> None:
    assert read_date("Sat, 21 Nov 2026 02:00:00 GMT") == datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert read_date("Sat, 21 Nov 2026 02:00:00 -0000") is None
    assert read_date("yesterday") is None
    assert read_date("Sat, 21 Nov 99999999999999999999 02:00:00 GMT") is None
    assert read_date("") is None
    assert read_date(None) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "5"}, 5.0),
        ({"Retry-After": "Sat, 21 Nov 2026 02:00:30 GMT", "Date": "Sat, 21 Nov 2026 02:00:00 GMT"}, 30.0),
        ({"Retry-After": "Sat, 21 Nov 2026 01:00:00 GMT", "Date": "Sat, 21 Nov 2026 02:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sat, 21 Nov 2026 02:00:30 GMT"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": " 5 "}, 5.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "1000000000"}, 1e9),
        ({"Retry-After": "10000000000"}, None),
        ({"Date": "Sat, 21 Nov 2026 02:00:00 GMT"}, None),
        ({"Retry-After": "9" * 5000}, None),
        ({"Retry-After": "²"}, None),
        ({}, None),
    ],
)
def test_the_time_to_wait_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers) == seconds
