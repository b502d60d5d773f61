"""Where does the data key come from? The keychain, or what the installation set explicitly; never a silent fallback."""

from __future__ import annotations

import base64
import binascii
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.keys.envelope import KEY_BYTES, key_id
from xero_connections_plugin.gateways.keys.keychain import Keychain, system_keyring
from xero_connections_plugin.gateways.store.sqlite_file import sync_folder

if TYPE_CHECKING:
    from collections.abc import Collection

    from xero_connections_plugin.settings import Settings


MOST_KEYS: Final = 16
"""In a key file; retired ones can be discarded."""

_BINARY: Final = getattr(os, "O_BINARY", 0)
# Opening never waits: a named pipe without a writer would hold its caller for ever.
_READ: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | _BINARY
_MAKE: Final = os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY


class KeySource(Protocol):
    """One place that holds the data keys of an installation.

    Raises (from ``read``, ``create`` and ``discard``):
        SecretStoreUnavailable: The place cannot be used; the code says why.
    """

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
        """The keys kept for an installation, newest last; empty when there are none. Never answers later than asked."""

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        """Keep a key beside those that are there, and make sure by reading it back."""

    def discard(self, installation_id: str, key_ids: Collection[str], *, seconds: float) -> None:
        """Keep these keys no longer, and make sure by reading back."""

    def describe(self) -> str:
        """Where the key is kept, for people. Asks nobody."""


def key_source(settings: Settings, data_dir: Path) -> KeySource:
    """The source that the installation chose; the keychain unless it set another.

    Args:
        settings: Of this installation.
        data_dir: What a relative ``key_file`` is relative to.
    """
    if settings.key is not None:
        return GivenKey(settings.key.get_secret_value())
    if settings.key_file is not None:
        return KeyFile(data_dir / Path(settings.key_file).expanduser())
    return Keychain(system_keyring)


class GivenKey:
    """The key itself as a setting.

    Args:
        encoded: Base64 of 32 bytes; several keys are separated by commas, newest last.
    """

    def __init__(self, encoded: str) -> None:
        self._encoded = encoded

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:  # noqa: ARG002 -- see the port
        return tuple(_decoded(encoded.strip()) for encoded in self._encoded.split(","))

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        if key not in self.read(installation_id, seconds=seconds):
            raise SecretStoreUnavailable(
                "The key is given as a setting, so no other one is made or kept. Nothing was changed. Add the new key "
                "to the setting, after a comma, and start again.",
                code="KEY_MISSING",
            )

    def discard(self, installation_id: str, key_ids: Collection[str], *, seconds: float) -> None:
        if any(key_id(key) in key_ids for key in self.read(installation_id, seconds=seconds)):
            raise SecretStoreUnavailable(
                "The key is given as a setting. Nothing was changed. Take it out of the setting and start again.",
                code="KEYRING_REFUSED",
            )

    def describe(self) -> str:
        return "the setting 'key'"


def _decoded(encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, altchars=b"-_" if set(encoded) & {"-", "_"} else None, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretStoreUnavailable(
            "The setting 'key' is not the base64 of 32 bytes. Nothing was changed; correct it and start again.",
            code="KEY_MISSING",
        )
    return key


class KeyFile:
    """A file that only this user may read: 32 bytes for each key, newest last.

    Args:
        path: Made when missing and nothing is sealed yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:  # noqa: ARG002 -- see the port
        try:
            handle = os.open(self._path, _READ)
        except FileNotFoundError:
            return ()
        except OSError as trouble:
            raise self._refused(f"cannot be opened ({trouble.strerror})") from None
        try:
            self._check(os.fstat(handle))
            content = os.read(handle, MOST_KEYS * KEY_BYTES + 1)
        except OSError as trouble:
            raise self._refused(f"cannot be read ({trouble.strerror})") from None
        finally:
            os.close(handle)
        if len(content) % KEY_BYTES or not 0 < len(content) <= MOST_KEYS * KEY_BYTES:
            raise self._refused("does not hold exactly 32 bytes for each key")
        return tuple(content[start : start + KEY_BYTES] for start in range(0, len(content), KEY_BYTES))

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        kept = self.read(installation_id, seconds=seconds)
        if key not in kept:
            self._write((*kept, key), installation_id, seconds)

    def discard(self, installation_id: str, key_ids: Collection[str], *, seconds: float) -> None:
        kept = self.read(installation_id, seconds=seconds)
        stay = tuple(key for key in kept if key_id(key) not in key_ids)
        if not stay:
            raise self._refused("would hold no key any more")
        if stay != kept:
            self._write(stay, installation_id, seconds)

    def describe(self) -> str:
        return f"key file {self._path}"

    def _write(self, keys: tuple[bytes, ...], installation_id: str, seconds: float) -> None:
        if len(keys) > MOST_KEYS:
            raise self._refused(f"holds {MOST_KEYS} keys already; discard a retired one first")
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            handle = os.open(fresh, _MAKE, 0o600)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(b"".join(keys))
                    file.flush()
                    os.fsync(file.fileno())
                fresh.replace(self._path)
            except OSError:
                with suppress(OSError):
                    fresh.unlink(missing_ok=True)
                raise
            sync_folder(self._path.parent)
        except OSError as trouble:
            raise self._refused(f"cannot be written ({trouble.strerror})") from None
        if self.read(installation_id, seconds=seconds) != keys:
            raise self._refused("did not keep what was written to it")

    def _check(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise self._refused("is not a regular file")
        if sys.platform == "win32":
            return
        if found.st_uid != os.geteuid():
            raise self._refused("belongs to another user")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise self._refused(f"may be read by other users; run: chmod 600 {self._path}")

    def _refused(self, why: str) -> SecretStoreUnavailable:
        return SecretStoreUnavailable(
            f"The key file {self._path} {why}. Stored sign-ins are unchanged.", code="KEYRING_REFUSED"
        )
