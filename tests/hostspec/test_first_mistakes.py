"""What authors get wrong first, and what the suites say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from hostspec import hookimpl
from hostspec.testing import FakeHost, HostContract, PluginContract
from hostspec.testing.contract_rules import ContractViolation, NotAnswered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hostspec.testing import HostUnderTest


class Nothing(HostContract):
    """Its author forgot the return."""

    def start_host(self, data_dir: Path, plugins: Mapping[str, object]) -> HostUnderTest:
        return cast("HostUnderTest", None)


class OnlyInstalled(HostContract):
    """Its author loads what is installed, whatever the suite gives."""

    def start_host(self, data_dir: Path, plugins: Mapping[str, object]) -> HostUnderTest:
        return cast("HostUnderTest", Ending())


class Ending:
    def use(self) -> None:
        """Nothing points anywhere."""

    def stop(self) -> None:
        """Nothing runs."""


class Misspelt(PluginContract):
    def make_plugin(self) -> object:
        return MisspeltPlugin()


class MisspeltPlugin:
    @hookimpl
    def capture_start(self) -> None:
        """There is no such hook."""


class Unmade(PluginContract):
    def make_plugin(self) -> object:
        raise RuntimeError("the password is in here")


def test_a_host_that_is_not_returned_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(NotAnswered) as asked:
        Nothing().test_strangers_may_do_nothing(tmp_path)
    assert str(asked.value) == (
        "Nothing.start_host has to return the running host: it answered NoneType, which has no stop and no use."
    )


def test_a_host_that_ignores_what_it_is_given_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ContractViolation, match=r"started 0 times\. Load what start_host is given"):
        OnlyInstalled().test_strangers_may_do_nothing(tmp_path)


def test_a_misspelt_hook_is_named_in_the_same_words_each_time(tmp_path: Path) -> None:
    with FakeHost(tmp_path) as host, pytest.raises(ContractViolation) as told:
        Misspelt().take_in(host)
    assert "unknown hook 'capture_start'. " in str(told.value)
    assert " at 0x" not in str(told.value)


def test_a_plugin_that_cannot_be_made_is_told_by_place_and_not_by_text(tmp_path: Path) -> None:
    with FakeHost(tmp_path) as host, pytest.raises(ContractViolation) as told:
        Unmade().take_in(host)
    assert "could not be made: RuntimeError in " in str(told.value)
    assert "password" not in str(told.value)
