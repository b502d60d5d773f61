"""The script behind make finds a Python that works, says what is missing, and mends a half-made .venv."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "venv.sh"
NEEDED_TOOLS = ("sh", "cat", "rm", "mkdir", "env", "cp", "chmod")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on Windows the README gives plain pip lines")

# Stands for a Python: answers the script's questions, makes a .venv with itself inside, and notes what pip was told.
PYTHON = """#!/bin/sh
case "$*" in
*version_info*) exit {too_old} ;;
*ensurepip*) exit {lacks_venv} ;;
"-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-m pip --version") exit 0 ;;
*) echo "$*" >> pip-calls; exit $(cat pip-exits-with 2>/dev/null || echo 0) ;;
esac
"""
SHIM = "#!/bin/sh\necho 'command not found' >&2\nexit 127\n"


@dataclass
class Machine:
    folder: Path
    programs: Path

    def has(self, name: str, text: str = "#!/bin/sh\n") -> None:
        program = self.programs / name
        program.write_text(text)
        program.chmod(0o755)

    def has_python(self, name: str, *, too_old: bool = False, lacks_venv: bool = False) -> None:
        self.has(name, PYTHON.format(too_old=int(too_old), lacks_venv=int(lacks_venv)))

    def run(self, purpose: str = "demo") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.programs / "sh"), str(SCRIPT), purpose],
            cwd=self.folder,
            env={"PATH": str(self.programs)},
            capture_output=True,
            text=True,
            check=False,
        )

    def pip_calls(self) -> list[str]:
        return (self.folder / "pip-calls").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "a project", tmp_path / "programs")
    made.folder.mkdir()
    made.programs.mkdir()
    for tool in NEEDED_TOOLS:
        found = shutil.which(tool)
        assert found
        (made.programs / tool).symlink_to(found)
    made.has("uname", "#!/bin/sh\necho Linux\n")
    return made


@pytest.fixture
def debian(machine: Machine) -> Machine:
    machine.has("apt-get")
    return machine


def test_the_newest_python_that_works_is_taken(machine: Machine) -> None:
    machine.has("python3.13", SHIM)
    machine.has_python("python3.12")
    machine.has_python("python3.11")
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert "Making .venv with python3.12" in done.stdout
    assert (machine.folder / ".venv" / ".for-demo").exists()


def test_a_python_without_venv_is_passed_over(debian: Machine) -> None:
    debian.has_python("python3.13", lacks_venv=True)
    debian.has_python("python3")
    assert "Making .venv with python3 " in debian.run().stdout


def test_debian_without_venv_is_told_the_line_that_installs_it(debian: Machine) -> None:
    debian.has_python("python3", lacks_venv=True)
    done = debian.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "  sudo apt-get install python3-venv\n" in done.stderr


def test_debian_without_python_is_told_the_line_that_installs_it(debian: Machine) -> None:
    debian.has_python("python3", too_old=True)
    assert "  sudo apt-get install python3 python3-venv\n" in debian.run().stderr


def test_macos_without_python_is_told_the_line_that_installs_it(machine: Machine) -> None:
    machine.has("uname", "#!/bin/sh\necho Darwin\n")
    assert "  brew install python@3.13\n" in machine.run().stderr


def test_without_git_the_tests_are_not_begun(debian: Machine) -> None:
    debian.has_python("python3")
    done = debian.run("test")
    assert done.returncode == 1
    assert "  sudo apt-get install git\n" in done.stderr


def test_the_demo_installs_the_sample_host_only(machine: Machine) -> None:
    machine.has_python("python3")
    machine.run()
    assert machine.pip_calls() == ["-m pip install --quiet --editable .[sample-host]"]


@pytest.mark.parametrize("purpose", ["test", "mutation", "bench", "lint", "packages", "docs"])
def test_tests_and_lint_install_their_dependency_group_with_a_pip_that_knows_groups(
    machine: Machine, purpose: str
) -> None:
    machine.has_python("python3")
    machine.has("git")
    machine.run(purpose)
    assert machine.pip_calls() == [
        "-m pip install --quiet pip>=25.1",
        f"-m pip install --quiet --editable .[sample-host] --group {purpose}",
    ]


def test_a_venv_that_works_is_kept(machine: Machine) -> None:
    machine.has_python("python3")
    machine.run()
    (machine.folder / ".venv" / "kept").touch()
    assert "Making" not in machine.run().stdout
    assert (machine.folder / ".venv" / "kept").exists()


def test_a_venv_whose_installation_was_killed_is_made_anew(machine: Machine) -> None:
    machine.has_python("python3")
    machine.run()
    (machine.folder / ".venv" / ".unfinished").touch()
    assert "Making" in machine.run().stdout
    assert not (machine.folder / ".venv" / ".unfinished").exists()


def test_a_venv_without_a_working_python_is_made_anew(machine: Machine) -> None:
    machine.has_python("python3")
    (machine.folder / ".venv" / "bin").mkdir(parents=True)
    assert "Making" in machine.run().stdout


def test_a_moved_venv_is_made_anew(machine: Machine) -> None:
    machine.has_python("python3")
    machine.run()
    moved = machine.folder.rename(machine.folder.with_name("moved"))
    assert "Making" in Machine(moved, machine.programs).run().stdout


def test_a_failed_installation_is_not_taken_for_done_and_leaves_the_venv(machine: Machine) -> None:
    machine.has_python("python3")
    (machine.folder / "pip-exits-with").write_text("7")
    done = machine.run()
    assert done.returncode == 7
    assert "The installation failed" in done.stderr
    assert not (machine.folder / ".venv" / ".for-demo").exists()
    (machine.folder / "pip-exits-with").write_text("0")
    again = machine.run()
    assert again.returncode == 0
    assert "Making" not in again.stdout
