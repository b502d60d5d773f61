"""The desktop host is tested with the libraries that Qt needs, or the check fails: nothing is left out in silence."""

from pathlib import Path

import pytest

from tests.house import desktop_example
from tests.house.desktop_example import DEBIAN_PACKAGES, can_be_loaded, missing_packages

ROOT = Path(__file__).parents[2]


def test_what_qt_lacks_is_told_by_the_package_that_brings_it() -> None:
    assert missing_packages(lambda _: True, "linux") == []
    assert missing_packages(lambda library: library != "libEGL.so.1", "linux") == ["libegl1"]
    assert missing_packages(lambda _: False, "linux") == list(DEBIAN_PACKAGES.values())


def test_elsewhere_than_on_linux_qt_needs_nothing() -> None:
    assert missing_packages(lambda _: False, "darwin") == []


def test_a_library_that_nobody_has_cannot_be_loaded() -> None:
    assert not can_be_loaded("libnobody-has-this.so.1")


def test_a_machine_that_cannot_run_the_example_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed: list[str] = []

    def refuse(packages: list[str]) -> int:
        installed.extend(packages)
        return 1

    monkeypatch.setattr(desktop_example, "missing_packages", lambda: ["libegl1"])
    monkeypatch.setattr(desktop_example, "install", refuse)
    assert desktop_example.main() == 1
    assert installed == ["libegl1"]
    assert "sudo apt-get install libegl1" in capsys.readouterr().err


def test_every_check_of_ci_includes_the_examples() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    made = [line.partition("||")[0].partition(">")[0].split()[1:] for line in lines if line.startswith("make ")]
    assert {"test", "lint", "docs", "packages", "examples"} <= {target for targets in made for target in targets}
