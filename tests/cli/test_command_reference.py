"""The commands, their help and the page about them say the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from tests.cli.test_commands_on_the_list import carried
from tests.documentation.command_pages import PAGE, all_commands, command_page
from xero_connections_plugin.cli.command_table import COMMANDS
from xero_connections_plugin.cli.exit_codes import MEANINGS, ExitCode
from xero_connections_plugin.cli.program import program

if TYPE_CHECKING:
    from tests.cli.console_site import ConsoleSite

EVERY = {" ".join(words): command for words, command in all_commands()}


def documented_keys(heading: str) -> set[str]:
    """The keys in the table below a heading of the page."""
    part = re.split(r"^#", PAGE.read_text("utf-8").split(f"### JSON of {heading}\n")[1], maxsplit=1, flags=re.M)[0]
    return set(re.findall(r"^\| `(\w+)` \|", part, re.M))


def test_the_page_is_what_its_program_writes() -> None:
    assert PAGE.read_text("utf-8") == command_page(), "run: python -m tests.documentation"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_line_in_the_list_of_commands_is_how_its_help_begins(name: str) -> None:
    sentence = " ".join((EVERY[name].help or "").split("\n\n")[0].split())
    assert sentence == COMMANDS[name].summary


@pytest.mark.parametrize("name", [name for name, one in EVERY.items() if not isinstance(one, click.Group)])
def test_every_command_has_help_with_examples(name: str) -> None:
    result = CliRunner().invoke(program, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
    assert (
        f"xero-connections {name}" in " ".join(line for line in result.stdout.splitlines() if line.startswith("    "))
        or f"{name.split()[-1]} " in result.stdout
    )


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(ExitCode)


def test_help_and_version_import_nothing_heavy() -> None:
    program_text = (
        "import sys\n"
        "from xero_connections_plugin.cli.program import program\n"
        "program.main(sys.argv[1:], standalone_mode=False)\n"
        "heavy = {'sqlalchemy', 'alembic', 'requests', 'keyring', 'cryptography', 'jwt', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    for arguments in (["--help"], ["list", "--help"], ["authorize", "--help"]):
        shown = subprocess.run(
            [sys.executable, "-c", program_text, *arguments], capture_output=True, text=True, check=True
        )
        assert shown.stdout.splitlines()[-1] == "[]", arguments


def test_the_list_imports_neither_what_reaches_the_network_nor_what_draws(site: ConsoleSite) -> None:
    site.run("import", "-", "--apply", text=carried("Head office"))
    program_text = (
        "import sys\n"
        "from xero_connections_plugin.cli.program import program\n"
        "program.main(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted({'alembic', 'requests', 'keyring', 'jwt', 'rich'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program_text, "--data-dir", str(site.data), "list"],
        capture_output=True,
        text=True,
        check=True,
        env=site.process_environment(),
    )
    assert "Head office" in shown.stdout
    assert shown.stdout.splitlines()[-1] == "[]"


def test_the_version_is_the_distributions() -> None:
    result = CliRunner().invoke(program, ["--version"])
    assert re.fullmatch(r"xero-connections \d+\.\d+\.\d+\S*\n", result.stdout)


def keys_of(told: Any) -> set[str]:
    assert isinstance(told, dict)
    return set(told)


def test_json_is_as_it_is_documented(site: ConsoleSite) -> None:
    site.run("import", "-", "--apply", text=carried("Head office", "Branch"))
    connection = documented_keys("a connection")
    assert keys_of(site.told("list")[0]) == connection
    assert keys_of(site.told("show", "Head office")) == connection | {"facts"}
    assert keys_of(site.told("rename", "Head office", "HQ")) == connection
    test = documented_keys("a test")
    one = json.loads(site.run("test", "HQ", "--json").stdout)
    assert keys_of(one) == test | {"text", "facts"}
    (first, *_) = json.loads(site.run("test", "--all", "--json").stdout)
    assert keys_of(first) == test | {"name", "tenant", "result", "found", "took", "state"}
    assert keys_of(site.told("history")[0]) == documented_keys("an event")
    looked = json.loads(site.run("import", "-", "--json", text=carried("Third")).stdout)
    assert keys_of(looked) == documented_keys("an import")
    assert keys_of(looked["connections"][0]) == {"name", "reaches", "finding", "state"}
    assert keys_of(site.told("delete", "HQ", "--confirm-unused", "--yes")) == documented_keys("a deletion")


def test_json_about_usages_is_as_it_is_documented(site: ConsoleSite) -> None:
    from tests.cli.test_life_without_screen import HOST, use

    site.run("import", "-", "--apply", text=carried("Head office", "Branch"), host=HOST)
    use(site.data, f"{1:032x}")
    told = site.told("usage", "Head office", host=HOST)
    assert keys_of(told) == {"usages", "incomplete"}
    assert keys_of(told["usages"][0]) == documented_keys("a usage")
    switch = json.loads(site.run("switch", "Head office", "Branch", "--json", host=HOST).stdout)
    assert keys_of(switch) == documented_keys("a switch")
    assert all(keys_of(one) == documented_keys("a usage") | {"stays", "text", "state"} for one in switch["usages"])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_says_what_to_put_where(shell: str) -> None:
    result = CliRunner().invoke(program, ["completion", shell])
    assert result.exit_code == 0
    assert "_XERO_CONNECTIONS_COMPLETE" in result.stdout
    assert "Put this into" in result.output


def test_names_are_completed_from_the_store_and_nothing_is_said_where_that_fails(site: ConsoleSite) -> None:
    site.run("import", "-", "--apply", text=carried("Head office", "Branch"))

    def completed(words: str, count: int, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            site.arguments()[:3],
            capture_output=True,
            text=True,
            check=False,
            env=site.process_environment(
                {"_XERO_CONNECTIONS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
                | environment
            ),
        )

    found = completed(f"xero-connections --data-dir {site.data} show He", 4)
    assert (found.stdout, found.stderr) == ("plain,Head office\n", "")
    assert "plain,switch" in completed("xero-connections sw", 1).stdout
    wrong = completed(f"xero-connections --data-dir {site.data} show He", 4, XERO_CONNECTIONS_SIGN_IN_TIMEOUT="soon")
    assert (wrong.stdout.strip(), wrong.stderr) == ("", "")
