"""What the author of a host says about it, and the plugins that look at it from inside."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from hostspec.errors import SignInNeeded
from hostspec.markers import hookimpl
from hostspec.testing.contract_rules import PATIENCE, NotAnswered, breach
from hostspec.testing.host_rules import HostRule
from hostspec.usages import CONNECTION_KIND, Subject, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hostspec.services import HostServices

HEAD_OFFICE = Subject(kind=CONNECTION_KIND, subject_id="contract-head-office", label="Head office")
BRANCH = Subject(kind=CONNECTION_KIND, subject_id="contract-branch", label="Branch")


class HostWindow(Protocol):
    """A person at a window of the host in which one tab is open.

    Where something is missing or disabled, the methods raise ``LookupError`` with what is there. A window may have
    more methods, each with a rule of its own: ``escape()`` presses Esc; ``choose_file(label, text)`` chooses a file
    with that content (not: of that path); ``search(text)`` and ``filter(label)`` ask for a part of the table. No
    rule ticks rows of a ``TableField``.
    """

    def read(self) -> str:
        """All that is painted now: the tab, and the windows above it, from the widgets and not from the values.

        Tooltips and other reasons that appear by themselves count as read; what is in a folded section, behind
        "More" or out of sight need not. Read only after what is under way has been drawn.
        """

    def press(self, label: str) -> None:
        """Press a button of what is on top: of the tab only while no window is open above it."""

    def select(self, row: str) -> None:
        """Select a row of the tab by its label."""

    def fill(self, label: str, text: str) -> None:
        """Type into a field of what is on top, or choose the option of that label; ``yes`` ticks a box.

        Into a list, one text a line. It replaces what stood there, as a person would: a change is sent.
        """

    def pass_time(self) -> None:
        """Let the host do what it does by itself in about a second; with no window that waits, nothing else."""


class HostUnderTest(Protocol):
    """A running host, as far as the suite cannot reach it through hooks."""

    def stop(self) -> None:
        """End it, as closing the program does."""

    def use(self, subject: Subject, profile: str, *, enabled: bool) -> None:
        """Let a profile of that name have a step that points to the subject."""

    def window(self, tab_id: str) -> HostWindow:
        """Open a tab, as a person who may do everything."""


class Probe:
    """A plugin that keeps what a host gives it."""

    def __init__(self) -> None:
        self.hosts: list[HostServices] = []
        self.ended = 0

    @hookimpl
    def capture_startup(self, host: HostServices) -> None:
        self.hosts.append(host)

    @hookimpl
    def capture_shutdown(self) -> None:
        self.ended += 1


class Fails:
    """A plugin that cannot start."""

    def __init__(self) -> None:
        self.asked = 0

    @hookimpl
    def capture_startup(self) -> None:
        raise RuntimeError("this plugin cannot start")

    @hookimpl
    def capture_usages(self) -> tuple[()]:
        self.asked += 1
        return ()


class Breaks:
    """A plugin that starts, and fails whenever it is asked."""

    @hookimpl
    def capture_usages(self) -> None:
        raise RuntimeError("this plugin cannot answer")


class Elsewhere:
    """A plugin with usages of its own, and a connection that nobody can open."""

    @hookimpl
    def capture_usages(self, subject: Subject) -> list[Usage]:
        names = ("Zebra", "Aardvark") if subject.covers(HEAD_OFFICE) else ()
        return [
            Usage(usage_id=f"elsewhere/{name}", subject=HEAD_OFFICE, profile=name, step="Copy", enabled=True)
            for name in names
        ]

    @hookimpl
    def capture_open_session(self, connection_id: str) -> None:
        if connection_id == HEAD_OFFICE.subject_id:
            raise SignInNeeded("Sign in again.")


class HostSubject:
    """What the author of a host says about it."""

    def start_host(self, data_dir: Path, plugins: Mapping[str, object]) -> HostUnderTest:
        """Start the host on that directory with exactly these plugins, by name, besides its own."""
        del data_dir, plugins
        raise NotAnswered(f"{type(self).__name__}.start_host has to start the host with the plugins it is given.")

    @contextmanager
    def hosting(self, tmp_path: Path, **plugins: object) -> Iterator[tuple[HostUnderTest, HostServices]]:
        """The running host, and what it gave to a plugin."""
        __tracebackhide__ = True
        folder = tmp_path / "host"
        folder.mkdir(mode=0o700, exist_ok=True)
        probe = Probe()
        host = self.start_host(folder, {"probe": probe, **plugins})
        lacking = [name for name in ("stop", "use") if not callable(getattr(host, name, None))]
        if lacking:
            what = f"it answered {type(host).__name__}, which has no {' and no '.join(lacking)}"
            raise NotAnswered(f"{type(self).__name__}.start_host has to return the running host: {what}.")
        try:
            if len(probe.hosts) != 1:
                why = "" if probe.hosts else " Load what start_host is given, and not only what is installed."
                breach(HostRule.STARTUP.value, f"A plugin was started {len(probe.hosts)} times.{why}")
            yield host, probe.hosts[0]
        finally:
            host.stop()


def happens(event: threading.Event) -> bool:
    """Whether it happens within the suite's patience."""
    return event.wait(PATIENCE)
