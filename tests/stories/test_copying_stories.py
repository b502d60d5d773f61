"""An entry becomes two, and gets another name, without consequences for anything that points to it."""

from __future__ import annotations

import re
from pathlib import Path

from hostspec.permissions import Permission
from hostspec.testing import ADMINISTRATOR
from hostspec.usages import Subject
from hostspec.value import UserId
from tests.stories.capture_site import Site

OTHER_WINDOW = ADMINISTRATOR.model_copy(update={"window_id": "window-2"})
OPERATOR = ADMINISTRATOR.model_copy(
    update={"user_id": UserId("operator"), "user_name": "Otto Operator", "window_id": "window-3"}
)


def test_a_duplicate_begins_with_the_settings_and_needs_a_sign_in_of_its_own(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        first = site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Duplicate")
        assert tab.titles == ["Connection Definition"]
        assert tab.value("Display name") == "Head office (copy)"
        assert tab.value("Port") == site.callback_port
        assert "Authorize" in tab.why_disabled("Save")
        assert tab.options("Tenant") == []
        site.authorize(tab)
        tab.press("OK")
        tab.choose("Tenant", "Bakehouse Ltd")
        tab.press("Save")
        assert tab.rows == ["Head office", "Head office (copy)"]
        assert tab.results[-1].subject_id != first
        tab.row("Head office")
        tab.press("Duplicate")
        assert tab.value("Display name") == "Head office (copy 2)"
        tab.press("Cancel")
        tab.press("Discard")


def test_the_history_says_what_a_duplicate_was_made_from_and_how_an_entry_was_named(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Duplicate")
        site.authorize(tab)
        tab.press("OK")
        tab.choose("Tenant", "Bakehouse Ltd")
        tab.press("Save")
        rename(site, "Head office", "Main office")
        site.host.tasks.join()
        tab = site.tab()
        tab.press("History")
        told = "\n".join(tab.transcript)
        assert "Started as a copy of Head office." in told
        assert "Was named “Head office” before." in told


def rename(site: Site, old: str, new: str) -> None:
    tab = site.tab()
    tab.row(old)
    tab.press("Rename")
    assert tab.value("Display name") == old
    tab.fill("Display name", new)
    tab.press("Rename")
    assert tab.titles == []


def test_a_rename_leaves_profiles_sessions_and_the_sign_in_alone(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.use(connection_id, profile="Invoices")
        site.session(connection_id).close()
        before = site.xero.control.state()
        rename(site, "Head office", "Main office")
        tab = site.tab()
        assert tab.rows == ["Main office"]
        with site.session(connection_id) as session:
            assert session.connection.display_name == "Main office"
            assert session.tenant_name == "Bakehouse Ltd"
        usages = site.host.hooks.usages(Subject(kind="connection", subject_id=connection_id))
        assert [usage.profile for usage in usages] == ["Invoices"]
        assert site.xero.control.state().grants == before.grants


def test_a_name_that_is_taken_or_cannot_be_seen_is_told_in_place(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.add(tab, "Branch")
        tab.row("Branch")
        tab.press("Rename")
        tab.fill("Display name", "HEAD office")
        tab.press("Rename")
        assert "already a connection named" in tab.error_at("Display name")
        tab.fill("Display name", "Br\u202eanch")
        tab.press("Rename")
        assert "invisible characters" in tab.error_at("Display name")
        tab.press("Cancel")
        assert tab.rows == ["Branch", "Head office"]


def test_of_two_windows_that_rename_at_once_the_second_is_told_and_may_insist(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        here = site.tab()
        site.add(here, "Head office")
        there = site.tab(OTHER_WINDOW)
        for one, name in ((here, "From here"), (there, "From there")):
            one.row("Head office")
            one.press("Rename")
            one.fill("Display name", name)
        here.press("Rename")
        there.press("Rename")
        assert "renamed this connection to “From here”" in there.dialog.problem
        assert site.tab().rows == ["From here"]
        there.press("Rename")
        assert site.tab().rows == ["From there"]


def test_an_edit_that_began_before_a_rename_keeps_the_new_name(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        editing = site.tab()
        site.add(editing, "Head office")
        editing.row("Head office")
        editing.press("Edit")
        editing.fill("Additional scopes", "files.read")
        there = site.tab(OTHER_WINDOW)
        there.row("Head office")
        there.press("Rename")
        there.fill("Display name", "Main office")
        there.press("Rename")
        editing.press("Save")
        assert editing.titles == []
        assert editing.rows == ["Main office"]


def test_those_who_may_only_look_are_told_so(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.host.permissions.allow(OPERATOR.user_id, Permission.VIEW)
        tab = site.tab(OPERATOR)
        tab.row("Head office")
        for label in ("Duplicate", "Rename", "Import"):
            assert re.search("not change", tab.why_disabled(label))
        assert tab.why_disabled("Export") == ""
