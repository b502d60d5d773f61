"""How does a command line work inside a real host? What a host gives to tools that act in its place.

A host that wants its profiles to be known to ``xero-connections`` (or to any other tool of a plugin) names a factory
in the entry-point group ``capture.hosts``, or tells people its place as ``module:factory``. The factory is called with
a ``ToolRequest`` and answers a ``ToolHost``: the host's services with every plugin started and the host's own hooks
registered, but without its windows and without whatever must run once only. The host itself may be running meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from hostspec.services import HostServices
from hostspec.ui import Origin
from hostspec.usages import Subject, Usage
from hostspec.value import Tone, Value

TOOL_HOST_GROUP: Final = "capture.hosts"
"""Entry-point group of factories for tools."""


@dataclass(frozen=True, kw_only=True)
class ToolRequest:
    """What a tool asks for."""

    user_name: str
    """The name of the operating system's user who runs the tool."""
    window_id: str
    """For the origin of the tool's acts."""
    data_dir: Path | None = None
    """The host's data, where the person named another folder than the usual one."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Set for plugins by the person; they go before the host's own."""


class PlannedUsage(Value):
    """What a switch would do to one usage, or did."""

    usage: Usage
    """As it is now."""
    text: str
    """What would become of it, or became, as a few words."""
    tone: Tone
    """How the text is meant."""
    stays: bool
    """Whether it stays (or stayed) where it is."""


class SwitchPlan(Value):
    """A switch, looked at or done."""

    subject: Subject
    """What the usages point to."""
    target: Subject | None
    """What they are to point to; ``None`` where a switch was taken back."""
    rows: tuple[PlannedUsage, ...] = ()
    """One for each usage."""
    obstacles: tuple[str, ...] = ()
    """Why nothing can be switched; empty when something can."""
    warnings: tuple[str, ...] = ()
    """What to consider first."""
    result: str = ""
    """What it came to, as a sentence; empty while nothing was changed."""


class UsageSwitches(Protocol):
    """The host's standard usage dialog without its window: the same rules, the same journal."""

    def plan(self, origin: Origin, subject: Subject, target: Subject, usage_ids: frozenset[str]) -> SwitchPlan:
        """What moving these usages (all of them, where none is named) to the target would do. Changes nothing."""

    def apply(self, origin: Origin, shown: SwitchPlan) -> SwitchPlan:
        """Do what was shown. Where the world changed since, nothing is done, and ``obstacles`` says so."""

    def undo(self, origin: Origin, subject: Subject) -> SwitchPlan:
        """Take back the last switch from or to this subject, except what was changed since."""


class ToolHost(Protocol):
    """A host that acts for a tool."""

    @property
    def services(self) -> HostServices:
        """The same that plugins were started with; ``services.hooks`` calls all of them, and the host itself."""

    @property
    def origin(self) -> Origin:
        """Who acts: the person at the terminal, as the host knows people."""

    @property
    def switches(self) -> UsageSwitches | None:
        """Moves usages; ``None`` where the host can only list them."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know about this host, such as plugins that could not be started."""

    def close(self) -> None:
        """End what runs and let go of everything; called once."""


ToolHostFactory = Callable[[ToolRequest], ToolHost]
"""What the entry point names. Raises ``CaptureError`` where the host cannot be had."""
