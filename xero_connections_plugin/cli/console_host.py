"""Which host do commands act in? This console, or a real host that was named."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, PluginFailed
from hostspec.hosting import ReadyServices, SystemClock, ThreadTasks
from hostspec.tool_hosts import TOOL_HOST_GROUP, ToolRequest
from hostspec.ui import Origin
from hostspec.value import UserId
from xero_connections_plugin.cli.console_services import DefaultBrowser, NoProfiles, whoever_is_here
from xero_connections_plugin.cli.tab_news import TabNews
from xero_connections_plugin.cli.texts import console_texts as texts
from xero_connections_plugin.settings import data_dir_of, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.services import HostServices
    from hostspec.tool_hosts import ToolHost, ToolHostFactory, UsageSwitches
    from hostspec.ui import TabController
    from xero_connections_plugin.wiring import House

_PLUGIN: Final = "xero-connections"
_TAB: Final = "connections"
_END_SECONDS: Final = 2.0
"""How long running tasks may take to end with the command."""


@dataclass(frozen=True, kw_only=True)
class HostWish:
    """What the options say about the host."""

    name: str = ""
    """``module:factory`` or an installed host's name; empty for the console itself."""
    data_dir: Path | None = None
    is_remote: bool = False
    """Nobody sits at this machine: no browser is opened here."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Set for the plugin by options of the command."""


@dataclass(frozen=True, kw_only=True)
class OpenHost:
    """A host that commands act in."""

    services: HostServices
    controller: TabController
    origin: Origin
    news: TabNews
    """Heard while something is waited for."""
    close: Callable[[], None]
    look_for_key: Callable[[], object] = lambda: None
    """Finds out whether what is sealed can be opened here; real hosts do so by themselves."""
    switches: UsageSwitches | None = None
    knows_profiles: bool = False
    """Whether it is a real host, which knows who uses what."""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OpenHouse:
    """The plugin's rooms, for what no tab does."""

    house: House
    wait_for_tasks: Callable[[float], bool]
    """Waits at most so many seconds until everything that runs beside has come to its end; whether it has."""
    end_tasks: Callable[[float], bool]
    """Likewise, after asking it to end."""
    close: Callable[[], None]


def user_name() -> str:
    """The operating system's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        # A container may run under a number that nobody gave a name.
        return "unknown user"


def open_host(wish: HostWish) -> OpenHost:
    """Start the host that was wished for.

    Raises:
        CaptureError: It cannot be had.
    """
    if wish.name:
        return _named_host(wish)
    started = _start_console(wish)
    return OpenHost(
        services=started.services,
        controller=started.house.tab().controller,
        origin=Origin(
            user_id=UserId(f"os:{user_name()}"),
            user_name=user_name(),
            window_id=_window_id(),
            is_local=not wish.is_remote,
        ),
        news=started.news,
        close=started.close,
        look_for_key=started.house.look_for_key,
        notices=started.notices,
    )


def open_house(wish: HostWish) -> OpenHouse:
    """The plugin's rooms in the host that was wished for; nothing is begun in the background.

    Raises:
        CaptureError: It cannot be had, or a setting cannot be used.
    """
    if not wish.name:
        started = _start_console(wish)
        return OpenHouse(
            house=started.house,
            wait_for_tasks=lambda seconds: started.services.tasks.end(seconds, cancel=False),
            end_tasks=started.services.tasks.end,
            close=started.close,
        )
    from xero_connections_plugin.wiring import build

    host = _make_tool_host(wish)
    try:
        tasks = ThreadTasks(host.services.clock)
        house = build(_Borrowed(host.services, tasks))
    except BaseException:
        host.close()
        raise

    def close() -> None:
        tasks.end(_END_SECONDS)
        house.close()
        host.close()

    return OpenHouse(
        house=house,
        wait_for_tasks=lambda seconds: tasks.end(seconds, cancel=False),
        end_tasks=tasks.end,
        close=close,
    )


class _Borrowed:
    """A host's services with tasks that can be waited for."""

    def __init__(self, services: HostServices, tasks: ThreadTasks) -> None:
        self.host_id = services.host_id
        self.host_name = services.host_name
        self.data_dir = services.data_dir
        self.settings = services.settings
        self.clock = services.clock
        self.browser = services.browser
        self.profiles = services.profiles
        self.hooks = services.hooks
        self.is_allowed = services.is_allowed
        self.tasks = tasks


