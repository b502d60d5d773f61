"""Whether the server signed an ID token."""

import base64
import json

import jwt
import pytest
from pydantic import SecretStr

from hostspec.errors import ProviderUnavailable, SignInRejected
from hostspec.testing import FakeClock
from tests.plugin.signed_id_tokens import good_claims, new_key, published, signed
from tests.plugin.small_server import Said, SmallServer
from xero_connections_plugin.gateways.sign_in.signing_keys import SigningKeys

KEY = new_key()
OTHER_KEY = new_key()
CLAIMS = good_claims("nonce", "access")
MODULUS = KEY.public_key().public_numbers().n.to_bytes(256, "big")
KEYS = Said(body=published(one=KEY))


def keys_of(server: SmallServer, clock: FakeClock | None = None) -> SigningKeys:
    return SigningKeys(f"{server.origin}/jwks", clock or FakeClock())


def unsigned(header: dict[str, object]) -> str:
    parts = (json.dumps(part).encode() for part in (header, CLAIMS))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def test_the_claims_of_a_token_that_the_server_signed_are_read() -> None:
    with SmallServer(KEYS) as server:
        assert keys_of(server).verified_claims(SecretStr(signed(CLAIMS, KEY))) == CLAIMS


def test_expired_claims_are_read_too_because_times_are_judged_elsewhere() -> None:
    old = {**CLAIMS, "exp": 1, "iat": 1, "nbf": 1, "aud": ["several", "apps"]}

    with SmallServer(KEYS) as server:
        assert keys_of(server).verified_claims(SecretStr(signed(old, KEY)))["exp"] == 1


def test_keys_are_fetched_once_an_hour() -> None:
    clock = FakeClock()
    with SmallServer(KEYS) as server:
        keys = keys_of(server, clock)
        for _ in range(3):
            keys.verified_claims(SecretStr(signed(CLAIMS, KEY)))
        assert len(server.calls) == 1
        clock.advance(3601)
        keys.verified_claims(SecretStr(signed(CLAIMS, KEY)))
        assert len(server.calls) == 2


def test_a_new_key_of_the_server_is_found_at_once() -> None:
    with SmallServer(KEYS, Said(body=published(one=KEY, two=OTHER_KEY))) as server:
        keys = keys_of(server)
        keys.verified_claims(SecretStr(signed(CLAIMS, KEY)))

        assert keys.verified_claims(SecretStr(signed(CLAIMS, OTHER_KEY, "two"))) == CLAIMS


@pytest.mark.parametrize(
    "token",
    [
        signed(CLAIMS, OTHER_KEY),
        signed(CLAIMS, KEY)[:-8] + "AAAAAAAA",
        signed(CLAIMS, KEY, "unknown"),
        jwt.encode(CLAIMS, KEY, algorithm="RS256"),
        jwt.encode(CLAIMS, KEY, algorithm="RS512", headers={"kid": "one"}),
        jwt.encode(CLAIMS, MODULUS, algorithm="HS256", headers={"kid": "one"}),
        unsigned({"alg": "none", "kid": "one"}),
        unsigned({"alg": "RS256", "kid": "one"}),
        unsigned({"alg": ["RS256"], "kid": {"a": 1}}),
        signed(CLAIMS, KEY) + ".four.five",
        "not a token",
        "..",
        "",
        "a" * 1_000_000,
        f"{'a' * 20_000}.{'b' * 20_000}.c",
        signed(CLAIMS, KEY).replace("e", "\u00e9", 1),
    ],
    ids=range(16),
)
def test_what_the_server_did_not_sign_is_refused(token: str) -> None:
    with SmallServer(KEYS) as server, pytest.raises(SignInRejected) as refusal:
        keys_of(server).verified_claims(SecretStr(token))

    assert refusal.value.code == "ID_TOKEN"


def test_a_token_nested_beyond_measure_is_refused() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 12_000).decode().rstrip("=")

    with SmallServer(KEYS) as server, pytest.raises(SignInRejected):
        keys_of(server).verified_claims(SecretStr(f"{deep}.{'a'}.a"))


def test_one_key_that_cannot_be_read_does_not_spoil_the_others() -> None:
    broken = [7, {"kty": "EC", "kid": "x"}, {"kty": "RSA", "kid": "broken"}, {"kty": "RSA", "kid": 7}]
    body = json.dumps({"keys": [*broken, *json.loads(published(one=KEY))["keys"]]}).encode()

    with SmallServer(Said(body=body)) as server:
        assert keys_of(server).verified_claims(SecretStr(signed(CLAIMS, KEY))) == CLAIMS


@pytest.mark.parametrize(
    "answer",
    [
        Said(status=503, body=b"down"),
        Said(body=b"<html>"),
        Said(body=b"[]"),
        Said(body=b'{"keys": 7}'),
        Said(body=b'{"keys": []}'),
        Said(body=b"[" * 100_000),
        Said(hangs_up=True),
        Said(status=302, headers={"Location": "http://localhost:1/"}),
    ],
)
def test_keys_that_cannot_be_had_are_an_outage_after_a_second_try(answer: Said) -> None:
    with SmallServer(answer) as server:
        with pytest.raises(ProviderUnavailable) as problem:
            keys_of(server).verified_claims(SecretStr(signed(CLAIMS, KEY)))
        assert len(server.calls) == 2

    assert problem.value.code == "XERO_DOWN"


def test_a_short_outage_is_bridged() -> None:
    with SmallServer(Said(status=502), KEYS) as server:
        assert keys_of(server).verified_claims(SecretStr(signed(CLAIMS, KEY))) == CLAIMS
