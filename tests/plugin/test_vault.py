"""The key of an installation: made once, recognized, and never replaced where something is sealed with it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from hostspec.errors import SecretStoreUnavailable
from hostspec.testing import FakeClock
from hostspec.testing.fake_clock import START
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.plugin.key_doubles import KeysInMemory
from tests.plugin.key_machines import KeySite, key_site
from xero_connections_plugin.gateways import envelope
from xero_connections_plugin.gateways.key_register import KeyRegister
from xero_connections_plugin.gateways.key_sources import KeyFile, KeySource
from xero_connections_plugin.gateways.tables import data_keys, grants
from xero_connections_plugin.gateways.vault import Vault
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
    assert all(59 < limit <= 60 for limit in source.limits)
    source.limits.clear()
    machines.vault(source).seal(b"x", generation=1, **PLACE)
    assert all(9 < limit <= 10 for limit in source.limits)


def test_rubbish_is_broken_and_says_nothing_about_the_key(machines: Machines) -> None:
    vault = machines.vault(KeysInMemory())
    foreign = envelope.seal(b"f" * 32, b"x", generation=1, random_bytes=secrets.token_bytes, **PLACE)
    for data in (b"", b"rubbish", foreign):
        with pytest.raises(SealBroken):
            vault.open(data, generation=1, **PLACE)
    assert vault.key_problem() is None


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


def test_no_key_stands_in_what_a_vault_shows(machines: Machines) -> None:
    source = KeysInMemory(b"k" * 32)
    vault = machines.vault(source)
    vault.check_usable()
    assert "kkkkkkkk" not in repr(vault)
