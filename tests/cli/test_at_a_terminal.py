"""What a person at a terminal sees, is asked, and can interrupt; each run is a process of its own."""

from __future__ import annotations

import re
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from tests.canaries import find_marks
from tests.cli.pseudo_terminal import PseudoTerminal
from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.console_site import ConsoleSite


def at_terminal(site: ConsoleSite, *arguments: str, **environment: str) -> PseudoTerminal:
    return PseudoTerminal(site.arguments(*arguments), site.process_environment(environment))


def silent_browser(folder: Path) -> Path:
    """A browser that shows nothing and writes down with what it was started."""
    script = folder / "browser"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{folder}/arguments"\nenv > "{folder}/environment"\n')
    script.chmod(0o700)
    return script


def test_ctrl_c_cancels_a_sign_in_and_leaves_everything_as_it_was(site: ConsoleSite) -> None:
    site.add("Head office")
    before = site.told("show", "Head office")
    with at_terminal(site, "authorize", "Head office", BROWSER=str(silent_browser(site.folder))) as terminal:
        terminal.wait_for("s left; Ctrl-C cancels")
        terminal.interrupt()
        assert terminal.end() == ExitCode.CANCELED
        assert "Canceled. Nothing was changed." in terminal.shown
        assert "Traceback" not in terminal.shown
    after = site.told("show", "Head office")
    assert {**after, "facts": None} == {**before, "facts": None}
    # The port is free again.
    with socket.create_server(("127.0.0.1", site.callback_port)):
        pass


def test_ctrl_c_cancels_the_wait_for_a_pasted_address_too(site: ConsoleSite) -> None:
    site.add("Head office")
    before = site.told("show", "Head office")
    with at_terminal(site, "authorize", "Head office", "--no-browser") as terminal:
        terminal.wait_for("Paste the whole address")
        terminal.interrupt()
        assert terminal.end() == ExitCode.CANCELED
        assert "Canceled. Nothing was changed." in terminal.shown
        assert "Traceback" not in terminal.shown
    after = site.told("show", "Head office")
    assert {**after, "facts": None} == {**before, "facts": None}


def test_ctrl_c_in_a_script_is_told_as_json(site: ConsoleSite) -> None:
    running = site.begin("add", "Head office", *site.definition, "--no-browser", "--json")
    running.address()
    running.process.send_signal(signal.SIGINT)
    ended = running.end()
    assert ended.code == ExitCode.CANCELED
    assert ended.value["error"]["code"] == "CANCELED"
    assert "Traceback" not in ended.err


def test_only_the_address_of_this_sign_in_is_taken(site: ConsoleSite) -> None:
    first = site.begin("add", "Harbor", *site.definition, "--no-browser", "--tenant", "Harbour Coffee")
    second = site.begin("add", "Head office", *site.definition, "--no-browser", "--tenant", "Bakehouse Ltd")
    of_another = site.back(first.address(), organisation="harbour")
    assert second.process.stdin is not None
    for pasted in ("nonsense", second.address(), of_another):
        second.process.stdin.write(f"{pasted}\n")
        second.process.stdin.flush()
        seen = second.wait_for("another sign-in" if pasted is of_another else "address")
        assert "code=" not in seen or "code_challenge=" in seen
    assert second.end(site.back(second.address()) + "\n").code == ExitCode.FINE
    assert first.end(of_another + "\n").code == ExitCode.FINE
    assert {one["company"] for one in site.told("list")} == {"Bakehouse Ltd", "Harbour Coffee"}


def test_a_pipe_gets_plain_lines_and_no_countdown(site: ConsoleSite) -> None:
    result = site.run("add", "Head office", *site.definition, "--wait", "10", environment={"BROWSER": "true"})
    assert result.exit_code == ExitCode.TRY_LATER
    assert "s left" not in result.stderr
    assert "add --no-browser" in result.stderr
    assert not {"\r", "\x1b"} & set(result.stderr)


def test_a_choice_without_a_terminal_names_what_there_is(site: ConsoleSite) -> None:
    site.add("Head office")
    running = site.begin("duplicate", "Head office", "Spare", "--no-browser")
    ended = running.end(site.back(running.address()) + "\n")
    assert ended.code == ExitCode.WRONG_USAGE
    assert "--tenant" in ended.err
    assert "Bakehouse Ltd" in ended.err.split("Which company?")[1]


def test_the_browser_gets_the_address_and_none_of_the_settings(site: ConsoleSite) -> None:
    site.add("Head office")
    browser = silent_browser(site.folder)
    with at_terminal(site, "authorize", "Head office", BROWSER=str(browser)) as terminal:
        terminal.wait_for("s left; Ctrl-C cancels")
        address = (site.folder / "arguments").read_text("utf-8").strip()
        site.back(address)
        environment = (site.folder / "environment").read_text("utf-8")
        terminal.interrupt()
        terminal.end()
    assert "code_challenge=" in address
    assert "XERO_CONNECTIONS_" not in environment
    (site.folder / "arguments").unlink()


