"""What a renewal does when writes, waits, keys or the program itself go wrong, and what it leaves behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hostspec.errors import ProviderUnavailable, SecretStoreUnavailable, SignInNeeded, StoreUnavailable
from tests.canaries import canary
from tests.plugin.grant_builders import Bench, throttled, unanswered
from tests.plugin.memory_grants import MemoryGrantStore
from xero_connections_plugin.oauth.grant import GrantId, GrantState, SignInCause
from xero_connections_plugin.oauth.grant_ports import Lease
from xero_connections_plugin.oauth.held_tokens import Moment
from xero_connections_plugin.oauth.refresh_news import RefreshNews
from xero_connections_plugin.oauth.refresh_run import RefreshRun
from xero_connections_plugin.oauth.renewal import RefreshPorts
from xero_connections_plugin.oauth.rotation_words import Ending


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_kept_answer_that_is_damaged_gives_way_to_a_replay(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["commit"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 4
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.shelf.dead.add("one")
    stored = bench.shelf.grants[grant]
    (kept,) = stored.candidates
    bench.shelf.grants[grant] = replace(stored, candidates=(replace(kept, sealed=b"rubbish"),))
    assert bench.another("two").access_token(grant, refused=1).generation == 2
    assert bench.xero.presented == [canary("refresh 0")] * 2


def test_trouble_while_letting_go_does_not_hide_why(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.box.trouble = [SecretStoreUnavailable("The key is missing.", code="KEY_MISSING")]
    bench.store.trouble["let_go"] = [StoreUnavailable("Away.", code="STORE_UNREACHABLE")]
    with pytest.raises(SecretStoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    assert bench.store.is_held(grant)
    assert bench.shelf.grants[grant].intent is not None
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.clock.waits == []


def test_a_key_that_vanishes_before_a_replay_leaves_the_intent_noted(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.lost_answers = [unanswered() for _ in range(4)]
    with pytest.raises(ProviderUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.box.trouble = [SecretStoreUnavailable("The key is missing.", code="KEY_MISSING")]
    with pytest.raises(SecretStoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    assert bench.shelf.grants[grant].intent is not None
    assert not bench.store.is_held(grant)


def test_another_that_renewed_before_the_grant_could_be_given_up_is_believed(bench: Bench) -> None:
    grant = bench.signed_in()
    assert bench.keeper.access_token(grant, refused=1).generation == 2

    def checkpoint(name: str) -> None:
        if name == "before MarkSignInNeeded":
            bench.xero.revive(canary("refresh 1"))
            bench.clock.advance(46)
            assert bench.keeper.access_token(grant, refused=2).generation == 3

    bench.xero.end_grants()
    assert bench.another("two", checkpoint=checkpoint).access_token(grant, refused=2).generation == 3
    assert bench.shelf.grants[grant].record.state is GrantState.ACTIVE


def test_a_candidate_that_came_late_revives_a_grant_that_was_given_up(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["commit"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 4
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.shelf.dead.add("one")
    stored = bench.shelf.grants[grant]
    lost = replace(stored.record, state=GrantState.NEEDS_SIGN_IN, cause=SignInCause.REVOKED)
    bench.shelf.grants[grant] = replace(stored, record=lost)
    assert bench.another("two").access_token(grant).generation == 2
    assert bench.shelf.grants[grant].record.state is GrantState.ACTIVE


def test_a_new_sign_in_makes_a_renewal_in_memory_needless(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["append_candidate"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 4
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.signed_in("again")
    assert bench.keeper.access_token(grant, refused=2).generation == 3
    assert bench.xero.presented[-1] == canary("refresh again")
    assert bench.shelf.grants[grant].candidates == ()


def test_a_forgotten_sign_in_is_not_saved_after_all(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["append_candidate"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 4
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.keeper.forget(grant)
    kept = bench.signed_in("again")
    assert kept == GrantId("one-3")
    bench.keeper.recover()
    assert bench.keeper.records([grant]) == {}
    assert bench.xero.rotations == 1


def test_the_steps_of_a_sign_in_and_of_a_refresh_are_named(bench: Bench) -> None:
    grant = bench.signed_in()
    assert bench.steps == ["adopted"]
    bench.keeper.access_token(grant, refused=1)
    acts = ("TakeLease", "NoteIntent", "Send", "KeepCandidate", "Commit")
    assert bench.steps[1:] == [f"{when} {act}" for act in acts for when in ("before", "after")] + ["before hand-out"]


@pytest.mark.parametrize(("jitter", "first"), [(0.0, 0.25), (1.0, 0.75)])
def test_waits_differ_between_processes(bench: Bench, jitter: float, first: float) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [unanswered()]
    assert bench.another("two", jitter=jitter).access_token(grant, refused=1).generation == 2
    assert bench.clock.waits == [first]


@pytest.mark.parametrize(("asked_for", "waited"), [(10.0, [10.0]), (None, [0.5])])
def test_up_to_ten_seconds_are_waited_where_the_server_asks_for_them(
    bench: Bench, asked_for: float | None, waited: list[float]
) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [throttled(asked_for)]
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.clock.waits == waited


def test_no_wait_is_begun_that_leaves_no_time_for_the_request(bench: Bench) -> None:
    grant = bench.signed_in()

    def slowly() -> None:
        bench.clock.advance(26)

    bench.xero.during = slowly
    bench.xero.lost_answers = [throttled(9.5)]
    with pytest.raises(ProviderUnavailable) as caught:
        bench.keeper.access_token(grant, refused=1)
    assert caught.value.code == "RATE_LIMITED"
    assert bench.clock.waits == []


class TakenOver(MemoryGrantStore):
    """Its lease was too short for a pause: somebody else has it by then."""

    def extend_lease(self, lease: Lease) -> bool:
        return False


def test_who_lost_the_lease_in_a_pause_asks_for_it_before_anything_is_sent_again(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.steps.clear()
    bench.xero.faults = [unanswered()]
    slow = bench.another("two", TakenOver(bench.clock, bench.shelf, "two"))
    assert slow.access_token(grant, refused=1).generation == 2
    sent = [step for step in bench.steps if step in ("before TakeLease", "before Send")]
    assert sent == ["before TakeLease", "before Send", "before TakeLease", "before Send"]


def test_whoever_listens_hears_of_each_renewal_how_it_ended_and_why(bench: Bench) -> None:
    heard: list[RefreshNews] = []
    keeper = bench.another("two", heard=heard.append)
    grant = bench.signed_in()
    bench.xero.faults = [throttled(11.0)]
    with pytest.raises(ProviderUnavailable):
        keeper.access_token(grant, refused=1)
    keeper.access_token(grant, refused=1)
    told = [
        (news.record.grant_id, news.record.generation, news.ending, getattr(news.problem, "code", None))
        for news in heard
    ]
    assert told == [(grant, 1, Ending.THROTTLED, "RATE_LIMITED"), (grant, 1, Ending.ROTATED, None)]


def test_a_sign_in_of_the_first_generation_is_revoked(bench: Bench) -> None:
    assert bench.keeper.revoke(bench.signed_in())


def test_a_mistake_in_the_program_leaves_the_lease_to_others(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.lost_answers = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        bench.keeper.access_token(grant, refused=1)
    assert not bench.store.is_held(grant)
    assert bench.another("two").access_token(grant, refused=1).generation == 2


def test_tokens_that_are_out_of_date_at_once_are_not_renewed_for_ever(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.advance(1800)

    def overtaken(name: str) -> None:
        if name == "before TakeLease":
            record = bench.shelf.grants[grant].record
            newer = replace(record, generation=record.generation + 1)
            bench.shelf.grants[grant] = replace(bench.shelf.grants[grant], record=newer)

    with pytest.raises(ProviderUnavailable) as caught:
        bench.another("two", checkpoint=overtaken).access_token(grant)
    assert caught.value.code == "XERO_DOWN"
    assert str(caught.value) == (
        "The sign-in was renewed several times, and each token was out of date at once. Nothing is lost; check "
        "that this machine's clock is right and try again."
    )
    assert bench.shelf.grants[grant].record.generation == 5


def test_writes_are_tried_four_times_with_growing_pauses(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["append_candidate"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 3
    bench.store.trouble["commit"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 3
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.clock.waits == [0.5, 1.0, 2.0, 0.5, 1.0, 2.0]


def test_requests_are_repeated_with_growing_pauses(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [unanswered(), unanswered(), unanswered()]
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.clock.waits == [0.5, 1.0, 2.0]


def test_a_damaged_sign_in_cannot_be_revoked_and_says_so(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.shelf.grants[grant] = replace(bench.shelf.grants[grant], sealed=b"rubbish")
    with pytest.raises(SignInNeeded) as caught:
        bench.keeper.revoke(grant)
    assert caught.value.code == "GRANT_DAMAGED"
    assert bench.xero.revoked == []


def test_a_run_that_was_not_answered_has_nothing_to_give(bench: Bench) -> None:
    grant = bench.signed_in()
    stored = bench.store.read(grant)
    assert stored is not None
    clock = bench.clock
    ports = RefreshPorts(bench.store, bench.box, bench.xero, clock, lambda: "id", lambda: 0.5, bench.steps.append)
    read_at = Moment(stored.now, clock.now().timestamp(), clock.monotonic())
    with pytest.raises(ValueError, match="nothing was answered yet"):
        RefreshRun(stored, read_at, ports).resume()
    run = RefreshRun(stored, read_at, ports)
    assert run.perform() is Ending.ROTATED
    with pytest.raises(ValueError, match="needs the lease"):
        run.resume()
