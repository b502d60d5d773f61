"""The keychain of the operating system: only trusted back ends, read back, and never waited for too long."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import keyring.backends.fail
import keyring.backends.null
import keyring.errors
import pytest

from hostspec.errors import SecretStoreUnavailable
from tests.canaries import canary
from tests.plugin.key_doubles import (
    ChainerBackend,
    CuttingKeyring,
    ForgetfulKeyring,
    LockedKeyring,
    PlaintextKeyring,
    RaisingKeyring,
    StubbornKeyring,
    SwappingKeyring,
    TrustedKeyring,
)
from xero_connections_plugin.gateways.keys.envelope import key_id
from xero_connections_plugin.gateways.keys.keychain import SERVICE, Keychain, PasswordStore

KEY = bytes(range(32))


def code_of(store: PasswordStore, *, seconds: float = 5.0) -> str:
    with pytest.raises(SecretStoreUnavailable) as caught:
        Keychain(lambda: store).read("installation", seconds=seconds)
    assert len(str(caught.value)) <= 300
    return caught.value.code


def test_a_key_that_was_made_is_read_by_every_process() -> None:
    store = TrustedKeyring()
    assert Keychain(lambda: store).read("installation", seconds=5) == ()
    Keychain(lambda: store).create("installation", KEY, seconds=5)
    assert Keychain(lambda: store).read("installation", seconds=5) == (KEY,)
    assert Keychain(lambda: store).read("another", seconds=5) == ()


def test_one_item_holds_the_key_of_one_installation() -> None:
    store = TrustedKeyring()
    Keychain(lambda: store).create("installation", KEY, seconds=5)
    assert list(store.items) == [(SERVICE, "installation")]
    assert len(store.items[(SERVICE, "installation")]) < 100


def test_a_further_key_leaves_the_first_in_place() -> None:
    store = TrustedKeyring()
    keychain = Keychain(lambda: store)
    keychain.create("installation", KEY, seconds=5)
    keychain.create("installation", KEY[::-1], seconds=5)
    assert keychain.read("installation", seconds=5) == (KEY, KEY[::-1])


def test_the_same_key_is_kept_once() -> None:
    store = TrustedKeyring()
    keychain = Keychain(lambda: store)
    for _ in range(2):
        keychain.create("installation", KEY, seconds=5)
    assert (keychain.read("installation", seconds=5), store.writes) == ((KEY,), 1)


def test_a_key_that_is_discarded_is_gone_and_the_others_stay() -> None:
    store = TrustedKeyring()
    keychain = Keychain(lambda: store)
    for key in (KEY, KEY[::-1]):
        keychain.create("installation", key, seconds=5)
    keychain.discard("installation", (key_id(KEY), "unknown"), seconds=5)
    assert keychain.read("installation", seconds=5) == (KEY[::-1],)


def test_a_keychain_that_does_not_let_a_key_go_is_told() -> None:
    store = StubbornKeyring()
    keychain = Keychain(lambda: store)
    keychain.create("installation", KEY, seconds=5)
    with pytest.raises(SecretStoreUnavailable) as caught:
        keychain.discard("installation", (key_id(KEY),), seconds=5)
    assert caught.value.code == "KEYRING_REFUSED"
    assert "Remove it by hand." in str(caught.value)


def test_an_item_never_outgrows_what_windows_keeps() -> None:
    store = TrustedKeyring()
    keychain = Keychain(lambda: store)
    for number in range(19):
        keychain.create("installation", bytes([number]) * 32, seconds=5)
    with pytest.raises(SecretStoreUnavailable) as caught:
        keychain.create("installation", KEY, seconds=5)
    assert caught.value.code == "KEYRING_REFUSED"
    assert "Discard a retired key first." in str(caught.value)
    assert len(keychain.read("installation", seconds=5)) == 19
    assert len(store.items[(SERVICE, "installation")]) < 1_280


@pytest.mark.parametrize("store", [ForgetfulKeyring, SwappingKeyring, CuttingKeyring])
def test_c27_a_keychain_whose_read_back_differs_is_refused(store: type[TrustedKeyring]) -> None:
    with pytest.raises(SecretStoreUnavailable) as caught:
        Keychain(store).create("installation", KEY, seconds=5)
    assert caught.value.code in {"KEYRING_REFUSED", "KEY_MISSING"}
    assert len(str(caught.value)) <= 300


def test_c27_what_a_forgetful_keychain_did_is_told_in_plain_words() -> None:
    with pytest.raises(SecretStoreUnavailable) as caught:
        Keychain(ForgetfulKeyring).create("installation", KEY, seconds=5)
    assert caught.value.code == "KEYRING_REFUSED"
    assert str(caught.value) == (
        "Secret Service (GNOME Keyring or KeePassXC) accepted the key and did not keep it, so it is not used. "
        "Stored sign-ins are unchanged. Set key_file or repair the keychain."
    )


def test_c26_no_keychain_is_missing_and_untrusted_ones_are_refused_by_name() -> None:
    missing: type[PasswordStore] = keyring.backends.fail.Keyring
    null: type[PasswordStore] = keyring.backends.null.Keyring
    assert code_of(missing()) == "KEYRING_MISSING"
    assert code_of(null()) == "KEYRING_REFUSED"
    with pytest.raises(SecretStoreUnavailable, match=r"keyrings\.alt\.file\.PlaintextKeyring"):
        Keychain(PlaintextKeyring).read("installation", seconds=5)


def test_c26_the_chainer_is_opened_and_its_first_trusted_back_end_used() -> None:
    trusted = TrustedKeyring()
    keychain = Keychain(lambda: ChainerBackend([PlaintextKeyring(), trusted, RaisingKeyring(ValueError())]))
    keychain.create("installation", KEY, seconds=5)
    assert trusted.writes == 1
    assert code_of(ChainerBackend([PlaintextKeyring()])) == "KEYRING_MISSING"


def test_c26_a_back_end_chosen_by_environment_that_cannot_be_loaded_is_refused() -> None:
    def choose() -> PasswordStore:
        raise ModuleNotFoundError("no module named 'nonsense'")

    with pytest.raises(SecretStoreUnavailable) as caught:
        Keychain(choose).read("installation", seconds=5)
    assert caught.value.code == "KEYRING_REFUSED"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (keyring.errors.KeyringLocked("locked"), "KEYRING_LOCKED"),
        (keyring.errors.NoKeyringError(), "KEYRING_MISSING"),
        (keyring.errors.InitError("no collection"), "KEYRING_MISSING"),
        (keyring.errors.PasswordSetError("no"), "KEYRING_REFUSED"),
        (OSError(1783, "The stub received bad data"), "KEYRING_REFUSED"),
    ],
)
def test_each_failure_of_a_back_end_has_its_code(error: Exception, code: str) -> None:
    assert code_of(RaisingKeyring(error)) == code


def test_a_foreign_error_is_named_and_never_quoted() -> None:
    with pytest.raises(SecretStoreUnavailable) as caught:
        Keychain(lambda: RaisingKeyring(ValueError(canary("key")))).read("installation", seconds=5)
    assert "ValueError" in str(caught.value)
    assert canary("key") not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_c25_a_locked_keychain_never_holds_its_caller_and_is_asked_by_one_worker_only() -> None:
    store = LockedKeyring()
    keychain = Keychain(lambda: store)
    for _ in range(3):
        with pytest.raises(SecretStoreUnavailable) as caught:
            keychain.read("installation", seconds=0.05)
        assert caught.value.code == "KEYRING_SLOW"
    assert store.calls == 1
    store.unlocked.set()
    assert keychain.read("installation", seconds=10) == ()


def test_c25_callers_who_come_while_it_hangs_start_no_threads_and_wait_for_their_own_limit_only() -> None:
    store = LockedKeyring()
    keychain = Keychain(lambda: store)
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(keychain.read, "installation", seconds=0.2) for _ in range(64)]
        assert store.asked.wait(10)
        assert sum(thread.name == "keychain" for thread in threading.enumerate()) == 1
        problems = [one.exception(timeout=30) for one in asked]
    assert {getattr(problem, "code", None) for problem in problems} == {"KEYRING_SLOW"}
    assert store.calls == 1
    store.unlocked.set()
    assert keychain.read("installation", seconds=10) == ()
    assert store.calls == 2


def test_c25_an_answer_that_comes_after_its_caller_left_writes_nothing_that_is_lost() -> None:
    store = LockedKeyring()
    keychain = Keychain(lambda: store)
    with pytest.raises(SecretStoreUnavailable) as caught:
        keychain.create("installation", KEY, seconds=0.05)
    assert caught.value.code == "KEYRING_SLOW"
    store.unlocked.set()
    # The first write went on, and the second key stands beside it.
    keychain.create("installation", KEY[::-1], seconds=10)
    assert keychain.read("installation", seconds=10) == (KEY, KEY[::-1])


def test_a_forked_child_waits_for_no_worker_of_its_parent() -> None:
    store = LockedKeyring()
    keychain = Keychain(lambda: store)
    with pytest.raises(SecretStoreUnavailable):
        keychain.read("installation", seconds=0.05)
    # As the child finds it: the turn of a process that it is not.
    keychain._turn._process += 1
    other = TrustedKeyring()
    keychain._choose = lambda: other
    assert keychain.read("installation", seconds=10) == ()
    store.unlocked.set()


@pytest.mark.parametrize("value", ["rubbish", "id:AAAA", f"0000:{base64.b64encode(KEY).decode()}", ":"])
def test_an_item_that_is_no_key_of_ours_is_reported_and_left_alone(value: str) -> None:
    store = TrustedKeyring()
    store.items[(SERVICE, "installation")] = value
    assert code_of(store) == "KEY_MISSING"
    assert store.items[(SERVICE, "installation")] == value


def test_people_read_what_the_keychain_is_called() -> None:
    keychain = Keychain(LockedKeyring)
    assert keychain.describe() == "the keychain of the operating system"
    keychain = Keychain(TrustedKeyring)
    keychain.read("installation", seconds=5)
    assert keychain.describe().startswith("Secret Service")
