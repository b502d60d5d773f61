"""The key of an installation: made once, recognized, and never replaced where something is sealed with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from hostspec.errors import SecretStoreUnavailable, StoreUnavailable
from hostspec.testing import FakeClock
from hostspec.testing.fake_clock import START
from tests.canaries import marked_bytes
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.plugin.key_doubles import KeysInMemory
from tests.plugin.key_machines import KeySite, key_site
from xero_connections_plugin.gateways.keys import envelope
from xero_connections_plugin.gateways.keys.key_register import KeyFacts, KeyRegister
from xero_connections_plugin.gateways.keys.key_sources import KeyFile, KeySource
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.store.tables import data_keys, grants
from xero_connections_plugin.oauth.grant_ports import SealBroken

PLACE = {"purpose": "grant", "owner_id": "g1"}


@dataclass
class Machines:
    """Vaults on one database, each with a key source of its own."""

    site: KeySite

    @property
    def clock(self) -> FakeClock:
        return self.site.clock

    def presence(self) -> KeyRegister:
        return self.site.machine().register

    def vault(self, source: KeySource) -> Vault:
        return self.site.machine(source).vault

    def sign_in(self, vault: Vault) -> None:
        """Something is sealed and stored."""
        self.site.machine(vault._source).sign_in("ada")

    def rows(self) -> list[tuple[object, ...]]:
        with self.site.machine().database.read() as connection:
            keys = connection.execute(sa.select(data_keys)).all()
            sealed = connection.execute(sa.select(grants)).all()
        return [tuple(row) for row in (*keys, *sealed)]


@pytest.fixture(params=DATABASES)
def machines(request: pytest.FixtureRequest) -> Iterator[Machines]:
    with (
        database_under_test(request, request.param, START) as under_test,
        key_site(under_test.folder, under_test.url, under_test.clock) as site,
    ):
        yield Machines(site)


def sealed_with(key: bytes) -> bytes:
    """Something that this key seals."""
    return envelope.DataKey(key).seal(b"x", generation=1, random_bytes=marked_bytes, **PLACE)


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(SecretStoreUnavailable) as caught:
        act()
    assert len(str(caught.value)) <= 300
    return caught.value.code


def test_a_new_installation_makes_one_key_and_registers_it(machines: Machines) -> None:
    source = KeysInMemory()
    vault = machines.vault(source)
    vault.check_usable()
    assert len(source.keys) == 1
    facts = machines.presence().facts()
    assert facts.active is not None
    assert facts.active.key_id == envelope.key_id(source.keys[0])
    assert facts.active.check_value == envelope.check_value(source.keys[0])
    assert not facts.has_sealed_rows


def test_what_one_process_seals_another_opens(machines: Machines) -> None:
    source = KeysInMemory()
    sealed = machines.vault(source).seal(b"secret", generation=1, **PLACE)
    assert sealed.key_id == envelope.key_id(source.keys[0])
    assert machines.vault(source).open(sealed.data, generation=1, **PLACE) == b"secret"
    with pytest.raises(SealBroken):
        machines.vault(source).open(sealed.data, generation=2, **PLACE)


def test_the_key_is_read_once_per_process(machines: Machines) -> None:
    source = KeysInMemory()
    machines.vault(source).check_usable()
    source.reads = 0
    vault = machines.vault(source)
    for _ in range(5):
        vault.seal(b"secret", generation=1, **PLACE)
    assert source.reads == 1


def test_of_many_first_starts_at_once_one_makes_the_key(machines: Machines) -> None:
    source = KeysInMemory()
    vaults = [machines.vault(source) for _ in range(8)]
    threads = [threading.Thread(target=vault.check_usable) for vault in vaults]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(source.keys) == 1
    assert {vault.seal(b"x", generation=1, **PLACE).key_id for vault in vaults} == {envelope.key_id(source.keys[0])}


def test_a_key_left_by_an_interrupted_set_up_is_taken(machines: Machines) -> None:
    source = KeysInMemory(b"k" * 32)
    machines.vault(source).check_usable()
    assert source.keys == [b"k" * 32]


def test_c31_without_its_key_a_machine_makes_none_and_writes_nothing(machines: Machines) -> None:
    machines.sign_in(machines.vault(KeysInMemory()))
    before = machines.rows()
    source = KeysInMemory()
    vault = machines.vault(source)
    assert code_of(vault.check_usable) == "KEY_MISSING"
    assert code_of(lambda: vault.seal(b"x", generation=1, **PLACE)) == "KEY_MISSING"
    trouble = vault.probe()
    assert trouble is not None
    assert (trouble.code, source.keys) == ("KEY_MISSING", [])
    assert machines.rows() == before


def test_c31_a_wrong_key_is_told_with_both_names(machines: Machines) -> None:
    right, wrong = KeysInMemory(), KeysInMemory(b"w" * 32)
    machines.sign_in(machines.vault(right))
    with pytest.raises(SecretStoreUnavailable) as caught:
        machines.vault(wrong).check_usable()
    assert caught.value.code == "KEY_MISSING"
    assert envelope.key_id(b"w" * 32) in str(caught.value)
    assert envelope.key_id(right.keys[0]) in str(caught.value)
    assert wrong.keys == [b"w" * 32]


def test_c31_the_key_back_in_place_works_again_at_once(machines: Machines) -> None:
    source = KeysInMemory()
    machines.sign_in(machines.vault(source))
    key = source.keys.pop()
    vault = machines.vault(source)
    assert vault.probe() is not None
    assert vault.key_problem() is not None
    source.keys.append(key)
    assert vault.probe() is None
    assert vault.key_problem() is None
    assert vault.seal(b"x", generation=1, **PLACE).key_id == envelope.key_id(key)


def test_a_key_that_sealed_nothing_may_be_made_anew_unless_another_machine_may_have_it(machines: Machines) -> None:
    first, second = KeysInMemory(), KeysInMemory()
    machines.vault(first).check_usable()
    vault = machines.vault(second)
    assert vault.probe() is None
    if machines.site.url is not None:
        assert code_of(vault.check_usable) == "KEY_MISSING"
    else:
        vault.check_usable()
    facts = machines.presence().facts()
    assert facts.active is not None
    kept = first if machines.site.url is not None else second
    assert facts.active.key_id == envelope.key_id(kept.keys[0])


def test_probing_a_new_installation_finds_nothing_wrong_and_makes_no_key(machines: Machines) -> None:
    source = KeysInMemory()
    assert machines.vault(source).probe() is None
    assert (source.keys, source.reads) == ([], 0)


def test_trouble_with_the_keychain_keeps_its_code_and_is_not_asked_for_by_every_call(machines: Machines) -> None:
    source = KeysInMemory()
    machines.sign_in(machines.vault(source))
    vault = machines.vault(source)
    source.trouble = SecretStoreUnavailable("The keychain is locked.", code="KEYRING_LOCKED")
    source.reads = 0
    for _ in range(3):
        assert code_of(lambda: vault.seal(b"x", generation=1, **PLACE)) == "KEYRING_LOCKED"
    assert source.reads == 1
    problem = vault.key_problem()
    assert problem is not None
    assert problem.code == "KEYRING_LOCKED"
    machines.clock.advance(31)
    source.trouble = None
    vault.seal(b"x", generation=1, **PLACE)
    assert vault.key_problem() is None


def test_a_person_may_take_a_minute_to_unlock_and_silent_calls_ten_seconds(machines: Machines) -> None:
    source = KeysInMemory(b"k" * 32)
    machines.vault(source).check_usable()
    assert source.limits
    assert all(50 < limit <= 60 for limit in source.limits)
    source.limits.clear()
    machines.vault(source).seal(b"x", generation=1, **PLACE)
    assert source.limits
    assert all(5 < limit <= 10 for limit in source.limits)


def test_rubbish_is_broken_and_says_nothing_about_the_key(machines: Machines) -> None:
    vault = machines.vault(KeysInMemory())
    foreign = sealed_with(b"f" * 32)
    for data in (b"", b"rubbish"):
        with pytest.raises(SealBroken):
            vault.open(data, generation=1, **PLACE)
    with pytest.raises(SealBroken, match=r"\Asealed with a key that was never registered\Z"):
        vault.open(foreign, generation=1, **PLACE)
    assert vault.key_problem() is None
    assert machines.presence().facts().keys == ()


def test_a_key_file_is_made_only_while_nothing_is_sealed(machines: Machines, tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    vault = machines.vault(KeyFile(path))
    vault.check_usable()
    machines.sign_in(vault)
    path.unlink()
    assert code_of(machines.vault(KeyFile(path)).check_usable) == "KEY_MISSING"
    assert not path.exists()
    assert vault.describe() == f"key file {path}"


def test_somebody_who_asks_a_keychain_for_too_long_is_overtaken_and_the_first_registered_key_wins(
    machines: Machines,
) -> None:
    slow, quick = machines.presence(), KeysInMemory()
    with slow.creating() as may_make:
        assert may_make
        machines.vault(quick).check_usable()
        assert not slow.register("slow", "value")
    facts = slow.facts()
    assert facts.active is not None
    assert facts.active.key_id == envelope.key_id(quick.keys[0])


def test_who_is_overtaken_between_the_look_and_the_lease_makes_no_second_key(machines: Machines) -> None:
    quick = machines.vault(KeysInMemory())

    class Overtaken(KeysInMemory):
        def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
            found = super().read(installation_id, seconds=seconds)
            quick.check_usable()
            return found

    slow = Overtaken()
    assert code_of(machines.vault(slow).check_usable) == "KEY_MISSING"
    assert slow.keys == []


def test_no_key_stands_in_what_a_vault_shows(machines: Machines) -> None:
    source = KeysInMemory(b"k" * 32)
    vault = machines.vault(source)
    vault.check_usable()
    assert "kkkkkkkk" not in repr(vault)


class WatchedRegister:
    """A register that counts who reads it, can be closed, and may say that others use it too."""

    def __init__(self, register: KeyRegister, *, is_shared: bool = False) -> None:
        self._register = register
        self.is_shared = is_shared
        self.is_closed = False
        self.reads = 0

    def facts(self) -> KeyFacts:
        self.reads += 1
        if self.is_closed:
            raise StoreUnavailable("The disk is full.", code="DISK_FULL")
        return self._register.facts()

    def __getattr__(self, name: str) -> object:
        return getattr(self._register, name)


def watched(machines: Machines, source: KeySource, *, is_shared: bool = False) -> tuple[Vault, WatchedRegister]:
    register = WatchedRegister(machines.presence(), is_shared=is_shared)
    vault = Vault(source, cast("KeyRegister", register), machines.clock, random_bytes=marked_bytes)
    return vault, register


def test_the_item_of_this_installation_is_asked_for_and_made_within_the_limit(machines: Machines) -> None:
    source = KeysInMemory()
    machines.vault(source).check_usable()
    assert source.installations == {machines.presence().installation_id()}
    assert len(source.limits) == 4
    assert all(50 < limit <= 60 for limit in source.limits)


def test_the_steps_of_making_the_first_key_have_names(machines: Machines) -> None:
    steps: list[str] = []
    machines.site.machine(KeysInMemory(), checkpoint=steps.append).vault.check_usable()
    assert steps == ["key: first kept", "key: first registered"]


def test_what_the_key_at_hand_opens_is_opened_without_asking_anybody(machines: Machines) -> None:
    source = KeysInMemory()
    vault, register = watched(machines, source)
    sealed = vault.seal(b"secret", generation=1, **PLACE)
    register.is_closed = True
    assert vault.open(sealed.data, generation=1, **PLACE) == b"secret"
    source.trouble = SecretStoreUnavailable("The keychain is locked.", code="KEYRING_LOCKED")
    machines.clock.advance(10_000)
    assert vault.open(sealed.data, generation=1, **PLACE) == b"secret"


def test_the_register_is_looked_at_once_in_half_a_minute_of_sealing(machines: Machines) -> None:
    vault, register = watched(machines, KeysInMemory(b"k" * 32))
    vault.check_usable()
    register.reads = 0
    for seconds, reads in ((0.0, 0), (29.0, 0), (1.0, 1), (29.5, 1), (0.5, 2)):
        machines.clock.advance(seconds)
        vault.seal(b"x", generation=1, **PLACE)
        assert register.reads == reads


def test_opening_many_rows_asks_a_keychain_that_failed_once(machines: Machines) -> None:
    source = KeysInMemory()
    sealing = machines.vault(source)
    machines.sign_in(sealing)
    sealed = sealing.seal(b"secret", generation=1, **PLACE)
    source.trouble = SecretStoreUnavailable("The keychain is locked.", code="KEYRING_LOCKED")
    source.reads = 0
    vault = machines.vault(source)
    for _ in range(3):
        assert code_of(lambda: vault.open(sealed.data, generation=1, **PLACE)) == "KEYRING_LOCKED"
    assert source.reads == 1


def test_a_person_who_tries_again_is_not_put_off(machines: Machines) -> None:
    source = KeysInMemory()
    source.trouble = SecretStoreUnavailable("The keychain is locked.", code="KEYRING_LOCKED")
    vault = machines.vault(source)
    assert code_of(vault.check_usable) == "KEYRING_LOCKED"
    source.trouble = None
    vault.check_usable()
    assert vault.key_problem() is None


def test_a_keychain_that_failed_is_silently_asked_again_after_exactly_half_a_minute(machines: Machines) -> None:
    source = KeysInMemory(b"k" * 32)
    machines.sign_in(machines.vault(source))
    source.trouble = SecretStoreUnavailable("The keychain is locked.", code="KEYRING_LOCKED")
    vault = machines.vault(source)
    assert code_of(lambda: vault.seal(b"x", generation=1, **PLACE)) == "KEYRING_LOCKED"
    source.trouble = None
    machines.clock.advance(29.9)
    assert code_of(lambda: vault.seal(b"x", generation=1, **PLACE)) == "KEYRING_LOCKED"
    machines.clock.advance(0.1)
    vault.seal(b"x", generation=1, **PLACE)


def test_the_first_key_of_a_shared_store_is_made_by_anybody_and_a_second_one_by_nobody(machines: Machines) -> None:
    vault, _ = watched(machines, KeysInMemory(), is_shared=True)
    vault.check_usable()
    source = KeysInMemory()
    other, _ = watched(machines, source, is_shared=True)
    assert other.probe() is None
    assert code_of(other.check_usable) == "KEY_MISSING"
    assert source.keys == []


def test_a_register_that_lost_its_keys_is_told_and_gets_no_new_one(machines: Machines) -> None:
    source = KeysInMemory()
    machines.sign_in(machines.vault(source))
    with machines.site.machine().database.write() as connection:
        connection.execute(sa.delete(data_keys))
    asks: tuple[Callable[[Vault], object], ...] = (
        Vault.check_usable,
        lambda vault: vault.seal(b"x", generation=1, **PLACE),
    )
    for ask in asks:
        vault = machines.vault(source)
        with pytest.raises(SecretStoreUnavailable) as caught:
            ask(vault)
        assert (caught.value.code, str(caught.value)) == (
            "KEY_MISSING",
            "The stored sign-ins are sealed with the key, which this machine and user do not have. They are "
            "unchanged. Import the key from a machine that has it.",
        )
        problem = vault.key_problem()
        assert problem is not None
        assert problem.code == "KEY_MISSING"
        assert problem is not caught.value
    assert len(source.keys) == 1
    assert machines.presence().facts().keys == ()


def test_a_row_of_a_registered_key_that_is_not_here_is_no_broken_row(machines: Machines) -> None:
    source = KeysInMemory()
    machine = machines.site.machine(source)
    machine.sign_in("ada")
    pending = machine.care.begin_rotation()
    foreign = sealed_with(source.keys[1])
    vault = machines.vault(KeysInMemory(source.keys[0]))
    with pytest.raises(SecretStoreUnavailable) as caught:
        vault.open(foreign, generation=1, **PLACE)
    assert str(caught.value) == (
        f"The stored sign-ins are sealed with key {pending}, which this machine and user do not have. They are "
        "unchanged. Import the key from a machine that has it."
    )


def test_a_problem_is_told_for_what_a_key_at_hand_does_not_open_only(machines: Machines) -> None:
    source = KeysInMemory()
    machine = machines.site.machine(source)
    machine.sign_in("ada")
    new = machine.care.begin_rotation()
    machine.care.switch()
    old = next(key_id for key_id in machine.states() if key_id != new)
    vault = machines.vault(KeysInMemory(source.keys[0]))
    assert vault.probe() is not None
    assert vault.key_problem(old) is None
    assert vault.has_key(old)
    for asked in ("", new, "unknown"):
        problem = vault.key_problem(asked)
        assert problem is not None
        assert str(problem) == (
            f"The newest key of this machine is {old}, but sign-ins are now sealed with key {new}. They are unchanged. "
            "Import the key from a machine that has it."
        )
        assert not vault.has_key(asked)
    assert code_of(vault.check_usable) == "KEY_MISSING"
    assert vault.seal(b"x", generation=1, **PLACE).key_id == old


def test_a_retired_key_seals_nothing(machines: Machines) -> None:
    source = KeysInMemory()
    machine = machines.site.machine(source)
    machine.sign_in("ada")
    machine.care.begin_rotation()
    machine.care.switch()
    machine.care.reseal()
    machine.care.retire()
    vault = machines.vault(KeysInMemory(source.keys[0]))
    assert code_of(lambda: vault.seal(b"x", generation=1, **PLACE)) == "KEY_MISSING"
