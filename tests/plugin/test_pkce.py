"""The secrets of an attempt."""

import re
import secrets
from collections import Counter

import pytest
from pydantic import SecretStr

from xero_connections_plugin.oauth.pkce import challenge_of, draw_secrets

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def test_the_challenge_of_the_published_example_is_the_published_one() -> None:
    verifier = SecretStr("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")

    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_g7_every_attempt_gets_three_different_secrets_of_full_length() -> None:
    drawn = draw_secrets(secrets.token_bytes)
    values = [secret.get_secret_value() for secret in (drawn.state, drawn.verifier, drawn.nonce)]

    assert all(UNRESERVED.fullmatch(value) for value in values)
    assert len(set(values)) == 3


@pytest.mark.parametrize("secret", ["state", "verifier", "nonce"])
def test_g7_a_hundred_thousand_draws_never_repeat_and_favor_no_character(secret: str) -> None:
    attempts = [draw_secrets(secrets.token_bytes) for _ in range(100_000)]
    drawn: list[str] = [getattr(attempt, secret).get_secret_value() for attempt in attempts]

    assert all(UNRESERVED.fullmatch(value) and len(value) == 43 for value in drawn)
    assert len(set(drawn)) == len(drawn)
    # The last character carries four bits only, so it is left out of the count.
    counts = Counter("".join(value[:-1] for value in drawn))
    expected = sum(counts.values()) / 64
    chi_square = sum((count - expected) ** 2 / expected for count in counts.values())
    assert len(counts) == 64
    assert chi_square < 140, "63 degrees of freedom: less than one in ten million draws goes beyond"
    # The last one is one of sixteen, equally often.
    last = Counter(value[-1] for value in drawn)
    assert len(last) == 16
    assert sum((count - len(drawn) / 16) ** 2 / (len(drawn) / 16) for count in last.values()) < 60, "15 degrees"


def test_a_random_source_that_gives_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer bytes"):
        draw_secrets(lambda _: b"short")


def test_the_secrets_do_not_show_in_a_printed_attempt() -> None:
    drawn = draw_secrets(lambda count: b"\x00" * count)

    assert "AAAA" not in repr(drawn)
