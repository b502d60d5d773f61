"""A switch that is being carried out is seen by everyone, whatever another process tidies up meanwhile."""

from pathlib import Path

import pytest

from sample_host.switch_work import SwitchWork


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "switching"


def test_a_switch_that_another_process_has_begun_just_now_is_not_tidied_away(folder: Path) -> None:
    one, other = SwitchWork(folder), SwitchWork(folder)
    with one.on("new") as is_ours:
        # The other one looked at the journal before this switch stood in it.
        other.forget_others(frozenset())
        assert is_ours
        assert other.is_under_way("new")
        with other.on("new") as is_theirs:
            assert not is_theirs
    assert not other.is_under_way("new")


def test_what_is_left_of_switches_that_nobody_remembers_is_removed(folder: Path) -> None:
    work = SwitchWork(folder)
    for name in ("kept", "old"):
        with work.on(name):
            assert work.is_under_way(name)
    work.forget_others({"kept"})
    assert [file.name for file in folder.iterdir()] == ["kept.lock"]
