"""Connections move from one installation to another in a file that holds no secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hostspec import PluginFailed, SignInNeeded
from hostspec.testing import ADMINISTRATOR, Disabled, TabDriver
from hostspec.ui import UserAct
from hostspec.value import ConnectionId
from sample_host.xero_simulator.addresses import SECOND_CLIENT_ID
from sample_host.xero_simulator.starting_world import fixed_id
from tests.stories.capture_site import Site
from tests.stories.deletion_acts import delete, take_back
from xero_connections_plugin.connections.carrying import Carrying

OTHER_WINDOW = ADMINISTRATOR.model_copy(update={"window_id": "window-2"})


def exported(tab: TabDriver, only: str = "") -> dict[str, Any]:
    if only:
        tab.row(only)
    tab.press("Export")
    if tab.selected is not None and not only:
        tab.choose("Which connections", next(label for label in tab.options("Which connections") if "All" in label))
    download(tab)
    tab.press("Close")
    found: dict[str, Any] = json.loads(tab.downloads[-1].text)
    return found


def download(tab: TabDriver) -> None:
    press_through(tab, "Download", "Exporting connections")


def press_through(tab: TabDriver, label: str, waiting: str) -> None:
    """Press a button, and wait until what it begins is over."""
    tab.press(label)
    if tab.titles[-1:] == [waiting]:
        tab.continue_until(lambda: tab.titles[-1:] != [waiting])


def looked_at(tab: TabDriver, file: object) -> dict[str, str]:
    """Choose a file; answers what is said of each of its entries."""
    tab.press("Import")
    tab.choose_file("File", file if isinstance(file, str) else json.dumps(file))
    press_through(tab, "Continue", "Reading the file")
    assert tab.titles == ["What the file would change"], tab.titles
    return {label: tab.table_row(label)["In the file and here"] for label in tab.table_rows()}


def imported(tab: TabDriver) -> dict[str, str]:
    press_through(tab, "Import", "Importing connections")
    found = {label: tab.table_row(label)["Result"] for label in tab.table_rows()}
    tab.press("OK")
    return found


def refused(tab: TabDriver, text: str) -> str:
    tab.press("Import")
    tab.choose_file("File", text)
    press_through(tab, "Continue", "Reading the file")
    assert tab.titles == ["Import connections"]
    said = tab.error_at("File")
    tab.press("Cancel")
    return said


def test_an_export_holds_definitions_and_companies_and_nothing_secret(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        tab.press("Export")
        download(tab)
        file = tab.downloads[-1]
        assert file.file_name == f"connections-{site.host.clock.now():%Y-%m-%d}.json"
        for user in ("ada", "Ada", "Keeper"):
            assert user not in file.text
        found = json.loads(file.text)
        assert (found["format"], found["version"]) == ("xero-connections", 1)
        assert found["connections"][0]["id"] == connection_id
        settings = found["connections"][0]["settings"]
        assert settings["tenant_name"] == "Bakehouse Ltd"
        assert not {"grant_id", "imported_at"} & set(settings)


def test_one_or_all_may_be_exported(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Branch")
        site.add(tab, "Head office")
        assert [one["name"] for one in exported(tab, only="Branch")["connections"]] == ["Branch"]
        assert [one["name"] for one in exported(tab)["connections"]] == ["Branch", "Head office"]


def test_a_fault_while_a_file_is_written_is_told_as_that_of_an_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_carrying: Carrying, _some: object) -> object:
        raise ZeroDivisionError("nobody foresaw this")

    with Site(tmp_path) as site:
        site.add(tab := site.tab(), "Head office")
        with monkeypatch.context() as broken:
            broken.setattr(Carrying, "write", breaks)
            tab.press("Export")
            download(tab)
        assert isinstance(tab.error, PluginFailed)
        assert "The file could not be written because of a fault" in tab.message.text
        assert "import" not in tab.message.text
        tab.press("OK")
        (failure,) = site.host.tasks.failures
        assert isinstance(failure[1], ZeroDivisionError)
        site.host.tasks.failures.clear()
        download(tab)
        assert len(tab.downloads) == 1


def moved_out(folder: Path) -> dict[str, Any]:
    """What one installation exported; another has a folder beside it."""
    for name in ("here", "there"):
        (folder / name).mkdir(mode=0o700)
    with Site(folder / "here") as site:
        site.add(site.tab(), "Head office")
        return exported(site.tab())


def test_at_another_installation_entries_keep_their_ids_and_need_a_sign_in(tmp_path: Path) -> None:
    file = moved_out(tmp_path)
    connection_id = ConnectionId(file["connections"][0]["id"])
    with Site(tmp_path / "there") as other:
        file["connections"][0]["settings"]["port"] = other.callback_port
        tab = other.tab()
        assert looked_at(tab, file) == {"Head office": "New"}
        assert other.tab(OTHER_WINDOW).rows == []
        assert imported(tab) == {"Head office": "Added"}
        assert tab.cell("Head office", "Status") == "Needs sign-in"
        assert tab.cell("Head office", "Tenant") == "Bakehouse Ltd"
        row = tab.row("Head office")
        assert "was imported on 5 Jan 2026; nobody has signed in" in row.problem
        with pytest.raises(SignInNeeded, match="imported"):
            other.session(connection_id)
        assert row.repair is not None
        tab.press("Authorize")
        assert tab.focused == "Authorize"
        assert tab.value("Tenant") != ""
        assert "Press Authorize" in tab.why_disabled("Save")
        other.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        assert tab.titles == []
        with other.session(connection_id) as session:
            assert session.tenant_name == "Bakehouse Ltd"


def test_the_sign_in_of_an_imported_entry_is_for_the_company_in_the_file(tmp_path: Path) -> None:
    file = moved_out(tmp_path)
    with Site(tmp_path / "there") as other:
        file["connections"][0]["settings"]["port"] = other.callback_port
        tab = other.tab()
        looked_at(tab, file)
        imported(tab)
        other.organisation = "harbour"
        tab.row("Head office")
        tab.press("Edit")
        other.authorize(tab)
        tab.press("OK")
        assert tab.why_disabled("Save") != ""
        tab.choose("Tenant", "Harbour Coffee")
        tab.press("Save")
        assert tab.titles[-1] == "Save these changes?"
        assert "Bakehouse Ltd" in tab.message.text
        assert "Harbour Coffee" in tab.message.text
        tab.press("Cancel")
        tab.press("Cancel")
        tab.press("Discard")


def test_the_same_file_a_second_time_changes_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        changes = len(site.host.connection_changes)
        file = exported(tab)
        assert looked_at(tab, file) == {"Head office": "The same here"}
        assert "here already" in tab.why_disabled("Import")
        tab.press("Cancel")
        assert len(site.host.connection_changes) == changes
        file["connections"][0] |= {"id": "another", "name": "Another"}
        looked_at(tab, file)
        assert imported(tab) == {"Another": "Added"}
        assert looked_at(tab, file) == {"Another": "The same here"}
        tab.press("Cancel")
        site.session(connection_id).close()


def conflicting(file: dict[str, Any], **changes: object) -> dict[str, Any]:
    entry = json.loads(json.dumps(file["connections"][0]))
    entry["settings"] |= changes.pop("settings", {})
    return {**file, "connections": [{**entry, **changes}]}


def test_an_entry_that_differs_here_is_kept_unless_somebody_chooses_otherwise(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        file = conflicting(exported(tab), name="Main office", settings={"extra_scopes": ["files.read"]})
        said = looked_at(tab, file)
        assert (
            said["Main office"] == "Here, and different. Here it is named Head office. Set differently: extra_scopes."
        )
        assert imported(tab) == {"Head office": "Unchanged"}
        looked_at(tab, file)
        tab.choose("Main office: Here, and different", "Take the settings from the file")
        assert imported(tab) == {"Main office": "Changed"}
        assert tab.rows == ["Main office"]
        # The app and the company are the same: the sign-in stays.
        site.session(connection_id).close()
        looked_at(tab, conflicting(file, name="Third name"))
        tab.choose("Third name: Here, and different", "Add it beside, under another name")
        assert imported(tab) == {"Third name (imported)": "Added"}
        assert tab.rows == ["Main office", "Third name (imported)"]


def test_settings_for_another_company_need_a_sign_in_before_anything_is_sent_there(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        other = {"tenant_id": "01234567-89ab-cdef-0123-456789abcdef", "tenant_name": "Somebody else"}
        said = looked_at(tab, conflicting(exported(tab), settings=other))
        assert "Here it reaches Bakehouse Ltd, in the file Somebody else." in said["Head office"]
        tab.choose("Head office: Here, and different", "Take the settings from the file")
        assert imported(tab) == {"Head office": "Changed"}
        assert tab.cell("Head office", "Status") == "Needs sign-in"
        with pytest.raises(SignInNeeded):
            site.session(connection_id)


def test_a_name_that_another_entry_has_is_asked_about(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        file = conflicting(exported(tab), id="moved-entry", name="HEAD OFFICE")
        assert looked_at(tab, file) == {"HEAD OFFICE": "Another connection has this name"}
        tab.choose("HEAD OFFICE: Another connection has this name", "Add it beside, under another name")
        assert imported(tab) == {"HEAD OFFICE (imported)": "Added"}
        tab.row("HEAD OFFICE (imported)")
        assert tab.selected == "moved-entry"


def test_what_cannot_be_used_is_named_and_costs_nothing_else(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        good = exported(tab)["connections"][0]
        entries = [
            {**good, "id": "a", "name": "Good"},
            {**good, "id": "b", "name": "Other type", "type": "mailbox"},
            {**good, "id": "c", "name": "No port", "settings": {**good["settings"], "port": 0}},
            {**good, "id": "d", "name": "With a token", "settings": {**good["settings"], "refresh_token": "x"}},
            {**good, "id": "a", "name": "Twice"},
            {**good, "id": "f", "name": "good"},
            {**good, "id": "../g", "name": "Bad id"},
            {**good, "id": "h", "name": "Left\u202eright"},
        ]
        said = looked_at(tab, {"format": "xero-connections", "version": 1, "connections": entries})
        assert said["Good"] == "New"
        assert "“mailbox” is not loaded" in said["Other type"]
        assert "“port” cannot be used" in said["No port"]
        assert "“refresh_token” is not known" in said["With a token"]
        assert "id of connection number 1" in said["Twice"]
        assert "name of connection number 1" in said["good"]
        assert "Its id is none" in said["Bad id"]
        assert "invisible characters" in said["Leftright"]
        results = imported(tab)
        assert results.pop("Good") == "Added"
        assert all(said.startswith("Not imported") for said in results.values())
        assert tab.rows == ["Good", "Head office"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Choose a file first"),
        ("{", "line 1, column 2"),
        ("[]", "no file of connections"),
        ('{"format": "xero-connections", "version": 7, "connections": []}', "version 7; this program reads version 1"),
        ('{"format": "xero-connections", "version": 1, "connections": [], "grants": []}', "“grants” in the file"),
        ('{"format": "xero-connections", "version": 1, "version": 1}', "says “version” twice"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_none_is_told_in_place(tmp_path: Path, text: str, said: str) -> None:
    with Site(tmp_path) as site:
        assert said in refused(site.tab(), text)


def test_an_import_belongs_to_the_window_that_began_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        looked_at(tab, conflicting(exported(tab), id="x", name="New one"))
        thief = site.tab(OTHER_WINDOW)
        act = {"action_id": "import_confirmed", "dialog_id": tab.dialog.dialog_id}
        thief.send(UserAct.model_validate(act))
        assert "closed meanwhile" in thief.message.text
        assert imported(tab) == {"New one": "Added"}


def test_an_import_during_which_an_entry_was_changed_leaves_that_alone(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        looked_at(tab, conflicting(exported(tab), settings={"port": 9999}))
        tab.choose("Head office: Here, and different", "Take the settings from the file")
        there = site.tab(OTHER_WINDOW)
        there.row("Head office")
        there.press("Rename")
        there.fill("Display name", "Renamed meanwhile")
        there.press("Rename")
        said = imported(tab)
        assert "Somebody changed the connection" in said["Head office"]
        assert tab.rows == ["Renamed meanwhile"]


def test_an_empty_list_has_nothing_to_export(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Export")
        with pytest.raises(Disabled, match="no connection"):
            tab.press("Download")
        tab.press("Close")


def test_the_history_says_who_exported_and_who_imported(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        looked_at(tab, conflicting(exported(tab), id="x", name="New one"))
        imported(tab)
        site.host.tasks.join()
        tab.press("History")
        told = "\n".join(tab.transcript)
        assert "1 connection was written into a file." in told
        assert "From an imported file." in told


def test_ten_thousand_entries_are_taken_over_beside_the_window_and_stopping_keeps_what_is_done(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        good = exported(tab)["connections"][0]
        entries = [{**good, "id": f"entry-{number}", "name": f"Company {number}"} for number in range(10_000)]
        file = {"format": "xero-connections", "version": 1, "connections": entries}
        tab.press("Import")
        tab.choose_file("File", json.dumps(file))
        press_through(tab, "Continue", "Reading the file")
        assert "10000 new." in tab.notes
        assert len(tab.table_rows()) == 200
        tab.press("Import")
        assert tab.titles[-1] == "Importing connections"
        tab.press("Stop")
        if tab.titles[-1] == "Importing connections":
            tab.continue_until("Imported connections", patience=120)
        assert "Import the same file again" in tab.dialog.problem
        tab.press("OK")
        done = tab.view.table.total - 1 if tab.view.table is not None else 0
        assert 0 < done < 10_000
        tab.press("Import")
        tab.choose_file("File", json.dumps({**file, "connections": entries[: done + 50]}))
        tab.press("Continue")
        if tab.titles[-1] == "Reading the file":
            tab.continue_until("What the file would change", patience=60)
        assert f"50 new, {done} the same here." in tab.notes
        assert imported(tab)["Company 0"] == "Unchanged"


def test_one_sign_in_serves_every_imported_connection_whose_company_it_reaches(tmp_path: Path) -> None:
    file = moved_out(tmp_path)
    first = file["connections"][0]
    with Site(tmp_path / "there") as other:
        first["settings"]["port"] = other.callback_port
        far = {**first["settings"], "tenant_id": fixed_id("demo"), "tenant_name": "Demo Company (NZ)"}
        app = {**first["settings"], "client_id": SECOND_CLIENT_ID}
        file["connections"] += [
            {**first, "id": "second", "name": "Second till"},
            {**first, "id": "far", "name": "Out of reach", "settings": far},
            {**first, "id": "app", "name": "Another app", "settings": app},
        ]
        tab = other.tab()
        looked_at(tab, file)
        imported(tab)
        tab.row("Head office")
        tab.press("Edit")
        other.authorize(tab)
        assert "This also repairs: Second till." in tab.message.text
        tab.press("OK")
        tab.press("Save")
        with other.session(ConnectionId("second")) as session:
            assert session.tenant_name == "Bakehouse Ltd"
        for name in ("Out of reach", "Another app"):
            assert tab.cell(name, "Status") == "Needs sign-in"
        assert len(other.xero.control.state().grants) == 1


def test_an_imported_connection_can_be_deleted_and_taken_back_before_its_first_sign_in(tmp_path: Path) -> None:
    file = moved_out(tmp_path)
    with Site(tmp_path / "there") as other:
        tab = other.tab()
        looked_at(tab, file)
        imported(tab)
        delete(tab, "Head office")
        assert tab.rows == []
        said = looked_at(tab, file)
        assert said == {"Head office": "New"}
        assert "perhaps deleted and not wiped yet" in imported(tab)["Head office"]
        take_back(tab, "Head office")
        assert tab.cell("Head office", "Status") == "Needs sign-in"
