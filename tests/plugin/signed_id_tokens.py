"""ID tokens signed with keys that tests make themselves."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://identity.example"
CLIENT_ID = "0123456789ABCDEF0123456789ABCDEF"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def published(**keys: RSAPrivateKey) -> bytes:
    """What the server publishes: one entry per key id."""
    entries = []
    for key_id, key in keys.items():
        entry = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        entries.append({**entry, "kid": key_id, "use": "sig", "alg": "RS256"})
    return json.dumps({"keys": entries}).encode()


def good_claims(nonce: str, access_token: str, /, **changes: object) -> dict[str, object]:
    """Claims that pass every check at ``NOW``; ``None`` leaves one out."""
    digest = hashlib.sha256(access_token.encode()).digest()
    claims = {
        "iss": ISSUER,
        "sub": "user-1",
        "aud": CLIENT_ID,
        "nonce": nonce,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 300,
        "at_hash": base64.urlsafe_b64encode(digest[:16]).decode().rstrip("="),
        "email": "ada@example.com",
        "name": "Ada Keeper",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims: dict[str, object], key: RSAPrivateKey, key_id: str = "one") -> str:
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": key_id})
