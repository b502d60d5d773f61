"""Documents wait in a queue, are posted once, and count as users of what they go through."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hostspec.errors import CaptureError, ProviderUnavailable, SignInNeeded
from hostspec.usages import CONNECTION_KIND, BatchRerun, RerunBatch, Subject, UsageSwitch
from hostspec.value import Tone, UserId
from sample_host.app import SampleHost
from sample_host.batches import BatchState
from sample_host.profiles import MigrationStep, pointed
from tests.host.fake_ledger import Fault
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.page_client import PageClient
from tests.host.queue_host import ONE, OTHER, PLACE, point, put, queue_host, step_of, until, usage_of
from tests.host.running_host import InstalledPlugin, make_host


@pytest.fixture
def plugin() -> LedgerPlugin:
    return LedgerPlugin()


@pytest.fixture
def host(tmp_path: Path, plugin: LedgerPlugin) -> Iterator[SampleHost]:
    with queue_host(tmp_path / "data", plugin) as host:
        yield host


def ended(host: SampleHost, batch_id: str) -> BatchState:
    """Where a batch stands once it neither waits nor runs."""

    def is_over() -> bool:
        batch = host.batches.get(batch_id)
        return batch is not None and batch.state not in (BatchState.WAITING, BatchState.RUNNING)

    until(is_over)
    batch = host.batches.get(batch_id)
    assert batch is not None
    return batch.state


def rerun(host: SampleHost, *batch_ids: str, subject: Subject = ONE) -> tuple[RerunBatch, ...]:
    order = BatchRerun(subject=subject, batch_ids=batch_ids, user_id=UserId("admin"))
    return host.hooks.rerun_batches(order).items


def test_queued_documents_are_posted_and_counted(host: SampleHost, plugin: LedgerPlugin) -> None:
    before = usage_of(host, ONE)
    assert (before.documents, before.last_used, before.last_result) == (0, None, "")
    assert ended(host, put(host)) is BatchState.DONE
    assert len(plugin.ledgers["c-1"].invoices) == 5
    after = usage_of(host, ONE)
    assert (after.documents, after.last_result, after.last_tone) == (5, "All 5 posted", Tone.GOOD)
    assert after.last_used is not None
    assert (after.waiting, after.running) == (0, False)
    assert "accounting.invoices" in after.needs


def test_a_stopped_queue_keeps_what_waits_and_a_restart_does_too(
    host: SampleHost, plugin: LedgerPlugin, tmp_path: Path
) -> None:
    host.queue.stop()
    batch_id = put(host)
    assert usage_of(host, ONE).waiting == 1
    host.stop(1.0)
    again = make_host(tmp_path / "data", InstalledPlugin("ledger", plugin))
    try:
        assert again.queue.is_stopped
        assert usage_of(again, ONE).waiting == 1
        assert plugin.ledgers["c-1"].invoices == []
        again.queue.go()
        assert ended(again, batch_id) is BatchState.DONE
        assert len(plugin.ledgers["c-1"].invoices) == 5
    finally:
        again.stop(1.0)


def test_batches_go_one_after_the_other_and_their_documents_are_posted_once(
    host: SampleHost, plugin: LedgerPlugin
) -> None:
    host.queue.stop()
    batch_ids = [put(host) for _ in range(3)]
    host.queue.go()
    assert {ended(host, batch_id) for batch_id in batch_ids} == {BatchState.DONE}
    assert len(plugin.ledgers["c-1"].invoices) == 5
    assert usage_of(host, ONE).documents == 5, "what was posted before is not counted again"


def test_what_a_killed_process_left_half_done_goes_on_without_posting_twice(
    host: SampleHost, plugin: LedgerPlugin, tmp_path: Path
) -> None:
    ledger = plugin.ledgers["c-1"]
    ledger.faults.append(Fault("Invoices/i3/Attachments", ProviderUnavailable("Away.")))
    batch_id = put(host)
    assert ended(host, batch_id) is BatchState.FAILED
    assert len(ledger.invoices) == 3
    host.batches.move_on(batch_id, BatchState.FAILED, BatchState.RUNNING)
    again = make_host(tmp_path / "data", InstalledPlugin("ledger", plugin))
    try:
        assert ended(again, batch_id) is BatchState.DONE
        assert len(ledger.invoices) == 5
    finally:
        again.stop(1.0)


def test_a_failed_batch_is_told_and_run_again_once(host: SampleHost, plugin: LedgerPlugin) -> None:
    plugin.signed_out = {"c-1"}
    batch_id = put(host)
    assert ended(host, batch_id) is BatchState.FAILED
    (failed,) = host.hooks.failed_batches(ONE)
    assert (failed.batch_id, failed.profile, failed.step) == (batch_id, "Supplier invoices", "Xero migration")
    assert failed.documents == 5
    assert "Edit, then Authorize" in failed.problem
    assert host.hooks.failed_batches(Subject(kind=CONNECTION_KIND, subject_id="")).items == (failed,)
    assert host.hooks.failed_batches(OTHER).items == ()
    assert usage_of(host, ONE).last_result == "0 of 5 posted"
    assert usage_of(host, ONE).last_tone is Tone.BAD

    plugin.signed_out = set()
    assert rerun(host, batch_id, "somebody-elses") == (RerunBatch(batch_id=batch_id, started=True),)
    assert ended(host, batch_id) is BatchState.DONE
    assert rerun(host, batch_id)[0].detail == "It was run again already."
    assert len(plugin.ledgers["c-1"].invoices) == 5
    assert host.hooks.failed_batches(ONE).items == ()


def test_a_rerun_takes_only_the_documents_that_are_left(host: SampleHost, plugin: LedgerPlugin) -> None:
    ledger = plugin.ledgers["c-1"]
    ledger.faults.append(Fault("Invoices/i3/Attachments", ProviderUnavailable("Away.")))
    batch_id = put(host)
    assert ended(host, batch_id) is BatchState.FAILED
    (failed,) = host.hooks.failed_batches(ONE)
    assert failed.documents == 3
    rerun(host, batch_id)
    assert ended(host, batch_id) is BatchState.DONE
    assert len(ledger.invoices) == 5


def test_a_stopped_queue_says_so_when_a_batch_is_run_again(host: SampleHost, plugin: LedgerPlugin) -> None:
    plugin.signed_out = {"c-1"}
    batch_id = put(host)
    ended(host, batch_id)
    host.queue.stop()
    (answer,) = rerun(host, batch_id)
    assert not answer.started
    assert "queue of this host is stopped" in answer.detail
    assert usage_of(host, ONE).waiting == 1


def test_trying_the_rest_again_on_the_page_leaves_no_failed_batch_behind(
    host: SampleHost, plugin: LedgerPlugin
) -> None:
    plugin.signed_out = {"c-1"}
    assert ended(host, put(host)) is BatchState.FAILED
    plugin.signed_out = set()
    host.runs.start(PLACE[0], step_of(host), only_unfinished=True)
    until(lambda: usage_of(host, ONE).last_result == "All 5 posted")
    assert host.hooks.failed_batches(ONE).items == ()


def test_what_waits_keeps_its_connection_when_the_step_is_pointed_elsewhere(
    host: SampleHost, plugin: LedgerPlugin
) -> None:
    host.queue.stop()
    put(host)
    point(host, "c-2")
    left = usage_of(host, ONE)
    assert (left.profile, left.step) == ("Supplier invoices", "Xero migration (waiting batches)")
    assert left.waiting == 1
    assert usage_of(host, OTHER).waiting == 0
    host.queue.go()
    until(lambda: not host.hooks.usages(ONE).items)
    assert len(plugin.ledgers["c-1"].invoices) == 5
    assert plugin.ledgers["c-2"].invoices == []


@pytest.mark.parametrize("pointed_elsewhere", [False, True])
def test_a_switch_takes_the_batches_that_wait_along(
    host: SampleHost, plugin: LedgerPlugin, pointed_elsewhere: bool
) -> None:
    host.queue.stop()
    put(host)
    if pointed_elsewhere:
        point(host, "c-2")
    order = UsageSwitch(subject=ONE, target=OTHER, usage_ids=(usage_of(host, ONE).usage_id,), user_id=UserId("admin"))
    (tried,) = host.hooks.switch_usages(order.model_copy(update={"dry_run": True}))
    assert tried.switched
    assert usage_of(host, ONE).waiting == 1
    (done,) = host.hooks.switch_usages(order)
    assert done.switched
    assert host.hooks.usages(ONE).items == ()
    assert usage_of(host, OTHER).waiting == 1
    host.queue.go()
    until(lambda: usage_of(host, OTHER).documents == 5)
    assert plugin.ledgers["c-1"].invoices == []


def test_a_switch_is_made_for_all_profiles_or_for_none(host: SampleHost) -> None:
    host.profiles.change(
        "two-companies",
        lambda old: old.model_copy(update={"steps": tuple(pointed(step, "c-1") for step in old.steps)}),
    )
    ids = tuple(usage.usage_id for usage in host.hooks.usages(ONE))
    assert len(ids) == 3
    order = UsageSwitch(subject=ONE, target=OTHER, usage_ids=ids, user_id=UserId("admin"))
    with host.data.writing() as database:
        database.execute(
            "CREATE TRIGGER full AFTER UPDATE ON kept WHEN new.item_id = 'two-companies' "
            "BEGIN SELECT RAISE(ABORT, 'no more room'); END"
        )
    answers = host.hooks.switch_usages(order)
    assert answers.failed == ("sample-host",)
    assert {usage.usage_id for usage in host.hooks.usages(ONE)} == set(ids)
    assert host.hooks.usages(OTHER).items == ()


def test_without_a_connection_nothing_is_queued(host: SampleHost) -> None:
    profile = host.profiles.get("sales-invoices")
    assert profile is not None
    step = profile.steps[0]
    assert isinstance(step, MigrationStep)
    with pytest.raises(CaptureError, match="Nothing was queued"):
        host.queue.put("sales-invoices", step)


def test_the_page_queues_stops_and_starts(host: SampleHost, plugin: LedgerPlugin) -> None:
    client = PageClient(host)
    client.open(f"/profiles/{PLACE[0]}")
    assert client.post("/queue", {"running": False}) == {}
    assert client.post(f"/profiles/{PLACE[0]}/steps/xero/queue", {}) == {}
    assert "1 batch waits in the queue, which is stopped." in client.open(f"/profiles/{PLACE[0]}")
    assert client.post("/queue", {"running": True}) == {}
    until(lambda: usage_of(host, ONE).documents == 5)
    assert "waits in the queue" not in client.open(f"/profiles/{PLACE[0]}")
    assert "problem" in client.post("/profiles/sales-invoices/steps/xero/queue", {})


def test_an_unexpected_error_of_a_session_fails_the_batch_and_the_queue_goes_on(
    host: SampleHost, plugin: LedgerPlugin
) -> None:
    plugin.ledgers["c-1"].faults.append(Fault("Organisation", SignInNeeded("Sign in again.")))
    host.queue.stop()
    first, second = put(host), put(host)
    host.queue.go()
    assert ended(host, second) is BatchState.DONE
    batch = host.batches.get(first)
    assert batch is not None
    assert batch.state in (BatchState.FAILED, BatchState.REPLACED)
