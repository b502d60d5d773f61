"""The keychain that tests are given is real, private, and leaves nothing behind."""

import shutil
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from tests.keychain_session import keychain_session, python_in
from tests.outside_programs import OutsideProgram, install_line, why_missing
from tests.postgresql_server import PostgresqlServer

ROOT = Path(__file__).parents[2]
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


def test_of_several_versions_off_the_path_the_newest_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    for version in ("9", "15", "17"):
        program = tmp_path / version / "bin" / "server"
        program.parent.mkdir(parents=True)
        program.write_text("")
        program.chmod(0o755)
    (tmp_path / "17" / "bin" / "server").unlink()
    found = OutsideProgram(("server",), "server", "", folders=(f"{tmp_path}/*/bin",)).find()
    assert found == tmp_path / "15" / "bin" / "server"


@pytest.mark.postgresql
def test_no_database_of_a_test_outlives_it(postgresql: PostgresqlServer) -> None:
    url, other = postgresql.new_database(), postgresql.new_database()
    with closing(psycopg.connect(url.replace("+psycopg", ""), connect_timeout=10)):
        postgresql.drop_new_databases()
    for gone in (url, other):
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            postgresql.rows(gone, "SELECT 1")


@pytest.mark.postgresql
def test_the_private_server_leaves_neither_files_nor_programs_behind() -> None:
    with PostgresqlServer() as server:
        url = server.new_database()
        assert server.rows(url, "SELECT 1") == [(1,)]
        assert str(server.folder) in command_lines()
    assert not server.folder.exists()
    assert str(server.folder) not in command_lines()


@pytest.mark.postgresql
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is stopped only when the tests end by themselves")
def test_the_private_server_ends_with_a_program_that_is_killed() -> None:
    program = (
        "from tests.postgresql_server import PostgresqlServer\n"
        "with PostgresqlServer() as server:\n"
        "    print(server.folder, flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        folder = Path(child.stdout.readline().strip())
        assert str(folder) in command_lines()
        child.kill()
    for _ in range(200):
        if str(folder) not in command_lines():
            break
        threading.Event().wait(0.05)
    assert str(folder) not in command_lines()
    shutil.rmtree(folder)


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
