"""A token in memory ends with its grant: what is revoked, forgotten or to end is handed out to nobody any more.

Each test lets the end come at the worst moment: between two steps of a thread that is about to hand a token out.
"""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pydantic import SecretStr

from hostspec.errors import ConnectionProblem, SignInNeeded, StoreUnavailable
from tests.canaries import canary
from tests.plugin.grant_builders import ADA, CLIENT, SCOPES, Bench, answer, unanswered
from tests.plugin.memory_grants import MemoryGrantStore
from xero_connections_plugin.oauth.grant import GrantId, GrantState, TokenAnswer
from xero_connections_plugin.oauth.token_keeper import TokenKeeper


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def revoke(bench: Bench, grant: GrantId) -> None:
    bench.keeper.revoke(grant)


def forget(bench: Bench, grant: GrantId) -> None:
    bench.keeper.forget(grant)


def end_later(bench: Bench, grant: GrantId) -> None:
    """As a person's choice is noted: first in the store, then in memory."""
    stored = bench.shelf.grants[grant]
    bench.shelf.grants[grant] = replace(stored, record=replace(stored.record, state=GrantState.ENDING))
    bench.keeper.drop(grant)


ENDS: tuple[Callable[[Bench, GrantId], None], ...] = (revoke, forget, end_later)
each_end = pytest.mark.parametrize("end", ENDS)


def once(deed: Callable[[], None]) -> Callable[[], None]:
    """A deed that is done the first time only."""
    left = [deed]

    def act() -> None:
        if left:
            left.pop()()

    return act


def refuses(keeper: TokenKeeper, grant: GrantId) -> bool:
    try:
        keeper.access_token(grant)
    except SignInNeeded:
        return True
    return False


@each_end
def test_a_grant_that_ends_while_its_token_is_read_is_held_by_nobody(
    bench: Bench, end: Callable[[Bench, GrantId], None]
) -> None:
    grant = bench.signed_in()
    bench.keeper.drop(grant)
    bench.box.before_open = once(lambda: end(bench, grant))
    assert refuses(bench.keeper, grant)
    assert refuses(bench.keeper, grant)


@each_end
def test_a_grant_that_ends_just_after_its_renewal_was_stored_is_held_by_nobody(
    bench: Bench, end: Callable[[Bench, GrantId], None]
) -> None:
    grant = bench.signed_in()
    ends = once(lambda: end(bench, grant))
    bench.keeper = bench.another("two", checkpoint=lambda step: ends() if step == "before hand-out" else None)
    with pytest.raises(SignInNeeded):
        bench.keeper.access_token(grant, refused=1)
    assert refuses(bench.keeper, grant)


