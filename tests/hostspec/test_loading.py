"""Plugins are taken in one at a time; a broken one is named and costs only itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pluggy
import pytest

from hostspec import (
    SENTENCE_LIMIT,
    HookCalls,
    LoadedPlugins,
    SecretStoreUnavailable,
    hookimpl,
    load_plugins,
    make_manager,
)
from tests.canaries import assert_no_leaks, canary
from tests.hostspec.sample_plugins import Collects, raising, tab


@dataclass
class Source:
    """An entry point whose import does what the test wants."""

    name: str
    imports: Callable[[], object]

    def load(self) -> object:
        return self.imports()


def source(name: str, factory: object) -> Source:
    return Source(name, lambda: factory)


def good(name: str = "good") -> Source:
    return source(name, lambda: Collects(tabs=[tab(name)]))


class WrongArgument:
    @hookimpl
    def capture_tabs(self, windows: object, color: str = canary("default")) -> tuple[()]:
        return ()


class UnknownHooks:
    @hookimpl
    def capture_tabs(self) -> tuple[()]:
        return ()

    @hookimpl
    def capture_printouts(self) -> None: ...

    @hookimpl
    def capture_barcodes(self) -> None: ...


class OptionalHook:
    @hookimpl(optionalhook=True)
    def capture_printouts(self) -> None: ...


class WrongWrapper:
    @hookimpl(wrapper=True)
    def capture_tabs(self) -> None: ...


class Unhashable(Collects):
    __hash__ = None  # type: ignore[assignment] # that is the defect


BROKEN: dict[str, tuple[Source, str]] = {
    "module not there": (
        Source("bad", raising(ModuleNotFoundError("no", name="missing_module"))),
        '"missing_module" is not installed',
    ),
    "import fails": (Source("bad", raising(ImportError("no", name="old_library"))), '"old_library"'),
    "import fails namelessly": (Source("bad", raising(ImportError("no"))), "ImportError"),
    "import exits": (Source("bad", raising(SystemExit(2))), "SystemExit"),
    "import has a syntax error": (Source("bad", raising(SyntaxError("no"))), "SyntaxError"),
    "attribute not there": (Source("bad", raising(AttributeError("no"))), "AttributeError"),
    "no factory": (source("bad", 7), "no factory"),
    "factory wants arguments": (source("bad", lambda host: Collects()), "TypeError"),
    "factory raises": (source("bad", raising(RuntimeError("no"))), "RuntimeError"),
    "factory exits": (source("bad", raising(SystemExit())), "SystemExit"),
    "factory speaks for itself": (
        source("bad", raising(SecretStoreUnavailable("The keychain is locked. Unlock it."))),
        "The keychain is locked. Unlock it.",
    ),
    "factory makes nothing": (source("bad", lambda: None), "made no plugin"),
    "plugin without a hash": (source("bad", Unhashable), "made no plugin"),
    "plugin without hooks": (source("bad", object), "implements no hook"),
    "wrong argument names": (source("bad", WrongArgument), "'capture_tabs'.*windows"),
    "wrong wrapper": (source("bad", WrongWrapper), "'capture_tabs'.*generator"),
    "unknown hooks": (source("bad", UnknownHooks), "capture_barcodes, capture_printouts"),
    "a name as long as a novel": (source("b" * 500, object), "bbb"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_e9_a_broken_plugin_is_named_and_the_others_are_loaded(how: str, caplog: pytest.LogCaptureFixture) -> None:
    broken, reason = BROKEN[how]
    manager = make_manager()
    found = load_plugins(manager, entry_points=[good("zulu"), broken, good("alpha")])
    assert found.loaded == ("alpha", "zulu")
    (failure,) = found.failed
    assert failure.name == broken.name
    assert re.search(reason, failure.sentence), failure.sentence
    assert len(failure.sentence) <= SENTENCE_LIMIT
    assert failure.sentence in caplog.text
    assert sorted(name for name, _ in manager.list_name_plugin()) == ["alpha", "zulu"]
    manager.check_pending()
    assert [one.tab_id for one in HookCalls(manager).tabs()] == ["alpha", "zulu"]


def test_no_secret_of_a_broken_plugin_is_quoted(caplog: pytest.LogCaptureFixture) -> None:
    secret = canary("client-secret")
    sources = [
        source("a", raising(RuntimeError(secret))),
        source("b", WrongArgument),
        Source("c", raising(OSError(secret))),
    ]
    found = load_plugins(make_manager(), entry_points=sources)
    assert len(found.failed) == 3
    text = caplog.text + repr(found)
    assert_no_leaks(text, {"secret": secret, "default value": canary("default")})


def test_plugins_can_be_left_out_by_name() -> None:
    manager = make_manager()
    found = load_plugins(manager, without=("b", "never-heard-of"), entry_points=[good("a"), good("b")])
    assert found == LoadedPlugins(loaded=("a",), skipped=("b",))
    assert not manager.has_plugin("b")


def test_a_name_that_the_host_blocked_is_left_out() -> None:
    manager = make_manager()
    manager.set_blocked("a")
    assert load_plugins(manager, entry_points=[good("a")]).skipped == ("a",)


def test_a_name_that_is_taken_is_named() -> None:
    manager = make_manager()
    found = load_plugins(manager, entry_points=[good("a"), good("a")])
    assert found.loaded == ("a",)
    assert "same name" in found.failed[0].sentence


def test_one_object_under_two_names_is_loaded_once() -> None:
    only = Collects(tabs=[tab("x")])
    found = load_plugins(make_manager(), entry_points=[source("a", lambda: only), source("b", lambda: only)])
    assert found.loaded == ("a",)
    assert [failure.name for failure in found.failed] == ["b"]


def test_a_hook_that_is_marked_optional_may_be_unknown() -> None:
    assert load_plugins(make_manager(), entry_points=[source("a", OptionalHook)]).loaded == ("a",)


def test_an_interrupt_while_loading_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        load_plugins(make_manager(), entry_points=[Source("a", raising(KeyboardInterrupt()))])


def test_a_real_entry_point_is_found_in_a_real_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mail_plugin_of_a_test.py").write_text(
        "from hostspec import hookimpl\n\nclass Plugin:\n    @hookimpl\n    def capture_shutdown(self): ...\n"
    )
    info = tmp_path / "mail_plugin_of_a_test-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mail-plugin-of-a-test\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[capture.plugins]\nmail = mail_plugin_of_a_test:Plugin\nbroken = mail_plugin_that_is_not_there:Plugin\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    ours = {one.name for one in metadata.entry_points(group="capture.plugins")} - {"mail", "broken"}
    found = load_plugins(make_manager(), without=ours)
    assert found.loaded == ("mail",)
    assert [failure.name for failure in found.failed] == ["broken"]
    assert set(found.skipped) == ours


def test_the_manager_knows_exactly_the_hooks_of_the_contract() -> None:
    manager = make_manager()
    assert isinstance(manager, pluggy.PluginManager)
    names = {name for name in vars(manager.hook) if name.startswith("capture_")}
    assert len(names) == 16
    assert manager.project_name == "capture"


def test_what_is_loaded_can_be_called(tmp_path: Path) -> None:
    manager = make_manager()
    answer: list[Any] = []
    load_plugins(manager, entry_points=[source("a", lambda: Collects(tabs=lambda: answer))])
    hooks = HookCalls(manager)
    assert hooks.tabs().items == ()
    answer.append(tab("later"))
    assert [one.tab_id for one in hooks.tabs()] == ["later"]
