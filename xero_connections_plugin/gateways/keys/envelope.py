"""What does a sealed secret look like? AES-256-GCM, bound to the place where it lies.

``XCE`` and a version byte, one length byte and the key id, 12 bytes of nonce, ciphertext with its tag. The associated
data name everything in clear and the place, each with its length in front, so that no two places share them and no
ciphertext opens anywhere else.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.oauth.grant_ports import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12

_HEAD: Final = b"XCE\x01"
_SIZED_HEAD: Final = len(_HEAD).to_bytes(4, "big") + _HEAD


class DataKey:
    """A key made ready to seal and open. Any thread may use it: each act works on a cipher context of its own."""

    def __init__(self, key: bytes) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self.kid = key_id(key)
        self._head = _HEAD + bytes([len(self.kid)]) + self.kid.encode()
        self._cipher = AESGCM(key)
        self._refusals = (InvalidTag, ValueError)

    def seal(
        self,
        plain: bytes,
        *,
        purpose: str,
        owner_id: str,
        generation: int,
        random_bytes: Callable[[int], bytes],
    ) -> bytes:
        """A secret as an envelope with a fresh random nonce (NIST SP 800-38D section 8.2.2)."""
        nonce = random_bytes(NONCE_BYTES)
        data = _associated(self.kid, purpose, owner_id, generation)
        return self._head + nonce + self._cipher.encrypt(nonce, plain, data)

    def unseal(self, sealed: bytes, *, purpose: str, owner_id: str, generation: int) -> bytes:
        """What is in an envelope.

        Raises:
            SealBroken: Another key, another place, or damaged.
        """
        kid = sealed_with(sealed)
        start = len(_HEAD) + 1 + len(kid)
        nonce, ciphertext = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, _associated(kid, purpose, owner_id, generation))
        except self._refusals:
            raise SealBroken("the envelope does not open") from None


def sealed_with(sealed: bytes) -> str:
    """Id of the key that opens an envelope.

    Raises:
        SealBroken: This is none, or of a form that this program does not know.
    """
    length = sealed[len(_HEAD)] if len(sealed) > len(_HEAD) else 0
    kid = sealed[len(_HEAD) + 1 : len(_HEAD) + 1 + length]
    if not sealed.startswith(_HEAD) or len(kid) != length or not kid.isalnum() or not kid.isascii():
        raise SealBroken("not an envelope")
    return kid.decode("ascii")


def key_id(key: bytes) -> str:
    """A name for a key that tells nothing about it: 16 hexadecimal characters."""
    return _derived(key, b"id")[:16]


def check_value(key: bytes) -> str:
    """By which a key is recognized as the one that was registered, beyond its id."""
    return _derived(key, b"check")[:32]


def _derived(key: bytes, label: bytes) -> str:
    return hmac.digest(key, b"xero-connections " + label, "sha256").hex()


def _associated(kid: str, purpose: str, owner_id: str, generation: int) -> bytes:
    return b"".join((_SIZED_HEAD, _sized(purpose), _sized(owner_id), _sized(str(generation)), _sized(kid)))


def _sized(part: str) -> bytes:
    encoded = part.encode()
    return len(encoded).to_bytes(4, "big") + encoded
