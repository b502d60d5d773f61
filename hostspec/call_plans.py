"""Whom does one hook call, and by itself? Kept as long as neither implementations nor plugins change."""

from typing import NamedTuple

import pluggy

from hostspec.answers import FailedPlugin


class Caller(NamedTuple):
    """One plugin's implementations of a hook."""

    name: str
    plugin: object
    call: pluggy.HookCaller
    start_rank: int


class CallPlan(NamedTuple):
    """How one hook is called."""

    implementations: list[pluggy.HookImpl]
    absent: tuple[tuple[object, FailedPlugin], ...]
    callers: tuple[Caller, ...]
    missing: tuple[FailedPlugin, ...]
    """Plugins that implement the hook and could not start."""


class CallPlans:
    """The plans of a manager's hooks.

    Args:
        manager: Plugins may come and go.
    """

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self._plans: dict[str, CallPlan] = {}
        self._absent: tuple[tuple[object, FailedPlugin], ...] = ()

    def of(self, hook: str) -> CallPlan:
        """The plan of a hook as it is now."""
        relay: pluggy.HookCaller = getattr(self._manager.hook, hook)
        implementations = relay.get_hookimpls()
        plan = self._plans.get(hook)
        # HookImpl compares by identity, so this notices every plugin that came, went or was replaced.
        if plan is None or plan.implementations != implementations or plan.absent is not self._absent:
            plan = self._plans[hook] = self._make(hook, implementations)
        return plan

    def in_starting_order(self, hook: str) -> list[Caller]:
        """Who implements a hook, those registered first before the others."""
        position = {name: place for place, (name, _) in enumerate(self._manager.list_name_plugin())}
        return sorted(self.of(hook).callers, key=lambda one: (one.start_rank, position.get(one.name, len(position))))

    def leave_out(self, plugin: object, why: FailedPlugin) -> None:
        """Never call a plugin again."""
        self._absent += ((plugin, why),)

    def _make(self, hook: str, implementations: list[pluggy.HookImpl]) -> CallPlan:
        absent = self._absent
        called = [one for one in reversed(implementations) if not (one.wrapper or one.hookwrapper)]
        names = {id(one.plugin): one.plugin_name for one in called}
        plugins = {id(one.plugin): one.plugin for one in called}
        ranks = {id(one.plugin): (0 if one.tryfirst else 2 if one.trylast else 1) for one in called}
        out = {id(plugin): failure for plugin, failure in absent}
        callers = []
        for key, plugin in plugins.items():
            if key not in out:
                others = [other for other in plugins.values() if other is not plugin] + [other for other, _ in absent]
                call = self._manager.subset_hook_caller(hook, others)
                callers.append(Caller(names[key], plugin, call, ranks[key]))
        missing = tuple(out[key] for key in plugins if key in out)
        return CallPlan(implementations, absent, tuple(callers), missing)
