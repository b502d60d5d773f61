"""Passphrases that a person types at a terminal: unseen, and nowhere but in the file that they seal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

from tests.canaries import canary, find_marks
from tests.cli.pseudo_terminal import PseudoTerminal
from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.console_site import ConsoleSite

PASSPHRASE = canary("typed passphrase")


def at_terminal(site: ConsoleSite, *arguments: str, **environment: str) -> PseudoTerminal:
    return PseudoTerminal(site.arguments(*arguments), site.process_environment(environment))


def told_to_the_system(terminal: PseudoTerminal) -> str:
    """What every other program of this user can see of the process."""
    process = psutil.Process(terminal.process.pid)
    return " ".join([*process.cmdline(), *process.environ().values()])


def export(site: ConsoleSite, file: Path) -> None:
    with at_terminal(site, "key", "export", str(file)) as terminal:
        terminal.wait_for("Passphrase")
        terminal.enter_unseen(PASSPHRASE)
        terminal.wait_for("Once more")
        assert not find_marks(told_to_the_system(terminal))
        terminal.enter_unseen(PASSPHRASE)
        assert terminal.end() == ExitCode.FINE, terminal.shown
        assert PASSPHRASE not in terminal.raw
        assert not find_marks(terminal.raw)
        assert terminal.echoes


def test_a_key_is_handed_on_with_a_passphrase_that_nobody_sees(site: ConsoleSite) -> None:
    site.add("Head office")
    file = site.folder / "keys.json"
    export(site, file)
    assert not find_marks(file.read_text("utf-8"))
    other = {"XERO_CONNECTIONS_KEY_FILE": str(site.folder / "other.key")}
    lacking = site.run("key", "status", "--json", environment=other)
    assert lacking.exit_code == ExitCode.FIX_SETTINGS
    with at_terminal(site, "key", "import", str(file), **other) as terminal:
        terminal.wait_for("Passphrase")
        terminal.enter_unseen(PASSPHRASE)
        assert terminal.end() == ExitCode.FINE, terminal.shown
        assert not find_marks(terminal.raw)
        assert terminal.echoes
    assert site.run("key", "status", environment=other).exit_code == ExitCode.FINE


def test_an_input_that_is_a_terminal_shows_no_passphrase_either(site: ConsoleSite) -> None:
    site.add("Head office")
    file = site.folder / "keys.json"
    with at_terminal(site, "key", "export", str(file), "--passphrase-file", "-") as terminal:
        terminal.wait_for("Passphrase")
        terminal.enter_unseen(PASSPHRASE)
        terminal.wait_for("Once more")
        terminal.enter_unseen(PASSPHRASE)
        assert terminal.end() == ExitCode.FINE, terminal.shown
        assert not find_marks(terminal.raw)


def test_a_wrong_passphrase_changes_nothing(site: ConsoleSite) -> None:
    site.add("Head office")
    file = site.folder / "keys.json"
    export(site, file)
    other = {"XERO_CONNECTIONS_KEY_FILE": str(site.folder / "other.key")}
    with at_terminal(site, "key", "import", str(file), **other) as terminal:
        terminal.wait_for("Passphrase")
        terminal.enter_unseen("not the one it was")
        assert terminal.end() == ExitCode.FIX_SETTINGS
        assert "not the one it was" not in terminal.raw
    assert not (site.folder / "other.key").exists()


def test_two_that_differ_are_asked_for_again_and_ctrl_c_gives_the_terminal_back(site: ConsoleSite) -> None:
    site.add("Head office")
    file = site.folder / "keys.json"
    with at_terminal(site, "key", "export", str(file)) as terminal:
        terminal.wait_for("Passphrase")
        terminal.enter_unseen(PASSPHRASE)
        terminal.wait_for("Once more")
        terminal.enter_unseen("something else entirely")
        terminal.wait_for("do not match")
        terminal.wait_for("Passphrase")
        terminal.wait_until_unseen()
        terminal.interrupt()
        assert terminal.end() == ExitCode.CANCELED
        assert terminal.echoes
        assert "Traceback" not in terminal.shown
        assert not find_marks(terminal.raw)
    assert not file.exists()
