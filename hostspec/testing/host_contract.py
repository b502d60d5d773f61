"""The contract suite for authors of hosts: what a host promises its plugins and the people in front of it."""

from __future__ import annotations

import os
import stat
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import ConnectionNotFound, SignInNeeded
from hostspec.messages import Notification
from hostspec.permissions import Permission
from hostspec.services import Hooks, HostServices, SecondsClock
from hostspec.testing.contract_rules import (
    answer_of,
    in_other_threads,
    require,
    require_no_more_threads,
    result_of,
    threads_now,
)
from hostspec.testing.host_details import HostDetailRules
from hostspec.testing.host_rules import HostRule
from hostspec.testing.host_subject import HEAD_OFFICE, Breaks, Elsewhere, Fails, Probe, happens
from hostspec.testing.plugin_subject import listening
from hostspec.testing.usage_rules import HostUsageRules
from hostspec.value import SERVICE_USER, ConnectionId, Tone, UserId

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hostspec.services import CancelSignal
    from hostspec.testing.contract_rules import Rule

_SERVICES = tuple(name for name in dir(HostServices) if not name.startswith("_"))
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class HostContract(HostUsageRules, HostDetailRules):
    """What a host promises; inherit it in a class named ``Test…``, and pytest runs every rule.

    Say with ``start_host`` how the host is started; a ``HostUnderTest`` is what the suite needs of it. Each failure
    names the hook or service, the rule and the page of the documentation.

    Example::

        class TestMyHost(HostContract):
            def start_host(self, data_dir, plugins):
                return MyHost(data_dir, plugins)
    """

    def test_a_plugin_is_given_all_that_a_host_provides(self, tmp_path: Path) -> None:
        with self.hosting(tmp_path) as (_, services):
            missing = [name for name in _SERVICES if not hasattr(services, name)]
            require(not missing, HostRule.STARTUP.value, f"There is no {', '.join(missing)}.")
            hooks: object = services.hooks
            require(isinstance(hooks, Hooks), HostRule.STARTUP.value, "hooks is not what plugins call hooks by.")

    def test_a_plugin_that_cannot_start_costs_only_itself(self, tmp_path: Path) -> None:
        rule, failing = HostRule.STARTUP_FAILED.value, Fails()
        with self.hosting(tmp_path, failing=failing) as (_, services):
            found = result_of(rule, "capture_usages", services.hooks.usages, HEAD_OFFICE)
            require(failing.asked == 0, rule, "A plugin that could not start was asked all the same.")
            named = "failing" in found.failed
            require(named, rule, "It is not named among those whose usages are unknown.")

    def test_every_plugin_is_told_once_that_the_host_ends(self, tmp_path: Path) -> None:
        probe = Probe()
        with self.hosting(tmp_path, second=probe):
            pass
        require(probe.ended == 1, HostRule.SHUTDOWN.value, f"It was told {probe.ended} times.")

    def test_what_runs_is_asked_to_stop_when_the_host_ends(self, tmp_path: Path) -> None:
        rule, before = HostRule.ENDS.value, threads_now()
        begun, stopped, given_up = threading.Event(), threading.Event(), threading.Event()

        def work(cancelled: CancelSignal) -> None:
            begun.set()
            while not given_up.is_set():
                if cancelled.wait(0.01):
                    stopped.set()
                    return

        try:
            with self.hosting(tmp_path) as (_, services):
                services.tasks.start("contract", work)
                require(happens(begun), HostRule.TASKS.value, "Work that was started never began.")
            require(happens(stopped), rule, "Work was not asked to stop.")
        finally:
            # Where a host forgets its work, nobody else would ever end it.
            given_up.set()
        require_no_more_threads(before, rule, "The host")

    def test_a_host_is_known_by_the_same_id_after_a_restart(self, tmp_path: Path) -> None:
        rule = HostRule.IDENTITY.value
        with self.hosting(tmp_path) as (_, services):
            first = services.host_id
            named = first.strip() and services.host_name.strip()
            require(named, rule, "The host has no id or no name.")
        with self.hosting(tmp_path) as (_, services):
            require(services.host_id == first, rule, f"It was {first!r}, and then {services.host_id!r}.")

    def test_the_data_directory_is_private(self, tmp_path: Path) -> None:
        rule = HostRule.DATA_DIR.value
        with self.hosting(tmp_path) as (_, services):
            folder = services.data_dir
            if folder is None:
                return
            require(folder.is_dir() and os.access(folder, os.W_OK), rule, "It does not exist or cannot be written.")
            if os.name == "posix":
                shared = folder.stat().st_mode & _OTHERS_MAY_WRITE
                require(not shared, rule, "Others may write it.")

    def test_settings_are_texts(self, tmp_path: Path) -> None:
        with self.hosting(tmp_path) as (_, services):
            fits = all(isinstance(text, str) for pair in services.settings.items() for text in pair)
            require(fits, HostRule.SETTINGS.value, "There is something else among them.")

    def test_the_clocks_are_right(self, tmp_path: Path) -> None:
        rule = HostRule.CLOCK.value
        with self.hosting(tmp_path) as (_, services):
            clock = services.clock
            now = result_of(rule, "now", clock.now)
            require(now.utcoffset() == timedelta(0), rule, f"now is {now.isoformat()}, which is not UTC.")
            before = clock.monotonic()
            result_of(rule, "wait", clock.wait, 0.01)
            require(clock.monotonic() - before >= 0.009, rule, "wait(0.01) let less time pass.")
            if isinstance(clock, SecondsClock):
                earlier, seconds, later = clock.now(), result_of(rule, "now_seconds", clock.now_seconds), clock.now()
                agree = earlier.timestamp() - 0.001 <= seconds <= later.timestamp() + 0.001
                require(agree, rule, f"now_seconds is {seconds}, now is {later.isoformat()}: not the same time.")

    def test_work_goes_on_in_a_thread_of_its_own(self, tmp_path: Path) -> None:
        rule = HostRule.TASKS.value
        release, done = threading.Event(), threading.Event()
        threads: list[int] = []

        def work(_: CancelSignal) -> None:
            threads.append(threading.get_ident())
            happens(release)
            done.set()

        def fails(_: CancelSignal) -> None:
            raise RuntimeError("this work fails")

        with self.hosting(tmp_path) as (_, services):
            handle = result_of(rule, "start", services.tasks.start, "contract", work)
            try:
                require(not handle.is_done, rule, "start came back only when the work was done.")
            finally:
                release.set()
            require(happens(done), rule, "The work did not end.")
            require(threads[0] != threading.get_ident(), rule, "The work was done in the caller's thread.")
            result_of(rule, "start of work that fails", services.tasks.start, "contract", fails)

    def test_work_hears_that_it_was_cancelled(self, tmp_path: Path) -> None:
        rule = HostRule.TASKS_CANCEL.value
        heard, given_up = threading.Event(), threading.Event()

        def work(cancelled: CancelSignal) -> None:
            while not given_up.is_set():
                if cancelled.wait(0.01) and cancelled.is_set():
                    heard.set()
                    return

        with self.hosting(tmp_path) as (_, services):
            handle = services.tasks.start("contract", work)
            handle.cancel()
            try:
                require(happens(heard), rule, "It heard nothing.")
            finally:
                given_up.set()
            pause = threading.Event()
            ended = any(handle.is_done or pause.wait(0.01) for _ in range(500))
            require(ended, rule, "The handle does not say that it has ended.")

    def test_strangers_may_do_nothing(self, tmp_path: Path) -> None:
        rule = HostRule.PERMISSIONS.value
        with self.hosting(tmp_path) as (_, services):
            for permission in Permission:
                for subject in (None, HEAD_OFFICE):
                    stranger = UserId("contract-stranger")
                    allowed = result_of(rule, "It", services.is_allowed, stranger, permission, subject)
                    require(allowed is False, rule, f"A stranger got {allowed!r} for {permission.value}.")
                    answers = in_other_threads(rule, "It", services.is_allowed, SERVICE_USER, permission, subject)
                    plain = all(isinstance(one, bool) for one in answers)
                    require(plain, rule, "The answer is neither yes nor no.")

    def test_a_failing_plugin_costs_its_own_answers_only(self, tmp_path: Path) -> None:
        rule = HostRule.ISOLATION.value
        with self.hosting(tmp_path, breaks=Breaks(), elsewhere=Elsewhere()) as (_, services):
            found = result_of(rule, "capture_usages", services.hooks.usages, HEAD_OFFICE)
            require("breaks" in found.failed, rule, "The failing plugin is not named.")
            names = [usage.profile for usage in found if usage.usage_id.startswith("elsewhere/")]
            require(names == ["Aardvark", "Zebra"], rule, f"The others' usages came to {names}.")

    def test_a_connection_is_opened_by_its_owner_or_not_found(self, tmp_path: Path) -> None:
        rule = HostRule.OPEN.value
        with self.hosting(tmp_path, elsewhere=Elsewhere()) as (_, services):
            opened = services.hooks.open_session
            unknown = answer_of(rule, "It", opened, ConnectionId("contract-unknown"))
            require(isinstance(unknown, ConnectionNotFound), rule, f"Nobody's came to {type(unknown).__name__}.")
            refused = answer_of(rule, "It", opened, ConnectionId(HEAD_OFFICE.subject_id))
            require(isinstance(refused, SignInNeeded), rule, f"The owner's error came to {type(refused).__name__}.")

    def test_news_is_taken_from_any_thread(self, tmp_path: Path) -> None:
        notice = Notification(notification_id="contract", title="Contract", text="It is kept.", tone=Tone.GOOD)
        with self.hosting(tmp_path) as (_, services):
            hooks = services.hooks
            _tell(HostRule.TOLD.value, lambda: hooks.tab_changed("no-such-tab", "no-such-wait"))
            _tell(HostRule.NOTIFY.value, lambda: hooks.notify(notice))
            for kind in ChangeKind:
                change = ConnectionsChange(kind=kind, connection_ids=(ConnectionId("contract-gone"),))
                _tell(HostRule.CHANGED.value, partial(hooks.connections_changed, change))


def _tell(rule: Rule, call: Callable[[], None]) -> None:
    """Tell the host from several threads; what its own implementation raises is only to be found in the log."""
    __tracebackhide__ = True
    with listening() as said:
        in_other_threads(rule, rule.about, call)
    require(not said, rule, f"It was not taken: {' '.join(said[:1])}")
