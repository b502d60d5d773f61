"""How is the operating system's keychain asked? Within a limit of time, and only where secrets are really kept."""

from __future__ import annotations

import base64
import binascii
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.envelope import KEY_BYTES, key_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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

_CHAINER: Final = "keyring.backends.chainer.ChainerBackend"
_FAIL: Final = "keyring.backends.fail.Keyring"
_REMEDY: Final = "Stored sign-ins are unchanged."


class PasswordStore(Protocol):
    """As much of a keyring back end as is used here."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


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
        self._lock = threading.Lock()
        self._running: _Call | None = None
        self._label = "the keychain of the operating system"

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
        return self._within(seconds, lambda: self._read(installation_id))

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        def write() -> tuple[bytes, ...]:
            store = self._allowed()
            kept = self._read(installation_id)
            value = " ".join(f"{key_id(one)}:{base64.b64encode(one).decode()}" for one in (*kept, key))
            store.set_password(SERVICE, installation_id, value)
            return self._read(installation_id)

        if key not in self._within(seconds, write):
            raise SecretStoreUnavailable(
                f"{self._label} accepted the key and did not keep it, so it is not used. {_REMEDY} "
                "Set key_file or repair the keychain.",
                code="KEYRING_REFUSED",
            )

    def describe(self) -> str:
        return self._label

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
        """Run in a worker; one that hangs is left alone, and no second one is started beside it."""
        end = time.monotonic() + seconds
        with self._lock:
            before = self._running
        if before is not None and not before.done.wait(seconds):
            raise _slow(self._label)
        call = _Call(work)
        with self._lock:
            self._running = call
        threading.Thread(target=call.run, name="keychain", daemon=True).start()
        if not call.done.wait(max(0.0, end - time.monotonic())):
            raise _slow(self._label)
        with self._lock:
            self._running = None
        if call.failure is not None:
            raise _translated(call.failure, self._label) from None
        return call.result


class _Call:
    """One call in flight, with its end."""

    def __init__(self, work: Callable[[], tuple[bytes, ...]]) -> None:
        self._work = work
        self.done = threading.Event()
        self.result: tuple[bytes, ...] = ()
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except Exception as failure:  # noqa: BLE001 -- back ends raise raw errors of their platforms
            self.failure = failure
        finally:
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
            f"{label} cannot be reached on this machine. {_REMEDY} Start it, or set key_file to a file that only "
            "you can read.",
            code="KEYRING_MISSING",
        )
    # The text of a foreign error may quote what was to be kept.
    return SecretStoreUnavailable(
        f"{label} refused the request ({type(failure).__name__}). {_REMEDY} Repair it, or set key_file.",
        code="KEYRING_REFUSED",
    )
