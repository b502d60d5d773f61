"""A sign-in is revoked while another process has a renewal on its way: what that brings is revoked too."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from hostspec.errors import SignInNeeded
from hostspec.testing import FakeClock
from tests.canaries import canary
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.contracts.test_entry_store_contract import NOW, entry, store_on
from tests.plugin.grant_builders import ADA, CLIENT, SCOPES, OpenBox, XeroInMemory, answer, refused
from xero_connections_plugin.connections.entries import EntryStore
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.grant_endings import Ended, GrantEndings, LateEnding
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS
from xero_connections_plugin.oauth.token_keeper import TokenKeeper


class Awaiting(SqlGrantStore):
    """The store of who ends grants; something happens just before it closes one."""

    before_close: Callable[[], object] = staticmethod(lambda: None)

    def close_ended(self, grant_id: GrantId, *, revoked: bool = False) -> bool:
        self.before_close()
        return super().close_ended(grant_id, revoked=revoked)


@dataclass
class World:
    """Two processes on one store, and a server in memory."""

    clock: FakeClock
    xero: XeroInMemory
    entries: EntryStore
    stores: tuple[Awaiting, Awaiting]
    presences: tuple[MachinePresence, MachinePresence]
    at_step: dict[str, Callable[[], object]] = field(default_factory=dict)
    told: list[LateEnding] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.renewing, self.other = self._keeper(0), self._keeper(1)
        self.endings = GrantEndings(self.other, self.stores[1], self.clock)
        given = self.xero.gave(answer("0", self.clock))
        record = self.other.adopt(given, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
        self.grant: GrantId = record.grant_id

    def _keeper(self, which: int) -> TokenKeeper:
        ids = itertools.count(1)
        return TokenKeeper(
            self.stores[which],
            OpenBox(),
            self.xero,
            self.clock,
            new_id=lambda: f"{which}-{next(ids)}",
            jitter=lambda: 0.5,
            checkpoint=self._come_by if which == 0 else lambda _: None,
        )

    def _come_by(self, step: str) -> None:
        self.at_step.pop(step, lambda: None)()

    def end(self) -> None:
        """The other process ends the grant."""
        self.stores[1].mark_ending(self.grant)
        self.ended.append(self.endings.end(self.grant))

    def finish(self) -> None:
        """The other process looks again whether the grant can be ended."""
        self.endings.finish(self.told.append)

    def sign_in_again(self) -> None:
        given = self.xero.gave(answer("again", self.clock))
        self.other.adopt(given, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)

    def is_left(self) -> bool:
        return self.stores[1].read(self.grant) is not None


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with database_under_test(request, request.param, NOW) as under_test:
        presences = under_test.presence(), under_test.presence()
        one, two = (Awaiting(under_test.opened(), presence) for presence in presences)
        clock = under_test.clock
        yield World(clock, XeroInMemory(clock), store_on(under_test), (one, two), presences)


def renewed_meanwhile(world: World, step: str) -> None:
    """A process renews, and comes to a step; there the other one ends the grant."""
    world.at_step[step] = world.end
    world.renewing.access_token(world.grant, refused=1)
    assert world.ended == [Ended.RENEWED]


@pytest.mark.parametrize("step", ["after Send", "after KeepCandidate"])
def test_what_a_renewal_under_way_brings_is_revoked_and_then_nothing_is_left(world: World, step: str) -> None:
    renewed_meanwhile(world, step)
    assert world.is_left()
    world.finish()
    assert world.told == [], "not before the renewal must have ended"
    world.clock.advance(LEASE_SECONDS)
    world.finish()
    assert canary("refresh 1") in world.xero.revoked
    assert [(one.account, one.problem) for one in world.told] == [("Ada Keeper", None)]
    assert not world.is_left()
    with pytest.raises(SignInNeeded):
        world.renewing.access_token(world.grant, refused=2)


def test_an_entry_that_names_the_grant_keeps_it_as_one_that_was_revoked(world: World) -> None:
    world.entries.add(entry("Kiosk", sign_in=world.grant), name_key="kiosk")
    renewed_meanwhile(world, "after Send")
    world.clock.advance(LEASE_SECONDS)
    world.finish()
    record = world.stores[1].records([world.grant])[world.grant]
    assert (record.state, record.cause, record.generation) == (GrantState.NEEDS_SIGN_IN, SignInCause.REVOKED, 2)
    assert canary("refresh 1") in world.xero.revoked


def test_a_renewal_that_comes_after_the_revocation_is_refused_and_the_grant_ends_all_the_same(world: World) -> None:
    world.at_step["before Send"] = world.end
    world.xero.faults = [None, refused()]
    with pytest.raises(SignInNeeded):
        world.renewing.access_token(world.grant, refused=1)
    assert world.ended == [Ended.RENEWED]
    world.clock.advance(LEASE_SECONDS)
    world.finish()
    assert len(world.told) == 1
    assert not world.is_left()


def test_what_a_renewal_brings_between_the_revocation_and_the_closing_is_revoked_too(world: World) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        assert go_on.wait(60)

    world.at_step["after Send"] = hold
    with ThreadPoolExecutor(1) as threads:
        renewal = threads.submit(world.renewing.access_token, world.grant, refused=1)
        assert reached.wait(60)

        def let_renew() -> None:
            go_on.set()
            renewal.result(60)

        world.stores[1].before_close = let_renew
        world.end()
    assert world.ended == [Ended.RENEWED]
    assert world.is_left()
    world.stores[1].before_close = lambda: None
    world.finish()
    assert world.told == [], "not before the renewal must have ended"
    world.clock.advance(LEASE_SECONDS)
    world.finish()
    assert canary("refresh 1") in world.xero.revoked
    assert [(one.account, one.problem) for one in world.told] == [("Ada Keeper", None)]
    assert not world.is_left()


class Overtaken:
    """Who ends grants; somebody signs in just before the server would be asked."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.then: Callable[[], object] = lambda: None

    def record(self, grant_id: GrantId) -> GrantRecord | None:
        return self._world.other.record(grant_id)

    def revoke(self, grant_id: GrantId, *, signed_in_at: datetime) -> bool:
        self._world.clock.advance(1)
        self._world.sign_in_again()
        self.then()
        return self._world.other.revoke(grant_id, signed_in_at=signed_in_at)

    def drop(self, grant_id: GrantId) -> None:
        self._world.other.drop(grant_id)


