"""With which published keys does the server sign, and did it sign this token? (RFC 7517, RFC 7515)"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from hostspec.errors import ProviderUnavailable
from xero_connections_plugin.gateways.network.outbound_http import Limits, send
from xero_connections_plugin.oauth.id_token import ALGORITHM, LONGEST_ID_TOKEN, refused_id_token
from xero_connections_plugin.oauth.oauth_errors import TokenRequestFailed
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jwt import PyJWK
    from jwt.types import Options
    from pydantic import SecretStr

    from hostspec.errors import ConnectionProblem
    from hostspec.services import Clock

_KEPT_FOR: Final = 3600.0
_TRIES: Final = 2
_LIMITS: Final = Limits(connect=5.0, read=10.0, total=10.0)


class SigningKeys:
    """Satisfies ``oauth.id_token.SignatureCheck``: keys are fetched on first use and kept for an hour.

    Args:
        jwks_url: Where the server publishes its keys.
        clock: Tells the age of the keys.
    """

    def __init__(self, jwks_url: str, clock: Clock) -> None:
        self._jwks_url = jwks_url
        self._clock = clock
        self._lock = ProcessLock()
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched_at: float | None = None

    def verified_claims(self, id_token: SecretStr) -> Mapping[str, object]:
        # What raises here may end in a crash report with the locals of this frame; the token's text is in none of them.
        named = _named_key(id_token)
        if isinstance(named, _Refused):
            raise refused_id_token(named.why)
        claims = _claims(id_token, self._key(named))
        if claims is None:
            raise refused_id_token("its signature is not the server's")
        return claims

    def _key(self, key_id: str) -> PyJWK:
        with self._lock.own:
            age = None if self._fetched_at is None else self._clock.monotonic() - self._fetched_at
            # An unknown key id means that the server has new keys.
            if age is None or age > _KEPT_FOR or key_id not in self._keys:
                self._keys = self._fetch()
                self._fetched_at = self._clock.monotonic()
            if key_id not in self._keys:
                raise refused_id_token("it is signed with a key that the server does not publish")
            return self._keys[key_id]

    def _fetch(self) -> Mapping[str, PyJWK]:
        problem: ConnectionProblem = _unreadable()
        for _ in range(_TRIES):
            try:
                reply = send("GET", self._jwks_url, limits=_LIMITS, headers={"Accept": "application/json"})
            except TokenRequestFailed as failure:
                problem = failure.problem
                continue
            keys = _read_keys(reply.body) if reply.status == HTTPStatus.OK else {}
            if keys:
                return keys
            problem = _unreadable()
        raise problem


@dataclass(frozen=True)
class _Refused:
    why: str


def _named_key(id_token: SecretStr) -> str | _Refused:
    """The id of the key that a token says it is signed with, or why it is refused before any key is asked for."""
    import jwt

    text = id_token.get_secret_value()
    # Measured before anything is decoded; exactly three parts, since encrypted tokens have five (R78).
    if len(text) > LONGEST_ID_TOKEN or text.count(".") != 2:
        return _Refused("it is not a token as expected")
    try:
        header = jwt.get_unverified_header(text)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return _Refused("its signature is not the server's")
    if header.get("alg") != ALGORITHM or "crit" in header:
        return _Refused("it is signed in a way that is not accepted")
    key_id = header.get("kid")
    return key_id if isinstance(key_id, str) else _Refused("it does not say with which key it is signed")


def _claims(id_token: SecretStr, key: PyJWK) -> Mapping[str, object] | None:
    """The claims of a token that this key has signed."""
    import jwt

    try:
        # The claims are checked elsewhere, by the server's clock; here it is only about the signature.
        claims: Mapping[str, object] = jwt.decode(
            id_token.get_secret_value(), key, algorithms=[ALGORITHM], options=_signature_only()
        )
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return claims


def _signature_only() -> Options:
    return {
        "verify_signature": True,
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
        "verify_aud": False,
        "verify_iss": False,
        "verify_sub": False,
        "verify_jti": False,
    }


def _unreadable() -> ProviderUnavailable:
    return ProviderUnavailable(
        "Xero's signing keys cannot be read at the moment, so the sign-in could not be checked. Nothing was changed; "
        "please try again in a few minutes.",
        code="XERO_DOWN",
    )


def _read_keys(body: bytes) -> dict[str, PyJWK]:
    import jwt

    try:
        found = json.loads(body)
        entries = found["keys"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
    keys: dict[str, PyJWK] = {}
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or not isinstance(entry.get("kid"), str):
            continue
        try:
            keys[entry["kid"]] = jwt.PyJWK(entry, algorithm=ALGORITHM)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            # One key that cannot be read does not spoil the others.
            continue
    return keys
