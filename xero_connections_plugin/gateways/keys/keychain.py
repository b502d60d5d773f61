"""How is the operating system's keychain asked? Within a limit of time, and only where secrets are really kept."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.keys.envelope import KEY_BYTES, key_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

SERVICE: Final = "xero-connections-plugin"

ALLOWED: Final = {
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
    "keyring.backends.SecretService.Keyring": "Secret Service (GNOME Keyring or KeePassXC)",
    "keyring.backends.libsecret.Keyring": "Secret Service (GNOME Keyring or KeePassXC)",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
}
"""Back ends that keep secrets encrypted for one user, by class, and what people call them. Others may keep plain text,
or nothing at all."""

MOST_CHARACTERS: Final = 1_200
"""Windows keeps about 1,280 per item: some 19 keys."""

_CHAINER: Final = "keyring.backends.chainer.ChainerBackend"
_FAIL: Final = "keyring.backends.fail.Keyring"
_TRIAL: Final = "trial"
"""Installations are named by hexadecimal digits."""
_REMEDY: Final = "Stored sign-ins are unchanged."


class PasswordStore(Protocol):
    """As much of a keyring back end as is used here."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def system_keyring() -> PasswordStore:
    """The back end that the ``keyring`` library chooses on this machine; may ask the session bus."""
    import keyring

    chosen: PasswordStore = keyring.get_keyring()
    return chosen


class Keychain:
    """The operating system's keychain as a ``KeySource``: one item per installation.

    Args:
        choose: Gives the back end; called in the worker, since it may block too.
    """

    def __init__(self, choose: Callable[[], PasswordStore]) -> None:
        self._choose = choose
        self._turn = _Turn()
        self._label = "the keychain of the operating system"

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
        return self._within(seconds, lambda: self._read(installation_id))

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        def write() -> tuple[bytes, ...]:
            kept = self._read(installation_id)
            return kept if key in kept else self._write(installation_id, (*kept, key))

        if key not in self._within(seconds, write):
            raise SecretStoreUnavailable(
                f"{self._label} accepted the key and did not keep it, so it is not used. {_REMEDY} "
                "Set key_file or repair the keychain.",
                code="KEYRING_REFUSED",
            )

    def discard(self, installation_id: str, key_ids: Collection[str], *, seconds: float) -> None:
        def write() -> tuple[bytes, ...]:
            kept = self._read(installation_id)
            return self._write(installation_id, tuple(key for key in kept if key_id(key) not in key_ids))

        if any(key_id(key) in key_ids for key in self._within(seconds, write)):
            raise SecretStoreUnavailable(
                f"{self._label} still holds a key that was to be removed. {_REMEDY} Remove it by hand.",
                code="KEYRING_REFUSED",
            )

    def try_out(self, *, seconds: float) -> None:
        """Keep an item of no meaning beside the key, read it back and remove it.

        Raises:
            SecretStoreUnavailable: The keychain cannot be used; the code says why.
        """

        def there_and_back() -> tuple[bytes, ...]:
            store, sent = self._allowed(), secrets.token_hex(16)
            store.set_password(SERVICE, _TRIAL, sent)
            kept = store.get_password(SERVICE, _TRIAL)
            if kept is not None:
                store.delete_password(SERVICE, _TRIAL)
            return (sent.encode(),) if kept == sent else ()

        if not self._within(seconds, there_and_back):
            raise SecretStoreUnavailable(
                f"{self._label} accepts what it is given and does not keep it. {_REMEDY} "
                "Set key_file or repair the keychain.",
                code="KEYRING_REFUSED",
            )

    def describe(self) -> str:
        return self._label

    def _write(self, installation_id: str, keys: tuple[bytes, ...]) -> tuple[bytes, ...]:
        value = " ".join(f"{key_id(one)}:{base64.b64encode(one).decode()}" for one in keys)
        if len(value) > MOST_CHARACTERS:
            raise SecretStoreUnavailable(
                f"{self._label} cannot hold a further key in one item. {_REMEDY} Discard a retired key first.",
                code="KEYRING_REFUSED",
            )
        self._allowed().set_password(SERVICE, installation_id, value)
        return self._read(installation_id)

    def _read(self, installation_id: str) -> tuple[bytes, ...]:
        found = self._allowed().get_password(SERVICE, installation_id)
        keys = []
        for item in (found or "").split():
            name, _, encoded = item.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                key = b""
            if len(key) != KEY_BYTES or key_id(key) != name:
                raise SecretStoreUnavailable(
                    f"The item '{SERVICE}' in {self._label} is not a key of this program. {_REMEDY} "
                    "Import the key again.",
                    code="KEY_MISSING",
                )
            keys.append(key)
        return tuple(keys)

    def _allowed(self) -> PasswordStore:
        chosen = self._choose()
        inside: Sequence[PasswordStore] = getattr(chosen, "backends", ()) if _name(chosen) == _CHAINER else (chosen,)
        for store in inside:
            if _name(store) in ALLOWED:
                self._label = ALLOWED[_name(store)]
                return store
        names = ", ".join(_name(store) for store in inside) or _CHAINER
        if _name(chosen) in {_FAIL, _CHAINER}:
            raise SecretStoreUnavailable(
                f"This machine has no keychain that sign-ins can be sealed with. {_REMEDY} "
                "Install one (on Linux: GNOME Keyring or KWallet), or set key_file to a file that only you can read.",
                code="KEYRING_MISSING",
            )
        raise SecretStoreUnavailable(
            f"The keyring back end {names} is not trusted to keep secrets. {_REMEDY} "
            "Choose the system's keychain, or set key_file.",
            code="KEYRING_REFUSED",
        )

    def _within(self, seconds: float, work: Callable[[], tuple[bytes, ...]]) -> tuple[bytes, ...]:
        """Run in a worker; one that hangs keeps its turn, so that no second one is ever started beside it."""
        end = time.monotonic() + seconds
        if not (turn := self._turn.taken_within(seconds)):
            raise _slow(self._label)
        call = _Call(work, turn)
        try:
            threading.Thread(target=call.run, name="keychain", daemon=True).start()
        except RuntimeError:
            turn.release()
            raise _slow(self._label) from None
        if not call.done.wait(max(0.0, end - time.monotonic())):
            raise _slow(self._label)
        if call.failure is not None:
            raise _translated(call.failure, self._label) from None
        return call.result


