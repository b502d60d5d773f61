"""A sealed secret opens in its own place with its own key, and nowhere else."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.canaries import canary, find_leaks
from tests.sampling import how_many
from xero_connections_plugin.gateways.keys import envelope
from xero_connections_plugin.gateways.keys.envelope import DataKey
from xero_connections_plugin.oauth.grant_ports import SealBroken

MANY = settings(max_examples=how_many(commit=200, whole=10_000), deadline=None)
KEY = bytes(range(32))
OTHER = bytes(range(1, 33))


def sealed(plain: bytes = b"secret", random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    return DataKey(KEY).seal(plain, purpose="grant", owner_id="g1", generation=3, random_bytes=random_bytes)


def opened(
    data: bytes, key: bytes = KEY, *, purpose: str = "grant", owner_id: str = "g1", generation: int = 3
) -> bytes:
    return DataKey(key).unseal(data, purpose=purpose, owner_id=owner_id, generation=generation)


@MANY
@given(st.binary(max_size=5000))
def test_g13_what_was_sealed_comes_back(plain: bytes) -> None:
    assert opened(sealed(plain)) == plain


@MANY
@given(st.binary(min_size=1, max_size=300), st.data())
def test_g13_any_flipped_bit_breaks_the_seal(plain: bytes, data: st.DataObject) -> None:
    whole = bytearray(sealed(plain))
    bit = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        opened(bytes(whole))


def test_g13_every_single_flipped_bit_of_one_envelope_breaks_it() -> None:
    whole = sealed()
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            opened(bytes(damaged))


@MANY
@given(st.binary(max_size=200))
def test_anything_else_is_refused_and_never_crashes(data: bytes) -> None:
    with pytest.raises(SealBroken):
        opened(data)


def test_every_part_of_an_envelope_is_needed() -> None:
    whole = sealed()
    for length in range(len(whole)):
        with pytest.raises(SealBroken):
            opened(whole[:length])


@pytest.mark.parametrize(
    ("purpose", "owner_id", "generation"),
    [("entry", "g1", 3), ("grant", "g2", 3), ("grant", "g1", 4), ("gran", "tg1", 3), ("grant", "g", 13)],
)
def test_g13_a_ciphertext_opens_in_no_other_place(purpose: str, owner_id: str, generation: int) -> None:
    with pytest.raises(SealBroken):
        opened(sealed(), purpose=purpose, owner_id=owner_id, generation=generation)


def test_what_earlier_versions_sealed_still_opens_and_is_sealed_alike() -> None:
    earlier = bytes.fromhex(
        "584345011030376463633932343639663635326431000102030405060708090a0b3467b569a091e4a82eab2c9fb5f03f8cac9bf104b49e"
    )
    assert opened(earlier) == b"secret"
    assert sealed(random_bytes=lambda count: bytes(range(count))) == earlier


def test_threads_that_share_a_key_do_not_disturb_each_other() -> None:
    key = DataKey(KEY)

    def seal_and_open(number: int) -> bool:
        plain = bytes([number]) * 20_000
        sealed = key.seal(plain, purpose="grant", owner_id="g1", generation=number, random_bytes=secrets.token_bytes)
        return key.unseal(sealed, purpose="grant", owner_id="g1", generation=number) == plain

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(seal_and_open, [number % 250 for number in range(2_000)]))


def test_another_key_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        opened(sealed(), OTHER)


def test_the_same_secret_never_looks_the_same() -> None:
    assert len({sealed() for _ in range(100)}) == 100


def test_the_key_id_is_readable_and_tells_keys_apart() -> None:
    assert envelope.sealed_with(sealed()) == envelope.key_id(KEY)
    assert envelope.key_id(KEY) != envelope.key_id(OTHER)
    assert envelope.check_value(KEY) != envelope.check_value(OTHER)
    assert envelope.key_id(KEY) not in envelope.check_value(KEY)


def test_the_secret_is_not_in_its_envelope() -> None:
    assert not find_leaks(sealed(canary("refresh").encode()), {"refresh": canary("refresh")})
