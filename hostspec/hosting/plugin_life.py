"""The life of plugins in a host: found, started, told to keep things in order, and told that the host ends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.calls import HookCalls
from hostspec.hosting.thread_tasks import every
from hostspec.loading import load_plugins, make_manager
from hostspec.services import HostServices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hostspec.hosting.thread_tasks import EndingTasks
    from hostspec.loading import PluginSource

MAINTAIN_EVERY: Final = 60.0
"""Seconds between two times of housekeeping."""
MAINTAIN_BUDGET: Final = 5.0
"""Seconds that each plugin may take for it."""
END_SECONDS: Final = 5.0
"""How long running tasks are waited for in the end, half of it before plugins are told."""


class EndingServices(HostServices, Protocol):
    """Services with tasks that can be ended: ``ReadyServices``, or your own."""

    @property
    def tasks(self) -> EndingTasks:
        """Where long work goes on."""


class PluginLife:
    """All plugins of a host. ``hooks`` can be called at once; whoever is not started yet answers nothing.

    Args:
        own: What the host itself answers to hooks, by the names that it is registered under.
    """

    def __init__(self, **own: object) -> None:
        self._manager = make_manager()
        for name, plugin in own.items():
            self._manager.register(plugin, name)
        self.hooks: HookCalls = HookCalls(self._manager)
        """Calls all plugins and the host's own hooks; for ``HostServices.hooks``."""

    def start(
        self,
        services: HostServices,
        sources: Iterable[PluginSource] | None = None,
        *,
        maintain_seconds: float = MAINTAIN_EVERY,
    ) -> tuple[str, ...]:
        """Load and start every installed plugin, and begin the housekeeping. It takes a while.

        Args:
            services: What plugins get.
            sources: The plugins to load instead of those that are installed.
            maintain_seconds: Seconds between two times of housekeeping.

        Returns:
            Why some do not take part: a sentence for each, fit to show to people.
        """
        failed = (*load_plugins(self._manager, entry_points=sources).failed, *self.hooks.startup(services))
        services.tasks.start("housekeeping", every(maintain_seconds, partial(self.hooks.maintain, MAINTAIN_BUDGET)))
        return tuple(one.sentence for one in failed)

    def stop(self, services: EndingServices) -> None:
        """End what runs, housekeeping too, tell every plugin that the host ends, and end what they began then."""
        services.tasks.end(END_SECONDS / 2)
        self.hooks.shutdown()
        services.tasks.end(END_SECONDS / 2)
