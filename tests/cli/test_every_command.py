"""What holds for every command that there is: JSON of results and of problems, codes, and no secret anywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest

from tests.canaries import canary, find_marks
from tests.cli.test_command_reference import EVERY, documented_keys
from tests.cli.test_commands_on_the_list import carried
from tests.cli.test_life_without_screen import HOST, use
from tests.secret_watch import without_sign_in_addresses
from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.console_site import ConsoleSite

COMMANDS = [name for name, one in EVERY.items() if not isinstance(one, click.Group)]
WITHOUT_JSON = {"completion"}
"""Its result is a script."""

FEWEST = {
    "list": (),
    "show": ("A",),
    "add": ("A",),
    "edit": ("A",),
    "duplicate": ("A",),
    "rename": ("A", "B"),
    "authorize": ("A",),
    "test": ("A",),
    "delete": ("A",),
    "recover": (),
    "history": (),
    "export": (),
    "import": ("-",),
    "keep-alive": (),
    "key status": (),
    "key rotate": (),
    "db upgrade": (),
}
"""Commands that need the settings, with as few arguments as they take."""


class Life:
    """One connection after another command, each with ``--json``."""

    def __init__(self, site: ConsoleSite) -> None:
        self.site = site
        self.done: set[str] = set()
        self.printed: list[str] = []

    def do(self, words: str, *arguments: str, text: str = "", host: str = "") -> Any:
        """Run a command that has to end well; answers what it prints."""
        self.done.add(words)
        result = self.site.run(*words.split(), *arguments, "--json", text=text, host=host)
        assert result.exit_code == ExitCode.FINE, f"{words}: {result.stderr}"
        return self._told(words, result.stdout, result.stderr)

    def sign_in(self, words: str, *arguments: str, organisation: str = "bakehouse") -> Any:
        """The same with a browser somewhere else."""
        self.done.add(words)
        running = self.site.begin(words, *arguments, "--no-browser", "--json")
        ended = running.end(self.site.back(running.address(), organisation=organisation) + "\n")
        assert ended.code == ExitCode.FINE, f"{words}: {ended.err}"
        return self._told(words, ended.out, ended.err)

    def _told(self, words: str, out: str, err: str) -> Any:
        self.printed += [out, err]
        assert not find_marks(without_sign_in_addresses(out + err)), words
        told = json.loads(out)
        assert "error" not in told, words
        return told


def test_every_command_answers_with_json_and_none_prints_a_secret(site: ConsoleSite, tmp_path: Path) -> None:
    life = Life(site)
    head_office = life.sign_in("add", "Head office", *site.definition, "--tenant", "Bakehouse Ltd")["id"]
    life.sign_in("duplicate", "Head office", "Harbor", "--tenant", "Harbour Coffee", organisation="harbour")
    life.sign_in("authorize", "Harbor", organisation="harbour")
    life.do("rename", "Harbor", "Harbour")
    life.do("edit", "Harbour", "--further-port", "18899", "--no-authorize")
    life.do("test", "Head office")
    assert len(life.do("list")) == 2
    assert life.do("show", "Head office")["status"] == "ready"
    use(site.data, head_office)
    assert life.do("usage", "Head office", host=HOST)["usages"]
    assert life.do("switch", "Head office", "Harbour", "--apply", host=HOST)["applied"]
    assert life.do("delete", "Head office", "--yes", host=HOST)["deleted"]
    assert life.do("recover", "Head office")["id"] == head_office
    file = tmp_path / "connections.json"
    assert set(life.do("export", "--output", str(file))) == documented_keys("an export")
    assert life.do("import", str(file))["applied"] is False
    assert life.do("history")
    life.do("keep-alive")
    life.do("doctor", "--offline")
    life.do("diagnostics", str(tmp_path / "support.zip"), "--offline")

    # A passphrase comes from a file or is typed; here it is a canary too.
    passphrase = tmp_path / "passphrase.key"
    passphrase.write_text(f"{canary('passphrase')}\n", "utf-8")
    passphrase.chmod(0o600)
    given = ("--passphrase-file", str(passphrase))
    life.do("key export", str(tmp_path / "keys.json"), *given)
    life.do("key import", str(tmp_path / "keys.json"), *given)
    life.do("key rotate")
    retired = next(key["key"] for key in life.do("key status")["keys"] if key["state"] == "retired")
    life.do("key discard", retired, "--yes")

    life.do("db check")
    life.do("db upgrade")
    life.do("db backup", str(tmp_path / "backup.sqlite3"))
    life.do("db restore", str(tmp_path / "backup.sqlite3"), "--yes")
    assert life.do("test", "Head office")["passed"] is True
    assert life.done == set(COMMANDS) - WITHOUT_JSON


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_not_understood_says_so_as_json_too(name: str, site: ConsoleSite) -> None:
    result = site.run(*name.split(), "--no-such-option", "--json")
    assert result.exit_code == ExitCode.WRONG_USAGE
    error = json.loads(result.stdout)["error"]
    assert set(error) == documented_keys("a problem")
    assert (error["code"], error["exit_code"]) == ("WRONG_USAGE", ExitCode.WRONG_USAGE)
    assert "--no-such-option" in error["text"]
    assert "--no-such-option" in result.stderr
    assert site.run(*name.split(), "--no-such-option").stdout == ""


def test_what_else_there_is_tells_of_settings_in_its_own_way() -> None:
    # The first two need a host before anything else, the next three tell of wrong settings among what they find.
    without = {"usage", "switch", "doctor", "diagnostics", "db check", "completion"}
    with_files = {"key export", "key import", "key discard", "db backup", "db restore"}
    assert set(COMMANDS) - set(FEWEST) == without | with_files


@pytest.mark.parametrize("name", FEWEST)
def test_a_setting_that_is_wrong_ends_every_command_alike(name: str, site: ConsoleSite) -> None:
    wrong = {"XERO_CONNECTIONS_SIGN_IN_TIMEOUT": "soon"}
    result = site.run(*name.split(), *FEWEST[name], "--json", text="{}", environment=wrong)
    assert result.exit_code == ExitCode.FIX_SETTINGS, result.stderr
    error = json.loads(result.stdout)["error"]
    assert error["exit_code"] == ExitCode.FIX_SETTINGS
    assert error["text"] in result.stderr
    assert "sign_in_timeout" in error["text"]


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("show", "Head ofice"), ExitCode.NOT_FOUND, "CONNECTION_NOT_FOUND"),
        (("rename", "Head office", "branch"), ExitCode.NOT_DONE, "NOT_DONE"),
        (("delete", "Head office"), ExitCode.WRONG_USAGE, "NO_TERMINAL"),
        (("lst",), ExitCode.WRONG_USAGE, "WRONG_USAGE"),
    ],
)
def test_a_problem_has_a_stable_name(site: ConsoleSite, arguments: tuple[str, ...], code: ExitCode, named: str) -> None:
    site.run("import", "-", "--apply", text=carried("Head office", "Branch"))
    result = site.run(*arguments, "--json")
    assert result.exit_code == code
    assert json.loads(result.stdout)["error"]["code"] == named


def test_a_fault_of_the_program_is_told_without_its_words(site: ConsoleSite) -> None:
    host = "tests.cli.strict_host:make_faulty_host"
    result = site.run("list", "--json", host=host)
    assert result.exit_code == ExitCode.NOT_DONE
    assert json.loads(result.stdout)["error"]["code"] == "PLUGIN_FAILED"
    assert "ZeroDivisionError at strict_host.py:" in result.stderr
    assert "diagnostics" in result.stderr
    assert not find_marks(result.stdout + result.stderr)
    assert "Traceback" not in result.stderr