@dataclass(frozen=True, kw_only=True)
class _Started:
    services: ReadyServices
    house: House
    news: TabNews
    notices: tuple[str, ...]
    close: Callable[[], None]


def _start_console(wish: HostWish) -> _Started:
    """The console as a host: every installed plugin, without what hosts do in the background."""
    from hostspec.calls import HookCalls
    from hostspec.loading import load_plugins, make_manager
    from xero_connections_plugin.plugin import XeroConnectionsPlugin

    manager = make_manager()
    hooks, news = HookCalls(manager), TabNews()
    clock = SystemClock()
    node = platform.node()
    # The same for every command of this user on this machine, and no host's own.
    mark = hashlib.sha256(f"{node}|{user_name()}".encode()).hexdigest()[:16]
    services = ReadyServices(
        host_id=f"console-{mark}",
        host_name=f"xero-connections on {node}" if node else _PLUGIN,
        data_dir=wish.data_dir.absolute() if wish.data_dir is not None else None,
        settings=wish.settings,
        clock=clock,
        browser=DefaultBrowser(),
        tasks=ThreadTasks(clock),
        profiles=NoProfiles(),
        allows=whoever_is_here,
        hooks=hooks,
    )
    # What is wrong with the settings is said before anything is made.
    data_dir_of(services.data_dir, read_settings(services.settings, os.environ))
    plugin = XeroConnectionsPlugin(is_unattended=False)
    manager.register(plugin, _PLUGIN)
    manager.register(news, "console")
    loaded = load_plugins(manager, without=(_PLUGIN,))
    failed = (*loaded.failed, *hooks.startup(services))
    house = plugin.house
    if house is None:
        raise PluginFailed(next(one.sentence for one in failed if one.name == _PLUGIN), plugin=_PLUGIN)

    def close() -> None:
        services.tasks.end(_END_SECONDS)
        hooks.shutdown()

    return _Started(
        services=services,
        house=house,
        news=news,
        notices=tuple(one.sentence for one in failed),
        close=close,
    )


def _named_host(wish: HostWish) -> OpenHost:
    host = _make_tool_host(wish)
    news = TabNews()
    tab = next((one for one in host.services.hooks.tabs() if one.tab_id == _TAB), None)
    if tab is None:
        host.close()
        raise CaptureError(texts.NO_TAB)
    origin = host.origin.model_copy(update={"is_local": False}) if wish.is_remote else host.origin
    return OpenHost(
        services=host.services,
        controller=tab.controller,
        origin=origin,
        news=news,
        close=host.close,
        switches=host.switches,
        knows_profiles=True,
        notices=host.notices,
    )


def _make_tool_host(wish: HostWish) -> ToolHost:
    factory = _find_factory(wish.name)
    request = ToolRequest(user_name=user_name(), window_id=_window_id(), data_dir=wish.data_dir, settings=wish.settings)
    try:
        host: ToolHost = factory(request)
    except (CaptureError, KeyboardInterrupt):
        raise
    except Exception as fault:  # noqa: BLE001 -- a host is somebody else's program
        # The type only: what a foreign exception says may quote a secret.
        raise PluginFailed(texts.host_failed(wish.name, _kind(fault)), plugin=wish.name) from None
    return host


def _find_factory(name: str) -> ToolHostFactory:
    from importlib import metadata

    found = metadata.entry_points(group=TOOL_HOST_GROUP)
    known = tuple(sorted(one.name for one in found))
    entry = next((one for one in found if one.name == name), None)
    if entry is None and ":" in name:
        entry = metadata.EntryPoint(name=name, value=name, group=TOOL_HOST_GROUP)
        # A host that is being developed lies where the person stands.
        if str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))
    if entry is None:
        raise CaptureError(texts.host_unknown(name, known))
    try:
        factory: ToolHostFactory = entry.load()
    except Exception as fault:  # noqa: BLE001 -- a host is somebody else's program
        raise PluginFailed(texts.host_failed(name, _kind(fault)), plugin=name) from None
    return factory


def _kind(fault: Exception) -> str:
    """What went wrong, without anything of what the exception says."""
    kind = type(fault).__name__
    return f"{kind}: {fault.name}" if isinstance(fault, ModuleNotFoundError) and fault.name else kind


def _window_id() -> str:
    return f"console-{os.getpid()}-{secrets.token_hex(6)}"
