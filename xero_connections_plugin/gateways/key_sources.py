"""Where does the data key come from? The keychain, or what the installation set explicitly; never a silent fallback."""

from __future__ import annotations

import base64
import binascii
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.envelope import KEY_BYTES
from xero_connections_plugin.gateways.keychain import Keychain, system_keyring
from xero_connections_plugin.gateways.sqlite_file import sync_folder

if TYPE_CHECKING:
    from xero_connections_plugin.settings import Settings


class KeySource(Protocol):
    """One place that holds the data keys of an installation.

    Raises (from ``read`` and ``create``):
        SecretStoreUnavailable: The place cannot be used; the code says why.
    """

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
        """The keys kept for an installation; empty when there are none. Never answers later than asked."""

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        """Keep a first key, and make sure by reading it back."""

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
        encoded: Base64 of 32 bytes.
    """

    def __init__(self, encoded: str) -> None:
        self._encoded = encoded

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:  # noqa: ARG002 -- see the port
        try:
            key = base64.b64decode(self._encoded, altchars=b"-_" if set(self._encoded) & {"-", "_"} else None)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise SecretStoreUnavailable(
                "The setting 'key' is not the base64 of 32 bytes. Nothing was changed; correct it and start again.",
                code="KEY_MISSING",
            )
        return (key,)

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:  # noqa: ARG002 -- see the port
        raise SecretStoreUnavailable(
            "The key is given as a setting, so no other one is made. Nothing was changed.", code="KEY_MISSING"
        )

    def describe(self) -> str:
        return "the setting 'key'"


class KeyFile:
    """A file of 32 bytes that only this user may read.

    Args:
        path: Made when missing and nothing is sealed yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:  # noqa: ARG002 -- see the port
        try:
            handle = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return ()
        except OSError as trouble:
            raise self._refused(f"cannot be opened ({trouble.strerror})") from None
        try:
            self._check(os.fstat(handle))
            key = os.read(handle, KEY_BYTES + 1)
        finally:
            os.close(handle)
        if len(key) != KEY_BYTES:
            raise self._refused("does not hold exactly 32 bytes")
        return (key,)

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
            sync_folder(self._path.parent)
        except OSError as trouble:
            raise self._refused(f"cannot be written ({trouble.strerror})") from None
        if self.read(installation_id, seconds=seconds) != (key,):
            raise self._refused("did not keep what was written to it")

    def describe(self) -> str:
        return f"key file {self._path}"

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