def test_a_company_is_asked_for_by_number(site: ConsoleSite) -> None:
    site.add("Head office")
    arguments = ("add", "Harbor", *site.definition, "--no-browser")
    with at_terminal(site, *arguments) as terminal:
        address = terminal.wait_for("code_challenge=")
        terminal.wait_for("Paste the whole address")
        terminal.enter("http://localhost/this-is-not-it")
        terminal.wait_for("address")
        terminal.enter(site.back(address, organisation="harbour"))
        terminal.wait_for("Which company?")
        offered = terminal.wait_for("Harbour Coffee")
        terminal.wait_for("Number")
        terminal.enter(offered.partition(".")[0])
        assert terminal.end() == ExitCode.FINE
    # The countdown gives its line to whatever is said next, and leaves none behind.
    said = [re.split("\r\x1b\\[K", line)[-1] for line in terminal.raw.replace("\r\n", "\n").split("\n")]
    assert not [line for line in said if "s left" in line]
    assert any(line.startswith("You are signed in") for line in said)
    assert said[-2:] == [f"Saved: Harbor ({site.told('show', 'Harbor')['id']})", ""]
    assert {one["company"] for one in site.told("list")} == {"Bakehouse Ltd", "Harbour Coffee"}


@pytest.mark.parametrize(
    ("organisation", "options"), [("bakehouse", ()), ("harbour", ("--tenant", "Harbour Coffee"))], ids=["one", "two"]
)
def test_nobody_is_told_to_press_what_a_terminal_does_not_have(
    site: ConsoleSite, organisation: str, options: tuple[str, ...]
) -> None:
    if options:
        site.add("Branch")
    running = site.begin("add", "Head office", *site.definition, "--no-browser", *options)
    ended = running.end(site.back(running.address(), organisation=organisation) + "\n")
    assert ended.code == ExitCode.FINE, ended.err
    assert "The connection uses this sign-in once" in ended.err
    assert "and save." not in ended.err
    assert ended.out.startswith("Saved: Head office")


def test_a_question_answered_with_no_changes_nothing(site: ConsoleSite) -> None:
    site.add("Head office")
    with at_terminal(site, "delete", "Head office", "--confirm-unused") as terminal:
        terminal.wait_for("[y/N]")
        terminal.enter("n")
        assert terminal.end() == ExitCode.CANCELED
    assert len(site.told("list")) == 1


def test_another_user_is_asked_about_as_on_the_tab(site: ConsoleSite) -> None:
    site.add("Head office")
    unasked = site.begin("authorize", "Head office", "--no-browser")
    ended = unasked.end(site.back(unasked.address(), user="ben") + "\n")
    assert ended.code == ExitCode.WRONG_USAGE
    assert "--yes" in ended.err
    before = site.run("show", "Head office").stdout
    agreed = site.begin("authorize", "Head office", "--no-browser", "--yes")
    assert agreed.end(site.back(agreed.address(), user="ben") + "\n").code == ExitCode.FINE
    user = next(line for line in before.splitlines() if line.startswith("Xero user id"))
    assert user not in site.run("show", "Head office").stdout


def test_whoever_says_no_in_the_browser_has_canceled(site: ConsoleSite) -> None:
    running = site.begin("add", "Head office", *site.definition, "--no-browser")
    ended = running.end(site.xero.deny(running.address()) + "\n")
    assert ended.code == ExitCode.CANCELED
    assert "You did not allow access" in ended.err
    assert site.told("list") == []


def test_no_listener_is_needed_where_the_address_is_pasted(site: ConsoleSite) -> None:
    with socket.create_server(("127.0.0.1", site.callback_port)):
        site.add("Head office")
        occupied = site.finish("authorize", "Head office", "--wait", "10")
    assert occupied.code == ExitCode.FIX_SETTINGS
    assert str(site.callback_port) in occupied.err
    assert [one["status"] for one in site.told("list")] == ["untested"]


def test_a_xero_that_cannot_be_reached_passes_by_itself(site: ConsoleSite) -> None:
    site.add("Head office")
    site.xero.stop()
    result = site.run("test", "Head office")
    assert result.exit_code == ExitCode.TRY_LATER


@pytest.mark.parametrize("pasted", ["", "nonsense\n"])
def test_an_input_that_ends_without_the_address_ends_the_command(site: ConsoleSite, pasted: str) -> None:
    site.add("Head office")
    before = site.told("show", "Head office")
    ended = site.finish("authorize", "Head office", "--no-browser", "--wait", "600", text=pasted)
    assert ended.code == ExitCode.WRONG_USAGE, ended.err
    assert "The input ended before the address came" in ended.err
    after = site.told("show", "Head office")
    assert {**after, "facts": None} == {**before, "facts": None}


def test_a_sign_in_that_nobody_answers_may_be_tried_again(site: ConsoleSite) -> None:
    running = site.begin("add", "Head office", *site.definition, "--no-browser", "--wait", "10")
    running.wait_for("No answer came back")
    ended = running.end()
    assert ended.code == ExitCode.TRY_LATER, ended.err


def test_tables_are_drawn_at_a_terminal_unless_plain_text_is_asked_for(site: ConsoleSite) -> None:
    site.add("Head office")
    site.xero.stop()
    with at_terminal(site, "list") as drawn:
        assert drawn.end() == ExitCode.FINE
        assert "\x1b[" in drawn.raw
    with at_terminal(site, "list", NO_COLOR="1") as plain:
        assert plain.end() == ExitCode.FINE
        assert "\x1b[" not in plain.raw
        assert "Head office" in plain.raw


def test_nothing_secret_is_printed_by_any_command(site: ConsoleSite) -> None:
    site.add("Head office")
    printed = [
        site.run(*arguments)
        for arguments in (
            ("list", "--json"),
            ("show", "Head office", "--json"),
            ("test", "Head office"),
            ("test", "--all", "--json"),
            ("history", "--csv"),
            ("export",),
            ("delete", "Head office", "--confirm-unused", "--yes", "--at-xero", "revoke"),
            ("history", "--json"),
        )
    ]
    assert [result.exit_code for result in printed] == [0] * len(printed)
    assert [find_marks(result.stdout + result.stderr) for result in printed] == [[]] * len(printed)
