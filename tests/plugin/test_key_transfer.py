"""A file of keys: what opens it, what is refused, and what is said then."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.plugin.key_machines import CHEAP
from tests.sampling import how_many
from xero_connections_plugin.gateways.keys import carried_file
from xero_connections_plugin.gateways.keys.key_transfer import (
    LARGEST_FILE,
    STRONG,
    KeyParcel,
    KeyTransferRefused,
    check_passphrase,
    sealed_file,
)

KEYS = (bytes(range(32)), bytes(range(32, 64)))
PASSPHRASE = SecretStr("three quiet kettles")
CONTENT = sealed_file("installation-1", KEYS, PASSPHRASE, random_bytes=secrets.token_bytes, cost=CHEAP)


def refusal(act: Callable[[], object]) -> KeyTransferRefused:
    with pytest.raises(KeyTransferRefused) as caught:
        act()
    assert len(str(caught.value)) <= 300
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert PASSPHRASE.get_secret_value() not in str(caught.value)
    return caught.value


def opening(content: bytes) -> Callable[[], object]:
    return lambda: KeyParcel(content).open(PASSPHRASE)


def with_changes(**changes: object) -> bytes:
    """The file with other values, and a checksum that fits as far as one can tell from outside."""
    found = {**json.loads(CONTENT), **changes}
    return json.dumps(found).encode()


def test_keys_come_out_as_they_went_in() -> None:
    parcel = KeyParcel(CONTENT)
    assert parcel.installation_id == "installation-1"
    assert len(parcel.keys) == 2
    assert parcel.open(PASSPHRASE) == KEYS


def test_the_same_keys_make_another_file_each_time_and_none_shows_a_key() -> None:
    again = sealed_file("installation-1", KEYS, PASSPHRASE, random_bytes=secrets.token_bytes, cost=CHEAP)
    one, other = json.loads(CONTENT), json.loads(again)
    assert one["salt"] != other["salt"]
    assert one["nonce"] != other["nonce"]
    assert one["sealed"] != other["sealed"]
    for key in KEYS:
        for form in (key, key.hex().encode(), base64.b64encode(key)[:40]):
            assert form not in again


def test_guessing_a_passphrase_costs_as_much_as_is_recommended() -> None:
    assert (STRONG.n, STRONG.r, STRONG.p) == (131_072, 8, 1)
    content = sealed_file("installation-1", KEYS, PASSPHRASE, random_bytes=secrets.token_bytes)
    assert json.loads(content)["scrypt"] == {"n": 131_072, "r": 8, "p": 1}
    assert KeyParcel(content).open(PASSPHRASE) == KEYS


def test_a_wrong_passphrase_is_told_from_a_damaged_file() -> None:
    found = refusal(lambda: KeyParcel(CONTENT).open(SecretStr("three quiet kettlez")))
    assert found.code == "PASSPHRASE_WRONG"
    assert str(found) == (
        "The passphrase does not open this file of keys. No key was changed. Check the passphrase; if it is right, "
        "export the file again."
    )


def test_a_passphrase_counts_the_same_on_every_keyboard() -> None:
    composed, decomposed = SecretStr("Türen und Brücken"), SecretStr("Türen und Brücken")
    content = sealed_file("i", KEYS, composed, random_bytes=secrets.token_bytes, cost=CHEAP)
    assert KeyParcel(content).open(decomposed) == KEYS


@pytest.mark.parametrize("passphrase", ["", "eleven char", "ü" * 11, "x" * 1025])
def test_a_passphrase_of_another_length_is_refused_with_the_remedy(passphrase: str) -> None:
    found = refusal(lambda: check_passphrase(SecretStr(passphrase)))
    assert found.code == "PASSPHRASE_SHORT"
    assert ("longer" in str(found)) is (len(passphrase) < 12)


@pytest.mark.parametrize("passphrase", ["twelve chars", "x" * 1024, "\ud800 lone surrogate"])
def test_any_passphrase_of_a_fit_length_will_do(passphrase: str) -> None:
    check_passphrase(SecretStr(passphrase))
    content = sealed_file("i", KEYS, SecretStr(passphrase), random_bytes=secrets.token_bytes, cost=CHEAP)
    assert KeyParcel(content).open(SecretStr(passphrase)) == KEYS


def test_any_bit_that_flips_is_found() -> None:
    bits = len(CONTENT) * 8
    for place in secrets.SystemRandom().sample(range(bits), how_many(commit=200, whole=bits)):
        flipped = bytearray(CONTENT)
        flipped[place // 8] ^= 1 << place % 8
        assert refusal(opening(bytes(flipped))).code in {"KEY_FILE_DAMAGED", "KEY_FILE_NEWER"}


@pytest.mark.parametrize("length", [0, 1, len(CONTENT) // 2, len(CONTENT) - 3])
def test_a_file_that_was_cut_is_damaged(length: int) -> None:
    assert refusal(lambda: KeyParcel(CONTENT[:length])).code == "KEY_FILE_DAMAGED"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 50_000, b'{"format": "xero-connections-keys"}', b"9" * 60_000],
)
def test_what_is_no_file_of_keys_is_refused(content: bytes) -> None:
    assert refusal(lambda: KeyParcel(content)).code == "KEY_FILE_DAMAGED"


@pytest.mark.parametrize("version", [0, 2, 10**400])
def test_another_version_is_named_and_refused(version: int) -> None:
    found = refusal(lambda: KeyParcel(with_changes(version=version, something_new=True)))
    assert found.code == "KEY_FILE_NEWER"
    assert f"version {str(version)[:20]}" in str(found)


@pytest.mark.parametrize(
    "cost",
    [
        {"n": 2**30, "r": 8, "p": 1},
        {"n": 2**20, "r": 32, "p": 4},
        {"n": 2**17, "r": 8, "p": 2**20},
        {"n": 2**17 + 1, "r": 8, "p": 1},
        {"n": 0, "r": 0, "p": 0},
        {"n": -1, "r": 8, "p": 1},
        {"n": "131072", "r": 8, "p": 1},
        {"n": 2**19, "r": 8, "p": 1},
    ],
)
def test_a_file_that_asks_for_all_the_memory_is_refused_before_any_is_taken(cost: dict[str, object]) -> None:
    assert refusal(lambda: KeyParcel(resealed_head(scrypt=cost))).code == "KEY_FILE_DAMAGED"


def resealed_head(**changes: object) -> bytes:
    """As somebody would alter the file who can make checksums."""
    found = {**json.loads(CONTENT), **changes}
    head = {name: value for name, value in found.items() if name not in {"sealed", "checksum"}}
    text = json.dumps(head, separators=(",", ":")) + str(found["sealed"])
    found["checksum"] = hashlib.sha256(text.encode()).hexdigest()[:32]
    return json.dumps(found).encode()


def test_whoever_can_make_checksums_alters_nothing_without_the_passphrase() -> None:
    assert KeyParcel(resealed_head()).open(PASSPHRASE) == KEYS
    told = json.loads(CONTENT)["keys"]
    altered: list[dict[str, object]] = [
        {"installation_id": "installation-2"},
        {"keys": told[::-1]},
        {"keys": told[:1]},
        {"scrypt": {"n": 2**11, "r": 8, "p": 1}},
        {"salt": base64.b64encode(bytes(16)).decode()},
        {"nonce": base64.b64encode(bytes(12)).decode()},
        {"sealed": base64.b64encode(bytes(80)).decode()},
        {"sealed": ""},
    ]
    for changes in altered:
        assert refusal(opening(resealed_head(**changes))).code == "PASSPHRASE_WRONG"
    for name, value in (("salt", "AAAA"), ("nonce", "AAAA"), ("salt", "!"), ("nonce", "="), ("sealed", "!")):
        assert refusal(opening(resealed_head(**{name: value}))).code == "KEY_FILE_DAMAGED"


def test_a_file_that_names_other_keys_than_it_holds_is_refused() -> None:
    one = json.loads(CONTENT)["keys"][0]
    lying = sealed_with_head(keys=[one, one])
    found = refusal(lambda: KeyParcel(lying).open(PASSPHRASE))
    assert found.code == "KEY_FILE_DAMAGED"
    assert "names other keys than it holds" in str(found)


def sealed_with_head(**changes: object) -> bytes:
    """As somebody would make a file who knows the passphrase."""
    found = {**json.loads(CONTENT), **changes}
    head = {name: value for name, value in found.items() if name not in {"sealed", "checksum"}}
    salt, nonce = base64.b64decode(str(found["salt"])), base64.b64decode(str(found["nonce"]))
    key = Scrypt(salt=salt, length=32, n=CHEAP.n, r=8, p=1).derive(PASSPHRASE.get_secret_value().encode())
    data = json.dumps(head, separators=(",", ":")).encode()
    changes["sealed"] = base64.b64encode(AESGCM(key).encrypt(nonce, b"".join(KEYS), data)).decode()
    return resealed_head(**changes)


@given(content=st.binary(max_size=300))
def test_no_bytes_whatever_raise_anything_else(content: bytes) -> None:
    with pytest.raises(KeyTransferRefused):
        KeyParcel(content)


def test_a_file_is_for_its_owner_only_and_replaces_nothing_unasked(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    umask = os.umask(0)
    try:
        carried_file.write(path, b"one", replace=False)
    finally:
        os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o600
    found = refusal(lambda: carried_file.write(path, b"two", replace=False))
    assert (found.code, path.read_bytes()) == ("KEY_FILE_EXISTS", b"one")
    carried_file.write(path, b"three", replace=True)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"three", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_never_written_through(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "keys.json"
    victim.write_bytes(b"precious")
    path.symlink_to(victim)
    assert refusal(lambda: carried_file.write(path, b"x", replace=False)).code == "KEY_FILE_EXISTS"
    carried_file.write(path, b"keys", replace=True)
    assert (victim.read_bytes(), path.read_bytes(), path.is_symlink()) == (b"precious", b"keys", False)


def test_where_nothing_can_be_written_it_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    found = refusal(lambda: carried_file.write(tmp_path / "nowhere" / "keys.json", b"x", replace=False))
    assert (found.code, "cannot be written" in str(found)) == ("KEY_FILE_UNUSABLE", True)
    (tmp_path / "folder").mkdir()
    assert refusal(lambda: carried_file.write(tmp_path / "folder", b"x", replace=True)).code in {
        "KEY_FILE_UNUSABLE",
        "KEY_FILE_EXISTS",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_only_a_regular_file_of_a_fit_size_is_read_and_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe, large, fit = tmp_path / "pipe", tmp_path / "large", tmp_path / "fit"
    os.mkfifo(pipe)
    large.write_bytes(b"x" * (LARGEST_FILE + 1))
    fit.write_bytes(b"x" * LARGEST_FILE)
    for path, words in (
        (pipe, "not a regular file"),
        (tmp_path, "not a regular file"),
        (large, "too large"),
        (tmp_path / "nowhere", "cannot be read (No such file or directory)"),
        (tmp_path / ("long" * 50), "cannot be read"),
    ):
        found = refusal(partial(carried_file.read, path))
        assert (found.code, words in str(found)) == ("KEY_FILE_UNUSABLE", True)
    assert len(carried_file.read(fit)) == LARGEST_FILE
