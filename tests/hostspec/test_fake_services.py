"""The fake services behave as their protocols say, and wait for nobody longer than they must."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hostspec import SERVICE_USER, CancelSignal, HostServices, Permission, Subject, UsageSwitch, UserId, hookimpl
from hostspec.testing import (
    ADMINISTRATOR,
    FakeBrowser,
    FakeClock,
    FakeHost,
    FakePermissions,
    FakeProfiles,
    FakeTasks,
    TabChange,
    TaskMode,
)
from tests.hostspec.sample_plugins import HEAD_OFFICE, Collects, tab

BRANCH = Subject(kind="connection", subject_id="c2", label="Branch")


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_time_stands_still_until_it_is_advanced() -> None:
    clock = FakeClock()
    wall, steady = clock.now(), clock.monotonic()
    assert (clock.now(), clock.monotonic()) == (wall, steady)
    clock.advance(90)
    assert clock.now() - wall == timedelta(seconds=90)
    assert clock.monotonic() - steady == 90


def test_the_two_clocks_can_jump_apart() -> None:
    clock = FakeClock()
    wall, steady = clock.now(), clock.monotonic()
    clock.jump_wall(-3600)
    clock.jump_monotonic(5)
    assert clock.now() - wall == timedelta(hours=-1)
    assert clock.monotonic() - steady == 5
    with pytest.raises(ValueError, match="never goes back"):
        clock.jump_monotonic(-1)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


def test_a_waiter_wakes_when_enough_time_passed_and_not_when_the_wall_clock_jumps() -> None:
    clock = FakeClock()
    thread = in_thread(lambda: clock.wait(10))
    clock.wait_for_waiters()
    clock.jump_wall(1000)
    clock.advance(9)
    clock.wait_for_waiters()
    assert thread.is_alive()
    clock.advance(1)
    thread.join(10)
    assert not thread.is_alive()
    assert clock.waits == [10]


def test_a_wait_that_nobody_ends_fails_instead_of_hanging() -> None:
    with pytest.raises(AssertionError, match="no test advanced"):
        FakeClock(patience=0.01).wait(1)
    with pytest.raises(AssertionError, match="0 threads wait"):
        FakeClock(patience=0.01).wait_for_waiters()


def test_a_clock_that_advances_itself_never_blocks() -> None:
    clock = FakeClock(auto_advance=True)
    steady = clock.monotonic()
    clock.wait(5)
    clock.wait(-1)
    assert clock.monotonic() - steady == 5


def test_the_browser_remembers_fails_refuses_and_blocks_as_told() -> None:
    browser = FakeBrowser(blocked=True)
    answers: list[bool] = []
    thread = in_thread(lambda: answers.append(browser.open("https://one")))
    assert browser.wait_for_address() == "https://one"
    assert answers == []
    browser.release()
    thread.join(10)
    assert answers == [True]
    assert FakeBrowser(answer=False).open("https://two") is False
    with pytest.raises(OSError, match="no browser"):
        FakeBrowser(error=OSError("no browser")).open("https://three")
    with pytest.raises(AssertionError, match="opened 0 times"):
        FakeBrowser(patience=0.01).wait_for_address()


def test_a_person_can_be_played_when_the_browser_opens() -> None:
    visited: list[str] = []
    FakeBrowser(on_open=visited.append).open("https://sign-in")
    assert visited == ["https://sign-in"]


def test_tasks_run_in_threads_and_can_be_cancelled() -> None:
    tasks = FakeTasks()
    threads: list[threading.Thread] = []

    def work(signal: CancelSignal) -> None:
        threads.append(threading.current_thread())
        assert signal.wait(10)
        assert signal.is_set()

    task = tasks.start("sign-in", work)
    before = task.is_done
    task.cancel()
    tasks.join()
    assert (before, task.is_done) == (False, True)
    assert threads[0] is not threading.current_thread()
    assert tasks.failures == []


def test_tasks_run_inline_or_when_the_test_says_so() -> None:
    tasks = FakeTasks(TaskMode.INLINE)
    ran: list[str] = []
    assert tasks.start("inline", lambda _: ran.append("inline")).is_done
    tasks.mode = TaskMode.HELD
    task = tasks.start("held", lambda _: ran.append("held"))
    assert not task.is_done
    tasks.join()
    assert ran == ["inline"]
    assert tasks.run_held() == 1
    assert ran == ["inline", "held"]
    tasks.start("never", lambda _: ran.append("never"))
    tasks.cancel_all()
    assert tasks.run_held() == 0


def test_what_a_task_raises_is_kept_and_a_task_that_hangs_is_named() -> None:
    tasks = FakeTasks()
    end = threading.Event()

    def exits(_: CancelSignal) -> None:
        raise SystemExit(1)

    def hangs(_: CancelSignal) -> None:
        end.wait(10)

    tasks.start("exits", exits)
    tasks.join()
    assert [name for name, _ in tasks.failures] == ["exits"]
    tasks.start("hangs", hangs)
    with pytest.raises(AssertionError, match='"hangs" did not end'):
        tasks.join(0.01)
    end.set()
    tasks.join()


def test_nobody_may_do_anything_until_it_is_allowed() -> None:
    permissions = FakePermissions()
    ada = UserId("ada")
    assert not permissions.is_allowed(ada, Permission.VIEW, None)
    permissions.allow(ada, Permission.VIEW, Permission.USE)
    permissions.deny(ada, Permission.USE)
    assert permissions.is_allowed(ada, Permission.VIEW, HEAD_OFFICE)
    assert not permissions.is_allowed(ada, Permission.USE, HEAD_OFFICE)
    permissions.deny_subject(ada, "c1", Permission.VIEW)
    assert not permissions.is_allowed(ada, Permission.VIEW, HEAD_OFFICE)
    assert permissions.is_allowed(ada, Permission.VIEW, BRANCH)
    assert permissions.asked.items[0] == (ada, Permission.VIEW, None)
    permissions.error = OSError("directory down")
    with pytest.raises(OSError, match="directory down"):
        permissions.is_allowed(ada, Permission.VIEW, None)


def test_profiles_hold_usages_and_switch_those_that_still_point_there() -> None:
    profiles = FakeProfiles()
    told: list[int] = []
    profiles.watch(lambda: told.append(1))
    first = profiles.use(HEAD_OFFICE, profile="Bills")
    stuck = profiles.use(HEAD_OFFICE, profile="Locked", enabled=False)
    other = profiles.use(BRANCH, profile="Branch bills")
    profiles.refuse_switch(stuck, "It is open in an editor.")
    switch = UsageSwitch(
        subject=HEAD_OFFICE,
        target=BRANCH,
        usage_ids=(first.usage_id, stuck.usage_id, other.usage_id, "of another holder"),
        user_id=UserId("ada"),
        dry_run=True,
    )
    expected = [
        (first.usage_id, True, ""),
        (stuck.usage_id, False, "It is open in an editor."),
        (other.usage_id, False, "It points to something else by now."),
    ]
    for order in (switch, switch.model_copy(update={"dry_run": False})):
        assert {usage.subject.subject_id for usage in profiles.usages("connection")} == {"c1", "c2"}
        assert [(one.usage_id, one.switched, one.detail) for one in profiles.switch(order)] == expected
    assert [usage.profile for usage in profiles.usages("connection") if usage.subject == HEAD_OFFICE] == ["Locked"]
    profiles.drop(stuck)
    assert len(profiles.usages("connection")) == 2
    assert profiles.usages("storage_location") == ()
    assert len(told) == 6


def test_the_fake_host_provides_what_a_host_provides(tmp_path: Path) -> None:
    given: list[HostServices] = []

    class Plugin(Collects):
        @hookimpl
        def capture_startup(self, host: HostServices) -> None:
            given.append(host)

    with FakeHost(tmp_path, plugins={"a": Plugin(tabs=[tab("t", title="Plain")])}, settings={"key": "value"}) as host:
        assert given == [host]
        assert host.settings == {"key": "value"}
        assert host.data_dir == tmp_path
        assert host.is_allowed(ADMINISTRATOR.user_id, Permission.MANAGE, None)
        assert host.is_allowed(SERVICE_USER, Permission.USE, None)
        assert not host.is_allowed(UserId("stranger"), Permission.VIEW, None)
        assert host.tab("Plain").buttons == {"Go": ""}
        with pytest.raises(AssertionError, match=r"only \['Plain'\]"):
            host.tab("Other")
        host.profiles.use(HEAD_OFFICE, profile="Bills")
        assert [usage.profile for usage in host.hooks.usages(HEAD_OFFICE)] == ["Bills"]
        host.hooks.tab_changed("t", None)
        assert host.tab_changes.items == (TabChange("t", None),)


def test_leaving_the_fake_host_fails_when_a_task_raised(tmp_path: Path) -> None:
    def fail(_: CancelSignal) -> None:
        raise ZeroDivisionError

    with pytest.raises(AssertionError, match='"bad" raised ZeroDivisionError'), FakeHost(tmp_path) as host:
        host.tasks.start("bad", fail)


def test_leaving_the_fake_host_ends_what_runs(tmp_path: Path) -> None:
    ended: list[bool] = []
    with FakeHost(tmp_path, browser=FakeBrowser(blocked=True)) as host:
        host.tasks.start("patient", lambda signal: ended.append(signal.wait(10)))
        host.tasks.start("opens", lambda _: ended.append(host.browser.open("https://x")))
    assert ended == [True, True]
