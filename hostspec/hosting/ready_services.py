"""All that a host provides in one object, most of it ready-made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hostspec.hosting.system_services import SystemBrowser, SystemClock
from hostspec.hosting.thread_tasks import EndingTasks, ThreadTasks
from hostspec.permissions import Permission
from hostspec.services import Browser, Clock, Hooks, Profiles
from hostspec.usages import Subject
from hostspec.value import UserId

Allows = Callable[[UserId, Permission, Subject | None], bool]
"""Answers as ``HostServices.is_allowed`` does."""


@dataclass(frozen=True, kw_only=True)
class ReadyServices:
    """Satisfies ``hostspec.HostServices``: time, browser and tasks are this machine's unless others are given."""

    host_id: str
    """Stays the same over restarts; differs between workstations."""
    host_name: str
    """What people call this host."""
    data_dir: Path | None
    """Writable by this user only; ``None`` where there is none to give."""
    profiles: Profiles
    """Who points to shared objects in this host."""
    hooks: Hooks
    """The hooks of all plugins and of the host."""
    allows: Allows
    """Decides who may do what; an exception of it is a refusal."""
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Set for plugins by the installation; may hold passwords, so no repr shows it."""
    clock: Clock = field(default_factory=SystemClock)
    """Time."""
    browser: Browser = field(default_factory=SystemBrowser)
    """Where a person signs in."""
    tasks: EndingTasks = field(default_factory=lambda: ThreadTasks(SystemClock()))
    """Where long work goes on; end it when the host ends."""

    def is_allowed(self, user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
        """Whether the person may do this; ``None`` asks for the kind of thing as a whole."""
        return self.allows(user_id, permission, subject)
