"""What an operator does about keys: look, export, import, discard."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.errors import CaptureError, SecretStoreUnavailable
from tests.canaries import marked_bytes
from tests.plugin.key_doubles import ForgetfulKeyring, KeysInMemory, TrustedKeyring
from tests.plugin.key_machines import CHEAP, KeyMachine, KeySite, key_site
from xero_connections_plugin.gateways.keys import envelope
from xero_connections_plugin.gateways.keys.key_lines import KeyLine
from xero_connections_plugin.gateways.keys.key_register import KeyState
from xero_connections_plugin.gateways.keys.key_sources import GivenKey, KeyFile, KeySource
from xero_connections_plugin.gateways.keys.key_transfer import sealed_file
from xero_connections_plugin.gateways.keys.keychain import Keychain

PASSPHRASE = SecretStr("three quiet kettles")


@pytest.fixture
def site(tmp_path: Path, store_url: str | None) -> Iterator[KeySite]:
    with key_site(tmp_path, store_url) as made:
        yield made


@pytest.fixture
def first(site: KeySite) -> KeyMachine:
    """A machine where sign-ins work."""
    machine = site.machine()
    machine.fill(1)
    return machine


def refusal(act: Callable[[], object]) -> CaptureError:
    with pytest.raises(CaptureError) as caught:
        act()
    assert len(str(caught.value)) <= 300
    assert PASSPHRASE.get_secret_value() not in str(caught.value)
    return caught.value


def importing(machine: KeyMachine, path: Path) -> Callable[[], object]:
    return lambda: machine.care.import_(path, PASSPHRASE)


def test_a_workstation_that_imports_the_key_works_without_a_restart(
    site: KeySite, first: KeyMachine, tmp_path: Path
) -> None:
    second = site.machine()
    trouble = second.vault.probe()
    assert trouble is not None
    assert trouble.code == "KEY_MISSING"
    (key_id,) = first.states()
    assert first.care.export(tmp_path / "keys.json", PASSPHRASE) == (key_id,)
    assert second.care.import_(tmp_path / "keys.json", PASSPHRASE) == (key_id,)
    assert second.vault.key_problem() is None
    assert second.secrets() == first.secrets()
    assert first.states() == second.states()
    # Once more changes nothing.
    assert second.care.import_(tmp_path / "keys.json", PASSPHRASE) == (key_id,)
    assert isinstance(second.source, KeysInMemory)
    assert len(second.source.keys) == 1


def test_another_process_of_the_machine_finds_the_imported_key_by_itself(
    site: KeySite, first: KeyMachine, tmp_path: Path
) -> None:
    here = KeysInMemory()
    running = site.machine(here)
    grant_id = first.store.signed_in_before(site.clock.now().replace(year=2100))[0]
    with pytest.raises(SecretStoreUnavailable):
        running.keeper.access_token(grant_id)
    first.care.export(tmp_path / "keys.json", PASSPHRASE)
    site.machine(here).care.import_(tmp_path / "keys.json", PASSPHRASE)
    site.clock.advance(31)
    assert running.keeper.access_token(grant_id).generation == 2


@pytest.mark.parametrize("kind", ["keychain", "file"])
def test_an_imported_key_is_kept_where_this_machine_keeps_its_keys(
    site: KeySite, first: KeyMachine, tmp_path: Path, kind: str
) -> None:
    store = TrustedKeyring()
    sources: dict[str, Callable[[], KeySource]] = {
        "keychain": lambda: Keychain(lambda: store),
        "file": lambda: KeyFile(tmp_path / "second.key"),
    }
    first.care.begin_rotation()
    first.care.export(tmp_path / "keys.json", PASSPHRASE)
    second = site.machine(sources[kind]())
    second.care.import_(tmp_path / "keys.json", PASSPHRASE)
    assert isinstance(first.source, KeysInMemory)
    assert sources[kind]().read(second.register.installation_id(), seconds=5) == tuple(first.source.keys)
    assert site.machine(sources[kind]()).secrets() == first.secrets()


def test_a_place_that_forgets_the_imported_key_is_told(site: KeySite, first: KeyMachine, tmp_path: Path) -> None:
    first.care.export(tmp_path / "keys.json", PASSPHRASE)
    second = site.machine(Keychain(ForgetfulKeyring))
    assert refusal(importing(second, tmp_path / "keys.json")).code == "KEYRING_REFUSED"
    given_key = site.machine(GivenKey(base64.b64encode(marked_bytes(32)).decode()))
    found = refusal(importing(given_key, tmp_path / "keys.json"))
    assert (found.code, "Add the new key to the setting" in str(found)) == ("KEY_MISSING", True)


def test_keys_of_another_installation_are_refused_naming_both(site: KeySite, first: KeyMachine, tmp_path: Path) -> None:
    with key_site(tmp_path / "elsewhere") as other_site:
        other = other_site.machine()
        other.fill(1)
        other.care.export(tmp_path / "keys.json", PASSPHRASE)
        theirs = other.register.installation_id()
    source = KeysInMemory()
    found = refusal(importing(site.machine(source), tmp_path / "keys.json"))
    assert found.code == "KEY_FILE_FOREIGN"
    assert theirs in str(found)
    assert first.register.installation_id() in str(found)
    assert source.keys == []


def test_a_key_that_the_register_does_not_know_is_refused_and_not_kept(
    site: KeySite, first: KeyMachine, tmp_path: Path
) -> None:
    stranger = marked_bytes(32)
    content = sealed_file(
        first.register.installation_id(), [stranger], PASSPHRASE, random_bytes=marked_bytes, cost=CHEAP
    )
    (tmp_path / "keys.json").write_bytes(content)
    source = KeysInMemory()
    found = refusal(importing(site.machine(source), tmp_path / "keys.json"))
    assert found.code == "KEY_FILE_FOREIGN"
    assert envelope.key_id(stranger) in str(found)
    assert source.keys == []


def test_a_wrong_passphrase_and_a_damaged_file_change_nothing(site: KeySite, first: KeyMachine, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first.care.export(path, PASSPHRASE)
    source = KeysInMemory()
    second = site.machine(source)
    assert refusal(lambda: second.care.import_(path, SecretStr("three loud kettles"))).code == "PASSPHRASE_WRONG"
    path.write_bytes(path.read_bytes()[:-9])
    assert refusal(importing(second, path)).code == "KEY_FILE_DAMAGED"
    path.unlink()
    assert refusal(importing(second, path)).code == "KEY_FILE_UNUSABLE"
    assert source.keys == []


def test_an_export_is_refused_before_anything_is_written(site: KeySite, first: KeyMachine, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    assert refusal(lambda: first.care.export(path, SecretStr("short"))).code == "PASSPHRASE_SHORT"
    assert refusal(lambda: site.machine().care.export(path, PASSPHRASE)).code == "KEY_MISSING"
    assert not path.exists()
    first.care.export(path, PASSPHRASE)
    written = path.read_bytes()
    assert refusal(lambda: first.care.export(path, PASSPHRASE)).code == "KEY_FILE_EXISTS"
    assert path.read_bytes() == written
    first.care.export(path, PASSPHRASE, replace=True)
    assert path.read_bytes() != written
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_export_holds_what_is_needed_and_no_key_that_was_retired(
    site: KeySite, first: KeyMachine, tmp_path: Path
) -> None:
    (old,) = first.states()
    new = first.care.begin_rotation()
    assert first.care.export(tmp_path / "1", PASSPHRASE) == (old, new)
    first.care.switch()
    assert first.care.export(tmp_path / "2", PASSPHRASE) == (old, new)
    first.care.reseal()
    first.care.retire()
    assert first.care.export(tmp_path / "3", PASSPHRASE) == (new,)


def test_all_workstations_change_the_key_while_everybody_works(
    site: KeySite, first: KeyMachine, tmp_path: Path
) -> None:
    others = [site.machine(), site.machine()]
    first.care.export(tmp_path / "1", PASSPHRASE)
    for other in others:
        other.care.import_(tmp_path / "1", PASSPHRASE)
    before = first.secrets()
    new = first.care.begin_rotation()
    assert [other.vault.probe() for other in others] == [None, None]
    first.care.export(tmp_path / "2", PASSPHRASE)
    for other in others:
        other.care.import_(tmp_path / "2", PASSPHRASE)
    others[0].care.switch()
    others[1].care.continue_rotation()
    assert first.facts.rows == {new: 4}
    assert [machine.secrets() for machine in (first, *others)] == [before] * 3
    assert [machine.vault.probe() for machine in (first, *others)] == [None] * 3


def test_the_status_lists_every_key_and_where_it_is(site: KeySite, first: KeyMachine) -> None:
    (old,) = first.states()
    new = first.care.begin_rotation()
    stranger = marked_bytes(32)
    assert isinstance(first.source, KeysInMemory)
    other = site.machine(KeysInMemory(first.source.keys[1], stranger))
    status = other.care.status()
    assert status.keys == (
        KeyLine(old, KeyState.ACTIVE, here=False, rows=4),
        KeyLine(new, KeyState.DECRYPT_ONLY, here=True, rows=0),
        KeyLine(envelope.key_id(stranger), None, here=True, rows=0),
    )
    assert status.kept_in == "memory"
    assert status.installation_id == first.register.installation_id()
    assert status.problem is not None
    assert status.problem.code == "KEY_MISSING"
    assert first.care.status().problem is None


def test_a_keychain_that_cannot_be_read_is_part_of_the_status(site: KeySite, first: KeyMachine) -> None:
    source = KeysInMemory()
    source.trouble = SecretStoreUnavailable("The keychain is locked.", code="KEYRING_LOCKED")
    status = site.machine(source).care.status()
    assert [(line.here, line.rows) for line in status.keys] == [(False, 4)]
    assert status.problem is not None
    assert status.problem.code == "KEYRING_LOCKED"


def test_only_a_key_that_nothing_needs_can_be_discarded(first: KeyMachine) -> None:
    (old,) = first.states()
    new = first.care.begin_rotation()
    for key_id in (old, new):
        found = refusal(lambda wanted=key_id: first.care.discard(wanted))  # type: ignore[misc]  # a default binds it
        assert (found.code, key_id in str(found)) == ("KEY_ROTATION_ORDER", True)
    first.care.switch()
    assert refusal(lambda: first.care.discard(old)).code == "KEY_ROTATION_ORDER"
    first.care.reseal()
    first.care.retire()
    first.care.discard(old)
    assert isinstance(first.source, KeysInMemory)
    assert list(map(envelope.key_id, first.source.keys)) == [new]
    assert first.care.status().keys[0] == KeyLine(old, KeyState.RETIRED, here=False, rows=0)
    assert first.vault.probe() is None


def test_a_key_that_is_not_here_is_not_said_to_be_gone(first: KeyMachine) -> None:
    before = first.care.status()
    found = refusal(lambda: first.care.discard("0123456789abcdef"))
    assert (found.code, "0123456789abcdef" in str(found)) == ("KEY_ROTATION_ORDER", True)
    assert first.care.status() == before


def test_what_is_sealed_while_a_discard_waits_keeps_its_key(
    site: KeySite, first: KeyMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old,) = first.states()
    late = site.machine(first.source)
    before = late.secrets()
    new = first.care.begin_rotation()
    first.care.switch()
    first.care.reseal()
    assert first.care.retire() == (old,)
    wait = site.clock.wait
    with ExitStack() as at_it:
        assert at_it.enter_context(first.register.creating()) is not None

        def sealed_meanwhile(seconds: float) -> None:
            late.add_entry(7)
            at_it.close()
            wait(seconds)

        monkeypatch.setattr(site.clock, "wait", sealed_meanwhile)
        assert refusal(lambda: first.care.discard(old)).code == "KEY_ROTATION_ORDER"
    assert first.facts.rows == {new: 4, old: 1}
    assert first.secrets() > before


def test_an_import_waits_a_minute_for_whoever_keeps_a_key_just_now(
    site: KeySite, first: KeyMachine, tmp_path: Path
) -> None:
    first.care.export(tmp_path / "keys.json", PASSPHRASE)
    second = site.machine()
    with first.register.creating() as extend:
        assert extend is not None
        started = site.clock.monotonic()
        if site.url is None:
            # The lease runs out by the clock that the test moves.
            second.care.import_(tmp_path / "keys.json", PASSPHRASE)
            assert 44 < site.clock.monotonic() - started < 50
        else:
            # It runs out by the server's clock, which stands for a person who takes too long.
            assert refusal(importing(second, tmp_path / "keys.json")).code == "KEY_ROTATION_RUNNING"
            assert 60 <= site.clock.monotonic() - started < 62
