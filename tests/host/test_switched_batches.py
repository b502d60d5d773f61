"""Batches that wait are taken along by a switch of their own, and brought back by its undo: those and no others."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from hostspec.markers import hookimpl
from hostspec.ui import Origin
from hostspec.usages import Subject, UsageSwitch
from hostspec.value import UserId
from sample_host.app import SampleHost
from sample_host.batches import BatchState
from sample_host.usage_dialog import UsageDialog, chosen
from sample_host.users import HostUser
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.queue_host import ONE, OTHER, point, put, queue_host, step_of, until, usage_of


@pytest.fixture
def plugin() -> LedgerPlugin:
    return LedgerPlugin()


@pytest.fixture
def host(tmp_path: Path, plugin: LedgerPlugin) -> Iterator[SampleHost]:
    with queue_host(tmp_path / "data", plugin) as host:
        yield host


class NeverCancelled:
    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        raise AssertionError(f"Nothing is waited for, and not {seconds} seconds.")


def test_a_batch_that_was_switched_after_it_was_looked_at_goes_through_what_it_was_switched_to(
    host: SampleHost, plugin: LedgerPlugin
) -> None:
    host.queue.stop()
    put(host)
    seen = host.batches.oldest_waiting()
    assert seen is not None
    order = UsageSwitch(subject=ONE, target=OTHER, usage_ids=(usage_of(host, ONE).usage_id,), user_id=UserId("admin"))
    assert host.hooks.switch_usages(order).items[0].switched
    assert host.runs.run_waiting(seen, step_of(host), NeverCancelled())
    assert (len(plugin.ledgers["c-1"].invoices), len(plugin.ledgers["c-2"].invoices)) == (0, 5)


class Owner:
    """Offers the two connections, as the list does."""

    @hookimpl
    def capture_subject_targets(self, subject: Subject) -> Iterable[Subject]:
        named = (ONE.model_copy(update={"label": "Head office"}), OTHER.model_copy(update={"label": "Branch"}))
        return [one for one in named if not subject.covers(one)]


ADMIN = Origin(user_id=HostUser.ADMINISTRATOR.user_id, user_name="Admin", window_id="window-1", is_local=True)


def moved_apart(host: SampleHost) -> UsageDialog:
    """What waited for one object was switched to the other, which its step points to and where another batch waits."""
    host.manager.register(Owner())
    host.queue.stop()
    put(host)
    point(host, "c-2")
    put(host)
    opened = host.usage_desk.open(ADMIN, ONE.model_copy(update={"label": "Head office"}))
    planned = host.usage_desk.preview(ADMIN, chosen(opened, OTHER.subject_id, frozenset()))
    done = host.usage_desk.apply(ADMIN, planned)
    assert (done.problem, planned.problem, opened.blocked) == ("", "", "")
    assert usage_of(host, OTHER).waiting == 2
    return done


def test_an_undo_brings_back_the_batches_that_waited_and_no_others(host: SampleHost) -> None:
    after = host.usage_desk.undo(ADMIN, moved_apart(host))
    assert (after.done, after.problem) == ("Undone: 1 uses Head office again.", "")
    assert usage_of(host, ONE).waiting == 1
    assert usage_of(host, OTHER).waiting == 1


def test_an_undo_says_that_nothing_is_left_where_the_batches_were_posted_meanwhile(host: SampleHost) -> None:
    dialog = moved_apart(host)
    host.queue.go()
    until(lambda: not (usage_of(host, OTHER).waiting or usage_of(host, OTHER).running))
    after = host.usage_desk.undo(ADMIN, dialog)
    assert after.problem == "Nothing is left to bring back at Supplier invoices (Xero migration (waiting batches))."
    assert host.hooks.usages(ONE).items == ()


def test_an_undo_brings_back_the_batches_that_failed_meanwhile(host: SampleHost) -> None:
    """Run again, they would else go to what the person took back."""
    dialog = moved_apart(host)
    first = host.batches.oldest_waiting()
    assert first is not None
    assert host.batches.move_on(first.batch_id, BatchState.WAITING, BatchState.FAILED)
    after = host.usage_desk.undo(ADMIN, dialog)
    assert after.done == "Undone: 1 uses Head office again."
    assert [(one.batch_id, one.subject.subject_id) for one in host.queue.failed(ONE)] == [(first.batch_id, "c-1")]
    assert host.queue.failed(OTHER) == ()
