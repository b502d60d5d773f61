"""Starting plugins one by one, and living without those that could not start."""

from pathlib import Path

import pytest

from hostspec import (
    ChoiceQuery,
    ConnectionId,
    FailedPlugin,
    HookCalls,
    PluginFailed,
    StoreUnavailable,
    hookimpl,
    make_manager,
)
from hostspec.testing import FakeHost
from tests.hostspec.sample_plugins import HEAD_OFFICE, Collects, Hears, Opens, OpenSession, usage


class Holder(Collects, Hears, Opens):
    """Contributes to everything and may fail to start."""

    def __init__(self, error: BaseException | None = None) -> None:
        Collects.__init__(self, usages=[usage("P")])
        Hears.__init__(self, error=error)
        Opens.__init__(self, OpenSession)


def test_each_plugin_is_started_once_in_the_order_of_registration(tmp_path: Path) -> None:
    started: list[str] = []

    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

        @hookimpl
        def capture_startup(self, host: object) -> None:
            started.append(self.name)

    class First(Named):
        @hookimpl(tryfirst=True)
        def capture_startup(self, host: object) -> None:
            started.append(self.name)

    host = FakeHost(tmp_path, plugins={"a": Named("a"), "b": Named("b"), "c": First("c")})
    assert host.start() == ()
    host.register("d", Named("d"))
    assert host.start() == ()
    assert started == ["c", "a", "b", "d"]
    host.stop()


def test_a_plugin_that_cannot_start_says_why_and_the_rest_goes_on(tmp_path: Path) -> None:
    last = Hears()
    host = FakeHost(
        tmp_path,
        plugins={
            "full": Holder(StoreUnavailable("The disk is full. Free some space, then start again.")),
            "odd": Hears(error=SystemExit()),
            "last": last,
        },
    )
    full, odd = host.start()
    assert full == FailedPlugin("full", "The disk is full. Free some space, then start again.")
    assert odd.name == "odd"
    assert "could not start" in odd.sentence
    assert last.heard == [("startup", host)]
    host.stop()


def test_a_plugin_that_could_not_start_is_not_called_and_counts_as_failed(tmp_path: Path) -> None:
    holder = Holder(StoreUnavailable("The disk is full."))
    with pytest.raises(AssertionError, match="The disk is full"), FakeHost(tmp_path, plugins={"holder": holder}):
        pass
    host = FakeHost(tmp_path, plugins={"holder": Holder(OSError()), "other": Collects(usages=[usage("Q")])})
    assert len(host.hooks.usages(HEAD_OFFICE)) == 2
    host.start()
    answers = host.hooks.usages(HEAD_OFFICE)
    assert [one.profile for one in answers] == ["Q"]
    assert answers.failed == ("holder",)
    assert host.hooks.tabs().failed == ("holder",)
    host.hooks.maintain(1.0)
    host.stop()
    assert [heard[0] for heard in holder.heard] == ["startup"]


def test_opening_says_why_the_plugin_did_not_start(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, plugins={"holder": Holder(StoreUnavailable("The disk is full."))})
    host.start()
    with pytest.raises(PluginFailed, match='"holder" did not start: The disk is full') as raised:
        host.hooks.open_session(ConnectionId("c1"))
    assert raised.value.plugin == "holder"
    (lost,) = host.hooks.connection_choices(ChoiceQuery(selected_id=ConnectionId("c1")))
    assert "cannot be read right now" in lost.label
    host.stop()


def test_a_plugin_that_comes_anew_under_the_same_name_is_started_and_called(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, plugins={"holder": Holder(OSError())})
    assert len(host.start()) == 1
    host.manager.unregister(name="holder")
    assert host.hooks.usages(HEAD_OFFICE).failed == ()
    host.register("holder", Holder())
    assert host.start() == ()
    assert host.hooks.usages(HEAD_OFFICE).failed == ()
    assert len(host.hooks.usages(HEAD_OFFICE)) == 1
    host.stop()


def test_shutdown_reaches_those_registered_last_first() -> None:
    ended: list[str] = []

    class Ends:
        def __init__(self, name: str) -> None:
            self.name = name

        @hookimpl
        def capture_shutdown(self) -> None:
            ended.append(self.name)

    manager = make_manager()
    for name in ("a", "b", "c"):
        manager.register(Ends(name), name)
    HookCalls(manager).shutdown()
    assert ended == ["c", "b", "a"]


def test_an_interrupt_while_starting_passes(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        FakeHost(tmp_path, plugins={"a": Hears(error=KeyboardInterrupt())}).start()
