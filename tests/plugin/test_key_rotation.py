"""One data key after the other: nothing is lost, whoever is interrupted, late, or lacks a key."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretBytes

from hostspec.errors import CaptureError, SecretStoreUnavailable
from hostspec.providers import SavedConnection
from tests.plugin.key_doubles import KeysInMemory
from tests.plugin.key_machines import KeySite, key_site
from xero_connections_plugin.gateways.keys import envelope
from xero_connections_plugin.gateways.keys.key_care import KeyCare
from xero_connections_plugin.gateways.keys.key_sources import KeyFile
from xero_connections_plugin.gateways.keys.key_succession import KeySuccession
from xero_connections_plugin.gateways.keys.resealing import CHECKPOINTS, KeyRotationRefused, Resealed
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.tables import candidates, data_keys, grants, leases
from xero_connections_plugin.oauth.grant import SignInCause

ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture
def site(tmp_path: Path, store_url: str | None) -> Iterator[KeySite]:
    with key_site(tmp_path, store_url) as made:
        yield made


def refusal(act: Callable[[], object]) -> CaptureError:
    with pytest.raises(CaptureError) as caught:
        act()
    assert len(str(caught.value)) <= 300
    return caught.value


def killer(point: str, round_: int = 1) -> Callable[[str], None]:
    left = [round_]

    def checkpoint(name: str) -> None:
        if name == point:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

    return checkpoint


def test_a_new_key_seals_nothing_until_it_is_switched_to(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(1)
    (old,) = machine.states()
    new = machine.care.begin_rotation()
    assert machine.states() == {old: "active", new: "decrypt_only"}
    assert machine.vault.seal(b"x", purpose="grant", owner_id="g", generation=1).key_id == old
    assert machine.care.begin_rotation() == new
    assert isinstance(machine.source, KeysInMemory)
    assert list(map(envelope.key_id, machine.source.keys)) == [old, new]


def test_the_steps_one_by_one_leave_every_secret_under_the_new_key(site: KeySite) -> None:
    machine = site.machine(batch=2)
    machine.fill(3)
    (old,) = machine.states()
    before = machine.secrets()
    new = machine.care.begin_rotation()
    assert machine.care.switch() == new
    assert machine.states() == {old: "decrypt_only", new: "active"}
    assert machine.secrets() == before
    assert machine.care.retire() == ()
    assert machine.care.reseal() == Resealed(moved=12, left=0)
    assert machine.facts.rows == {new: 12}
    assert {envelope.sealed_with(row.data) for row in machine.sealed()} == {new}
    assert machine.care.retire() == (old,)
    assert machine.states() == {old: "retired", new: "active"}
    assert machine.secrets() == before
    assert site.machine(machine.source).secrets() == before
    assert machine.care.reseal() == Resealed(moved=0, left=0)
    assert machine.care.retire() == ()


def test_a_store_of_one_machine_changes_its_key_in_one_go_and_a_shared_one_does_not(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(2)
    (old,) = machine.states()
    if site.url is None:
        new = machine.care.rotate()
        assert machine.states() == {old: "retired", new: "active"}
        assert machine.facts.rows == {new: 8}
        third = machine.care.rotate()
        assert machine.states() == {old: "retired", new: "retired", third: "active"}
    else:
        found = refusal(machine.care.rotate)
        assert (found.code, machine.states()) == ("KEY_ROTATION_ORDER", {old: "active"})
        assert "import it on every workstation" in str(found)


def test_a_key_kept_before_its_process_ended_is_taken_and_no_other_is_made(site: KeySite) -> None:
    source = KeysInMemory()
    dying = site.machine(source, checkpoint=killer("key: kept"))
    dying.fill(1)
    with pytest.raises(Killed):
        dying.care.begin_rotation()
    assert len(source.keys) == 2
    assert len(dying.states()) == 1
    assert site.machine(source).care.begin_rotation() == envelope.key_id(source.keys[1])
    assert len(source.keys) == 2


@pytest.mark.sweep(sample=8)
@pytest.mark.parametrize(
    ("point", "round_"),
    [(name, 1) for name in CHECKPOINTS] + [(f"key: batch {step}", n) for step in ("read", "sealed") for n in (2, 5)],
)
def test_killed_at_any_step_of_changing_the_key_the_next_call_goes_on(site: KeySite, point: str, round_: int) -> None:
    source = KeysInMemory()
    first = site.machine(source)
    first.fill(2)
    before = first.secrets()
    dying = site.machine(source, batch=1, checkpoint=killer(point, round_))
    with pytest.raises(Killed):
        change_key(dying.care)
    after = site.machine(source, batch=1)
    assert after.secrets() == before
    if after.facts.older:
        after.care.continue_rotation()
    else:
        change_key(after.care)
    new = after.facts.active
    assert new is not None
    assert after.facts.rows == {new.key_id: 8}
    assert sorted(after.states().values()) == ["active", "retired"]
    assert after.secrets() == before
    assert not after.care.is_unfinished()
    assert len(source.keys) == 2
    grant_id = after.store.signed_in_before(site.clock.now().replace(year=2100))[0]
    assert after.keeper.access_token(grant_id).generation == 2


def change_key(care: KeyCare) -> None:
    care.begin_rotation()
    care.switch()
    care.reseal()
    care.retire()


def test_what_a_refresh_writes_between_reading_and_exchanging_a_batch_is_never_overwritten(site: KeySite) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    machine.fill(1)
    grant_id = machine.store.signed_in_before(site.clock.now().replace(year=2100))[0]
    other = site.machine(source)
    assert other.keeper.access_token(grant_id).generation == 2

    def refresh_meanwhile(name: str) -> None:
        # After every reading, whatever was read: candidate, current token or predecessor.
        if name == "key: batch read" and len(done) < 4:
            done.append(other.keeper.access_token(grant_id, refused=2 + len(done)).generation)

    done: list[int] = []
    rotating = site.machine(source, checkpoint=refresh_meanwhile)
    change_key(rotating.care)
    assert done == [3, 4, 5, 6]
    stored = machine.store.read(grant_id)
    assert stored is not None
    assert (stored.record.generation, stored.predecessor and stored.predecessor.token.generation) == (6, 5)
    assert len(machine.facts.rows) == 1
    fresh = site.machine(source)
    assert fresh.keeper.access_token(grant_id).generation == 6
    assert fresh.keeper.access_token(grant_id, refused=6).generation == 7
    assert site.xero.rotations == 6


def test_an_entry_saved_between_reading_and_exchanging_stays_as_it_was_saved(site: KeySite) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    entry_id = machine.add_entry(1)

    def save_meanwhile(name: str) -> None:
        if name == "key: batch read" and not saved:
            saved.append(name)
            seen = machine.entries.get(entry_id)
            assert seen is not None
            machine.clock.advance(1)
            machine.entries.replace(
                entry_id,
                display_name="Renamed",
                name_key="renamed",
                saved=SavedConnection(settings={}, sealed=SecretBytes(b"later")),
                changed_at=machine.clock.now(),
                seen_changed_at=seen.changed_at,
            )

    saved: list[str] = []
    change_key(site.machine(source, checkpoint=save_meanwhile).care)
    found = site.machine(source).entries.get_opened(entry_id)
    assert found is not None
    assert found.saved.sealed is not None
    assert (found.display_name, found.saved.sealed.get_secret_value()) == ("Renamed", b"later")
    assert len(machine.facts.rows) == 1


def test_a_process_that_has_not_heard_of_the_switch_loses_nothing_and_is_tidied_up_after(site: KeySite) -> None:
    source = KeysInMemory()
    late = site.machine(source)
    late.fill(1)
    change_key(site.machine(source).care)
    old, new = late.states()
    late.sign_in("late")
    assert late.facts.rows[old] == 1
    assert late.states()[old] == "retired"
    assert late.care.is_unfinished()
    late.care.continue_rotation()
    assert late.facts.rows == {new: 5}
    assert not late.care.is_unfinished()


def test_a_process_hears_of_the_switch_half_a_minute_later_at_most(site: KeySite) -> None:
    source = KeysInMemory()
    late = site.machine(source)
    late.fill(1)
    new = late.care.begin_rotation()
    late.vault.check_usable()
    site.machine(source).care.switch()
    site.clock.advance(29)
    assert late.vault.seal(b"x", purpose="grant", owner_id="g", generation=1).key_id != new
    site.clock.advance(1)
    assert late.vault.seal(b"x", purpose="grant", owner_id="g", generation=1).key_id == new


def test_while_one_process_changes_the_key_another_is_told_to_wait(site: KeySite) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    machine.fill(1)
    other = site.machine(source)
    with other.register.rotating() as extend:
        assert extend is not None
        for act in (machine.care.begin_rotation, machine.care.switch, machine.care.reseal, machine.care.retire):
            assert refusal(act).code == "KEY_ROTATION_RUNNING"
        machine.care.continue_rotation()
    assert len(machine.states()) == 1
    machine.care.begin_rotation()


def test_no_new_key_is_kept_while_another_process_keeps_one(site: KeySite) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    machine.fill(1)
    other = site.machine(source)
    with other.register.creating() as extend:
        assert extend is not None
        assert refusal(machine.care.begin_rotation).code == "KEY_ROTATION_RUNNING"
    assert len(source.keys) == 1
    assert len(machine.states()) == 1


def test_of_two_who_were_asked_for_a_password_at_once_one_key_becomes_pending(site: KeySite) -> None:
    source = KeysInMemory()
    first = site.machine(source)
    first.fill(1)

    def overtaken(name: str) -> None:
        if name == "key: kept":
            assert KeySuccession(first.database).add("another", "value")

    slow = site.machine(source, checkpoint=overtaken)
    assert refusal(slow.care.begin_rotation).code == "KEY_ROTATION_RUNNING"
    assert list(first.states().values()) == ["active", "decrypt_only"]
    assert "another" in first.states()


def test_a_pending_key_with_another_check_value_is_not_switched_to(site: KeySite) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    machine.fill(1)
    stranger = bytes(32)
    KeySuccession(machine.database).add(envelope.key_id(stranger), "another value")
    source.keys.append(stranger)
    assert refusal(machine.care.switch).code == "KEY_MISSING"
    assert list(machine.states().values()) == ["active", "decrypt_only"]


def test_a_machine_without_the_new_key_leaves_the_rest_of_the_change_to_others(site: KeySite) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    machine.fill(1)
    other = site.machine(KeysInMemory(*source.keys))
    machine.care.begin_rotation()
    machine.care.switch()
    assert other.care.is_unfinished()
    other.care.continue_rotation()
    assert sorted(machine.facts.rows.values()) == [4]
    with machine.register.rotating() as extend:
        assert extend is not None
        site.machine(source).care.continue_rotation()
    assert machine.care.is_unfinished()


def test_one_who_was_overtaken_stops_and_what_he_did_stays(site: KeySite) -> None:
    source = KeysInMemory()
    first = site.machine(source)
    first.fill(2)
    before = first.secrets()

    def overtaken(name: str) -> None:
        if name == "key: batch sealed":
            with site.machine(source).database.write() as connection:
                connection.execute(sa.update(leases).values(fencing=leases.c.fencing + 1))

    slow = site.machine(source, batch=1, checkpoint=overtaken)
    slow.care.begin_rotation()
    slow.care.switch()
    assert refusal(slow.care.reseal).code == "KEY_ROTATION_RUNNING"
    assert sorted(slow.facts.rows.values()) == [1, 7]
    assert slow.secrets() == before


def test_a_switch_that_was_interrupted_goes_on_with_the_same_call(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(2)
    (old,) = machine.states()
    new = machine.care.begin_rotation()
    assert machine.care.switch() == new
    assert machine.care.switch() == new
    machine.care.reseal()
    assert machine.care.switch() == new
    machine.care.retire()
    assert refusal(machine.care.switch).code == "KEY_ROTATION_ORDER"
    assert machine.states() == {old: "retired", new: "active"}
    assert machine.facts.rows == {new: 8}


def test_steps_out_of_order_are_refused_and_change_nothing(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(1)
    states = machine.states()
    for act in (machine.care.switch, machine.care.withdraw):
        found = refusal(act)
        assert isinstance(found, KeyRotationRefused)
        assert (found.code, machine.states()) == ("KEY_ROTATION_ORDER", states)
    assert machine.care.reseal() == Resealed(0, 0)
    assert machine.care.retire() == ()
    assert not machine.care.is_unfinished()
    machine.care.continue_rotation()
    assert machine.states() == states


def test_a_pending_key_can_be_withdrawn_and_begun_anew(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(1)
    (old,) = machine.states()
    lost = machine.care.begin_rotation()
    other = (
        site.machine(KeysInMemory(*machine.source.keys[:1])) if isinstance(machine.source, KeysInMemory) else machine
    )
    found = refusal(other.care.begin_rotation)
    assert (found.code, lost in str(found)) == ("KEY_ROTATION_ORDER", True)
    assert refusal(other.care.switch).code == "KEY_MISSING"
    assert other.care.withdraw() == lost
    assert machine.states() == {old: "active", lost: "retired"}
    new = other.care.begin_rotation()
    assert new != lost
    assert machine.states() == {old: "active", lost: "retired", new: "decrypt_only"}


def test_a_key_that_was_withdrawn_is_never_taken_again_where_it_is_still_kept(site: KeySite) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    machine.fill(1)
    before = machine.secrets()
    (old,) = machine.states()
    given_up = [machine.care.begin_rotation(), machine.care.withdraw()]
    given_up += [machine.care.begin_rotation(), machine.care.withdraw()]
    assert len(set(given_up)) == 2
    new = machine.care.begin_rotation()
    assert new not in given_up
    assert machine.care.status().pending == new
    change_key(machine.care)
    assert machine.states() == {old: "retired", **dict.fromkeys(given_up, "retired"), new: "active"}
    assert machine.facts.rows == {new: 4}
    assert machine.secrets() == before
    machine.care.discard(given_up[0])
    assert given_up[0] not in map(envelope.key_id, source.keys)


@pytest.mark.parametrize("point", [name for name in CHECKPOINTS if name != "key: retired"])
def test_a_change_in_one_go_that_was_killed_goes_on_with_the_same_call_and_makes_one_key(
    tmp_path: Path, point: str
) -> None:
    with key_site(tmp_path) as site:
        source = KeysInMemory()
        dying = site.machine(source, checkpoint=killer(point), batch=1)
        dying.fill(1)
        (old,) = dying.states()
        with pytest.raises(Killed):
            dying.care.rotate()
        after = site.machine(source)
        new = after.care.rotate()
        assert after.states() == {old: "retired", new: "active"}
        assert after.facts.rows == {new: 4}
        assert len(source.keys) == 2
        assert after.care.rotate() not in {old, new}


def test_a_machine_without_the_pending_key_is_not_disturbed(site: KeySite) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    machine.fill(1)
    other = site.machine(KeysInMemory(*source.keys))
    machine.care.begin_rotation()
    assert other.vault.probe() is None
    other.vault.check_usable()
    assert other.secrets() == machine.secrets()
    assert site.machine(KeysInMemory(source.keys[0])).vault.probe() is None


def test_a_machine_with_only_the_old_key_goes_on_with_its_rows_and_says_which_key_it_lacks(site: KeySite) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    grant_id, again = machine.sign_in("a"), machine.sign_in("b")
    old_only = KeysInMemory(*source.keys)
    new = machine.care.begin_rotation()
    machine.care.switch()
    other = site.machine(old_only)
    trouble = other.vault.probe()
    assert trouble is not None
    assert (trouble.code, new in str(trouble)) == ("KEY_MISSING", True)
    (old,) = (key for key in machine.states() if key != new)
    assert other.vault.key_problem(old) is None
    assert other.vault.key_problem(new) is not None
    assert refusal(other.vault.check_usable).code == "KEY_MISSING"
    # Xero's answer is sealed with what is at hand, and not lost.
    assert other.keeper.access_token(grant_id, refused=1).generation == 2
    assert other.store.records([grant_id])[grant_id].key_id == old
    before = rows_of(machine.database)
    machine.sign_in("c")
    machine.care.reseal()
    machine.care.retire()
    moved = rows_of(machine.database)
    assert before != moved
    for wanted in (grant_id, again):
        with pytest.raises(SecretStoreUnavailable) as caught:
            site.machine(old_only).keeper.access_token(wanted)
        assert caught.value.code == "KEY_MISSING"
    other.care.continue_rotation()
    assert rows_of(machine.database) == moved
    old_only.keys.append(source.keys[1])
    assert other.vault.probe() is None
    assert site.machine(old_only).keeper.access_token(again).generation == 1


def test_a_machine_with_only_the_new_key_opens_what_is_sealed_with_it_and_writes_nothing_into_other_rows(
    site: KeySite,
) -> None:
    source = KeysInMemory()
    machine = site.machine(source)
    old_grant = machine.sign_in("a")
    machine.care.begin_rotation()
    machine.care.switch()
    new_grant = machine.sign_in("b")
    other = site.machine(KeysInMemory(source.keys[1]))
    before = rows_of(machine.database)
    trouble = other.vault.probe()
    assert trouble is not None
    assert (trouble.code, envelope.key_id(source.keys[0]) in str(trouble)) == ("KEY_MISSING", True)
    other.vault.check_usable()
    assert other.keeper.access_token(new_grant).generation == 1
    with pytest.raises(SecretStoreUnavailable) as caught:
        other.keeper.access_token(old_grant)
    assert caught.value.code == "KEY_MISSING"
    assert other.care.reseal() == Resealed(moved=0, left=1)
    assert other.care.retire() == ()
    assert rows_of(machine.database) == before


def rows_of(database: Database) -> list[tuple[object, ...]]:
    with database.read() as connection:
        found = [connection.execute(sa.select(table)).all() for table in (data_keys, grants, candidates)]
    return sorted((tuple(row) for rows in found for row in rows), key=str)


def test_a_damaged_row_keeps_its_ciphertext_and_its_key(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(1)
    (old,) = machine.states()
    with machine.database.write() as connection:
        rubbish = b"XCE\x01\x10" + old.encode() + b"damaged beyond repair"
        connection.execute(sa.update(candidates).values(sealed=rubbish))
    machine.care.begin_rotation()
    machine.care.switch()
    assert machine.care.reseal() == Resealed(moved=3, left=1)
    assert machine.care.retire() == ()
    assert machine.states()[old] == "decrypt_only"
    with machine.database.read() as connection:
        assert connection.execute(sa.select(candidates.c.sealed)).scalar() == rubbish


def test_no_clock_that_somebody_sets_changes_the_order_of_keys(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(1)
    site.clock.jump_wall(-86_400)
    new = machine.care.begin_rotation()
    assert machine.facts.pending is not None
    assert machine.facts.pending.key_id == new
    machine.care.switch()
    assert machine.care.reseal().left == 0
    assert len(machine.care.retire()) == 1


def test_only_one_key_can_be_pending_whoever_asks(site: KeySite) -> None:
    machine = site.machine()
    succession = KeySuccession(machine.database)
    assert not succession.add("a", "value")
    machine.fill(1)
    (old,) = machine.states()
    assert succession.add("a", "value")
    assert not succession.add("b", "value")
    assert not succession.switch("b")
    assert not succession.withdraw(old)
    assert succession.withdraw("a")
    assert succession.add("b", "value")
    assert succession.retire([old, "nobody"]) == ("nobody",)
    assert machine.states() == {old: "active", "a": "retired", "b": "decrypt_only"}


def test_a_grant_that_is_marked_meanwhile_stays_marked(site: KeySite) -> None:
    machine = site.machine()
    grant_id = machine.sign_in("a")
    machine.care.begin_rotation()
    machine.care.switch()
    machine.store.mark_revoked(grant_id, expected=1)
    machine.care.reseal()
    record = machine.store.records([grant_id])[grant_id]
    assert (record.cause, machine.facts.rows) == (SignInCause.REVOKED, {record.key_id: 1})


def test_real_processes_that_change_the_key_at_once_lose_nothing(site: KeySite) -> None:
    source = KeyFile(site.folder / "data.key")
    machine = site.machine(source)
    machine.fill(3)
    before = machine.secrets()
    command = [sys.executable, "-m", "tests.plugin.rotation_process", str(site.folder)]
    with ExitStack() as undo:
        processes = [
            undo.enter_context(
                subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(3)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(f"{site.url or ''}\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=120)
            assert process.returncode == 0
    machine.care.continue_rotation()
    states = list(machine.states().values())
    assert states[-1] == "active"
    assert set(states[:-1]) == {"retired"}
    assert len(machine.facts.rows) == 1
    after = site.machine(source)
    assert after.secrets() == before
    assert len(source.read("", seconds=1)) == len(states)
