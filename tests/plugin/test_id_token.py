"""Whether an ID token is about this sign-in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from hostspec.errors import SENTENCE_LIMIT, SignInRejected
from tests.canaries import assert_no_leaks, canary
from tests.plugin.signed_id_tokens import CLIENT_ID, ISSUER, NOW, good_claims
from xero_connections_plugin.oauth.id_token import ExpectedIdToken, IdTokenClaims, check_claims

NONCE = canary("nonce")
ACCESS = canary("access")


def expected(*, now: datetime = NOW, server_date: datetime | None = NOW) -> ExpectedIdToken:
    return ExpectedIdToken(ISSUER, CLIENT_ID, SecretStr(NONCE), SecretStr(ACCESS), now, server_date)


def claims(**changes: object) -> dict[str, object]:
    return good_claims(NONCE, ACCESS, **changes)


def test_good_claims_name_the_user() -> None:
    checked = check_claims(claims(given_name="Ada"), expected())

    assert (checked.issuer, checked.subject) == (ISSUER, "user-1")
    assert (checked.email, checked.name) == ("ada@example.com", "Ada Keeper")
    assert checked.texts["given_name"] == "Ada"
    assert "nonce" not in checked.texts


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": [ISSUER]},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"aud": "another"},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": []},
        {"aud": None},
        {"aud": {"a": 1}},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"nonce": "\ud800"},
        {"at_hash": "another"},
        {"at_hash": 7},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 10**30},
        {"exp": float("nan")},
        {"exp": int(NOW.timestamp()) - 301},
        {"iat": None},
        {"iat": int(NOW.timestamp()) - 601},
        {"iat": int(NOW.timestamp()) + 601},
        {"nbf": int(NOW.timestamp()) + 301},
        {"nbf": "later"},
    ],
)
def test_a_claim_that_does_not_fit_refuses_the_sign_in(change: dict[str, object]) -> None:
    with pytest.raises(SignInRejected) as refusal:
        check_claims(claims(**change), expected())

    assert refusal.value.code == "ID_TOKEN"
    assert "Nothing was changed" in str(refusal.value)
    assert len(str(refusal.value)) < SENTENCE_LIMIT
    assert_no_leaks(str(refusal.value), {"nonce": NONCE, "access": ACCESS})


def test_an_audience_in_an_array_and_an_authorized_party_that_are_us_are_fine() -> None:
    assert check_claims(claims(aud=[CLIENT_ID], azp=CLIENT_ID), expected()).subject == "user-1"


def test_the_hash_of_the_access_token_may_be_missing() -> None:
    assert check_claims(claims(at_hash=None), expected()).subject == "user-1"


@pytest.mark.parametrize("off", [timedelta(minutes=10), timedelta(days=-1), timedelta(days=60)])
def test_a_machine_whose_clock_is_off_signs_in_by_the_clock_of_the_server(off: timedelta) -> None:
    assert check_claims(claims(), expected(now=NOW + off)).subject == "user-1"


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (timedelta(minutes=15), "15 minutes ahead"),
        (timedelta(minutes=-40), "40 minutes behind"),
        (timedelta(hours=-5), "5 hours behind"),
        (timedelta(days=60), "60 days ahead"),
    ],
)
def test_without_the_clock_of_the_server_the_error_names_how_far_the_clock_is_off(off: timedelta, said: str) -> None:
    with pytest.raises(SignInRejected, match="check your clock") as refusal:
        check_claims(claims(), expected(now=NOW + off, server_date=None))

    assert said in str(refusal.value)


def test_an_old_token_is_not_blamed_on_a_right_clock() -> None:
    old = NOW - timedelta(hours=1)
    stale = claims(iat=int(old.timestamp()), exp=int(old.timestamp()) + 300)

    with pytest.raises(SignInRejected, match="expired"):
        check_claims(stale, expected())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(good_claims(NONCE, ACCESS, nbf=0, azp=""))), JSON))
def test_any_claims_are_accepted_or_refused_and_nothing_else(changes: dict[str, object]) -> None:
    merged = {**good_claims(NONCE, ACCESS), **changes}
    try:
        checked = check_claims(merged, expected())
    except SignInRejected:
        return
    assert isinstance(checked, IdTokenClaims)
    assert (merged["iss"], merged["nonce"]) == (ISSUER, NONCE)


def test_times_are_compared_in_any_zone() -> None:
    assert check_claims(claims(), expected(server_date=None, now=NOW.astimezone(UTC))).subject == "user-1"
