"""A deleted connection is listed and taken back at the command line, under its old id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_command_reference import documented_keys, keys_of
from tests.cli.test_commands_on_the_list import carried
from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from tests.cli.console_site import ConsoleSite

DELETED = f"{1:032x}"


@pytest.fixture
def emptied(site: ConsoleSite) -> ConsoleSite:
    """Head office was deleted; Branch is there."""
    assert site.run("import", "-", "--apply", text=carried("Head office", "Branch")).exit_code == ExitCode.FINE
    deleted = site.run("delete", "Head office", "--confirm-unused", "--yes")
    assert deleted.exit_code == ExitCode.FINE
    assert "xero-connections recover 'Head office'" in deleted.stderr
    return site


def test_what_was_deleted_is_listed_with_when_it_is_wiped(emptied: ConsoleSite) -> None:
    assert "Head office" in emptied.run("recover").stdout
    (told,) = emptied.told("recover")
    assert keys_of(told) == documented_keys("a deleted connection")
    assert (told["id"], told["name"], told["company"]) == (DELETED, "Head office", "Head office Ltd")
    assert told["deleted_at"] < told["wiped_at"]


def test_it_comes_back_under_its_old_id(emptied: ConsoleSite) -> None:
    back = emptied.told("recover", "head OFFICE")
    assert (back["id"], back["name"]) == (DELETED, "Head office")
    assert {one["name"] for one in emptied.told("list")} == {"Head office", "Branch"}
    assert emptied.told("recover") == []


def test_where_its_name_is_taken_by_now_it_is_given_another(emptied: ConsoleSite) -> None:
    assert emptied.run("rename", "Branch", "Head office").exit_code == ExitCode.FINE
    refused = emptied.run("recover", "Head office")
    assert refused.exit_code == ExitCode.NOT_DONE
    assert "--as" in refused.stderr
    assert "Head office" in refused.stderr
    again = emptied.run("recover", "Head office", "--as", "Head office")
    assert again.exit_code == ExitCode.NOT_DONE
    assert emptied.told("recover", "Head office", "--as", "Old head office")["id"] == DELETED


def test_what_was_not_deleted_is_not_taken_back(emptied: ConsoleSite) -> None:
    unknown = emptied.run("recover", "Branch", "--json")
    assert unknown.exit_code == ExitCode.NOT_FOUND
    assert "There are: Head office." in unknown.stderr
    assert json.loads(unknown.stdout)["error"]["exit_code"] == ExitCode.NOT_FOUND
    assert emptied.run("recover", "--id", "Head office").exit_code == ExitCode.NOT_FOUND


def test_of_two_with_one_name_the_id_says_which(emptied: ConsoleSite) -> None:
    emptied.run("rename", "Branch", "Head office")
    emptied.run("delete", "Head office", "--confirm-unused", "--yes")
    both = emptied.run("recover", "Head office")
    assert both.exit_code == ExitCode.NOT_FOUND
    assert DELETED in both.stderr
    assert emptied.told("recover", "--id", DELETED)["id"] == DELETED
