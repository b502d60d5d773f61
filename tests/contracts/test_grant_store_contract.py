"""What every store of grants does: the fake in memory and the database, held to the same sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from hostspec.testing import FakeClock
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.plugin.memory_grants import MemoryGrantStore, Shelf
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.grant_ports import GrantStore, Intent, KeptToken, Leased, StoredGrant
from xero_connections_plugin.oauth.rotation_words import Place, Token

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
GRANT = GrantId("grant-1")
RECORD = GrantRecord(
    grant_id=GRANT,
    client_id="c" * 32,
    user_id="ada",
    account="Ada Keeper",
    scopes=("offline_access", "files"),
    state=GrantState.ACTIVE,
    cause=None,
    generation=1,
    key_id="key-1",
    created_at=NOW,
    authorized_at=NOW,
    refreshed_at=NOW,
    access_expires_at=NOW + timedelta(minutes=30),
)
CURRENT = Token(Place.CURRENT, 1)
INTENT = Intent(CURRENT, NOW)


@dataclass
class Processes:
    """Two processes on one store."""

    clock: FakeClock
    one: GrantStore
    two: GrantStore
    end_one: Callable[[], None]


@pytest.fixture(params=["memory", *DATABASES])
def processes(request: pytest.FixtureRequest) -> Iterator[Processes]:
    if request.param == "memory":
        clock, shelf = FakeClock(NOW), Shelf()
        one, two = MemoryGrantStore(clock, shelf, "one"), MemoryGrantStore(clock, shelf, "two")
        yield Processes(clock, one, two, lambda: shelf.dead.add("one"))
        return
    with database_under_test(request, request.param, NOW) as under_test:
        first, second = under_test.presence(), under_test.presence()
        one_store, two_store = (SqlGrantStore(under_test.opened(), presence) for presence in (first, second))
        yield Processes(under_test.clock, one_store, two_store, first.close)


@pytest.fixture
def store(processes: Processes) -> GrantStore:
    assert processes.one.insert(RECORD, b"sealed-1")
    return processes.one


def candidate(name: str, generation: int = 2, since: datetime = NOW) -> KeptToken:
    return KeptToken(Token(Place.CANDIDATE, generation, name), f"sealed-{name}".encode(), since, "key-1")


def take(store: GrantStore, intent: Intent = INTENT) -> Leased:
    leased = store.take_lease(GRANT, choose=lambda _: intent)
    assert leased is not None
    return leased


def read(store: GrantStore) -> StoredGrant:
    stored = store.read(GRANT)
    assert stored is not None
    return stored


def next_record(generation: int = 2) -> GrantRecord:
    return replace(RECORD, generation=generation, refreshed_at=NOW + timedelta(minutes=1))


def test_what_was_inserted_is_read_by_every_process(processes: Processes, store: GrantStore) -> None:
    stored = read(processes.two)
    assert (stored.record, stored.sealed) == (RECORD, b"sealed-1")
    assert (stored.predecessor, stored.candidates, stored.intent) == (None, (), None)
    assert processes.two.records([GRANT, GrantId("nowhere")]) == {GRANT: RECORD}
    found = processes.two.find(client_id=RECORD.client_id, user_id=RECORD.user_id)
    assert found is not None
    assert found.record == RECORD
    assert processes.two.find(client_id=RECORD.client_id, user_id="ben") is None


def test_a_thousand_records_are_read_at_once(store: GrantStore) -> None:
    wanted = [GrantId(f"other-{number}") for number in range(1200)]
    assert store.records([*wanted, GRANT]) == {GRANT: RECORD}
    assert store.records([]) == {}


def test_a_user_and_an_app_have_one_grant(processes: Processes, store: GrantStore) -> None:
    assert not processes.two.insert(replace(RECORD, grant_id=GrantId("grant-2")), b"other")
    assert processes.two.insert(replace(RECORD, grant_id=GrantId("grant-2"), user_id="ben"), b"other")


def test_one_lease_at_a_time(processes: Processes, store: GrantStore) -> None:
    take(store)
    assert processes.two.is_held(GRANT)
    assert processes.two.take_lease(GRANT, choose=lambda _: INTENT) is None


def test_a_lease_of_ones_own_is_taken_anew_and_the_old_one_is_good_for_nothing(
    processes: Processes, store: GrantStore
) -> None:
    old = take(store).lease
    new = take(store).lease
    assert new.fencing == old.fencing + 1
    assert not store.let_go(old, clear_intent=True)
    assert processes.two.is_held(GRANT)


def test_whoever_reads_sees_whether_another_process_is_at_work(processes: Processes, store: GrantStore) -> None:
    assert not read(processes.two).is_taken
    take(store)
    assert read(processes.two).is_taken
    assert not read(store).is_taken
    processes.end_one()
    assert not read(processes.two).is_taken


def test_another_process_hears_when_a_lease_is_given_back(processes: Processes, store: GrantStore) -> None:
    leased = take(store)
    before = processes.two.handed_back()
    began = processes.clock.monotonic()
    assert store.let_go(leased.lease, clear_intent=True)
    assert processes.two.handed_back() != before
    processes.two.await_handing_back(before, 60)
    assert processes.clock.monotonic() == began


def test_the_intent_is_noted_with_the_lease_and_seen_by_others(processes: Processes, store: GrantStore) -> None:
    leased = take(store)
    stamped = replace(INTENT, fencing=leased.lease.fencing)
    assert leased.stored.intent == stamped
    assert read(processes.two).intent == stamped


def test_an_intent_that_has_its_fencing_number_keeps_it(store: GrantStore) -> None:
    assert take(store, replace(INTENT, fencing=77)).stored.intent == replace(INTENT, fencing=77)


def test_choosing_nothing_takes_no_lease(processes: Processes, store: GrantStore) -> None:
    assert store.take_lease(GRANT, choose=lambda _: None) is None
    assert not store.is_held(GRANT)
    assert store.take_lease(GrantId("nowhere"), choose=lambda _: INTENT) is None


def test_a_lease_given_back_is_free_with_or_without_its_intent(processes: Processes, store: GrantStore) -> None:
    lease = take(store).lease
    assert store.let_go(lease, clear_intent=False)
    assert read(store).intent == replace(INTENT, fencing=lease.fencing)
    assert processes.two.let_go(take(processes.two).lease, clear_intent=True)
    assert read(store).intent is None


def test_a_lease_runs_out_and_its_old_owner_can_change_nothing(processes: Processes, store: GrantStore) -> None:
    old = take(store).lease
    processes.clock.advance(45.1)
    assert not store.is_held(GRANT)
    new = take(processes.two).lease
    assert new.fencing > old.fencing
    assert not store.extend_lease(old)
    assert not store.write_intent(old, Intent(Token(Place.PREDECESSOR, 0), NOW))
    assert not store.let_go(old, clear_intent=True)
    store.append_candidate(GRANT, candidate("late"))
    assert not store.commit(old, expected=1, record=next_record(), token=candidate("late"), spent=CURRENT)
    assert not store.mark_sign_in_needed(old, expected=1, cause=SignInCause.REVOKED)
    stored = read(store)
    assert (stored.record, stored.intent) == (RECORD, replace(INTENT, fencing=new.fencing))
    assert [kept.token.candidate_id for kept in stored.candidates] == ["late"]


def test_a_lease_that_nobody_took_is_still_good_after_its_end(processes: Processes, store: GrantStore) -> None:
    lease = take(store).lease
    processes.clock.advance(60)
    store.append_candidate(GRANT, candidate("a"))
    assert store.commit(lease, expected=1, record=next_record(), token=candidate("a"), spent=CURRENT)


def test_an_extended_lease_lives_longer(processes: Processes, store: GrantStore) -> None:
    lease = take(store).lease
    processes.clock.advance(40)
    assert store.extend_lease(lease)
    processes.clock.advance(40)
    assert processes.two.take_lease(GRANT, choose=lambda _: INTENT) is None


def test_a_lease_from_a_clock_that_was_set_back_counts_as_expired(processes: Processes, store: GrantStore) -> None:
    take(store)
    processes.clock.jump_wall(-3600)
    assert not processes.two.is_held(GRANT)
    take(processes.two)


def test_the_lease_of_an_owner_who_ended_is_free_at_once(processes: Processes, store: GrantStore) -> None:
    take(store)
    assert processes.two.with_intents() == {}
    processes.end_one()
    assert processes.two.with_intents() == {GRANT: 1}
    take(processes.two)


def test_a_commit_makes_the_candidate_current_and_keeps_what_was_spent(processes: Processes, store: GrantStore) -> None:
    lease = take(store).lease
    store.append_candidate(GRANT, candidate("a"))
    assert store.commit(lease, expected=1, record=next_record(), token=candidate("a"), spent=CURRENT)
    stored = read(processes.two)
    assert (stored.record, stored.sealed, stored.intent) == (next_record(), b"sealed-a", None)
    assert stored.predecessor == KeptToken(Token(Place.PREDECESSOR, 1), b"sealed-1", NOW, "key-1")
    assert stored.candidates == ()
    assert not processes.two.is_held(GRANT)


def test_a_grant_that_is_to_end_still_is_after_a_renewal_that_was_under_way(processes: Processes) -> None:
    store = processes.one
    assert store.insert(replace(RECORD, state=GrantState.ENDING), b"sealed-1")
    lease = take(store).lease
    store.append_candidate(GRANT, candidate("a"))
    assert store.commit(lease, expected=1, record=next_record(), token=candidate("a"), spent=CURRENT)
    assert read(store).record == replace(next_record(), state=GrantState.ENDING)


def test_an_answer_that_comes_after_the_end_of_a_grant_is_to_end_too(processes: Processes) -> None:
    store = processes.one
    ended = replace(RECORD, state=GrantState.NEEDS_SIGN_IN, cause=SignInCause.REVOKED, ending_since=NOW)
    assert store.insert(ended, b"sealed-1")
    lease = take(store).lease
    store.append_candidate(GRANT, candidate("a"))
    assert store.commit(lease, expected=1, record=next_record(), token=candidate("a"), spent=CURRENT)
    assert read(store).record == replace(next_record(), state=GrantState.ENDING, ending_since=NOW)


def test_a_new_sign_in_has_nothing_to_do_with_the_end_of_an_earlier_one(processes: Processes) -> None:
    store = processes.one
    assert store.insert(replace(RECORD, state=GrantState.ENDING, ending_since=NOW), b"sealed-1")
    assert store.supersede(replace(next_record(), ending_since=NOW), b"sealed-new", expected=1)
    assert read(store).record == next_record()
    second = Token(Place.CURRENT, 2)
    lease = take(store, Intent(second, NOW)).lease
    assert store.mark_sign_in_needed(lease, expected=2, cause=SignInCause.IDLE_TOO_LONG)
    lease = take(store, Intent(second, NOW)).lease
    store.append_candidate(GRANT, candidate("a", 3))
    assert store.commit(lease, expected=2, record=next_record(3), token=candidate("a", 3), spent=second)
    assert read(store).record == next_record(3)


def test_the_predecessor_keeps_the_time_at_which_it_was_first_presented(store: GrantStore) -> None:
    earlier = NOW - timedelta(minutes=7)
    lease = take(store, Intent(CURRENT, earlier)).lease
    store.append_candidate(GRANT, candidate("a"))
    store.commit(lease, expected=1, record=next_record(), token=candidate("a"), spent=CURRENT)
    kept = read(store).predecessor
    assert kept is not None
    assert kept.since == earlier


def test_a_spent_candidate_becomes_the_predecessor(store: GrantStore) -> None:
    spare = candidate("spare", generation=1)
    store.append_candidate(GRANT, spare)
    lease = take(store, Intent(spare.token, NOW)).lease
    store.append_candidate(GRANT, candidate("a"))
    assert store.commit(lease, expected=1, record=next_record(), token=candidate("a"), spent=spare.token)
    assert read(store).predecessor == KeptToken(Token(Place.PREDECESSOR, 1), b"sealed-spare", NOW, "key-1")


def test_a_spent_predecessor_stays_the_predecessor(store: GrantStore) -> None:
    store.append_candidate(GRANT, candidate("a"))
    store.commit(take(store).lease, expected=1, record=next_record(), token=candidate("a"), spent=CURRENT)
    kept = read(store).predecessor
    assert kept is not None
    again = take(store, Intent(kept.token, NOW)).lease
    store.append_candidate(GRANT, candidate("b", 3))
    assert store.commit(again, expected=2, record=next_record(3), token=candidate("b", 3), spent=kept.token)
    assert read(store).predecessor == kept


def test_candidates_are_kept_newest_first_until_a_later_generation_is_committed(
    processes: Processes, store: GrantStore
) -> None:
    lease = take(store).lease
    for minute, name in enumerate(("late", "a", "later")):
        store.append_candidate(GRANT, candidate(name, since=NOW + timedelta(minutes=minute)))
    assert [kept.token.candidate_id for kept in read(store).candidates] == ["later", "a", "late"]
    assert store.commit(lease, expected=1, record=next_record(), token=candidate("a"), spent=CURRENT)
    assert [kept.token.candidate_id for kept in read(store).candidates] == ["later", "late"]
    lease = take(store, Intent(Token(Place.CURRENT, 2), NOW)).lease
    store.append_candidate(GRANT, candidate("b", 3))
    assert store.commit(
        lease, expected=2, record=next_record(3), token=candidate("b", 3), spent=Token(Place.CURRENT, 2)
    )
    assert read(store).candidates == ()


def test_appending_a_candidate_again_changes_nothing(store: GrantStore) -> None:
    store.append_candidate(GRANT, candidate("a"))
    store.append_candidate(GRANT, candidate("a"))
    assert len(read(store).candidates) == 1


def test_a_commit_for_a_generation_that_moved_on_leaves_a_candidate(processes: Processes, store: GrantStore) -> None:
    lease = take(store).lease
    assert processes.two.supersede(next_record(), b"sealed-new", expected=1)
    store.append_candidate(GRANT, candidate("a"))
    assert not store.commit(lease, expected=1, record=next_record(), token=candidate("a"), spent=CURRENT)
    stored = read(store)
    assert (stored.sealed, len(stored.candidates)) == (b"sealed-new", 1)
    assert not store.is_held(GRANT)


def test_a_new_sign_in_keeps_what_was_current_as_never_presented(store: GrantStore) -> None:
    assert store.supersede(next_record(), b"sealed-new", expected=1)
    kept = read(store).predecessor
    assert kept == KeptToken(Token(Place.PREDECESSOR, 1), b"sealed-1", None, "key-1")
    assert not store.supersede(next_record(), b"sealed-other", expected=1)


def test_a_new_sign_in_remembers_when_the_old_token_was_presented(store: GrantStore) -> None:
    store.let_go(take(store).lease, clear_intent=False)
    assert store.supersede(next_record(), b"sealed-new", expected=1)
    stored = read(store)
    assert stored.predecessor is not None
    assert (stored.predecessor.since, stored.intent) == (NOW, None)


def test_a_mark_changes_the_state_and_keeps_everything(store: GrantStore) -> None:
    lease = take(store).lease
    store.append_candidate(GRANT, candidate("a", generation=1))
    assert store.mark_sign_in_needed(lease, expected=1, cause=SignInCause.IDLE_TOO_LONG)
    stored = read(store)
    assert (stored.record.state, stored.record.cause) == (GrantState.NEEDS_SIGN_IN, SignInCause.IDLE_TOO_LONG)
    assert (stored.sealed, len(stored.candidates), stored.intent) == (b"sealed-1", 1, None)


def test_revoking_from_here_marks_only_the_generation_that_was_revoked(store: GrantStore) -> None:
    store.mark_revoked(GRANT, expected=7)
    assert read(store).record.state is GrantState.ACTIVE
    store.mark_revoked(GRANT, expected=1)
    assert read(store).record.cause is SignInCause.REVOKED


def test_nothing_is_marked_as_revoked_while_somebody_renews_it(processes: Processes, store: GrantStore) -> None:
    lease = take(store).lease
    processes.two.mark_revoked(GRANT, expected=1)
    assert read(store).record.state is GrantState.ACTIVE
    store.let_go(lease, clear_intent=True)
    processes.two.mark_revoked(GRANT, expected=1)
    assert read(store).record.cause is SignInCause.REVOKED


def test_a_grant_that_is_to_end_still_is_after_a_renewal_that_was_refused(processes: Processes) -> None:
    store = processes.one
    assert store.insert(replace(RECORD, state=GrantState.ENDING), b"sealed-1")
    assert store.mark_sign_in_needed(take(store).lease, expected=1, cause=SignInCause.REVOKED)
    assert (read(store).record.state, read(store).intent) == (GrantState.ENDING, None)
    assert not processes.two.is_held(GRANT)


def test_forgetting_wipes_everything_and_may_be_repeated(store: GrantStore) -> None:
    take(store)
    store.append_candidate(GRANT, candidate("a"))
    store.forget(GRANT)
    store.forget(GRANT)
    assert store.read(GRANT) is None
    assert store.insert(RECORD, b"sealed-1")
    assert read(store).candidates == ()


def test_only_unbound_and_old_grants_are_wiped(store: GrantStore) -> None:
    young = replace(RECORD, grant_id=GrantId("young"), user_id="ben", authorized_at=NOW + timedelta(hours=2))
    store.insert(young, b"other")
    before = NOW + timedelta(hours=1)
    assert store.signed_in_before(before) == (GRANT,)
    assert store.forget_unbound([GRANT, young.grant_id], before=before) == 1
    assert store.read(GRANT) is None
    assert store.read(young.grant_id) is not None