def test_who_signs_in_just_before_the_server_is_asked_is_not_told_that_anything_was_revoked(world: World) -> None:
    world.endings = GrantEndings(Overtaken(world), world.stores[1], world.clock)
    world.end()
    assert world.ended == [Ended.WANTED]
    assert world.xero.revoked == []
    assert world.stores[1].records([world.grant])[world.grant].state is GrantState.ACTIVE


def test_what_another_process_ends_meanwhile_has_ended(world: World) -> None:
    server = Overtaken(world)
    server.then = lambda: world.stores[0].forget(world.grant)
    world.endings = GrantEndings(server, world.stores[1], world.clock)
    world.end()
    assert world.ended == [Ended.DONE]


def slept(world: World) -> None:
    """The process that renews is asleep until its lease has run out; meanwhile the other one ends the grant."""
    world.clock.advance(60)
    world.end()


def test_an_answer_that_comes_after_the_end_brings_nothing_back_to_life(world: World) -> None:
    world.entries.add(entry("Kiosk", sign_in=world.grant), name_key="kiosk")
    world.at_step["after Send"] = lambda: slept(world)
    world.renewing.access_token(world.grant, refused=1)
    assert world.ended == [Ended.DONE]
    world.finish()
    assert canary("refresh 1") in world.xero.revoked
    record = world.stores[1].records([world.grant])[world.grant]
    assert (record.state, record.cause) == (GrantState.NEEDS_SIGN_IN, SignInCause.REVOKED)
    assert [(one.account, one.problem) for one in world.told] == [("Ada Keeper", None)]


def test_who_signs_in_after_the_end_and_renews_keeps_that_sign_in(world: World) -> None:
    world.entries.add(entry("Kiosk", sign_in=world.grant), name_key="kiosk")
    world.end()
    world.sign_in_again()
    generation = world.renewing.access_token(world.grant).generation
    assert world.renewing.access_token(world.grant, refused=generation).generation == generation + 1
    world.finish()
    assert world.stores[1].records([world.grant])[world.grant].state is GrantState.ACTIVE


class Killed(BaseException):
    """The process ends here: nothing of it tidies up."""


def test_a_process_that_died_while_it_renewed_keeps_no_grant_from_ending(world: World) -> None:
    def die() -> None:
        raise Killed

    world.at_step["before Send"] = die
    with pytest.raises(Killed):
        world.renewing.access_token(world.grant, refused=1)
    assert world.stores[1].is_held(world.grant)
    world.presences[0].close()
    world.end()
    assert world.ended == [Ended.DONE]
    assert not world.is_left()
