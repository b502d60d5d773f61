"""How long the key is waited for: one question for all threads, a limit for each, and no lock held meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from hostspec.errors import ConnectionProblem, SecretStoreUnavailable, StoreUnavailable
from hostspec.services import Clock
from hostspec.testing import FakeClock
from tests.canaries import marked_bytes
from tests.plugin.key_doubles import KeysInMemory
from tests.plugin.key_machines import KeyMachine, KeySite, key_site
from xero_connections_plugin.gateways.keys import envelope
from xero_connections_plugin.gateways.keys.key_register import KeyFacts, KeyRegister
from xero_connections_plugin.gateways.keys.key_sources import KeySource
from xero_connections_plugin.gateways.keys.vault import Vault, _Question

PLACE = {"purpose": "grant", "owner_id": "g1"}


class SlowKeys(KeysInMemory):
    """Answers when it is told to, or says so at the limit."""

    def __init__(self, *keys: bytes) -> None:
        super().__init__(*keys)
        self.asked = threading.Event()
        self.unlocked = threading.Event()
        self.ended_by: type[BaseException] | None = None

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
        self.asked.set()
        if not self.unlocked.wait(min(seconds, 20)):
            raise SecretStoreUnavailable("memory did not answer in time.", code="KEYRING_SLOW")
        if self.ended_by is not None:
            raise self.ended_by
        return super().read(installation_id, seconds=seconds)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[KeySite]:
    with key_site(tmp_path) as made:
        yield made


class Asking(threading.Thread):
    """A thread that asks, and keeps what came of it."""

    def __init__(self, ask: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self.result: object = None
        self.problem: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self._ask()
        except BaseException as problem:
            self.problem = problem


def sealed_by_another(site: KeySite) -> tuple[bytes, bytes]:
    """Something sealed on this store, and its key."""
    source = KeysInMemory()
    machine = site.machine(source)
    machine.sign_in("ada")
    return machine.sealed()[0].data, source.keys[0]


def opening(vault: Vault, sealed: bytes) -> Callable[[], object]:
    return lambda: vault.open(sealed, purpose="grant", owner_id="grant-1", generation=1)


def test_c25_many_threads_share_one_question_and_its_answer(site: KeySite) -> None:
    _, key = sealed_by_another(site)
    source = SlowKeys(key)
    register = ClosingRegister(site.machine().register)
    vault = with_register(source, register, site.clock)
    first = Asking(vault.check_usable)
    assert source.asked.wait(10)
    others = [Asking(vault.check_usable) for _ in range(8)] + [Asking(vault.probe) for _ in range(8)]
    wait_until(lambda: waiting_for(vault) == 16)
    source.unlocked.set()
    for asking in (first, *others):
        asking.join(20)
        assert (asking.is_alive(), asking.problem) == (False, None)
    assert (source.reads, register.reads) == (1, 1)


def waiting_for(vault: Vault) -> int:
    """How many threads wait for the answer of the question under way."""
    question = vault._question
    return len(vars(vars(question.done)["_cond"])["_waiters"]) if question is not None else 0


def test_c25_a_caller_waits_no_longer_than_its_own_limit_while_another_waits_for_a_person(
    site: KeySite,
) -> None:
    sealed, key = sealed_by_another(site)
    source = SlowKeys(key)
    machine = site.machine()
    vault = impatient(machine, source)
    patient = Asking(vault.check_usable)
    assert source.asked.wait(10)
    for ask in (opening(vault, sealed), lambda: vault.seal(b"x", generation=1, **PLACE)):
        before = time.monotonic()
        with pytest.raises(SecretStoreUnavailable) as caught:
            ask()
        assert time.monotonic() - before < 5
        assert caught.value.code == "KEYRING_SLOW"
        assert str(caught.value) == (
            "memory is still being asked for the key and has not answered in time. Stored sign-ins are unchanged. "
            "Unlock it and try again."
        )
    found = vault.probe()
    assert found is not None
    assert found.code == "KEYRING_SLOW"
    # Nobody's work in the database is held up meanwhile, and what is known is told at once.
    machine.database.check_writable()
    assert vault.key_problem() is None
    assert patient.is_alive()
    source.unlocked.set()
    patient.join(20)
    assert patient.problem is None
    assert source.reads == 1
    assert vault.probe() is None


def test_what_the_one_who_asks_finds_wrong_reaches_those_who_wait(site: KeySite) -> None:
    sealed, _ = sealed_by_another(site)
    source = SlowKeys()
    vault = site.machine(source).vault
    first = Asking(vault.probe)
    assert source.asked.wait(10)
    others = [Asking(opening(vault, sealed)) for _ in range(3)]
    source.unlocked.set()
    first.join(20)
    assert isinstance(first.result, SecretStoreUnavailable)
    for other in others:
        other.join(20)
        assert isinstance(other.problem, SecretStoreUnavailable)
        assert other.problem.code == "KEY_MISSING"
        assert other.problem is not first.result
    assert len({id(other.problem) for other in others}) == 3


def impatient(machine: KeyMachine, source: KeySource, clock: Clock | None = None, *, seconds: float = 0.2) -> Vault:
    """A vault that silently waits for a moment only."""
    clock = clock or machine.clock
    return Vault(source, machine.register, clock, random_bytes=marked_bytes, silent_seconds=seconds)


def with_register(source: KeySource, register: BrokenRegister | ClosingRegister, clock: Clock) -> Vault:
    return Vault(source, cast("KeyRegister", register), clock, random_bytes=marked_bytes)


class BrokenRegister:
    """A register in a store that cannot be read."""

    is_shared = False

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go_on = threading.Event()
        self.reads = 0
        self.trouble: BaseException = StoreUnavailable("The disk is full.", code="DISK_FULL")

    def facts(self) -> object:
        self.reads += 1
        self.asked.set()
        self.go_on.wait(20)
        raise self.trouble


def test_trouble_of_the_store_reaches_those_who_wait_as_a_copy(site: KeySite) -> None:
    register = BrokenRegister()
    vault = with_register(KeysInMemory(), register, site.clock)
    first = Asking(vault.check_usable)
    assert register.asked.wait(10)
    other = Asking(vault.check_usable)
    wait_until(lambda: waiting_for(vault) == 1)
    register.go_on.set()
    for asking in (first, other):
        asking.join(20)
        assert isinstance(asking.problem, StoreUnavailable)
        assert (asking.problem.code, str(asking.problem)) == ("DISK_FULL", "The disk is full.")
    assert first.problem is not other.problem
    assert register.reads == 1
    assert vault.probe() is None
    assert vault.key_problem() is None


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_so() and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert is_so()


def test_those_who_wait_ask_themselves_when_the_one_who_asks_is_interrupted(site: KeySite) -> None:
    _, key = sealed_by_another(site)
    source = SlowKeys(key)
    source.ended_by = KeyboardInterrupt
    vault = site.machine(source).vault
    first = Asking(vault.check_usable)
    assert source.asked.wait(10)
    other = Asking(vault.check_usable)
    source.asked.clear()
    source.unlocked.set()
    first.join(20)
    assert isinstance(first.problem, KeyboardInterrupt)
    source.ended_by = None
    other.join(20)
    assert not other.is_alive()
    vault.check_usable()


def test_who_needs_a_key_made_does_not_take_the_answer_of_one_who_only_looked(site: KeySite) -> None:
    site.machine(KeysInMemory(b"f" * 32)).vault.check_usable()
    source = SlowKeys()
    vault = site.machine(source).vault
    looking = Asking(vault.probe)
    assert source.asked.wait(10)
    making = Asking(vault.check_usable)
    source.unlocked.set()
    looking.join(20)
    making.join(20)
    assert (looking.problem, making.problem) == (None, None)
    assert len(source.keys) == 1
    assert vault.has_key(site.machine(source).facts.keys[-1].key_id)


def test_a_keychain_that_is_slow_to_make_the_first_key_ends_inside_the_limit(
    site: KeySite,
) -> None:
    source = SlowKeys()
    vault = impatient(site.machine(), source)
    before = time.monotonic()
    with pytest.raises(SecretStoreUnavailable) as caught:
        vault.seal(b"x", generation=1, **PLACE)
    assert time.monotonic() - before < 10
    assert caught.value.code == "KEYRING_SLOW"
    assert source.keys == []


def test_who_waits_for_another_process_to_make_the_first_key_waits_no_longer_than_allowed(
    site: KeySite,
) -> None:
    other = site.machine()
    vault = impatient(site.machine(), KeysInMemory(), RealWait())
    with other.register.creating() as extend:
        assert extend is not None
        with pytest.raises(SecretStoreUnavailable) as caught:
            vault.seal(b"x", generation=1, **PLACE)
    assert caught.value.code == "KEYRING_SLOW"
    assert str(caught.value) == (
        "Another program of this installation is making its key and has not finished. Nothing was changed. "
        "If it asks for the password of the keychain, enter it; then try again."
    )
    problem = vault.key_problem()
    assert problem is not None
    assert problem.code == "KEYRING_SLOW"


class RealWait(FakeClock):
    """A clock whose waits take their time."""

    def wait(self, seconds: float) -> None:
        threading.Event().wait(seconds)


def test_one_overtaken_while_a_person_was_asked_makes_no_second_key(site: KeySite) -> None:
    """A took the lease and asked the keychain; it ran out, B took it; the person unlocks, and both go on."""
    source = KeysInMemory()
    quick = site.machine(source)

    class Overtaken(KeysInMemory):
        def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
            kept = tuple(source.keys)
            self.reads += 1
            if self.reads == 2:
                site.clock.advance(46)
                quick.vault.check_usable()
            return kept

        def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
            source.create(installation_id, key, seconds=seconds)

    slow = site.machine(Overtaken())
    slow.vault.check_usable()
    assert len(source.keys) == 1
    assert slow.vault.seal(b"x", generation=1, **PLACE).key_id in quick.states()


def test_a_forked_child_asks_for_itself_though_its_parent_was_asking(site: KeySite) -> None:
    _, key = sealed_by_another(site)
    vault = site.machine(KeysInMemory(key)).vault
    # As the child finds it: a question that nobody in it will ever end.
    vault._question = _Question(make=True, process=os.getpid() + 1)
    before = time.monotonic()
    vault.check_usable()
    assert time.monotonic() - before < 9


def test_a_store_that_cannot_be_read_any_more_does_not_keep_a_token_from_being_sealed(site: KeySite) -> None:
    machine = site.machine()
    register = ClosingRegister(machine.register)
    vault = with_register(machine.source, register, site.clock)
    vault.check_usable()
    register.is_closed = True
    site.clock.advance(31)
    assert vault.seal(b"x", generation=1, **PLACE).key_id in machine.states()
    fresh = with_register(machine.source, register, site.clock)
    with pytest.raises(ConnectionProblem) as caught:
        fresh.seal(b"x", generation=1, **PLACE)
    assert caught.value.code == "DISK_FULL"


class ClosingRegister:
    """A register that counts who reads it, and whose store cannot be read any more once it is told so."""

    def __init__(self, register: KeyRegister) -> None:
        self._register = register
        self.is_closed = False
        self.reads = 0

    def facts(self) -> KeyFacts:
        self.reads += 1
        if self.is_closed:
            raise StoreUnavailable("The disk is full.", code="DISK_FULL")
        return self._register.facts()

    def __getattr__(self, name: str) -> object:
        return getattr(self._register, name)


class Watch(FakeClock):
    """A clock that does something at each wait."""

    def __init__(self, at_wait: Callable[[int], object]) -> None:
        super().__init__(auto_advance=True)
        self.pauses: list[float] = []
        self._at_wait = at_wait

    def wait(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._at_wait(len(self.pauses))
        super().wait(seconds)


def test_who_waits_for_another_process_takes_its_key_as_soon_as_it_is_registered(site: KeySite) -> None:
    source = KeysInMemory()
    other = site.machine(source)
    key = marked_bytes(32)

    def make(times: int) -> None:
        if times == 2:
            source.create("installation", key, seconds=1)
        if times == 3:
            other.register.register(envelope.key_id(key), envelope.check_value(key))

    clock = Watch(make)
    vault = impatient(site.machine(), source, clock, seconds=30)
    with other.register.creating() as extend:
        assert extend is not None
        assert vault.seal(b"x", generation=1, **PLACE).key_id == envelope.key_id(key)
        assert clock.pauses == [0.1, 0.1, 0.1]
    assert source.keys == [key]


def test_who_waits_while_another_machine_makes_the_key_is_told_to_import_it(site: KeySite) -> None:
    other = site.machine()
    key = marked_bytes(32)
    clock = Watch(lambda _: other.register.register(envelope.key_id(key), envelope.check_value(key)))
    vault = impatient(site.machine(), KeysInMemory(), clock, seconds=30)
    with other.register.creating() as extend:
        assert extend is not None
        with pytest.raises(SecretStoreUnavailable) as caught:
            vault.seal(b"x", generation=1, **PLACE)
    assert (caught.value.code, envelope.key_id(key) in str(caught.value)) == ("KEY_MISSING", True)
    assert clock.pauses == [0.1]


def test_a_lost_key_that_another_process_replaces_just_now_is_waited_for(site: KeySite) -> None:
    site.machine(KeysInMemory()).vault.check_usable()
    source = KeysInMemory()
    other = site.machine(source)
    key = marked_bytes(32)
    lost = other.facts.keys[0].key_id

    def replace(times: int) -> None:
        if times == 2:
            source.create("installation", key, seconds=1)
            other.register.register(envelope.key_id(key), envelope.check_value(key), replacing=lost)

    clock = Watch(replace)
    vault = impatient(site.machine(), source, clock, seconds=30)
    with other.register.creating() as extend:
        assert extend is not None
        assert vault.seal(b"x", generation=1, **PLACE).key_id == envelope.key_id(key)
    assert clock.pauses == [0.1, 0.1]


def test_a_keychain_that_answers_at_once_is_used_however_short_the_limit(site: KeySite) -> None:
    source = KeysInMemory()
    vault = impatient(site.machine(), source, seconds=0.9)
    assert vault.seal(b"x", generation=1, **PLACE).key_id == envelope.key_id(source.keys[0])