@each_end
def test_a_sign_in_that_ends_as_soon_as_it_was_stored_is_held_by_nobody(
    bench: Bench, end: Callable[[Bench, GrantId], None]
) -> None:
    grant = bench.signed_in()
    ends = once(lambda: end(bench, grant))
    bench.keeper = bench.another("two", checkpoint=lambda step: ends() if step == "adopted" else None)
    given = bench.xero.gave(answer("again", bench.clock))
    bench.keeper.adopt(given, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
    assert refuses(bench.keeper, grant)


def test_a_thread_that_asks_after_the_end_does_not_share_what_another_read_before_it(
    bench: Bench, threads: ThreadPoolExecutor
) -> None:
    grant = bench.signed_in()
    bench.keeper.drop(grant)
    reached, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        assert go_on.wait(20)

    bench.box.before_open = once(hold)
    early = threads.submit(refuses, bench.keeper, grant)
    assert reached.wait(20)
    end_later(bench, grant)
    late = threads.submit(refuses, bench.keeper, grant)
    go_on.set()
    assert late.result(20)
    assert early.result(20)


def test_a_revocation_that_cannot_be_noted_leaves_nothing_in_memory(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["mark_revoked"] = [StoreUnavailable("The disk is full.", code="DISK_FULL")]
    with pytest.raises(StoreUnavailable):
        bench.keeper.revoke(grant)
    del bench.shelf.grants[grant]
    assert refuses(bench.keeper, grant)


def unsaved(bench: Bench) -> GrantId:
    """A grant whose renewal could not be written, so that its newest token is in memory alone."""
    grant = bench.signed_in()
    renew_unsaved(bench, grant)
    return grant


def renew_unsaved(bench: Bench, grant: GrantId) -> None:
    full: list[ConnectionProblem] = [StoreUnavailable("The disk is full.", code="DISK_FULL") for _ in range(40)]
    bench.store.trouble = {"append_candidate": full, "commit": list(full)}
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.store.trouble = {}


def test_a_renewal_that_could_not_be_saved_is_revoked_by_its_newest_token(bench: Bench) -> None:
    grant = unsaved(bench)
    assert bench.keeper.revoke(grant)
    assert bench.xero.revoked[0] == canary("refresh 1")
    assert refuses(bench.keeper, grant)


def test_a_renewal_that_cannot_be_saved_while_its_grant_is_revoked_is_revoked_too(bench: Bench) -> None:
    secrets = watch_secrets(bench)
    grant = bench.signed_in()
    bench.xero.during = once(lambda: renew_unsaved(bench, grant))
    assert bench.keeper.revoke(grant)
    assert bench.xero.revoked == [canary("refresh 0"), canary("refresh 1"), canary("refresh 0")]
    assert refuses(bench.keeper, grant)
    assert living(secrets) == 0


def test_what_a_killed_process_had_kept_is_revoked_too(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["commit"] = [StoreUnavailable("The disk is full.", code="DISK_FULL") for _ in range(40)]
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.shelf.dead.add("one")
    assert bench.another("two").revoke(grant)
    assert bench.xero.revoked == [canary("refresh 1"), canary("refresh 0")]


def test_what_a_process_keeps_and_leaves_behind_while_a_grant_is_revoked_is_revoked_too(bench: Bench) -> None:
    grant = bench.signed_in()
    other = bench.another("two", store := MemoryGrantStore(bench.clock, bench.shelf, "two"))
    store.trouble["commit"] = [StoreUnavailable("The disk is full.", code="DISK_FULL") for _ in range(40)]

    def renew_and_end() -> None:
        with pytest.raises(StoreUnavailable):
            other.access_token(grant, refused=1)
        bench.shelf.dead.add("two")

    bench.xero.during = once(renew_and_end)
    assert bench.keeper.revoke(grant)
    assert bench.xero.revoked == [canary("refresh 0"), canary("refresh 1"), canary("refresh 0")]


def test_a_kept_answer_that_is_damaged_does_not_keep_the_sign_in_from_being_revoked(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["commit"] = [StoreUnavailable("The disk is full.", code="DISK_FULL") for _ in range(40)]
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    stored = bench.shelf.grants[grant]
    damaged = tuple(replace(kept, sealed=b"damaged") for kept in stored.candidates)
    bench.shelf.grants[grant] = replace(stored, candidates=damaged)
    assert bench.another("two").revoke(grant)
    assert bench.xero.revoked == [canary("refresh 0")]


def test_a_revocation_that_fails_keeps_what_could_not_be_saved(bench: Bench) -> None:
    grant = unsaved(bench)
    bench.xero.faults = [unanswered()]
    with pytest.raises(Exception, match="did not answer"):
        bench.keeper.revoke(grant)
    assert bench.keeper.access_token(grant, refused=1).generation == 2


def test_the_secrets_of_a_renewal_that_could_not_be_saved_go_with_its_grant(bench: Bench) -> None:
    secrets = watch_secrets(bench)
    grant = unsaved(bench)
    assert living(secrets) == 2
    bench.another("two").forget(grant)
    bench.keeper.recover()
    assert living(secrets) == 0


def test_the_secrets_of_a_renewal_that_could_not_be_saved_go_when_its_grant_is_forgotten(bench: Bench) -> None:
    secrets = watch_secrets(bench)
    grant = unsaved(bench)
    bench.keeper.forget(grant)
    assert living(secrets) == 0


def test_a_new_sign_in_takes_the_place_of_a_renewal_that_could_not_be_saved(bench: Bench) -> None:
    secrets = watch_secrets(bench)
    unsaved(bench)
    assert living(secrets) == 2
    bench.signed_in("anew")
    assert living(secrets) == 0


def test_a_keeper_that_is_closed_holds_no_secret_at_all(bench: Bench) -> None:
    secrets = watch_secrets(bench)
    unsaved(bench)
    assert living(secrets) == 2
    bench.keeper.close()
    assert living(secrets) == 0


def watch_secrets(bench: Bench) -> list[weakref.ref[SecretStr]]:
    """The secrets that the server gives from now on, for as long as somebody holds them."""
    seen: list[weakref.ref[SecretStr]] = []

    def give(name: str) -> TokenAnswer:
        given = answer(name, bench.clock)
        assert given.refresh_token is not None
        seen.extend(weakref.ref(secret) for secret in (given.access_token, given.refresh_token))
        return given

    bench.xero.answer_with = give
    return seen


def living(secrets: list[weakref.ref[SecretStr]]) -> int:
    gc.collect()
    return sum(secret() is not None for secret in secrets)
