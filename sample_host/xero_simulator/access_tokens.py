"""Access tokens and id tokens: RS256 JWTs, signed with a key that is made once and kept with the world."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from sample_host.xero_simulator.simulated_world import AccessRecord, AuthorizationCode, Grant, World, XeroUser

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_ID_TOKEN_SECONDS = 300
_FORGET_ACCESS_AFTER_SECONDS = 24 * 3600


class TokenSigner:
    """Signs and reads the tokens of one simulator.

    The key is made at the first signature in the process, since that takes longer than everything else at start-up.
    """

    def __init__(self, world: World, issuer: str) -> None:
        self._world = world
        self._issuer = issuer
        self._key: RSAPrivateKey | None = None

    def access_token(self, grant: Grant, event_id: str, session_id: str, token_id: str, now: float) -> str:
        """A new access token, remembered by its id; lifetimes follow the clock given here (seconds, UTC)."""
        lifetime = self._world.settings.access_token_seconds
        self._forget_old_records(now)
        self._world.access_tokens[token_id] = AccessRecord(grant.client_id, grant.user_id, now + lifetime)
        claims = {
            "nbf": int(now),
            "exp": int(now) + lifetime,
            "iss": self._issuer,
            "aud": f"{self._issuer}/resources",
            "client_id": grant.client_id,
            "sub": _subject(grant.user_id),
            "auth_time": int(now),
            "xero_userid": grant.user_id,
            "global_session_id": session_id,
            "sid": session_id,
            "jti": token_id,
            "authentication_event_id": event_id,
            "scope": list(grant.scopes),
            "amr": ["pwd", "mfa"],
        }
        return self._sign(claims)

    def id_token(self, code: AuthorizationCode, user: XeroUser, access_token: str, now: float) -> str:
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims: dict[str, Any] = {
            "nbf": int(now),
            "exp": int(now) + _ID_TOKEN_SECONDS,
            "iss": self._issuer,
            "aud": code.client_id,
            "iat": int(now),
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            "sub": _subject(user.user_id),
            "auth_time": int(now),
            "xero_userid": user.user_id,
        }
        if code.nonce is not None:
            claims["nonce"] = code.nonce
        if "email" in code.scopes:
            claims["email"] = user.email
        if "profile" in code.scopes:
            claims |= {
                "name": user.name,
                "given_name": user.given_name,
                "family_name": user.family_name,
                "preferred_username": user.email,
            }
        return self._sign(claims)

    def read(self, token: str) -> dict[str, Any] | None:
        """The claims of a token signed here, old or not; None for anything else."""
        import jwt

        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._private_key().public_key(),
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_nbf": False, "verify_aud": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return None
        return claims

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        from jwt.algorithms import RSAAlgorithm

        key = RSAAlgorithm.to_jwk(self._private_key().public_key(), as_dict=True)
        return {"keys": [{**key, "use": "sig", "alg": "RS256", "kid": self._key_id(), "key_ops": ["verify"]}]}

    def _sign(self, claims: dict[str, Any]) -> str:
        import jwt

        return jwt.encode(claims, self._private_key(), algorithm="RS256", headers={"kid": self._key_id()})

    def _private_key(self) -> RSAPrivateKey:
        if self._key is None:
            if self._world.signing_key is None:
                self._key, self._world.signing_key = _key_of_this_process()
            else:
                self._key = _key_from(self._world.signing_key)
        return self._key

    def _key_id(self) -> str:
        numbers = self._private_key().public_key().public_numbers()
        return hashlib.sha256(str(numbers.n).encode()).hexdigest()[:40].upper()

    def _forget_old_records(self, now: float) -> None:
        records = self._world.access_tokens
        for jti in [j for j, record in records.items() if record.expires_at < now - _FORGET_ACCESS_AFTER_SECONDS]:
            del records[jti]


def _subject(user_id: str) -> str:
    return user_id.replace("-", "")


@cache
def _key_of_this_process() -> tuple[RSAPrivateKey, str]:
    # One for every new world of a process: making a key costs a test more than a sign-in does.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    written = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made, written.decode()


def _key_from(written: str) -> RSAPrivateKey:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = serialization.load_pem_private_key(written.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("The simulator's signing key is not an RSA key.")
    return key
