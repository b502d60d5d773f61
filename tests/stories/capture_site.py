"""A site for stories: a host with the plugin, a simulated Xero, and a person with a browser."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from hostspec.connections import ChoiceQuery, HttpSession
from hostspec.testing import FakeBrowser, FakeClock, FakeHost
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.canaries import marked_bytes
from tests.free_ports import free_port
from tests.reliability.world_check import (
    Bystander,
    check_announced,
    check_bystanders,
    check_entries,
    check_refreshed_again,
    check_windows,
    refresh_budget,
)
from xero_connections_plugin.plugin import XeroConnectionsPlugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from hostspec.testing import TabDriver
    from hostspec.ui import Origin


def make_marked_plugin() -> XeroConnectionsPlugin:
    """The plugin, with secrets that can be recognized wherever they turn up."""
    return XeroConnectionsPlugin(random_bytes=marked_bytes)


class Site:
    """Everything that a story needs, opened and closed together.

    The person at the browser is ``user`` and picks ``organisation``; set ``decide`` to do something else with the
    address that the browser shows. A story that ends well is looked at once more, by a host that starts anew.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: dict[str, str] | None = None,
        host_id: str = "host-a",
        plugin: Callable[[], object] = make_marked_plugin,
    ) -> None:
        self.data_dir = data_dir
        self.user = "ada"
        self.organisation: str | None = "bakehouse"
        self.decide: Callable[[str], None] = self.allow
        self.last_page = ""
        """What the browser showed at the end of the last sign-in."""
        self.callback_port = free_port()
        self._settings = settings or {}
        self._host_id = host_id
        self._plugin = plugin
        self._stack = ExitStack()
        self._hosts: list[tuple[Bystander, FakeHost, Bystander]] = []
        self._tabs: list[TabDriver] = []
        self._unchecked: set[str] = set()

    def __enter__(self) -> Self:
        self.xero = self._stack.enter_context(SimulatorServer())
        self.xero.control.add_redirect_uri(DEMO_CLIENT_ID, self.redirect_uri)
        self.xero.control.change(minute_limit=100_000)
        self.host = self._stack.enter_context(self.make_host(self._host_id))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            self._check()

    def leave_unchecked(self, invariant: str, why: str) -> None:
        """Do not look for this at the end: the story leaves a world for which it cannot hold.

        Args:
            invariant: ``I2``, ``I3``, ``I4`` (with I9) or ``I12``.
            why: For those who read the story.
        """
        assert why, "say why"
        self._unchecked.add(invariant)

    @property
    def redirect_uri(self) -> str:
        """What is registered at the simulated Xero."""
        return f"http://localhost:{self.callback_port}/callback"

    def make_host(
        self, host_id: str, *, clock: FakeClock | None = None, settings: dict[str, str] | None = None
    ) -> FakeHost:
        """Another host on the same list: a second process, or the same one after a restart."""
        before, after = Bystander(), Bystander()
        host = FakeHost(
            self.data_dir,
            plugins={"bystander before": before, "xero-connections": self._plugin(), "bystander after": after},
            settings={**self.plugin_settings, **self._settings, **(settings or {})},
            browser=FakeBrowser(on_open=lambda address: self.decide(address)),
            clock=clock or FakeClock(auto_advance=True),
            host_id=host_id,
            host_name=f"Workstation {host_id}",
        )
        self._hosts.append((before, host, after))
        return host

    @property
    def plugin_settings(self) -> dict[str, str]:
        """The simulator's addresses and an explicit key file."""
        return {**self._addresses, "key_file": str(self.data_dir / "connections.key")}

    @property
    def _addresses(self) -> dict[str, str]:
        addresses = self.xero.addresses
        return {
            "authorize_url": addresses.authorize_url,
            "token_url": addresses.token_url,
            "revocation_url": addresses.revocation_url,
            "connections_url": addresses.connections_url,
            "api_url": addresses.api_url,
            "issuer": addresses.issuer,
            "jwks_url": addresses.jwks_url,
        }

    def allow(self, address: str) -> None:
        """Press "Allow access" in the browser, and follow it back to the end."""
        self.visit(self.xero.approve(address, user=self.user, organisation=self.organisation))

    def deny(self, address: str) -> None:
        """Press "Cancel" in the browser, and follow it back to the end."""
        self.visit(self.xero.deny(address))

    def ignore(self, address: str) -> None:
        """Close the browser's tab."""

    def visit(self, address: str) -> None:
        """Open an address in the browser."""
        try:
            with build_opener(ProxyHandler({})).open(address, timeout=10) as page:
                self.last_page = page.read().decode()
        except HTTPError as refusal:
            with refusal:
                self.last_page = refusal.read().decode()

    def tab(self, origin: Origin | None = None) -> TabDriver:
        """The Connections tab in a window of its own."""
        tab = self.host.tab("Connections", origin) if origin else self.host.tab("Connections")
        self._tabs.append(tab)
        return tab

    def fill_definition(self, tab: TabDriver, name: str) -> None:
        """Press Add and type a definition that fits the simulated Xero."""
        tab.press("Add")
        tab.fill("Display name", name)
        tab.fill("Xero Client ID", DEMO_CLIENT_ID)
        tab.fill("Port", str(self.callback_port))

    def press_authorize(self, tab: TabDriver) -> None:
        """Press Authorize and wait until its checks are over; whatever they come to is on top."""
        tab.press("Authorize")
        if tab.titles[-1] == "Preparing the sign-in":
            tab.continue_until(lambda: tab.titles[-1] != "Preparing the sign-in")

    def authorize(self, tab: TabDriver) -> None:
        """Press Authorize and wait for its end; the message box stays open."""
        tab.press("Authorize")
        tab.continue_until()

    def add(self, tab: TabDriver, name: str, tenant: str = "Bakehouse Ltd") -> ConnectionId:
        """Add a connection from beginning to end."""
        self.fill_definition(tab, name)
        self.authorize(tab)
        tab.press("OK")
        tab.choose("Tenant", next(label for label in tab.options("Tenant") if label.startswith(tenant)))
        tab.press("Save")
        return ConnectionId(tab.results[-1].subject_id)

    def use(self, connection_id: ConnectionId, *, profile: str, step: str = "To Xero", enabled: bool = True) -> None:
        """Let a profile of the host point to a connection."""
        subject = Subject(kind=CONNECTION_KIND, subject_id=connection_id)
        self.host.profiles.use(subject, profile=profile, step=step, enabled=enabled)

    def session(self, connection_id: ConnectionId) -> HttpSession:
        """A session as a migration step opens it."""
        with refresh_budget(self.host):
            session = self.host.hooks.open_session(connection_id)
        assert isinstance(session, HttpSession)
        return session

    def _check(self) -> None:
        check_windows(self._tabs)
        for _, host, _ in self._hosts:
            host.stop()
        if not self.xero.is_running:
            return
        self.xero.control.clear()
        if "I3" not in self._unchecked:
            self._check_after_a_restart()
        if "I4" not in self._unchecked:
            check_refreshed_again(self.xero.control.state())
        if "I12" not in self._unchecked:
            for before, host, after in self._hosts:
                check_bystanders(before, after, host)

    def _check_after_a_restart(self) -> None:
        told_by = [host for _, host, _ in self._hosts]
        latest = max(host.clock.now() for host in told_by)
        # What stood between the last host and Xero, if anything, is gone by now.
        settings = {**self.host.settings, **self._addresses}
        clock = FakeClock(latest + timedelta(seconds=1), auto_advance=True)
        with self.make_host("host-after", clock=clock, settings=settings) as calm:
            check_entries(calm)
            listed = calm.hooks.connection_choices(ChoiceQuery(limit=10_000))
            if "I2" not in self._unchecked and not listed.failed:
                check_announced(told_by, frozenset(choice.connection_id for choice in listed.items))
