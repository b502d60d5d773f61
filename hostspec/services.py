"""What a host provides: each exactly once, hence services and not hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from hostspec.answers import Answers
    from hostspec.connections import ChoiceQuery, ConnectionChoice, ConnectionsChange, Session
    from hostspec.messages import Notification
    from hostspec.permissions import Permission
    from hostspec.providers import ConnectionType
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
    from hostspec.value import ConnectionId, UserId


class Clock(Protocol):
    """Time, as an argument."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC; it may jump."""

    def monotonic(self) -> float:
        """Seconds that only go forward; every limit is measured by it."""

    def wait(self, seconds: float) -> None:
        """Let that many seconds pass."""


@runtime_checkable
class SecondsClock(Clock, Protocol):
    """A clock that says the time of day as a number too.

    No host needs one. It spares those who ask with every request, for a token that is good, making a date each time.
    """

    def now_seconds(self) -> float:
        """What ``now()`` says, in seconds since 1970, UTC; whoever changes the one changes the other."""


class Browser(Protocol):
    """The default browser of the person at this machine."""

    def open(self, address: str) -> bool:
        """Show an address; may block, may raise, and may say yes although nothing appeared.

        It is called in a task of its own. Whatever it answers or raises, the sign-in waits on: its window has the
        address to open or to copy, so a host need not say anything itself.
        """


class CancelSignal(Protocol):
    """Tells running work that nobody wants it any more."""

    def is_set(self) -> bool:
        """Whether to stop."""

    def wait(self, seconds: float) -> bool:
        """Wait at most that long (real seconds); whether to stop."""


class TaskHandle(Protocol):
    """Work that goes on beside the caller."""

    def cancel(self) -> None:
        """Ask it to stop; returns at once."""

    @property
    def is_done(self) -> bool:
        """Whether it has ended, in whichever way."""


class Tasks(Protocol):
    """Runs work beside the user interface."""

    def start(self, name: str, work: Callable[[CancelSignal], None]) -> TaskHandle:
        """Begin at once in a thread of its own. What the work raises is logged by the host."""


class Profiles(Protocol):
    """The host's own capture profiles, as far as plugins need them."""

    def usages(self, kind: str) -> Iterable[Usage]:
        """Every usage of every subject of this kind in this host, disabled profiles included."""

    def watch(self, listener: Callable[[], None]) -> None:
        """Call the listener after each change of usages, from any thread."""


@runtime_checkable
class Hooks(Protocol):
    """The hooks, as plugins call them: typed and isolated. ``HookCalls`` is one, and says what each answers."""

    def tabs(self) -> Answers[Tab]: ...

    def tab_changed(self, tab_id: str, wait_id: str | None) -> None: ...

    def connection_types(self) -> Answers[ConnectionType]: ...

    def connection_choices(self, query: ChoiceQuery) -> Answers[ConnectionChoice]: ...

    def open_session(self, connection_id: ConnectionId) -> Session: ...

    def connections_changed(self, change: ConnectionsChange) -> None: ...

    def usages(self, subject: Subject) -> Answers[Usage]: ...

    def switch_usages(self, switch: UsageSwitch) -> Answers[SwitchedUsage]: ...

    def subject_targets(self, subject: Subject) -> Answers[Subject]: ...

    def switch_objections(self, switch: UsageSwitch) -> Answers[SwitchObjection]: ...

    def failed_batches(self, subject: Subject) -> Answers[FailedBatch]: ...

    def rerun_batches(self, rerun: BatchRerun) -> Answers[RerunBatch]: ...

    def notify(self, notification: Notification) -> None: ...


class HostServices(Protocol):
    """All that a host provides to its plugins."""

    @property
    def host_id(self) -> str:
        """Stays the same over restarts; differs between workstations."""

    @property
    def host_name(self) -> str:
        """What people call this host, shown beside usages and in the browser's last page."""

    @property
    def data_dir(self) -> Path | None:
        """A directory of the host's for plugins' data, writable by this user only.

        ``None`` where the host has none to give: then each plugin's own settings say where its data lie.
        """

    @property
    def settings(self) -> Mapping[str, str]:
        """What the installation set for plugins, by the names that the plugins document."""

    @property
    def clock(self) -> Clock:
        """Time."""

    @property
    def browser(self) -> Browser:
        """Where a person signs in."""

    @property
    def tasks(self) -> Tasks:
        """Where long work goes on."""

    @property
    def profiles(self) -> Profiles:
        """Who points to shared objects in this host."""

    @property
    def hooks(self) -> Hooks:
        """The hooks of all plugins and of the host: plugins call each other through these."""

    def is_allowed(self, user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
        """Whether the person may do this; ``None`` asks for the kind of thing as a whole.

        An exception is a refusal.
        """
