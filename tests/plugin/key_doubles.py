"""Keychains and key sources that do what a test tells them to."""

from __future__ import annotations

import base64
import threading
from collections.abc import Collection, Sequence

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.keys.envelope import key_id


class KeysInMemory:
    """A ``KeySource``; several vaults on one of them are processes of one machine."""

    def __init__(self, *keys: bytes) -> None:
        self.keys = list(keys)
        self.reads = 0
        self.trouble: SecretStoreUnavailable | None = None
        self.limits: list[float] = []
        self.installations: set[str] = set()

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
        self.reads += 1
        self.limits.append(seconds)
        self.installations.add(installation_id)
        if self.trouble is not None:
            raise self.trouble
        return tuple(self.keys)

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        self.limits.append(seconds)
        self.installations.add(installation_id)
        if self.trouble is not None:
            raise self.trouble
        if key not in self.keys:
            self.keys.append(key)

    def discard(self, installation_id: str, key_ids: Collection[str], *, seconds: float) -> None:
        self.keys = [key for key in self.keys if key_id(key) not in key_ids]

    def describe(self) -> str:
        return "memory"


class TrustedKeyring:
    """A keyring back end that works; tests present it under an allowed name."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}
        self.writes = 0

    def get_password(self, service: str, username: str) -> str | None:
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.writes += 1
        self.items[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.items[(service, username)]


TrustedKeyring.__module__ = "keyring.backends.SecretService"
TrustedKeyring.__qualname__ = "Keyring"


class ForgetfulKeyring(TrustedKeyring):
    """Says yes and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.writes += 1


ForgetfulKeyring.__module__ = "keyring.backends.SecretService"
ForgetfulKeyring.__qualname__ = "Keyring"


class SwappingKeyring(TrustedKeyring):
    """Keeps another key than the one it was given."""

    def set_password(self, service: str, username: str, password: str) -> None:
        other = bytes(32)
        super().set_password(service, username, f"{key_id(other)}:{base64.b64encode(other).decode()}")


class CuttingKeyring(TrustedKeyring):
    """Keeps as much as it likes."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password[:40])


class StubbornKeyring(TrustedKeyring):
    """Keeps what it has once been given."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if not self.items:
            super().set_password(service, username, password)


for _kind in (SwappingKeyring, CuttingKeyring, StubbornKeyring):
    _kind.__module__, _kind.__qualname__ = "keyring.backends.SecretService", "Keyring"


class LockedKeyring(TrustedKeyring):
    """Waits for somebody to unlock it."""

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()
        self.asked = threading.Event()
        self.calls = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.calls += 1
        self.asked.set()
        self.unlocked.wait(30)
        return super().get_password(service, username)


LockedKeyring.__module__ = "keyring.backends.macOS"
LockedKeyring.__qualname__ = "Keyring"


class RaisingKeyring(TrustedKeyring):
    """Raises whatever it was given."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error


RaisingKeyring.__module__ = "keyring.backends.Windows"
RaisingKeyring.__qualname__ = "WinVaultKeyring"


class PlaintextKeyring(TrustedKeyring):
    """Would keep the key in a readable file."""


PlaintextKeyring.__module__ = "keyrings.alt.file"
PlaintextKeyring.__qualname__ = "PlaintextKeyring"


class ChainerBackend:
    """keyring's chainer, with what it found."""

    def __init__(self, backends: Sequence[TrustedKeyring]) -> None:
        self.backends = list(backends)

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("the chainer is opened and never asked itself")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("the chainer is opened and never asked itself")

    def delete_password(self, service: str, username: str) -> None:
        raise AssertionError("the chainer is opened and never asked itself")


ChainerBackend.__module__ = "keyring.backends.chainer"
