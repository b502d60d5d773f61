"""How do the data keys of an installation get to another workstation? In a file that only a passphrase opens.

JSON with everything in clear but the keys: version, installation, ids and check values of the keys, and the parameters
of scrypt (RFC 7914) by which the passphrase becomes the key of AES-256-GCM. All of that is associated data of the seal.
A checksum tells a damaged file from a wrong passphrase without helping anybody to guess one.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hostspec.errors import ConnectionProblem
from hostspec.value import Remedy
from xero_connections_plugin.gateways.keys import envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import SecretStr

VERSION: Final = 1
SHORTEST_PASSPHRASE: Final = 12
LONGEST_PASSPHRASE: Final = 1_024
LARGEST_FILE: Final = 64 * 1024
"""Bytes; a file of ours is below three thousand."""

MOST_MEMORY: Final = 256 * 1024 * 1024
"""Bytes that the parameters of a file may make scrypt use; a hostile file could ask for all there is."""

_SALT_BYTES: Final = 16


class KeyTransferRefused(ConnectionProblem):
    """A file of keys cannot be written or read; no key was changed.

    Codes: ``PASSPHRASE_SHORT``, ``PASSPHRASE_WRONG``, ``KEY_FILE_DAMAGED``, ``KEY_FILE_NEWER``, ``KEY_FILE_FOREIGN``,
    ``KEY_FILE_EXISTS``, ``KEY_FILE_UNUSABLE``.
    """

    default_code = "KEY_FILE_UNUSABLE"
    remedy = Remedy.FIX_SETTINGS


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class ScryptCost(_Part):
    """What guessing one passphrase costs: ``128 * n * r`` bytes of memory, ``p`` times (RFC 7914 section 2)."""

    n: int = Field(ge=2**10, le=2**20)
    r: int = Field(ge=8, le=32)
    p: int = Field(ge=1, le=4)

    @property
    def is_bearable(self) -> bool:
        """Whether it is a form that scrypt takes, and not meant to exhaust this machine."""
        return self.n & (self.n - 1) == 0 and 128 * self.n * self.r <= MOST_MEMORY


STRONG: Final = ScryptCost(n=2**17, r=8, p=1)
"""128 MiB and about half a second per guess (OWASP's recommendation of 2023)."""


class TransferredKey(_Part):
    """A key by its id, as the register knows it."""

    key_id: str = Field(pattern="^[0-9a-f]{16}$")
    check_value: str = Field(pattern="^[0-9a-f]{32}$")


class _Head(_Part):
    format: Literal["xero-connections-keys"]
    version: Literal[1]
    installation_id: str = Field(min_length=1, max_length=64)
    keys: list[TransferredKey] = Field(min_length=1, max_length=32)
    scrypt: ScryptCost
    salt: str = Field(max_length=64)
    nonce: str = Field(max_length=64)


class _Sealed(_Head):
    sealed: str = Field(max_length=8192)
    checksum: str = Field(max_length=64)


class _Version(BaseModel):
    """As much of a file as any version has."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)

    format: Literal["xero-connections-keys"]
    version: int


def check_passphrase(passphrase: SecretStr) -> None:
    """Refuse a passphrase that is too easily guessed.

    Raises:
        KeyTransferRefused: It is too short or too long; it is not quoted.
    """
    length = len(_normal(passphrase))
    if length < SHORTEST_PASSPHRASE:
        raise KeyTransferRefused(
            f"The passphrase has {length} characters, and {SHORTEST_PASSPHRASE} are needed. Nothing was written. "
            "Choose a longer one; several words are easy to remember.",
            code="PASSPHRASE_SHORT",
        )
    if length > LONGEST_PASSPHRASE:
        raise KeyTransferRefused(
            f"The passphrase has more than {LONGEST_PASSPHRASE} characters. Nothing was written. Choose a shorter one.",
            code="PASSPHRASE_SHORT",
        )


def sealed_file(
    installation_id: str,
    keys: Sequence[bytes],
    passphrase: SecretStr,
    *,
    random_bytes: Callable[[int], bytes],
    cost: ScryptCost = STRONG,
) -> bytes:
    """The content of a file that holds keys.

    Args:
        installation_id: Whose keys they are.
        keys: Oldest first.
        passphrase: Checked by ``check_passphrase``.
        random_bytes: A cryptographic generator.
        cost: Of guessing the passphrase.

    Raises:
        KeyTransferRefused: This machine has not enough memory.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = random_bytes(_SALT_BYTES), random_bytes(envelope.NONCE_BYTES)
    head = _Head(
        format="xero-connections-keys",
        version=VERSION,
        installation_id=installation_id,
        keys=[TransferredKey(key_id=envelope.key_id(k), check_value=envelope.check_value(k)) for k in keys],
        scrypt=cost,
        salt=_text(salt),
        nonce=_text(nonce),
    )
    key = _derived(passphrase, salt, cost)
    sealed = _text(AESGCM(key).encrypt(nonce, b"".join(keys), _associated(head)))
    whole = _Sealed.model_validate({**_members(head), "sealed": sealed, "checksum": _checksum(head, sealed)})
    return whole.model_dump_json(indent=1).encode() + b"\n"


class KeyParcel:
    """A file of keys that was understood and is not opened yet.

    Args:
        content: Of the file, ``LARGEST_FILE`` at most.

    Raises:
        KeyTransferRefused: It is none, of another version, or damaged.
    """

    def __init__(self, content: bytes) -> None:
        try:
            version = _Version.model_validate_json(content).version
        except ValidationError:
            raise _damaged("is not a file of keys of this program, or it is damaged") from None
        if version != VERSION:
            raise KeyTransferRefused(
                f"The file of keys has version {str(version)[:20]}, and this program reads version {VERSION}. "
                "No key was changed. Export it again with this version of the program, or update the program.",
                code="KEY_FILE_NEWER",
            )
        try:
            self._sealed = _Sealed.model_validate_json(content)
        except ValidationError:
            raise _damaged("is damaged") from None
        if not self._sealed.scrypt.is_bearable or self._sealed.checksum != _checksum(self._sealed, self._sealed.sealed):
            raise _damaged("is damaged")

    @property
    def installation_id(self) -> str:
        """Whose keys they are; proven only by ``open``."""
        return self._sealed.installation_id

    @property
    def keys(self) -> tuple[TransferredKey, ...]:
        """Which keys are inside; proven only by ``open``."""
        return tuple(self._sealed.keys)

    def open(self, passphrase: SecretStr) -> tuple[bytes, ...]:
        """The keys.

        Raises:
            KeyTransferRefused: The passphrase does not fit, or somebody altered the file on purpose.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        head, sealed = self._sealed, _bytes(self._sealed.sealed)
        salt, nonce = _bytes(head.salt), _bytes(head.nonce)
        if len(salt) != _SALT_BYTES or len(nonce) != envelope.NONCE_BYTES:
            raise _damaged("is damaged")
        key = _derived(passphrase, salt, head.scrypt)
        try:
            plain = AESGCM(key).decrypt(nonce, sealed, _associated(head))
        except (InvalidTag, ValueError):
            raise KeyTransferRefused(
                "The passphrase does not open this file of keys. No key was changed. Check the passphrase; if it is "
                "right, export the file again.",
                code="PASSPHRASE_WRONG",
            ) from None
        size = envelope.KEY_BYTES
        keys = tuple(plain[start : start + size] for start in range(0, len(plain), size))
        told = [(known.key_id, known.check_value) for known in head.keys]
        if [(envelope.key_id(key), envelope.check_value(key)) for key in keys] != told:
            raise _damaged("names other keys than it holds")
        return keys


def _derived(passphrase: SecretStr, salt: bytes, cost: ScryptCost) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    try:
        kdf = Scrypt(salt=salt, length=envelope.KEY_BYTES, n=cost.n, r=cost.r, p=cost.p)
        return kdf.derive(_normal(passphrase).encode(errors="surrogatepass"))
    except MemoryError:
        raise KeyTransferRefused(
            f"This machine has not the {128 * cost.n * cost.r // 2**20} MB of memory that protecting the keys takes. "
            "No key was changed. Close other programs and try again."
        ) from None


def _normal(passphrase: SecretStr) -> str:
    """One form, whatever keyboard it was typed on (RFC 8265 section 4.2)."""
    return unicodedata.normalize("NFC", passphrase.get_secret_value())


def _associated(head: _Head) -> bytes:
    return _Head.model_validate(_members(head)).model_dump_json().encode()


def _members(head: _Head) -> dict[str, object]:
    return {name: getattr(head, name) for name in _Head.model_fields}


def _checksum(head: _Head, sealed: str) -> str:
    return hashlib.sha256(_associated(head) + sealed.encode()).hexdigest()[:32]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise _damaged("is damaged") from None


def _damaged(what: str) -> KeyTransferRefused:
    return KeyTransferRefused(
        f"The file {what}. No key was changed. Export it again, and copy it as a whole.", code="KEY_FILE_DAMAGED"
    )
