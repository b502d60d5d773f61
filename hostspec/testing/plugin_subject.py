"""What the author of a plugin says about it, and the hosts that its rules are checked in."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from pluggy import PluginValidationError

from hostspec.connections import ChoiceQuery
from hostspec.errors import CaptureError
from hostspec.markers import hookimpl
from hostspec.testing.contract_rules import NotAnswered, Rule, breach, require
from hostspec.testing.fake_host import FakeHost
from hostspec.testing.plugin_rules import PluginRule
from hostspec.testing.told_faults import fault_told, logged_fault, misfit_told
from hostspec.ui import Origin, TableQuery
from hostspec.value import UserId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hostspec.answers import Answers, FailedPlugin
    from hostspec.ui import Tab

T = TypeVar("T")
P = ParamSpec("P")

UNDER_TEST: Final = "plugin-under-test"
"""The name that the plugin is registered under."""

PERSON: Final = Origin(user_id=UserId("carol"), user_name="Carol", window_id="window-7", is_local=True)
"""Who drives tabs; may do everything unless a rule is about permissions."""

ASK_BACK_SECONDS: Final = 3.0
"""Real seconds after which a call back into the plugin counts as locked out."""


class PluginSubject:
    """What the author of a plugin says about it."""

    def make_plugin(self) -> object:
        """A new plugin, as its entry point would make it."""
        raise NotAnswered(f"{type(self).__name__}.make_plugin has to return a new plugin, as its entry point would.")

    def make_host(self, data_dir: Path | None) -> FakeHost:
        """The host around the plugin, not started yet and without it; override it to give settings or a clock."""
        return FakeHost(data_dir)

    def prepare(self, host: FakeHost) -> None:
        """Let the plugin have something to show, such as an entry; nothing, unless overridden."""

    @contextmanager
    def hosted(self, tmp_path: Path, *others: tuple[str, object]) -> Iterator[FakeHost]:
        """A running host with the plugin, and with others registered before it; ends with everything stopped."""
        with self.started(tmp_path, *others) as host:
            self.prepare(host)
            yield host

    @contextmanager
    def started(self, tmp_path: Path, *others: tuple[str, object]) -> Iterator[FakeHost]:
        """A running host in which nothing was done yet."""
        __tracebackhide__ = True
        folder = tmp_path / "data"
        folder.mkdir(mode=0o700, exist_ok=True)
        host = self.make_host(folder)
        host.permissions.allow(PERSON.user_id)
        for name, other in others:
            host.register(name, other)
        self.take_in(host)
        with listening() as said:
            failed = host.start()
            require_started(failed, said)
            try:
                yield host
            finally:
                host.stop()

    def take_in(self, host: FakeHost) -> None:
        """Register a new plugin.

        Raises:
            ContractViolation: Its hooks do not fit.
        """
        __tracebackhide__ = True
        try:
            host.register(UNDER_TEST, self.make_plugin())
        except (NotAnswered, CaptureError):
            raise
        except PluginValidationError as misfit:
            breach(PluginRule.HOOKS.value, f"It does not fit the specifications: {misfit_told(misfit)}.")
        except Exception as error:  # noqa: BLE001 -- told as what it is: a broken contract
            breach(PluginRule.HOOKS.value, f"It could not be made: {fault_told(error)}.")


@contextmanager
def listening() -> Iterator[list[str]]:
    """What is logged meanwhile about plugins that break the contract; it never quotes what they said."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(logged_fault(record.getMessage()))

    listener = Listener()
    logger = logging.getLogger("hostspec")
    logger.addHandler(listener)
    try:
        yield said
    finally:
        logger.removeHandler(listener)


def require_started(failed: tuple[FailedPlugin, ...], said: list[str]) -> None:
    """Insist that the plugin started.

    Raises:
        ContractViolation: It did not.
    """
    __tracebackhide__ = True
    own = [one.sentence for one in failed if one.name == UNDER_TEST]
    require(not own, PluginRule.STARTUP.value, f"It did not start: {' '.join([*own, *said])}")


def answered(rule: Rule, call: Callable[P, Answers[T]], *arguments: P.args, **named: P.kwargs) -> tuple[T, ...]:
    """What a collecting hook came to, once the plugin answered it as it should.

    Raises:
        ContractViolation: It raised, or answered what the hook does not allow.
    """
    __tracebackhide__ = True
    with listening() as said:
        answers = call(*arguments, **named)
    if UNDER_TEST in answers.failed:
        breach(rule, f"Its answer was refused. {' '.join(said)}".rstrip())
    return answers.items


class Curious:
    """Another part of the host: whatever it is told, it asks the plugin back from another thread, and waits."""

    def __init__(self) -> None:
        self.locked_out: list[str] = []
        """The hooks during which the plugin did not answer."""
        self.ask: Callable[[], object] = lambda: None
        """Asks the plugin back."""

    def _ask_back(self, hook: str) -> None:
        if threading.current_thread().name == "contract-curious":
            return
        thread = threading.Thread(target=self.ask, daemon=True, name="contract-curious")
        thread.start()
        thread.join(ASK_BACK_SECONDS)
        if thread.is_alive():
            self.locked_out.append(hook)

    @hookimpl
    def capture_tab_changed(self) -> None:
        self._ask_back("capture_tab_changed")

    @hookimpl
    def capture_connections_changed(self) -> None:
        self._ask_back("capture_connections_changed")

    @hookimpl
    def capture_notify(self) -> None:
        self._ask_back("capture_notify")

    @hookimpl
    def capture_usages(self) -> tuple[()]:
        self._ask_back("capture_usages")
        return ()

    @hookimpl
    def capture_switch_usages(self) -> tuple[()]:
        self._ask_back("capture_switch_usages")
        return ()


def ask_everything(host: FakeHost, tabs: tuple[Tab, ...]) -> None:
    """Ask what is drawn all the time: views and dropdowns."""
    for tab in tabs:
        tab.controller.view(PERSON, TableQuery())
    host.hooks.connection_choices(ChoiceQuery())


class Failing:
    """Another plugin, which fails in every hook that it has."""

    def _fail(self) -> None:
        raise RuntimeError("another plugin's mistake")

    @hookimpl
    def capture_tabs(self) -> None:
        self._fail()

    @hookimpl
    def capture_connection_types(self) -> None:
        self._fail()

    @hookimpl
    def capture_connection_choices(self) -> None:
        self._fail()

    @hookimpl
    def capture_usages(self) -> None:
        self._fail()

    @hookimpl
    def capture_connections_changed(self) -> None:
        self._fail()

    @hookimpl
    def capture_tab_changed(self) -> None:
        self._fail()
