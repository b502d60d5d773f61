"""A real host on a port of its own, for tests that look at its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hostspec.hosting import SystemBrowser
from sample_host.app import HostOptions, SampleHost
from sample_host.loopback_server import LoopbackServer, listen
from sample_host.web.frame import Badge
from sample_host.web.web_app import make_web_app
from tests.host.everything_plugin import EverythingPlugin


@dataclass(frozen=True)
class InstalledPlugin:
    """A plugin as if it were installed."""

    name: str
    plugin: object

    def load(self) -> object:
        return lambda: self.plugin


@dataclass(frozen=True)
class RunningHost:
    """A host, its address, and the plugin that exercises it."""

    host: SampleHost
    address: str
    plugin: EverythingPlugin


@contextmanager
def serving(host: SampleHost, badge: Badge | None = None) -> Iterator[str]:
    """The address at which a started host answers; the host is stopped afterwards."""
    sockets = listen(0)
    port = sockets[0].getsockname()[1]
    try:
        with LoopbackServer(make_web_app(host, port, badge), sockets):
            yield f"http://localhost:{port}"
    finally:
        host.stop(1.0)


def make_host(
    data_dir: Path,
    *plugins: InstalledPlugin,
    settings: Mapping[str, str] | None = None,
    without: tuple[str, ...] = (),
    start: bool = True,
    browser: SystemBrowser | None = None,
) -> SampleHost:
    """A host with the given plugins instead of the installed ones."""
    host = SampleHost(
        HostOptions(
            data_dir=data_dir,
            host_name="Test host",
            settings=settings or {},
            without=without,
            entry_points=plugins,
        ),
        browser=browser,
    )
    if start:
        host.start()
    return host


@contextmanager
def running_host(
    data_dir: Path, plugin: EverythingPlugin | None = None, badge: Badge | None = None
) -> Iterator[RunningHost]:
    """A host that answers on a port of its own."""
    everything = plugin or EverythingPlugin()
    host = make_host(data_dir, InstalledPlugin("everything", everything))
    with serving(host, badge) as address:
        yield RunningHost(host, address, everything)
