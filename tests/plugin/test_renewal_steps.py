"""What a renewal is between the answer and the store, and how long a token in memory serves: to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from hostspec.testing import FakeClock
from tests.canaries import canary
from tests.plugin.grant_builders import Bench, OpenBox, answer
from xero_connections_plugin.oauth.grant import GrantId, GrantState, SignInCause, TokenSet
from xero_connections_plugin.oauth.grant_ports import Intent, KeptToken, Lease, Sealed, StoredGrant
from xero_connections_plugin.oauth.held_tokens import HeldTokens, Moment
from xero_connections_plugin.oauth.renewal import RefreshPorts, Renewal
from xero_connections_plugin.oauth.rotation_words import Place, Send, Token
from xero_connections_plugin.oauth.token_sealing import seal_tokens

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=5)
FOUND = Moment(NOW, NOW.timestamp(), 100.0)
CURRENT = Token(Place.CURRENT, 1)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def token_set(bench: Bench, name: str) -> TokenSet:
    expires = bench.clock.now() + timedelta(minutes=30)
    return TokenSet(SecretStr(canary(f"access {name}")), SecretStr(canary(f"refresh {name}")), expires, ())


def kept(bench: Bench, grant: GrantId, generation: int, *, since: datetime, name: str | None = None) -> KeptToken:
    """A candidate as a process leaves it that ended before its commit."""
    tokens = token_set(bench, name or str(generation))
    sealed = seal_tokens(bench.box, tokens, grant_id=grant, generation=generation)
    return KeptToken(Token(Place.CANDIDATE, generation, f"kept {generation}"), sealed.data, since, sealed.key_id)


def ended(stored: StoredGrant) -> StoredGrant:
    """The same once it was given up."""
    return replace(stored, record=replace(stored.record, state=GrantState.NEEDS_SIGN_IN, cause=SignInCause.REVOKED))


def test_the_tokens_that_may_live_are_revoked_newest_first_whatever_order_they_came_in(bench: Bench) -> None:
    grant = bench.signed_in()
    now = bench.clock.now()
    late = [kept(bench, grant, 3, since=now), kept(bench, grant, 4, since=now - timedelta(seconds=9))]
    broken = replace(kept(bench, grant, 5, since=now), sealed=b"damaged")
    bench.shelf.grants[grant] = replace(bench.shelf.grants[grant], candidates=(broken, *late))
    assert bench.keeper.revoke(grant)
    assert bench.xero.revoked == [canary("refresh 4"), canary("refresh 3"), canary("refresh 0")]


def test_a_kept_answer_revives_a_grant_without_asking_the_server(bench: Bench) -> None:
    grant = bench.signed_in()
    stored = ended(bench.shelf.grants[grant])
    candidate = kept(bench, grant, 2, since=EARLIER)
    found = Renewal.promoted(candidate, token_set(bench, "2"), CURRENT, stored, FOUND)
    assert (found.record.state, found.record.cause, found.record.generation) == (GrantState.ACTIVE, None, 2)
    assert (found.record.refreshed_at, found.asked_server, found.kept) == (EARLIER, False, candidate)


@pytest.mark.parametrize("noted", [None, EARLIER])
def test_a_token_counts_as_first_presented_when_that_was_noted_or_else_now(
    bench: Bench, noted: datetime | None
) -> None:
    grant = bench.signed_in()
    intent = None if noted is None else Intent(CURRENT, noted)
    stored = replace(bench.shelf.grants[grant], intent=intent, now=NOW)
    old = token_set(bench, "0")
    asked = Renewal.answered(answer("1", bench.clock), old, Send(CURRENT, replay=False), stored, FOUND)
    promoted = Renewal.promoted(kept(bench, grant, 2, since=NOW), old, CURRENT, stored, FOUND)
    assert asked.first_presented == promoted.first_presented == asked.record.refreshed_at == (noted or NOW)
    assert asked.asked_server


def test_what_came_of_a_replay_was_refreshed_after_its_first_presentation(bench: Bench) -> None:
    grant = bench.signed_in()
    stored = replace(bench.shelf.grants[grant], intent=Intent(CURRENT, NOW))
    again = Renewal.answered(answer("1", bench.clock), token_set(bench, "0"), Send(CURRENT, True), stored, FOUND)
    assert again.record.refreshed_at == NOW + timedelta(microseconds=1)


class NewKeyBox(OpenBox):
    """Seals with a key that took the place of another one."""

    def seal(self, plain: bytes, *, purpose: str, owner_id: str, generation: int) -> Sealed:
        sealed = super().seal(plain, purpose=purpose, owner_id=owner_id, generation=generation)
        return replace(sealed, key_id="key-2")


def test_a_renewed_grant_names_the_key_that_sealed_it(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.box = NewKeyBox()
    bench.another("two").access_token(grant, refused=1)
    assert bench.shelf.grants[grant].record.key_id == "key-2"


def test_a_renewal_that_was_not_sealed_is_written_nowhere(bench: Bench) -> None:
    grant = bench.signed_in()
    before = bench.shelf.grants[grant]
    ports = RefreshPorts(bench.store, bench.box, bench.xero, bench.clock, str, lambda: 0.5, bench.steps.append)
    renewal = Renewal.answered(answer("1", bench.clock), token_set(bench, "0"), Send(CURRENT, False), before, FOUND)
    with pytest.raises(ValueError, match=r"^not sealed yet$"):
        renewal.keep(ports)
    with pytest.raises(ValueError, match=r"^not sealed yet$"):
        renewal.commit(ports, Lease(grant, "one", 1))
    assert bench.shelf.grants[grant] == before


def test_a_later_moment_is_later_by_every_clock_and_over_when_it_has_come() -> None:
    clock = FakeClock(NOW)
    begun = Moment(EARLIER, clock.now().timestamp(), clock.monotonic())
    later = begun.later(timedelta(seconds=60))
    assert later == Moment(EARLIER + timedelta(seconds=60), NOW.timestamp() + 60, begun.monotonic + 60)
    clock.advance(59.5)
    assert later.is_ahead(clock)
    assert begun.age(clock) == timedelta(seconds=59.5)
    clock.advance(0.5)
    assert not later.is_ahead(clock)


@pytest.mark.parametrize("set_back", [False, True], ids=["set forward", "set back"])
def test_a_moment_has_come_when_either_clock_says_so(set_back: bool) -> None:
    clock = FakeClock(NOW)
    later = Moment(NOW, clock.now().timestamp(), clock.monotonic()).later(timedelta(seconds=60))
    if set_back:
        clock.advance(60)
        clock.jump_wall(-600)
    else:
        clock.jump_wall(60)
    assert not later.is_ahead(clock)


@pytest.mark.parametrize("everything", [False, True], ids=["the grant", "everything"])
def test_what_was_read_before_it_was_dropped_is_not_held(bench: Bench, everything: bool) -> None:
    record = bench.shelf.grants[bench.signed_in()].record
    held = HeldTokens(bench.clock)
    since = Moment(bench.clock.now(), bench.clock.now().timestamp(), bench.clock.monotonic())

    def end() -> None:
        held.clear() if everything else held.drop(record.grant_id)

    end()
    eras = [held.era()]
    end()
    eras.append(held.era())
    for era, is_kept in zip(eras, (False, True), strict=True):
        held.keep(record, SecretStr("a token"), since, None, era=era)
        assert (held.find(record.grant_id) is not None) == is_kept
    held.be_patient(record.grant_id)
    assert held.is_patient(record.grant_id)
    end()
    assert held.find(record.grant_id) is None
    assert not held.is_patient(record.grant_id)


def test_patience_ends_after_exactly_a_quarter_of_a_minute(bench: Bench) -> None:
    held = HeldTokens(bench.clock)
    grant = GrantId("a grant")
    assert not held.is_patient(grant)
    held.be_patient(grant)
    bench.clock.advance(14.75)
    assert held.is_patient(grant)
    bench.clock.advance(0.25)
    assert not held.is_patient(grant)
