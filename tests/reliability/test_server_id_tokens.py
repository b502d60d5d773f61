"""What becomes of a sign-in, and of a refresh, when the id token beside the tokens is wrong: b20."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from tests.plugin.signed_id_tokens import new_key, published, signed
from tests.plugin.small_server import Call, Said
from tests.reliability.trouble import OPENID, Office

KEY = new_key()
OTHER_KEY = new_key()
Claims = dict[str, object]
Forge = Callable[[Claims], str | None]
"""Makes an id token of claims that are right; ``None`` leaves it out."""


def with_claims(**changes: object) -> Forge:
    """Signed as it should be, with claims changed; ``None`` leaves one out."""
    return lambda claims: signed({k: v for k, v in (claims | changes).items() if v is not None}, KEY)


def with_times(**moved: int) -> Forge:
    """Signed as it should be, with times moved by seconds."""
    return lambda claims: signed(claims | {name: int(str(claims[name])) + by for name, by in moved.items()}, KEY)


def unsigned(claims: Claims) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none", "kid": "one"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def signed_with_the_published_key_as_a_secret(claims: Claims) -> str:
    modulus = KEY.public_key().public_numbers().n.to_bytes(256, "big")
    return jwt.encode(claims, modulus, algorithm="HS256", headers={"kid": "one"})


FORGED: dict[str, Forge] = {
    "issuer": with_claims(iss="https://identity.elsewhere.example"),
    "no issuer": with_claims(iss=None),
    "no subject": with_claims(sub=None),
    "subject of another kind": with_claims(sub=7),
    "audience": with_claims(aud="another app"),
    "further audience": with_claims(aud=[DEMO_CLIENT_ID, "another app"]),
    "authorized party": with_claims(azp="another app"),
    "nonce": with_claims(nonce="of another sign-in"),
    "no nonce": with_claims(nonce=None),
    "hash of another access token": with_claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "expired": with_times(exp=-3600, iat=-3600, nbf=-3600),
    "no end": with_claims(exp=None),
    "not valid yet": with_times(nbf=3600),
    "issued long ago": with_times(iat=-3600),
    "no signature": unsigned,
    "symmetric signature": signed_with_the_published_key_as_a_secret,
    "signature of another key": lambda claims: signed(claims, OTHER_KEY),
    "key that is not published": lambda claims: signed(claims, KEY, "two"),
    "five segments": lambda claims: signed(claims, KEY) + ".four.five",
    "one megabyte": lambda claims: signed(claims | {"padding": "x" * 740_000}, KEY),
    "no token at all": lambda _: "not a token",
    "missing": lambda _: None,
    "nested beyond measure": lambda _: base64.urlsafe_b64encode(b"[" * 12_000).decode() + ".e30.e30",
}


class Forger:
    """Rewrites the id token of every answer, under a key of its own that it publishes too."""

    def __init__(self) -> None:
        self.forge: Forge = with_claims()
        self._claims: Claims = {}

    def __call__(self, call: Call, said: Said) -> Said:
        if call.path.endswith("/jwks"):
            return Said(body=published(one=KEY))
        if call.path != "/connect/token" or said.status != 200:
            return said
        fields = json.loads(said.body)
        if "id_token" in fields:
            self._claims = jwt.decode(fields["id_token"], options={"verify_signature": False})
        digest = hashlib.sha256(fields["access_token"].encode()).digest()
        fits = {"at_hash": base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")}
        forged = self.forge({**self._claims, **fits})
        fields = (
            {**fields, "id_token": forged} if forged is not None else {k: fields[k] for k in fields if k != "id_token"}
        )
        return Said(said.status, json.dumps(fields).encode(), said.headers)


class ForgedOffice(Office):
    """A working connection whose Xero forges id tokens as told."""

    def __init__(self, folder: Path, settings: dict[str, str] | None = None) -> None:
        super().__init__(folder, settings, scopes=OPENID, relayed=("token_url", "jwks_url"))
        self.forger = Forger()

    @property
    def plugin_settings(self) -> dict[str, str]:
        settings = super().plugin_settings
        self.relay.edit = self.forger
        return settings


def test_b20_an_id_token_that_is_right_in_every_claim_is_accepted(tmp_path: Path) -> None:
    with ForgedOffice(tmp_path) as site:
        assert site.stored().record.account == "Ada Keeper"


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
@pytest.mark.sweep(sample=10)
def test_b20_a_wrong_id_token_discards_every_token_of_the_sign_in(
    tmp_path: Path, store_settings: dict[str, str], forge: Forge
) -> None:
    with ForgedOffice(tmp_path, store_settings) as site:
        before = site.stored()
        tab = site.edit()
        site.forger.forge = forge
        told = site.sign_in_fails(tab)
        assert told.startswith("The proof of who signed in could not be accepted: ")
        assert told.endswith("Nothing was changed; please try again.")
        tab.press("Cancel")
        assert len(site.all_stored()) == 1
        site.assert_kept(before)
        site.works_again()


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
@pytest.mark.sweep(sample=6)
def test_b20_a_wrong_id_token_in_a_refresh_answer_costs_no_sign_in_and_changes_nobody(
    tmp_path: Path, store_settings: dict[str, str], forge: Forge
) -> None:
    with ForgedOffice(tmp_path, store_settings) as site:
        before = site.stored().record
        site.forger.forge = forge
        for generation in (2, 3):
            site.age_token()
            assert site.trouble() is None
            record = site.stored().record
            assert record.generation == generation
            assert (record.user_id, record.account) == (before.user_id, before.account)
        site.works_again()
