"""Secrets that tests leave behind are found wherever they are: shown by running pytest on tests that leak."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.canaries import MARK, assert_no_marks, canary, find_marks, marked_bytes
from tests.secret_watch import marks_in_command, without_sign_in_addresses

ROOT = Path(__file__).parents[2]
LEAKS = """
import base64, logging, os, subprocess, sys, tempfile, threading
from urllib.parse import quote
import pytest
from tests.canaries import canary, marked_bytes

TOKEN = canary("refresh token")
ENCODED = {
    "plain": TOKEN, "hex": TOKEN.encode().hex(), "base64": base64.b64encode(b"x" + TOKEN.encode()).decode(),
    "url": "".join(f"%{byte:02X}" for byte in TOKEN.encode()), "escapes": "".join(f"\\\\u{ord(c):04x}" for c in TOKEN),
}

@pytest.mark.parametrize("form", ENCODED)
def test_logs_it(form): logging.getLogger("some.package").debug("got %s", ENCODED[form])
def test_logs_it_below_debug(): logging.getLogger("some.package").log(3, TOKEN)
def test_logs_an_error_that_tells_it():
    try: raise ValueError(TOKEN)
    except ValueError: logging.getLogger("x").warning("failed", exc_info=True)
def test_logs_it_in_a_thread():
    thread = threading.Thread(target=logging.getLogger("x").error, args=(TOKEN,)); thread.start(); thread.join()
def test_prints_it(): print(TOKEN)
def test_prints_it_to_stderr(): print(TOKEN, file=sys.stderr)
@pytest.mark.parametrize("form", ENCODED)
def test_writes_it(tmp_path, form): (tmp_path / "deep").mkdir(); (tmp_path / "deep" / "file").write_text("a" * 5000 + ENCODED[form])
def test_writes_it_in_utf_16(tmp_path): (tmp_path / "file").write_bytes(TOKEN.encode("utf-16-le"))
def test_writes_a_key(tmp_path): (tmp_path / "file").write_bytes(b"  " + marked_bytes(32))
def test_names_a_file_like_it(tmp_path): (tmp_path / TOKEN).touch()
def test_passes_it_as_an_argument(): subprocess.run([sys.executable, "-c", "0", TOKEN])
def test_passes_it_in_the_environment(): subprocess.run([sys.executable, "-c", "0"], env={**os.environ, "OTHER": TOKEN})
def test_sets_it_in_its_environment(): os.environ["LEFT"] = TOKEN
def test_cleans_up(): del os.environ["LEFT"]

class TestHarmless:
    def test_keeps_it_to_itself(self, tmp_path): (tmp_path / "file").write_text("no " + TOKEN[:0])
    def test_keeps_a_key_in_a_key_file(self, tmp_path): (tmp_path / "data.key").write_bytes(marked_bytes(32))
    def test_gives_the_key_as_a_setting(self): subprocess.run([sys.executable, "-c", "0"], env={**os.environ, "XERO_CONNECTIONS_KEY": TOKEN})
    def test_opens_the_browser(self): subprocess.run([sys.executable, "-c", "0", f"http://x/authorize?state={TOKEN}&code_challenge=y&nonce={TOKEN}"])
    @pytest.mark.exempt(I1="shows what it may show")
    def test_may_do_so(self): print(TOKEN)
"""  # noqa: E501 -- one test a line
AT_THE_END = """
from tests.canaries import canary
def test_leaves_it_where_nobody_looks(tmp_path_factory):
    (tmp_path_factory.mktemp("elsewhere") / "file").write_text(canary("x"))
"""

# What leaks inside lies below the folders of these tests.
pytestmark = pytest.mark.exempt(I1="its tests run tests that leak on purpose")


def outcomes(folder: Path, tests: str, *arguments: str) -> tuple[dict[str, str], str, int]:
    (folder / "test_inside.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    plugins = ["-p", "tests.exemptions", "-p", "tests.secret_watch", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, "-rA", "--tb=line", f"--basetemp={folder}/base", *arguments]
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        word, _, name = line.partition(" ")
        if word in {"PASSED", "FAILED", "ERROR"} and "::" in name:
            test = name.partition("::")[2].partition(" - ")[0]
            found[test] = "found" if word != "PASSED" else found.get(test, "clean")
    return found, done.stdout + done.stderr, done.returncode


def test_every_leak_is_found_and_nothing_else(tmp_path: Path) -> None:
    found, said, _ = outcomes(tmp_path, LEAKS)
    harmless = {name for name in found if name.startswith("TestHarmless") or name == "test_cleans_up"}
    assert len(harmless) == 6, said
    assert {name for name, outcome in found.items() if outcome == "clean"} == harmless, said
    assert len(found) == 27, said


def test_what_stands_elsewhere_is_found_at_the_end(tmp_path: Path) -> None:
    found, said, code = outcomes(tmp_path, AT_THE_END)
    assert found == {"test_leaves_it_where_nobody_looks": "clean"}
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "elsewhere0/file: a secret as plain text" in said


def test_workers_tell_what_they_found_at_the_end(tmp_path: Path) -> None:
    _, said, code = outcomes(tmp_path, AT_THE_END, "-n1", "-p", "xdist")
    assert code == pytest.ExitCode.TESTS_FAILED, said
    assert "elsewhere0/file: a secret as plain text" in said


def test_an_exemption_says_why(tmp_path: Path) -> None:
    _, said, code = outcomes(tmp_path, "import pytest\n@pytest.mark.exempt(I1='')\ndef test_x(): pass\n")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "an exemption names invariants and reasons" in said


def test_marked_bytes_are_random_behind_the_mark() -> None:
    assert len(marked_bytes(32)) == 32
    assert marked_bytes(32) != marked_bytes(32)
    assert find_marks(marked_bytes(32)) == ["a key as plain bytes"]
    assert find_marks(marked_bytes(12)) == [], "too short for a secret: a nonce, say"


def test_a_mark_is_found_across_the_pieces_of_a_large_file(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"." * (16 * 1024 * 1024 - 5) + canary("x").encode() + b"." * 100)
    with pytest.raises(AssertionError, match="large: a secret as plain text"):
        assert_no_marks(large)
    assert_no_marks(tmp_path / "gone")


def test_only_the_address_that_a_person_is_to_open_may_show_the_state() -> None:
    address = f"http://localhost:1/authorize?state={canary('s')}&code_challenge=abc&scope=x"
    assert MARK not in without_sign_in_addresses(f'<a href="{address}">open</a>')
    assert MARK in without_sign_in_addresses(f"http://localhost:1/callback?state={canary('s')}&code={canary('c')}")
    assert marks_in_command(["browser", address], {"HOME": "/home/ada"}) == []
    assert marks_in_command(["x", canary("c")], {"A": canary("d")}) == ["argument 1", "environment variable A"]
