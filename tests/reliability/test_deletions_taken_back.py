"""A deleted connection is taken back while another process comes to what was chosen with it: nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.reliability.crash_forks import Forks
from tests.reliability.crash_jobs import ENTRY, create, host_at, take_back
from tests.reliability.crash_world import CrashWorld
from tests.reliability.deletion_jobs import CHOICE_POINTS, delete_until
from tests.reliability.invariants import USABLE
from tests.reliability.world_check import check_entries
from tests.stories.deletion_acts import REVOKE, UNLINK, delete

on_both = pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
HIDDEN = next(point for point in CHOICE_POINTS if point.title == "hidden")


def at_step(step: str, act: Callable[[], object]) -> Callable[[str], None]:
    """A checkpoint that does something when a step is come by for the first time."""
    waiting = [act]

    def come_by(name: str) -> None:
        if name == step and waiting:
            waiting.pop()()

    return come_by


@on_both
@pytest.mark.parametrize("choice", [REVOKE, UNLINK])
def test_who_takes_an_entry_back_while_another_process_hands_its_choice_on_keeps_the_sign_in(
    world: CrashWorld, forks: Forks, database: str, choice: str
) -> None:
    place = world.new_place(database)
    with host_at(place) as staying:
        create(staying, place)
        assert forks.is_killed(delete_until, HIDDEN, place, choice)
        with host_at(place, at_step("removal: handing on", lambda: take_back(staying))) as next_one:
            next_one.tasks.join()
            for _ in range(2):
                next_one.clock.advance(200)
                next_one.hooks.maintain(60.0)
                next_one.tasks.join()
            assert list(check_entries(next_one).values()) == [USABLE]
    state = world.xero.control.state()
    assert [grant.revoked for grant in state.grants] == [False]
    assert len(state.links) == 1


@on_both
@pytest.mark.parametrize("choice", [REVOKE, UNLINK])
def test_who_takes_an_entry_back_while_it_is_deleted_elsewhere_keeps_the_sign_in(
    world: CrashWorld, database: str, choice: str
) -> None:
    place = world.new_place(database)
    with host_at(place) as staying:
        create(staying, place)
        with host_at(place, at_step("removal: hidden", lambda: take_back(staying))) as deleting:
            deleting.tasks.join()
            delete(deleting.tab("Connections"), ENTRY, choice)
            deleting.clock.advance(200)
            deleting.hooks.maintain(60.0)
            deleting.tasks.join()
            assert list(check_entries(deleting).values()) == [USABLE]
    state = world.xero.control.state()
    assert [grant.revoked for grant in state.grants] == [False]
    assert len(state.links) == 1
