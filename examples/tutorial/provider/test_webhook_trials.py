import pytest
from webhook_trials import SECONDS, Trials

from hostspec import ProviderUnavailable, Wait
from hostspec.testing import FakeHost, FakeTasks, TaskMode


@pytest.fixture
def host(tmp_path):
    with FakeHost(tmp_path, tasks=FakeTasks(TaskMode.HELD)) as host:
        yield host


def test_a_window_waits_until_the_work_is_done(host):
    trials = Trials(host)
    assert isinstance(trials.begin("draft-1", lambda: "It answers."), Wait)
    host.tasks.run_held()
    assert [change.wait_id for change in host.tab_changes] == ["draft-1"]
    assert trials.go_on("draft-1") is None
    assert trials.told("draft-1") == "It answers."


def test_what_failed_is_told_as_well(host):
    def fails() -> str:
        raise ProviderUnavailable("Nobody answers there.")

    trials = Trials(host)
    trials.begin("draft-1", fails)
    host.tasks.run_held()
    assert trials.told("draft-1") == "Nobody answers there."


def test_nobody_waits_for_ever(host):
    trials = Trials(host)
    trials.begin("draft-1", lambda: "It answers.")
    host.clock.advance(SECONDS)
    assert trials.go_on("draft-1") is None
    assert "in time" in trials.told("draft-1")
