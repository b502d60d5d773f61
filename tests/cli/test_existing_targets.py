"""A file that is there already is left as it is by every command that writes one, and each ends with the same code."""

from __future__ import annotations

from pathlib import Path

from tests.cli.operator_site import a_site, operate, settings_as_variables
from tests.cli.test_key_and_db_commands import passphrase_file
from xero_connections_plugin.cli.exit_codes import ExitCode


def test_a_file_that_is_there_ends_every_command_with_the_code_for_wrong_usage(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("What I wrote.")
    commands = {
        ("export", "--output", str(mine)): "--yes",
        ("diagnostics", str(mine), "--offline"): "--replace",
        ("db", "backup", str(mine)): "--replace",
        ("key", "export", str(mine), "--passphrase-file", str(passphrase_file(tmp_path))): "--replace",
    }
    with a_site(tmp_path / "data", "Head office") as site:
        site.leave_unchecked("I4", "commands read the list too")
        site.host.stop()
        for command, way_out in commands.items():
            ended = operate(site.data_dir, *command, variables=settings_as_variables(site))
            assert (ended.exit_code, way_out in ended.stderr) == (ExitCode.WRONG_USAGE, True), (command, ended.stderr)
            assert mine.read_text() == "What I wrote."