class _Turn:
    """The right to ask the keychain. A child after a fork has one of its own: the parent's worker is not in it."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._free = threading.Lock()

    def taken_within(self, seconds: float) -> threading.Lock | None:
        """The lock, held, for whoever is done to release; ``None`` when another has it for longer than that."""
        if self._process != os.getpid():
            self._process, self._free = os.getpid(), threading.Lock()
        return self._free if self._free.acquire(timeout=seconds) else None


class _Call:
    """One call in flight, with its end."""

    def __init__(self, work: Callable[[], tuple[bytes, ...]], turn: threading.Lock) -> None:
        self._work = work
        self._turn = turn
        self.done = threading.Event()
        self.result: tuple[bytes, ...] = ()
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except Exception as failure:  # noqa: BLE001 -- back ends raise raw errors of their platforms
            self.failure = failure
        finally:
            self._turn.release()
            self.done.set()


def _name(store: object) -> str:
    kind = type(store)
    return f"{kind.__module__}.{kind.__qualname__}"


def _slow(label: str) -> SecretStoreUnavailable:
    return SecretStoreUnavailable(
        f"{label} did not answer in time; it may be locked and waiting for its password. {_REMEDY} "
        "Unlock it and try again.",
        code="KEYRING_SLOW",
    )


def _translated(failure: Exception, label: str) -> SecretStoreUnavailable:
    if isinstance(failure, SecretStoreUnavailable):
        return failure
    from keyring.errors import InitError, KeyringLocked, NoKeyringError

    if isinstance(failure, KeyringLocked):
        return SecretStoreUnavailable(f"{label} is locked. {_REMEDY} Unlock it and try again.", code="KEYRING_LOCKED")
    if isinstance(failure, NoKeyringError | InitError):
        return SecretStoreUnavailable(
            f"{label} cannot be reached on this machine, or has no keyring yet. {_REMEDY} Start it and create one, or "
            "set key_file to a file that only you can read.",
            code="KEYRING_MISSING",
        )
    # The text of a foreign error may quote what was to be kept.
    return SecretStoreUnavailable(
        f"{label} refused the request ({type(failure).__name__}). {_REMEDY} Repair it, or set key_file.",
        code="KEYRING_REFUSED",
    )
