"""How does a sign-in prove that whoever trades the code is whoever asked for it? (RFC 7636)"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

if TYPE_CHECKING:
    from collections.abc import Callable

_SECRET_BYTES: Final = 32
"""256 bits: 43 characters in base64url, the shortest verifier allowed, as strong as the hash (RFC 7636 section 7.1)."""


@dataclass(frozen=True)
class AttemptSecrets:
    """What is drawn anew for every attempt (R16); lives in memory only."""

    state: SecretStr
    verifier: SecretStr
    nonce: SecretStr


def draw_secrets(random_bytes: Callable[[int], bytes]) -> AttemptSecrets:
    """State, verifier and nonce of one attempt.

    Args:
        random_bytes: A cryptographic source, such as ``secrets.token_bytes``.

    Raises:
        ValueError: The source gave fewer bytes than asked for.
    """
    return AttemptSecrets(*(SecretStr(_draw(random_bytes)) for _ in range(3)))


def challenge_of(verifier: SecretStr) -> str:
    """The S256 challenge: unpadded base64url of SHA-256 over the ASCII verifier (RFC 7636 section 4.2)."""
    return _base64url(hashlib.sha256(verifier.get_secret_value().encode("ascii")).digest())


def _draw(random_bytes: Callable[[int], bytes]) -> str:
    drawn = random_bytes(_SECRET_BYTES)
    if len(drawn) != _SECRET_BYTES:
        raise ValueError("the random source gave fewer bytes than asked for")
    return _base64url(drawn)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
