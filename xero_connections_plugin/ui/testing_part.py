"""What happens around tests? One entry is tried out, or all of them, beside the user interface."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, PluginFailed
from hostspec.permissions import Permission
from hostspec.ui import Action, Close, ShowView
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.history import Actor
from xero_connections_plugin.ui.definition_dialog import REPAIR_ACT
from xero_connections_plugin.ui.reached_word import reached_word
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.testing_dialogs import (
    ALL,
    ONE,
    RESULT,
    result_dialog,
    results_dialog,
    wait_for_all,
    wait_for_one,
)
from xero_connections_plugin.ui.texts import tab_texts
from xero_connections_plugin.ui.texts import testing_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Connection, ConnectionTest
    from hostspec.services import CancelSignal, TaskHandle
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.entry_tests import EntryTests
    from xero_connections_plugin.connections.listing import Listing
    from xero_connections_plugin.ui.definitions import Definitions
    from xero_connections_plugin.ui.part_services import PartServices

AT_ONCE: Final = 5
ONE_SECONDS: Final = 180.0
"""Renewing the sign-in, listing the links and one read, each at its slowest."""

EACH_SECONDS: Final = 1.0
"""What one of many tests takes at a time, as a rule."""

_NO_WINDOW_SECONDS: Final = 0.3
"""A test that takes no longer than this (real seconds) comes without a window of its own."""

_REPAIR_ACT: Final = "repair_tested:"
"""Begins the repair under a result; what is to have the focus in the definition follows."""

_AGAIN_ACT: Final = "test_again"


@dataclass
class _Run:
    """One entry, or many, under test."""

    origin: Origin
    first: Connection
    waiting: deque[Connection]
    total: int
    until: float
    seconds: float
    results: list[tuple[Connection, ConnectionTest]] = field(default_factory=list)
    problem: CaptureError | None = None
    workers: int = 0
    """Those that are still at work."""
    over: threading.Event = field(default_factory=threading.Event)
    tasks: list[TaskHandle] = field(default_factory=list)


class TestingPart:
    """A ``TabPart``: the buttons "Test" and "Test all". Any thread may call."""

    __test__ = False  # its name is no test's

    def __init__(
        self,
        services: PartServices,
        *,
        tests: EntryTests,
        listing: Listing,
        definitions: Definitions,
        after_passed: Callable[[Connection], Action | None] = lambda _: None,
    ) -> None:
        """Args:
        after_passed: What is offered once an entry has passed, if anything.
        """
        self._services = services
        self._after_passed = after_passed
        self._tests = tests
        self._listing = listing
        self._definitions = definitions
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:
        may = may_manage or self._services.access.allows(origin.user_id, Permission.USE)
        may_not = "" if may else texts.MAY_NOT_TEST
        test = Action(action_id="test", label=texts.TEST, needs_row=tab_texts.SELECT_FIRST, disabled_reason=may_not)
        return Offered(
            buttons=(test,), more=(Action(action_id="test_all", label=texts.TEST_ALL, disabled_reason=may_not),)
        )

    def takes(self, act: UserAct) -> bool:
        if act.action_id == "continue":
            return (act.wait_id or "").startswith((ONE, ALL))
        return act.action_id in {"test", "test_all", "leave_test", _AGAIN_ACT} or act.action_id.startswith(_REPAIR_ACT)

    def act(self, origin: Origin, act: UserAct) -> Step:
        match act.action_id:
            case "test":
                connection = self._services.rows.of(origin, act, Permission.USE)
                return self._begin_one(origin, connection, f"{ONE}{connection.connection_id}-{self._services.new_id()}")
            case "test_all":
                self._services.access.require(origin.user_id, Permission.USE)
                return self._begin_all(origin)
            case "leave_test":
                return self._leave(origin, act.wait_id or "")
            case "continue":
                return self._go_on(origin, act.wait_id or "")
            case _:
                return self._after_one(origin, act)

    def close(self) -> None:
        with self._lock:
            runs = list(self._runs.values())
            self._runs.clear()
        for run in runs:
            _cancel(run)

    def _begin_one(self, origin: Origin, connection: Connection, wait_id: str) -> Step:
        run = self._run(origin, [connection], ONE_SECONDS)
        self._start(wait_id, run, workers=1)
        run.over.wait(_NO_WINDOW_SECONDS)
        return self._go_on(origin, wait_id)

    def _begin_all(self, origin: Origin) -> Step:
        entries = self._tests.all()
        if not entries:
            return ShowView()
        wait_id = f"{ALL}{self._services.new_id()}"
        run = self._run(origin, list(entries), max(ONE_SECONDS, len(entries) * EACH_SECONDS))
        self._start(wait_id, run, workers=min(AT_ONCE, len(entries)))
        run.over.wait(_NO_WINDOW_SECONDS)
        return self._go_on(origin, wait_id)

    def _after_one(self, origin: Origin, act: UserAct) -> Step:
        """A button under a result: the same entry once more, or its repair, in the same window."""
        dialog_id = act.dialog_id or ""
        run_id = dialog_id.removeprefix(RESULT)
        connection_id = ConnectionId(run_id.rpartition("-")[0])
        if act.action_id == _AGAIN_ACT:
            return self._begin_one(
                origin, self._services.rows.with_id(origin, connection_id, Permission.USE), f"{ONE}{run_id}"
            )
        connection = self._services.rows.with_id(origin, connection_id, Permission.MANAGE)
        focus = act.action_id.removeprefix(_REPAIR_ACT)
        return self._definitions.open(origin, connection.type_id, connection, draft_id=dialog_id, focus=focus)

    def _run(self, origin: Origin, entries: list[Connection], seconds: float) -> _Run:
        return _Run(
            origin, entries[0], deque(entries), len(entries), self._services.clock.monotonic() + seconds, seconds
        )

    def _start(self, wait_id: str, run: _Run, *, workers: int) -> None:
        run.workers = workers
        with self._lock:
            self._runs[wait_id] = run
        for _ in range(workers):
            run.tasks.append(
                self._services.tasks.start("test connections", lambda cancel: self._work(wait_id, run, cancel))
            )

    def _work(self, wait_id: str, run: _Run, cancel: CancelSignal) -> None:
        problem: CaptureError | None = PluginFailed(texts.FAULT, plugin="connections")
        try:
            self._test(wait_id, run, cancel)
            problem = None
        except CaptureError as trouble:
            problem = trouble
        finally:
            with self._lock:
                run.problem = run.problem or problem
                if problem is not None:
                    run.waiting.clear()
                run.workers -= 1
                is_last = run.workers == 0
                if is_last:
                    run.over.set()
            if is_last:
                self._services.changed(wait_id)
                self._services.changed(None)

    def _test(self, wait_id: str, run: _Run, cancel: CancelSignal) -> None:
        while not cancel.is_set():
            with self._lock:
                if not run.waiting:
                    return
                connection = run.waiting.popleft()
            result = self._tests.test(connection, Actor.of(run.origin))
            with self._lock:
                run.results.append((connection, result))
            if run.total > 1:
                self._services.changed(wait_id)

    def _go_on(self, origin: Origin, wait_id: str) -> Step:
        with self._lock:
            run = self._runs.get(wait_id)
            if run is None or not _is_theirs(run, origin):
                return Close()
            is_over = run.over.is_set()
            if is_over:
                del self._runs[wait_id]
            done = len(run.results)
        if is_over:
            return self._told(origin, wait_id, run)
        left = run.until - self._services.clock.monotonic()
        if wait_id.startswith(ONE):
            return wait_for_one(run.first, wait_id, left, run.seconds)
        return wait_for_all(wait_id, done, run.total, left, run.seconds)

    def _leave(self, origin: Origin, wait_id: str) -> Step:
        """Close the window; tests under way end by themselves, and what they find is kept."""
        with self._lock:
            run = self._runs.get(wait_id)
            if run is None or not _is_theirs(run, origin):
                return Close()
            del self._runs[wait_id]
        _cancel(run)
        return self._told(origin, wait_id, run) if run.results else ShowView()

    def _told(self, origin: Origin, wait_id: str, run: _Run) -> Step:
        with self._lock:
            results, left = list(run.results), run.total - len(run.results)
        if run.problem is not None and not results:
            raise run.problem
        now = self._listing.listed(self._tests.now([connection.connection_id for connection, _ in results]))
        repairs = {entry.connection.connection_id: entry.summary.repair for entry in now}
        may_manage = self._services.access.allows(origin.user_id, Permission.MANAGE)

        def repair(connection: Connection) -> Action | None:
            found = repairs.get(connection.connection_id)
            return found if may_manage or (found is not None and found.action_id == "test") else None

        if wait_id.startswith(ALL):
            rows = [(entry, test, repair(entry)) for entry, test in results]
            word = reached_word(self._services.types.all())
            return results_dialog(wait_id, rows, left, str(run.problem or ""), reaches=word)
        connection, test = results[0]
        next_step = self._after_passed(connection) if test.passed else _beneath(repair(connection))
        dialog_id = f"{RESULT}{wait_id.removeprefix(ONE)}"
        return result_dialog(dialog_id, connection, test, next_step)


def _beneath(repair: Action | None) -> Action | None:
    """The repair of a row as a button under its result."""
    match repair:
        case Action(action_id="test"):
            return repair.model_copy(update={"action_id": _AGAIN_ACT})
        case Action(action_id="edit"):
            return repair.model_copy(update={"action_id": _REPAIR_ACT})
        case Action(action_id=act) if act.startswith(REPAIR_ACT):
            return repair.model_copy(update={"action_id": f"{_REPAIR_ACT}{act.removeprefix(REPAIR_ACT)}"})
        case _:
            return None


def _cancel(run: _Run) -> None:
    for task in run.tasks:
        task.cancel()


def _is_theirs(run: _Run, origin: Origin) -> bool:
    return (run.origin.user_id, run.origin.window_id) == (origin.user_id, origin.window_id)
