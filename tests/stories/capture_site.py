"""A site for stories: a host with the plugin, a simulated Xero, and a person with a browser."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

import requests

from hostspec.connections import HttpSession
from hostspec.testing import FakeBrowser, FakeClock, FakeHost
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.free_ports import free_port
from xero_connections_plugin.plugin import make_plugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from hostspec.testing import TabDriver
    from hostspec.ui import Origin


class Site:
    """Everything that a story needs, opened and closed together.

    The person at the browser is ``user`` and picks ``organisation``; set ``decide`` to do something else with the
    address that the browser shows.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: dict[str, str] | None = None,
        host_id: str = "host-a",
        plugin: Callable[[], object] = make_plugin,
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

    def __enter__(self) -> Self:
        self.xero = self._stack.enter_context(SimulatorServer())
        self.xero.control.add_redirect_uri(DEMO_CLIENT_ID, self.redirect_uri)
        self.xero.control.change(minute_limit=100_000)
        self.host = self._stack.enter_context(self.make_host(self._host_id))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def redirect_uri(self) -> str:
        """What is registered at the simulated Xero."""
        return f"http://localhost:{self.callback_port}/callback"

    def make_host(
        self, host_id: str, *, clock: FakeClock | None = None, settings: dict[str, str] | None = None
    ) -> FakeHost:
        """Another host on the same list: a second process, or the same one after a restart."""
        return FakeHost(
            self.data_dir,
            plugins={"xero-connections": self._plugin()},
            settings={**self.plugin_settings, **self._settings, **(settings or {})},
            browser=FakeBrowser(on_open=lambda address: self.decide(address)),
            clock=clock or FakeClock(auto_advance=True),
            host_id=host_id,
            host_name=f"Workstation {host_id}",
        )

    @property
    def plugin_settings(self) -> dict[str, str]:
        """The simulator's addresses and an explicit key file."""
        addresses = self.xero.addresses
        return {
            "authorize_url": addresses.authorize_url,
            "token_url": addresses.token_url,
            "revocation_url": addresses.revocation_url,
            "connections_url": addresses.connections_url,
            "api_url": addresses.api_url,
            "issuer": addresses.issuer,
            "jwks_url": addresses.jwks_url,
            "key_file": str(self.data_dir / "connections.key"),
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
        with requests.Session() as browser:
            browser.trust_env = False
            self.last_page = browser.get(address, timeout=10).text

    def tab(self, origin: Origin | None = None) -> TabDriver:
        """The Connections tab in a window of its own."""
        return self.host.tab("Connections", origin) if origin else self.host.tab("Connections")

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
        session = self.host.hooks.open_session(connection_id)
        assert isinstance(session, HttpSession)
        return session
