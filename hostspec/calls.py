"""The one safe way to call hooks: typed, and each implementation by itself, so that a failure costs only its own.

Every call goes through pluggy, so that tracing, monitoring and the wrappers of other plugins keep working. Plugins
are called in pluggy's order (``tryfirst`` before the rest, then whoever was registered last); the host starts them in
the order of their registration. ``hostspec.isolation`` says what is logged about a failure.
"""

import logging
from collections.abc import Callable, Hashable
from functools import partial
from typing import Final, TypeVar

import pluggy

from hostspec.answers import Answers, FailedPlugin
from hostspec.call_plans import CallPlans
from hostspec.connections import ChoiceQuery, ConnectionChoice, ConnectionsChange, ConnectionStatus, Session
from hostspec.errors import CaptureError, ConnectionNotFound, PluginFailed
from hostspec.isolation import answers_of, discard, expect, expect_no_answer, is_session, report
from hostspec.messages import Notification
from hostspec.providers import ConnectionType
from hostspec.services import HostServices
from hostspec.sorting import (
    ContractBroken,
    Described,
    SortKey,
    of_batch,
    of_choice,
    of_objection,
    of_subject,
    of_tab,
    of_type,
    of_usage,
    places,
)
from hostspec.ui import Tab
from hostspec.usages import (
    BatchRerun,
    FailedBatch,
    RerunBatch,
    Subject,
    SwitchedUsage,
    SwitchObjection,
    Usage,
    UsageSwitch,
)
from hostspec.value import ConnectionId

T = TypeVar("T")

_logger: Final = logging.getLogger("hostspec")


