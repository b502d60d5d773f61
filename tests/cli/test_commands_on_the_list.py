"""What each command does and how it ends, without a terminal and without a host."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.console_site import ConsoleSite


def carried(*names: str) -> str:
    """A file of connections that were never signed in to here."""
    return json.dumps(
        {
            "format": "xero-connections",
            "version": 1,
            "exported_at": "2026-11-21T12:00:00Z",
            "connections": [
                {
                    "id": f"{number:032x}",
                    "type": "xero",
                    "name": name,
                    "settings": {
                        "client_id": "DE30C0FFEE0123456789ABCDEF012345",
                        "application_url": "http://localhost",
                        "port": 18888,
                        "further_ports": [],
                        "scope_preset": "granular",
                        "extra_scopes": [],
                        "tenant_id": "1b553acb-956e-50eb-bf17-e02bc7d9c0c0",
                        "tenant_name": f"{name} Ltd",
                        "tenant_type": "ORGANISATION",
                    },
                }
                for number, name in enumerate(names, start=1)
            ],
        }
    )


@pytest.fixture
def stocked(site: ConsoleSite) -> ConsoleSite:
    """Three connections that need a sign-in."""
    result = site.run("import", "-", "--apply", text=carried("Head office", "Branch north", "Branch south"))
    assert result.exit_code == ExitCode.FINE, result.stderr
    return site


def test_an_import_shows_what_it_would_do_and_changes_nothing_until_applied(site: ConsoleSite) -> None:
    looked = site.run("import", "-", text=carried("Head office"))
    assert looked.exit_code == ExitCode.FINE
    assert "Head office" in looked.stdout
    assert "--apply" in looked.stderr
    assert site.told("list") == []
    assert site.run("import", "-", "--apply", text=carried("Head office")).exit_code == ExitCode.FINE
    assert [one["name"] for one in site.told("list")] == ["Head office"]


def test_conflicts_of_an_import_are_kept_unless_an_option_says_otherwise(stocked: ConsoleSite) -> None:
    changed = carried("Head office").replace("18888", "19999")
    assert stocked.run("import", "-", "--apply", text=changed).exit_code == ExitCode.FINE
    assert "18888" in stocked.run("show", "Head office").stdout
    unknown = stocked.run("import", "-", "--conflict", "Nobody=take", "--apply", text=changed)
    assert (unknown.exit_code, "Nobody" in unknown.stderr) == (ExitCode.NOT_DONE, True)
    assert stocked.run("import", "-", "--conflict", "Head office=take", "--apply", text=changed).exit_code == 0
    assert "19999" in stocked.run("show", "Head office").stdout
    assert stocked.run("import", "-", "--conflicts", "take", "--apply", text=carried("Head office")).exit_code == 0
    assert "18888" in stocked.run("show", "Head office").stdout


def test_a_file_that_is_none_of_connections_is_refused_with_the_tabs_own_words(site: ConsoleSite) -> None:
    result = site.run("import", "-", "--apply", text="{}")
    assert result.exit_code == ExitCode.NOT_DONE
    assert "This is no file of connections" in result.stderr


def test_a_file_of_which_nothing_can_be_used_does_not_end_well(stocked: ConsoleSite) -> None:
    same = carried("Head office", "Branch north", "Branch south")
    assert stocked.run("import", "-", "--apply", text=same).exit_code == ExitCode.FINE
    unusable = carried("Depot").replace("18888", "0").replace(f"{1:032x}", f"{9:032x}")
    result = stocked.run("import", "-", "--apply", "--json", text=unusable)
    assert result.exit_code == ExitCode.NOT_DONE
    assert json.loads(result.stdout)["applied"] is False
    assert len(stocked.told("list")) == 3


def test_an_export_is_written_once_and_again_only_when_agreed(stocked: ConsoleSite) -> None:
    file = stocked.folder / "out.json"
    assert stocked.run("export", "--output", str(file)).exit_code == ExitCode.FINE
    first = file.read_text("utf-8")
    assert len(json.loads(first)["connections"]) == 3
    again = stocked.run("export", "Head office", "--output", str(file))
    assert again.exit_code == ExitCode.WRONG_USAGE
    assert "--yes" in again.stderr
    assert file.read_text("utf-8") == first
    assert stocked.run("export", "Head office", "--yes", "--output", str(file)).exit_code == ExitCode.FINE
    assert [one["name"] for one in json.loads(file.read_text("utf-8"))["connections"]] == ["Head office"]
    assert json.loads(stocked.run("export").stdout)["format"] == "xero-connections"


def test_the_list_is_searched_sorted_and_filtered(stocked: ConsoleSite) -> None:
    assert [one["name"] for one in stocked.told("list", "--search", "branch")] == ["Branch north", "Branch south"]
    descending = stocked.told("list", "--sort", "name", "--descending")
    assert [one["name"] for one in descending] == ["Head office", "Branch south", "Branch north"]
    assert stocked.told("list", "--filter", "ready") == []
    unknown = stocked.run("list", "--filter", "broken")
    assert unknown.exit_code == ExitCode.WRONG_USAGE
    assert "attention" in unknown.stderr


def test_the_list_is_plain_where_no_terminal_is(stocked: ConsoleSite) -> None:
    lines = stocked.run("list").stdout.splitlines()
    assert lines[0].split() == ["Name", "Reaches", "Status", "Account", "Last", "sign-in", "Ends"]
    assert lines[1].startswith("Branch north  Branch north Ltd  Needs sign-in")
    assert "\x1b" not in "".join(lines)


def test_attention_suits_monitoring(site: ConsoleSite) -> None:
    assert site.run("list", "--attention").exit_code == ExitCode.FINE
    site.run("import", "-", "--apply", text=carried("Head office"))
    result = site.run("list", "--attention")
    assert result.exit_code == ExitCode.SIGN_IN_NEEDED
    assert "Head office" in result.stdout


def test_a_connection_is_named_by_name_by_case_or_by_id(stocked: ConsoleSite) -> None:
    assert stocked.told("show", "head OFFICE")["name"] == "Head office"
    assert stocked.told("show", "--id", f"{2:032x}")["name"] == "Branch north"
    assert stocked.told("show", f"{2:032x}")["name"] == "Branch north"


def test_a_name_that_nobody_has_names_those_like_it(stocked: ConsoleSite) -> None:
    result = stocked.run("show", "branch")
    assert result.exit_code == ExitCode.NOT_FOUND
    assert "Branch north, Branch south" in result.stderr
    assert "Head office" in stocked.run("show", "Hed ofice").stderr


def test_an_empty_list_says_how_a_connection_is_added_and_an_empty_part_does_not(site: ConsoleSite) -> None:
    assert "xero-connections add NAME" in site.run("list").stderr
    for part in (("--search", "north"), ("--attention",)):
        assert site.run("list", *part).stderr == "There are no such connections.\n"
    assert site.told("list") == []


def test_what_is_missing_is_named_by_its_own_option(site: ConsoleSite) -> None:
    lacking = site.run("add", "Head office", "--type", "xero")
    assert (lacking.exit_code, "--client-id." in lacking.stderr) == (ExitCode.WRONG_USAGE, True)


def test_an_empty_list_names_its_folder_because_it_may_be_the_wrong_one(site: ConsoleSite) -> None:
    result = site.run("show", "Head office")
    assert result.exit_code == ExitCode.NOT_FOUND
    assert str(site.data) in result.stderr
    assert "--data-dir" in result.stderr


def test_what_may_be_typed_for_a_choice_is_named_as_it_is_typed(stocked: ConsoleSite) -> None:
    result = stocked.run("edit", "Head office", "--scopes", "everything")
    assert result.exit_code == ExitCode.NOT_DONE
    assert "There are: granular, granular_files, legacy." in result.stderr


def test_a_rename_is_checked_as_on_the_tab(stocked: ConsoleSite) -> None:
    taken = stocked.run("rename", "Head office", "branch NORTH")
    assert taken.exit_code == ExitCode.NOT_DONE
    assert "branch NORTH" in taken.stderr
    assert stocked.told("rename", "Head office", "HQ")["name"] == "HQ"


def test_an_edit_changes_what_is_named_and_says_what_is_wrong(stocked: ConsoleSite) -> None:
    wrong = stocked.run("edit", "Head office", "--port", "77777", "--no-authorize")
    assert wrong.exit_code == ExitCode.NOT_DONE
    assert "Port:" in wrong.stderr
    unknown = stocked.run("edit", "Head office", "--set", "colour=red", "--no-authorize")
    assert unknown.exit_code == ExitCode.NOT_DONE
    assert "client_id" in unknown.stderr
    assert stocked.run("edit", "Head office", "--set", "nothing").exit_code == ExitCode.WRONG_USAGE


def test_a_connection_that_needs_a_sign_in_fails_its_test_with_the_code_for_that(stocked: ConsoleSite) -> None:
    one = stocked.run("test", "Head office", "--json")
    assert one.exit_code == ExitCode.SIGN_IN_NEEDED
    assert "xero-connections authorize 'Head office'" in one.stderr
    assert json.loads(one.stdout)["passed"] is False
    every = stocked.run("test", "--all", "--json")
    assert every.exit_code == ExitCode.SIGN_IN_NEEDED
    assert {told["status"] for told in json.loads(every.stdout)} == {"needs_sign_in"}
    assert stocked.run("test").exit_code == ExitCode.WRONG_USAGE
    assert stocked.run("test", "Head office", "--all").exit_code == ExitCode.WRONG_USAGE


def test_without_a_host_a_deletion_wants_to_know_that_nobody_uses_it(stocked: ConsoleSite) -> None:
    asked = stocked.run("delete", "Head office", "--yes")
    assert asked.exit_code == ExitCode.WRONG_USAGE
    assert "--confirm-unused" in asked.stderr
    assert len(stocked.told("list")) == 3
    unsure = stocked.run("delete", "Head office", "--confirm-unused")
    assert (unsure.exit_code, "--yes" in unsure.stderr) == (ExitCode.WRONG_USAGE, True)
    odd = stocked.run("delete", "Head office", "--confirm-unused", "--yes", "--at-xero", "everything")
    assert odd.exit_code == ExitCode.NOT_DONE
    gone = stocked.told("delete", "Head office", "--confirm-unused", "--yes")
    assert gone["deleted"] is True
    assert len(stocked.told("list")) == 2


def test_without_a_host_usages_are_not_known(stocked: ConsoleSite) -> None:
    for arguments in (("usage", "Head office"), ("switch", "Head office", "Branch north")):
        result = stocked.run(*arguments)
        assert result.exit_code == ExitCode.WRONG_USAGE
        assert "--host" in result.stderr


def test_the_history_is_filtered_and_handed_out_as_csv(stocked: ConsoleSite) -> None:
    stocked.run("rename", "Head office", "HQ")
    everything = stocked.told("history")
    assert {one["what"] for one in everything} >= {"Imported", "Renamed"}
    assert len(stocked.told("history", "--limit", "2")) == 2
    (renamed,) = [one for one in stocked.told("history", "HQ", "--kind", "changes") if one["what"] == "Renamed"]
    assert renamed["connection_id"] == f"{1:032x}"
    assert renamed["user_id"].startswith("os:")
    csv = stocked.run("history", "--csv", "--days", "7").stdout
    assert csv.lstrip("\ufeff").startswith("Time (UTC),")
    assert "Renamed" in csv
    nobody = stocked.run("history", "--who", "Nobody")
    assert nobody.exit_code == ExitCode.NOT_DONE


def test_control_characters_in_names_never_reach_a_terminal(site: ConsoleSite) -> None:
    odd = json.loads(carried("Head office"))
    odd["connections"][0]["settings"]["tenant_name"] = "Evil\u001b]0;renamed\u0007 Ltd"
    site.run("import", "-", "--apply", text=json.dumps(odd))
    for result in (site.run("list"), site.run("show", f"{1:032x}"), site.run("list", "--json")):
        assert not {"\x1b", "\x07"} & set(result.stdout + result.stderr)


def test_what_is_mistyped_names_what_is_there(site: ConsoleSite) -> None:
    result = site.run("lst")
    assert result.exit_code == ExitCode.WRONG_USAGE
    assert "list" in result.stderr


def test_a_setting_that_cannot_be_used_ends_with_the_code_for_settings(site: ConsoleSite) -> None:
    wrong = site.run("list", environment={"XERO_CONNECTIONS_SIGN_IN_TIMEOUT": "soon"})
    assert wrong.exit_code == ExitCode.FIX_SETTINGS
    assert "sign_in_timeout" in wrong.stderr


def test_a_person_who_may_not_is_told_so_by_the_hosts_own_rule(stocked: ConsoleSite, tmp_path: Path) -> None:
    del tmp_path
    result = stocked.run("rename", "Head office", "HQ", host="tests.cli.strict_host:make_host")
    assert result.exit_code == ExitCode.NOT_ALLOWED
    assert "may look at connections but not change them" in result.stderr
    assert stocked.run("list", host="tests.cli.strict_host:make_host").exit_code == ExitCode.FINE
    no_switches = stocked.run("switch", "Head office", "Branch north", host="tests.cli.strict_host:make_host")
    assert (no_switches.exit_code, "Usage dialog" in no_switches.stderr) == (ExitCode.NOT_DONE, True)


def test_a_host_that_cannot_be_had_is_told_apart(site: ConsoleSite) -> None:
    unknown = site.run("list", host="no-such-host")
    assert unknown.exit_code == ExitCode.NOT_DONE
    assert "sample-host" in unknown.stderr
    absent = site.run("list", host="tests.cli.strict_host:nothing")
    assert (absent.exit_code, "AttributeError" in absent.stderr) == (ExitCode.NOT_DONE, True)
    lacking = site.run("list", host="no_such_package.host:make")
    assert (lacking.exit_code, "ModuleNotFoundError: no_such_package" in lacking.stderr) == (ExitCode.NOT_DONE, True)
    broken = site.run("list", host="tests.cli.strict_host:make_broken_host")
    assert (broken.exit_code, "RuntimeError" in broken.stderr) == (ExitCode.NOT_DONE, True)
    tabless = site.run("list", host="tests.cli.strict_host:make_tabless_host")
    assert (tabless.exit_code, "no connections" in tabless.stderr) == (ExitCode.NOT_DONE, True)


def test_without_a_folder_the_setting_that_names_one_is_told(site: ConsoleSite) -> None:
    from click.testing import CliRunner

    from xero_connections_plugin.cli.program import program

    result = CliRunner().invoke(program, ["list"], env={**site.environment, "XERO_CONNECTIONS_DATA_DIR": None})
    assert result.exit_code == ExitCode.FIX_SETTINGS
    assert "XERO_CONNECTIONS_DATA_DIR" in result.stderr
