"""Keys and tables from a command line: exit codes, JSON, and passphrases that come from nowhere else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.canaries import canary, find_marks
from tests.cli.operator_site import a_site, answer_of, operate, settings_as_variables, store_of
from tests.stories.capture_site import Site
from tests.stories.test_key_change_stories import Plugins

PASSPHRASE = canary("passphrase")


def passphrase_file(folder: Path, mode: int = 0o600) -> Path:
    """Named as key files are, which may hold secrets."""
    made = folder / "passphrase.key"
    made.write_text(f"{PASSPHRASE}\nand nothing of a second line")
    made.chmod(mode)
    return made


def test_the_key_is_handed_to_another_machine_with_a_passphrase_from_a_file(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.leave_unchecked("I4", "commands read the list too")
        site.host.stop()
        here = settings_as_variables(site)
        there = {**here, "XERO_CONNECTIONS_KEY_FILE": str(tmp_path / "there.key")}
        lacking = operate(site.data_dir, "key", "status", "--json", variables=there)
        assert (lacking.exit_code, answer_of(lacking)["problem"]) == (8, "KEY_MISSING")
        file, given = str(tmp_path / "keys.json"), str(passphrase_file(tmp_path))
        exported = operate(site.data_dir, "key", "export", file, "--passphrase-file", given, variables=here)
        assert exported.exit_code == 0, exported.output
        assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
        again = operate(site.data_dir, "key", "export", file, "--passphrase-file", given, variables=here)
        assert (again.exit_code, "add --replace" in again.stderr) == (2, True)
        wrong = operate(
            site.data_dir, "key", "import", file, "--passphrase-file", "-", variables=there, typed="wrong passphrase\n"
        )
        assert wrong.exit_code == 8
        imported = operate(
            site.data_dir, "key", "import", file, "--passphrase-file", "-", variables=there, typed=f"{PASSPHRASE}\n"
        )
        assert imported.exit_code == 0, imported.output
        status = operate(site.data_dir, "key", "status", "--json", variables=there)
        assert (status.exit_code, [key["state"] for key in answer_of(status)["keys"]]) == (0, ["active"])
        assert not find_marks(exported.output + again.output + wrong.output + imported.output + status.output)


def test_a_passphrase_that_others_may_read_or_that_nobody_gives_is_refused(tmp_path: Path) -> None:
    file = str(tmp_path / "keys.json")
    is_open = operate(tmp_path, "key", "export", file, "--passphrase-file", str(passphrase_file(tmp_path, 0o644)))
    assert (is_open.exit_code, "chmod 600" in is_open.stderr) == (2, True)
    nobody = operate(tmp_path, "key", "export", file)
    assert (nobody.exit_code, "--passphrase-file" in nobody.stderr) == (2, True)
    missing = operate(tmp_path, "key", "export", file, "--passphrase-file", str(tmp_path / "none"))
    assert missing.exit_code == 2
    assert not Path(file).exists()


def test_the_key_is_changed_in_one_go_and_the_old_one_discarded(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.leave_unchecked("I4", "commands read the list too")
        site.host.stop()
        here = settings_as_variables(site)
        changed = operate(site.data_dir, "key", "rotate", "--json", variables=here)
        assert changed.exit_code == 0, changed.output
        keys = answer_of(operate(site.data_dir, "key", "status", "--json", variables=here))["keys"]
        assert [key["state"] for key in keys] == ["retired", "active"]
        assert keys[1]["key"] == answer_of(changed)["key"]
        assert keys[0]["sealed"] == 0
        in_use = operate(site.data_dir, "key", "discard", keys[1]["key"], "--yes", variables=here)
        assert in_use.exit_code != 0
        gone = operate(site.data_dir, "key", "discard", keys[0]["key"], "--yes", variables=here)
        assert gone.exit_code == 0, gone.output
        left = answer_of(operate(site.data_dir, "key", "status", "--json", variables=here))["keys"]
        assert [key["here"] for key in left] == [False, True]


def test_a_change_of_keys_in_steps_shows_what_is_next_and_can_be_withdrawn(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.leave_unchecked("I4", "commands read the list too")
        site.host.stop()
        here = settings_as_variables(site)
        begun = answer_of(operate(site.data_dir, "key", "rotate", "--begin", "--json", variables=here))["key"]
        keys = answer_of(operate(site.data_dir, "key", "status", "--json", variables=here))["keys"]
        assert [(key["key"], key["state"]) for key in keys[1:]] == [(begun, "pending")]
        withdrawn = operate(site.data_dir, "key", "rotate", "--withdraw", "--json", variables=here)
        assert answer_of(withdrawn)["key"] == begun
        anew = answer_of(operate(site.data_dir, "key", "rotate", "--begin", "--json", variables=here))["key"]
        assert anew != begun
        keys = answer_of(operate(site.data_dir, "key", "status", "--json", variables=here))["keys"]
        assert {key["key"]: key["state"] for key in keys[1:]} == {begun: "retired", anew: "pending"}
        operate(site.data_dir, "key", "rotate", "--withdraw", variables=here)
        nothing = operate(site.data_dir, "key", "rotate", "--switch", variables=here)
        assert nothing.exit_code != 0


def test_an_interrupted_change_of_keys_is_finished_by_the_same_command_which_says_so(tmp_path: Path) -> None:
    plugins = Plugins()
    with Site(tmp_path / "data", plugin=plugins) as site:
        site.leave_unchecked("I4", "commands read the list too")
        site.add(site.tab(), "Head office")
        plugins.keys.begin_rotation()
        new = plugins.keys.switch()
        site.host.stop()
        here = settings_as_variables(site)
        finished = operate(site.data_dir, "key", "rotate", variables=here)
        assert (finished.exit_code, f"The change to key {new}" in finished.output) == (0, True)
        keys = answer_of(operate(site.data_dir, "key", "status", "--json", variables=here))["keys"]
        assert [(key["state"], key["key"] == new) for key in keys] == [("retired", False), ("active", True)]


def test_a_list_is_made_checked_backed_up_and_restored_by_commands(tmp_path: Path) -> None:
    folder, backup = tmp_path / "data", str(tmp_path / "backup.sqlite3")
    assert operate(folder, "db", "backup", backup).exit_code == 8
    made = operate(folder, "db", "upgrade", "--json")
    assert answer_of(made)["before"] is None
    again = answer_of(operate(folder, "db", "upgrade", "--json"))
    assert again["before"] == again["after"]
    assert operate(folder, "db", "check").exit_code == 0
    assert answer_of(operate(folder, "db", "backup", backup, "--json"))["connections"] == 0
    assert operate(folder, "db", "backup", backup).exit_code == 2
    asked = operate(folder, "db", "restore", backup)
    assert (asked.exit_code, "--yes" in asked.stderr) == (2, True)
    store_of(folder).write_bytes(bytes(9000))
    assert operate(folder, "db", "check").exit_code == 8
    restored = answer_of(operate(folder, "db", "restore", backup, "--yes", "--json"))
    assert Path(restored["kept_as"]).read_bytes() == bytes(9000)
    assert operate(folder, "db", "check").exit_code == 0


@pytest.mark.postgresql
def test_a_shared_list_is_backed_up_by_its_own_tool(tmp_path: Path, postgresql_url: str) -> None:
    variables = {"XERO_CONNECTIONS_DATABASE_URL": postgresql_url}
    password = postgresql_url.split(":")[2].split("@")[0]
    for command, tool in (("backup", "pg_dump"), ("restore", "pg_restore")):
        done = operate(tmp_path, "db", command, str(tmp_path / "file"), variables=variables)
        assert (done.exit_code, f"Run: {tool} " in done.stderr, password in done.output) == (8, True, False)
    assert operate(tmp_path, "db", "upgrade", variables=variables).exit_code == 0
    assert operate(tmp_path, "db", "check", variables=variables).exit_code == 0
