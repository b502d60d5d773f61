"""Finding plugins and taking them in, one at a time, so that a broken one costs only itself."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Final, Protocol

import pluggy

from hostspec.answers import FailedPlugin
from hostspec.batch_hooks import BatchHooks
from hostspec.errors import CaptureError
from hostspec.hooks import ConnectionHooks, LifecycleHooks, NoticeHooks, TabHooks, UsageHooks
from hostspec.markers import ENTRY_POINT_GROUP, PROJECT_NAME

_logger: Final = logging.getLogger("hostspec")


class PluginSource(Protocol):
    """Where a plugin comes from; ``importlib.metadata.EntryPoint`` is one."""

    @property
    def name(self) -> str:
        """The plugin is registered under this name."""

    def load(self) -> object:
        """Import and return the factory: something to call without arguments that returns the plugin."""


@dataclass(frozen=True)
class LoadedPlugins:
    """What became of the plugins that are installed."""

    loaded: tuple[str, ...]
    """The names of the plugins that are registered now."""
    failed: tuple[FailedPlugin, ...] = ()
    """Those that could not be loaded, each with a sentence."""
    skipped: tuple[str, ...] = ()
    """Left out on request, or blocked in the manager."""


def make_manager() -> pluggy.PluginManager:
    """A manager that knows every hook of the contract and no plugin yet."""
    manager = pluggy.PluginManager(PROJECT_NAME)
    for group in (LifecycleHooks, TabHooks, ConnectionHooks, UsageHooks, BatchHooks, NoticeHooks):
        manager.add_hookspecs(group)
    return manager


def load_plugins(
    manager: pluggy.PluginManager,
    *,
    without: Collection[str] = (),
    entry_points: Iterable[PluginSource] | None = None,
) -> LoadedPlugins:
    """Load and register every installed plugin, by name; call ``HookCalls.startup`` afterwards.

    A plugin that cannot be imported or made, contributes no hook, or has hooks that do not fit is left out and named;
    no failure but ``KeyboardInterrupt`` gets out.

    Args:
        manager: From ``make_manager``; plugins of the host's own may be registered already.
        without: Names of plugins to leave out.
        entry_points: The plugins to load instead of those installed in the group ``capture.plugins``.
    """
    loaded: list[str] = []
    failed: list[FailedPlugin] = []
    skipped: list[str] = []
    for source in sorted(
        metadata.entry_points(group=ENTRY_POINT_GROUP) if entry_points is None else entry_points,
        key=lambda one: one.name,
    ):
        name = source.name
        if name in without or manager.is_blocked(name):
            if name not in skipped:
                skipped.append(name)
            continue
        try:
            problem = _take_in(manager, source)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 -- one plugin's failure must not keep the others out
            problem = _why(error)
        if problem is None:
            loaded.append(name)
            continue
        sentence = f'The plugin "{name}" {problem} Everything else works without it.'
        failed.append(FailedPlugin(name, str(CaptureError(sentence))))
        _logger.error("%s", failed[-1].sentence)
    return LoadedPlugins(tuple(loaded), tuple(failed), tuple(skipped))


def _take_in(manager: pluggy.PluginManager, source: PluginSource) -> str | None:
    """Load, make and register one plugin; answers what is wrong with it, as the end of a sentence."""
    if manager.has_plugin(source.name):
        return "was not loaded, because another plugin has the same name. Uninstall one of them."
    factory = source.load()
    if not callable(factory):
        return "was not loaded: its entry point names no factory. Its author has to mend it."
    plugin: object = factory()
    # pluggy keeps plugins in sets, so one without a hash would break calls of everybody.
    if plugin is None or type(plugin).__hash__ is None:
        return "was not loaded: its factory made no plugin. Its author has to mend it."
    try:
        manager.register(plugin, source.name)
    except pluggy.PluginValidationError as error:
        _remove(manager, source.name)
        return f"does not fit this host: {_without_signature(error)}. Update the plugin or the host."
    except BaseException:
        _remove(manager, source.name)
        raise
    callers = manager.get_hookcallers(plugin) or []
    unknown = sorted(
        caller.name
        for caller in callers
        if not caller.has_spec()
        and any(one.plugin is plugin and not one.optionalhook for one in caller.get_hookimpls())
    )
    if unknown:
        _remove(manager, source.name)
        return f"wants hooks that this host does not have: {', '.join(unknown)}. Update the plugin or the host."
    if not callers:
        _remove(manager, source.name)
        return "was not loaded: it implements no hook. Its author has to mend it."
    return None


def _remove(manager: pluggy.PluginManager, name: str) -> None:
    # Some versions of pluggy leave a plugin that failed validation registered by halves.
    if manager.has_plugin(name):
        manager.unregister(name=name)


def _without_signature(error: pluggy.PluginValidationError) -> str:
    """What pluggy says, without the implementation's signature: default values may hold anything."""
    first, *others = (line.strip() for line in str(error).splitlines())
    told = [first[first.find("hook ") :], *(line for line in others if not line.startswith("hookimpl definition:"))]
    return ": ".join(told).rstrip(". ")


def _why(error: BaseException) -> str:
    # Only the type of a foreign exception is told: its text may quote a secret.
    match error:
        case CaptureError():
            return f"could not be loaded: {error}"
        case ModuleNotFoundError(name=str(name)):
            return f'could not be loaded, because the module "{name}" is not installed. Install the plugin again.'
        case ImportError(name=str(name)):
            return f'could not be loaded, because "{name}" could not be imported. Install the plugin again.'
        case _:
            return f"could not be loaded ({type(error).__qualname__}). Tell its author."
