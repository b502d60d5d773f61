"""The search for leaked secrets finds what it promises to find."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canaries import assert_no_leaks, canary, find_leaks

TOKEN = canary("refresh token")
ODD = 'päss "wörd"/+=&? and more than thirty-two characters'
DISGUISES: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "utf-16-le": lambda body: body.encode("utf-16-le"),
    "utf-16-be": lambda body: body.encode("utf-16-be"),
    "hex": lambda body: body.encode().hex().encode(),
    "upper case hex": lambda body: body.encode().hex().upper().encode(),
    "spaced hex": lambda body: body.encode().hex(" ").encode(),
    "url": lambda body: quote(body).encode(),
    "lower case url": lambda body: re.sub("%..", lambda escape: escape[0].lower(), quote(body, safe="")).encode(),
    "json": lambda body: json.dumps({"token": body}).encode(),
    "base64": lambda body: base64.b64encode(body.encode()),
    "base64url in a header": lambda body: base64.urlsafe_b64encode(f"client:{body};x".encode()),
    "repr of bytes": lambda body: repr(body.encode()).encode(),
}


def test_a_canary_is_stable_and_differs_by_name() -> None:
    assert canary("refresh token") == TOKEN
    assert canary("access token") != TOKEN
    assert len(TOKEN) == 47


def test_a_canary_is_fit_to_be_a_pkce_verifier() -> None:
    assert 43 <= len(TOKEN) <= 128
    assert set(TOKEN) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_canary_is_found_in_every_disguise(disguise: str) -> None:
    assert find_leaks(b"before " + DISGUISES[disguise](TOKEN) + b" after", {"token": TOKEN})


@pytest.mark.parametrize("disguise", [name for name in DISGUISES if name not in {"repr of bytes", "url"}])
def test_a_secret_with_odd_characters_is_found_in_every_disguise(disguise: str) -> None:
    assert find_leaks(b"before " + DISGUISES[disguise](ODD) + b" after", {"password": ODD})


@given(before=st.binary(max_size=40), after=st.binary(max_size=40), body=st.text(min_size=8, max_size=60))
def test_base64_is_found_at_any_alignment(before: bytes, after: bytes, body: str) -> None:
    blob = base64.b64encode(before + body.encode() + after)
    assert find_leaks(blob, {"secret": body})


@pytest.mark.parametrize("shown", [TOKEN[:24] + "…", "…" + TOKEN[20:]])
def test_a_shortened_secret_is_still_a_leak(shown: str) -> None:
    assert find_leaks(f"token={shown}", {"token": TOKEN})


def test_the_last_four_characters_are_no_leak() -> None:
    assert find_leaks(f"token ending in {TOKEN[-4:]}", {"token": TOKEN}) == []


def test_other_secrets_are_not_mistaken_for_this_one() -> None:
    assert find_leaks(canary("access token"), {"token": TOKEN}) == []


def test_what_was_found_is_told_without_the_secret() -> None:
    leaks = find_leaks(f"Bearer {TOKEN}", {"the token": TOKEN})
    assert [str(leak) for leak in leaks] == ["the token as plain text at byte 7"]
    assert TOKEN not in repr(leaks)


def test_a_too_short_secret_is_refused_rather_than_found_everywhere() -> None:
    with pytest.raises(ValueError, match="too short"):
        find_leaks("abc", {"pin": "abc"})


@pytest.mark.exempt(I1="the secret stands there to be found")
def test_every_file_of_a_folder_is_searched(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log.bin").write_bytes(b"\x00\xff" + TOKEN.encode("utf-16-le"))
    with pytest.raises(AssertionError, match=r"log\.bin: token as UTF-16 little endian") as failure:
        assert_no_leaks(tmp_path, {"token": TOKEN})
    assert TOKEN not in str(failure.value)


@pytest.mark.exempt(I1="the secret stands there to be found")
def test_file_names_are_searched_too(tmp_path: Path) -> None:
    (tmp_path / f"{TOKEN}.txt").touch()
    with pytest.raises(AssertionError, match="a file name below") as failure:
        assert_no_leaks(tmp_path, {"token": TOKEN})
    assert TOKEN not in str(failure.value)


def test_clean_data_passes(tmp_path: Path) -> None:
    (tmp_path / "clean.txt").write_text("nothing here")
    assert_no_leaks(tmp_path, {"token": TOKEN})
    assert_no_leaks(b"nothing here", {"token": TOKEN})
