"""Secrets of definitions at the command line: asked for unseen or read from a pipe, and never an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

from tests.canaries import canary, find_marks
from tests.cli.locker_host import seen_as
from tests.cli.pseudo_terminal import PseudoTerminal
from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from tests.cli.console_site import ConsoleSite

HOST = "tests.cli.locker_host:make_locker_host"
PIN, OTHER_PIN, WORD = canary("pin of a locker"), canary("another pin"), canary("word of a locker")
ADD = ("add", "Blue", "--type", "locker", "--set", "place=Hall")


def kept(site: ConsoleSite, name: str = "Blue") -> dict[str, str]:
    """What the locker's test says that it was shown."""
    told = site.told("test", name, host=HOST)["text"]
    return dict(one.split("=") for one in told.split() if "=" in one)


@pytest.fixture
def locker(site: ConsoleSite) -> ConsoleSite:
    """A locker with a PIN and no word."""
    added = site.run(*ADD, text=f"{PIN}\n", host=HOST)
    assert added.exit_code == ExitCode.FINE, added.stderr
    assert kept(site) == {"pin": seen_as(PIN), "word": seen_as("")}
    return site


def test_a_secret_that_a_type_can_do_without_is_given_where_it_is_named(site: ConsoleSite) -> None:
    added = site.run(*ADD, "--secret", "word", text=f"{PIN}\n{WORD}\n", host=HOST)
    assert added.exit_code == ExitCode.FINE, added.stderr
    assert kept(site) == {"pin": seen_as(PIN), "word": seen_as(WORD)}


def test_a_kept_secret_is_replaced_where_it_is_named_and_stays_otherwise(locker: ConsoleSite) -> None:
    assert locker.run("edit", "Blue", "--set", "place=Cellar", host=HOST).exit_code == ExitCode.FINE
    assert kept(locker)["pin"] == seen_as(PIN)
    replaced = locker.run("edit", "Blue", "--secret", "pin", text=f"{OTHER_PIN}\n", host=HOST)
    assert replaced.exit_code == ExitCode.FINE, replaced.stderr
    assert kept(locker) == {"pin": seen_as(OTHER_PIN), "word": seen_as("")}


def test_lines_of_a_pipe_are_taken_in_the_order_of_the_fields(locker: ConsoleSite) -> None:
    both = locker.run("edit", "Blue", "--secret", "word", "--secret", "pin", text=f"{OTHER_PIN}\n{WORD}\n", host=HOST)
    assert both.exit_code == ExitCode.FINE, both.stderr
    assert kept(locker) == {"pin": seen_as(OTHER_PIN), "word": seen_as(WORD)}


def test_a_pipe_that_ends_too_early_changes_nothing(locker: ConsoleSite) -> None:
    lacking = locker.run("edit", "Blue", "--secret", "pin", "--secret", "word", text=f"{OTHER_PIN}\n", host=HOST)
    assert lacking.exit_code == ExitCode.WRONG_USAGE
    assert "Word" in lacking.stderr
    assert "standard input" in lacking.stderr
    assert kept(locker) == {"pin": seen_as(PIN), "word": seen_as("")}


def test_what_cannot_be_asked_for_is_refused_before_anything_is_read(locker: ConsoleSite) -> None:
    unknown = locker.run("edit", "Blue", "--secret", "key", text=f"{OTHER_PIN}\n", host=HOST)
    assert unknown.exit_code == ExitCode.NOT_DONE
    assert "there are display_name, place, pin, word" in unknown.stderr
    open_one = locker.run("edit", "Blue", "--secret", "place", text=f"{OTHER_PIN}\n", host=HOST)
    assert (open_one.exit_code, "--set place=VALUE" in open_one.stderr) == (ExitCode.NOT_DONE, True)
    by_option = locker.run("edit", "Blue", "--set", "pin=1234", host=HOST)
    assert (by_option.exit_code, "--secret pin" in by_option.stderr) == (ExitCode.NOT_DONE, True)
    assert kept(locker) == {"pin": seen_as(PIN), "word": seen_as("")}


@pytest.mark.parametrize(
    "given", [f"pin={OTHER_PIN}", f"pin = {OTHER_PIN}", OTHER_PIN], ids=["after the name", "with blanks", "alone"]
)
def test_a_secret_that_was_typed_after_all_is_refused_and_not_repeated(locker: ConsoleSite, given: str) -> None:
    refused = locker.run("edit", "Blue", "--secret", given, text=f"{OTHER_PIN}\n", host=HOST)
    expected = ExitCode.WRONG_USAGE if "=" in given else ExitCode.NOT_DONE
    assert refused.exit_code == expected, refused.stderr
    assert "--secret" in refused.stderr
    assert not find_marks(refused.stdout + refused.stderr)
    assert kept(locker)["pin"] == seen_as(PIN)


@pytest.mark.parametrize("command", [("edit", "Blue"), ("add", "Red", "--type", "locker")])
def test_what_was_typed_without_a_field_is_not_repeated(locker: ConsoleSite, command: tuple[str, ...]) -> None:
    refused = locker.run(*command, "--set", OTHER_PIN, host=HOST)
    assert (refused.exit_code, "FIELD=VALUE" in refused.stderr) == (ExitCode.WRONG_USAGE, True), refused.stderr
    assert not find_marks(refused.stdout + refused.stderr)
    assert kept(locker)["pin"] == seen_as(PIN)


def test_at_a_terminal_a_new_secret_is_typed_unseen(locker: ConsoleSite) -> None:
    command = locker.arguments("edit", "Blue", "--secret", "pin", host=HOST)
    with PseudoTerminal(command, locker.process_environment()) as terminal:
        terminal.wait_for("PIN")
        terminal.wait_until_unseen()
        process = psutil.Process(terminal.process.pid)
        assert not find_marks(" ".join([*process.cmdline(), *process.environ().values()]))
        terminal.enter(OTHER_PIN)
        assert terminal.end() == ExitCode.FINE, terminal.shown
        assert not find_marks(terminal.raw)
        assert terminal.echoes
    assert kept(locker)["pin"] == seen_as(OTHER_PIN)