class HookCalls:
    """The hooks of a manager, typed and isolated; satisfies ``hostspec.services.Hooks``.

    A plugin that raises (``SystemExit`` too), answers a wrong type or the same id twice, or dies halfway through a
    generator loses its own answers, all of them, and is named in ``Answers.failed``. An id that another plugin
    answered before is left out, and the later plugin is named, because its answers are incomplete then. ``None``
    from a collecting hook means "nothing". ``KeyboardInterrupt`` always passes.

    A plugin that wraps a hook should not implement the same hook too: while others are called by themselves, its
    wrapper is left out together with its implementation.

    Args:
        manager: Has the hook specifications (``hostspec.loading.make_manager``); plugins may come and go.
    """

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._plans = CallPlans(manager)
        self._started: list[object] = []

    def startup(self, host: HostServices) -> tuple[FailedPlugin, ...]:
        """Start every plugin that was not started yet, those registered first before the others.

        A plugin that cannot start stays registered and is never called again. Collecting hooks that it implements
        name it in ``failed``: a holder of usages that could not start may hold some.

        Returns:
            The plugins that could not start now; a ``CaptureError`` speaks for itself.
        """
        failures: list[FailedPlugin] = []
        for caller in self._plans.in_starting_order("capture_startup"):
            if any(caller.plugin is plugin for plugin in self._started):
                continue
            self._started.append(caller.plugin)
            try:
                expect_no_answer(caller.call(host=host))
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 -- one plugin's failure must not reach the others
                report(caller.name, "capture_startup", error)
                problem = (
                    str(error)
                    if isinstance(error, CaptureError)
                    else f'The plugin "{caller.name}" could not start. Everything else works without it; '
                    "tell support, the log names the place."
                )
                failures.append(FailedPlugin(caller.name, problem))
                self._plans.leave_out(caller.plugin, failures[-1])
        return tuple(failures)

    def maintain(self, budget_seconds: float) -> None:
        """Let every plugin do its housekeeping, each within the budget (seconds)."""
        self._tell("capture_maintain", budget_seconds=budget_seconds)

    def shutdown(self) -> None:
        """Tell every plugin that started that the host ends; those registered last first."""
        self._tell("capture_shutdown")

    def tabs(self) -> Answers[Tab]:
        """The tabs of the root Configuration."""
        return self._collect("capture_tabs", Tab, of_tab)

    def tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        """Say that a tab (or one wait of it) has news."""
        self._tell("capture_tab_changed", tab_id=tab_id, wait_id=wait_id)

    def connection_types(self) -> Answers[ConnectionType]:
        """The connection types that can be added."""
        return self._collect("capture_connection_types", ConnectionType, of_type)

    def connection_choices(self, query: ChoiceQuery) -> Answers[ConnectionChoice]:
        """What a step's dropdown offers: at most ``limit`` choices, and the selected one, which is always there.

        A selected entry that nobody answered comes first, cannot be chosen anew, and says whether it no longer
        exists or only cannot be read right now because a plugin failed.
        """
        expect(query, ChoiceQuery, "query")
        found = self._collect("capture_connection_choices", ConnectionChoice, of_choice, query=query)
        selected: ConnectionChoice | None = None
        others: list[ConnectionChoice] = []
        for choice in found.items:
            if choice.connection_id == query.selected_id:
                selected = choice
            elif not query.type_ids or choice.type_id in query.type_ids:
                others.append(choice)
        shown = others[: query.limit]
        if query.selected_id is None:
            return Answers(tuple(shown), found.failed)
        if selected is None:
            return Answers((_lost_choice(query.selected_id, found.failed), *shown), found.failed)
        return Answers(tuple(sorted((*shown, selected), key=lambda one: of_choice(one)[1])), found.failed)

    def open_session(self, connection_id: ConnectionId) -> Session:
        """An open session through a connection; close it after use.

        Raises:
            ConnectionNotFound: Every plugin says that the connection is not its own.
            PluginFailed: Nobody opened it, and a plugin broke down, so that the connection may be that plugin's.
            CaptureError: What the owner of the connection says about it.
        """
        expect(connection_id, str, "connection_id")
        hook = "capture_open_session"
        plan = self._plans.of(hook)
        broken: str | None = None
        for caller in plan.callers:
            try:
                session = caller.call(connection_id=connection_id)
                if session is None:
                    continue
                if is_session(session):
                    return session
                discard(session, caller.name, hook)
                raise ContractBroken("answered something that is no session")
            except (KeyboardInterrupt, CaptureError):
                raise
            except BaseException as error:  # noqa: BLE001 -- remembered; another plugin may know the connection
                report(caller.name, hook, error)
                broken = broken or caller.name
        if broken is not None:
            raise PluginFailed(
                f'The plugin "{broken}" failed while opening the connection, so nothing was sent. Try again; if it '
                "fails again, tell support: the log names the place.",
                plugin=broken,
            )
        for absent in plan.missing:
            raise PluginFailed(
                f'The connection cannot be opened, because the plugin "{absent.name}" did not start: {absent.sentence}',
                plugin=absent.name,
            )
        raise ConnectionNotFound(
            "This connection no longer exists, so nothing was sent. Choose another connection in the step's settings."
        )

    def connections_changed(self, change: ConnectionsChange) -> None:
        """Say that connections were added, changed or removed."""
        self._tell("capture_connections_changed", change=change)

    def usages(self, subject: Subject) -> Answers[Usage]:
        """The places that point to a subject, by profile and step."""
        expect(subject, Subject, "subject")
        return self._collect("capture_usages", Usage, of_usage, subject=subject)

    def switch_usages(self, switch: UsageSwitch) -> Answers[SwitchedUsage]:
        """Let every holder move its usages; the results in the order of ``switch.usage_ids``.

        Who is named in ``failed`` may have moved some all the same: collect the usages again.
        """
        expect(switch, UsageSwitch, "switch")
        place = places(switch.usage_ids)

        def describe(result: SwitchedUsage) -> Described:
            return result.usage_id, (place[result.usage_id], result.usage_id)

        return self._collect("capture_switch_usages", SwitchedUsage, describe, switch=switch)

    def subject_targets(self, subject: Subject) -> Answers[Subject]:
        """What the usages of a subject could be switched to."""
        expect(subject, Subject, "subject")
        return self._collect("capture_subject_targets", Subject, of_subject, subject=subject)

    def switch_objections(self, switch: UsageSwitch) -> Answers[SwitchObjection]:
        """What speaks against a switch; what blocks it comes first."""
        expect(switch, UsageSwitch, "switch")
        return self._collect("capture_switch_objections", SwitchObjection, of_objection, switch=switch)

    def failed_batches(self, subject: Subject) -> Answers[FailedBatch]:
        """The batches that failed on a subject, the oldest first."""
        expect(subject, Subject, "subject")
        return self._collect("capture_failed_batches", FailedBatch, of_batch, subject=subject)

    def rerun_batches(self, rerun: BatchRerun) -> Answers[RerunBatch]:
        """Let every holder run its failed batches again; the results in the order of ``rerun.batch_ids``."""
        expect(rerun, BatchRerun, "rerun")
        place = places(rerun.batch_ids)

        def describe(result: RerunBatch) -> Described:
            return result.batch_id, (place[result.batch_id], result.batch_id)

        return self._collect("capture_rerun_batches", RerunBatch, describe, rerun=rerun)

    def notify(self, notification: Notification) -> None:
        """Tell people something that they did not ask for."""
        self._tell("capture_notify", notification=notification)

    def _tell(self, hook: str, **arguments: object) -> None:
        for caller in self._plans.of(hook).callers:
            try:
                expect_no_answer(caller.call(**arguments))
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 -- everybody is to hear it
                report(caller.name, hook, error)

    def _collect(self, hook: str, kind: type[T], describe: Callable[[T], Described], **arguments: object) -> Answers[T]:
        plan = self._plans.of(hook)
        failed = [absent.name for absent in plan.missing]
        owners: dict[Hashable, str] = {}
        found: list[tuple[SortKey, T]] = []
        for caller in plan.callers:
            answers = answers_of(caller.name, hook, partial(caller.call, **arguments), kind, describe)
            if answers is None:
                failed.append(caller.name)
                continue
            for identity, key, item in answers:
                owner = owners.setdefault(identity, caller.name) if identity is not None else caller.name
                if owner == caller.name:
                    found.append((key, item))
                    continue
                _logger.warning(
                    "Plugins %r and %r both answered %r to %s; the first one counts.",
                    owner, caller.name, identity, hook,
                )  # fmt: skip
                if caller.name not in failed:
                    failed.append(caller.name)
        found.sort(key=lambda pair: pair[0])
        return Answers(tuple(item for _, item in found), tuple(failed))


def _lost_choice(connection_id: ConnectionId, failed: tuple[str, ...]) -> ConnectionChoice:
    if failed:
        names = ", ".join(f'"{name}"' for name in failed)
        label = "Selected connection (cannot be read right now)"
        hint = f"The selection is kept. The list is incomplete because of: {names}. Try again later or tell support."
    else:
        label = "Connection that no longer exists"
        hint = "It was deleted. Choose another connection."
    return ConnectionChoice(
        connection_id=connection_id,
        type_id=None,
        label=label,
        status=ConnectionStatus.UNREACHABLE,
        selectable=False,
        hint=hint,
    )
