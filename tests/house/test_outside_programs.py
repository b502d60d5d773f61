"""The keychain that tests are given is real, private, and leaves nothing behind."""

import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.keychain_session import keychain_session, python_in
from tests.outside_programs import install_line, why_missing

KEEP = "import keyring; keyring.set_password('house', 'key', 'kept'); print(keyring.get_password('house', 'key'))"


def command_lines() -> str:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return "\n".join(lines)


@pytest.mark.keychain
def test_a_program_keeps_a_secret_in_the_private_keychain(secret_service: dict[str, str]) -> None:
    done = python_in(secret_service, KEEP)
    assert (done.stdout, done.stderr) == ("kept\n", "")


@pytest.mark.keychain
def test_the_private_keychain_starts_empty(secret_service: dict[str, str]) -> None:
    done = python_in(secret_service, "import keyring; print(keyring.get_password('house', 'key'))")
    assert (done.stdout, done.stderr) == ("None\n", "")


@pytest.mark.keychain
def test_a_keychain_session_leaves_neither_files_nor_programs_behind() -> None:
    with keychain_session() as environment:
        folder = Path(environment["HOME"]).parent
        assert python_in(environment, KEEP).returncode == 0
    assert not folder.exists()
    assert str(folder) not in command_lines()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the keychain is the system's own")
def test_without_a_secret_service_a_secret_cannot_be_kept(without_secret_service: dict[str, str]) -> None:
    done = python_in(without_secret_service, KEEP)
    assert done.returncode != 0
    assert "keyring.errors" in done.stderr


def test_a_missing_program_is_told_with_what_helps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert why_missing("keychain") == (
        "no dbus-daemon, gnome-keyring-daemon here; what helps: a Linux machine is needed"
    )


@pytest.mark.parametrize(
    ("is_root", "is_ci", "has_apt", "line"),
    [
        (True, False, True, "apt-get install -y -qq --no-install-recommends chromium"),
        (True, True, True, "apt-get install -y -qq --no-install-recommends chromium"),
        (False, True, True, "sudo -n apt-get install -y -qq --no-install-recommends chromium"),
        (False, False, True, None),
        (True, True, False, None),
    ],
)
def test_packages_are_installed_only_where_that_is_welcome(
    is_root: bool, is_ci: bool, has_apt: bool, line: str | None
) -> None:
    command = install_line(["chromium"], is_root=is_root, is_ci=is_ci, has_apt=has_apt)
    assert (command and " ".join(command)) == line


def test_nothing_is_installed_when_nothing_is_missing() -> None:
    assert install_line([], is_root=True, is_ci=True, has_apt=True) is None
