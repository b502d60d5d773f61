"""An installation that is configured by a file or its environment: read-only here, never deleted, never fought over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hostspec.testing import FakeHost, TabDriver
from hostspec.ui import UserAct
from hostspec.value import ConnectionId
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID, SECOND_CLIENT_ID
from sample_host.xero_simulator.starting_world import fixed_id
from tests.stories.capture_site import Site
from tests.stories.test_transfer_stories import download, press_through
from xero_connections_plugin.settings import SettingsRejected, read_settings

HEAD = ConnectionId("head")
BAKEHOUSE = {"tenant_id": fixed_id("bakehouse"), "tenant_name": "Bakehouse Ltd"}


def entry(entry_id: str, name: str, port: int, **settings: object) -> dict[str, object]:
    return {
        "id": entry_id,
        "type": "xero",
        "name": name,
        "settings": {"client_id": DEMO_CLIENT_ID, "port": port, **settings},
    }


def text_of(*entries: dict[str, object]) -> str:
    return json.dumps({"format": "xero-connections", "version": 1, "connections": entries})


class Deployment:
    """A file that is put down before the program starts, and changed while it runs."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "connections.json"
        self.folder = folder / "data"
        self.folder.mkdir(mode=0o700)
        self.settings = {"entries_file": str(self.path)}
        self.write()

    def write(self, *entries: dict[str, object]) -> None:
        self.path.write_text(text_of(*entries), encoding="utf-8")

    def source(self, host: FakeHost) -> str:
        return f"{self.path} on {host.host_name}"


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def look(host: FakeHost) -> None:
    """A round of housekeeping, to its end."""
    host.hooks.maintain(5.0)
    host.tasks.join()


def sign_in(site: Site, tab: TabDriver, name: str) -> None:
    tab.row(name)
    tab.press("Edit")
    site.authorize(tab)
    tab.press("OK")
    tab.press("Save")
    assert tab.titles == []


def test_what_the_file_names_is_there_after_the_start_and_can_be_signed_in(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        deployment.write(entry("head", "Head office", site.callback_port, **BAKEHOUSE))
        look(site.host)
        tab = site.tab()
        assert tab.rows == ["Head office"]
        row = tab.row("Head office")
        assert row.cells[0].mark == "configured"
        assert "nobody has signed in" in row.problem
        tab.press("Details")
        assert tab.facts["Configured in"] == deployment.source(site.host)
        tab.press("OK")
        sign_in(site, tab, "Head office")
        with site.session(HEAD) as session:
            assert session.tenant_name == "Bakehouse Ltd"
        look(site.host)
        # What the file says is so already: nothing is written, and the sign-in stays.
        site.session(HEAD).close()


def test_the_environment_configures_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERO_CONNECTIONS_ENTRIES", text_of(entry("head", "Head office", 8888)))
    with Site(tmp_path) as site:
        site.host.tasks.join()
        tab = site.tab()
        assert tab.rows == ["Head office"]
        tab.row("Head office")
        tab.press("Rename")
        assert f"XERO_CONNECTIONS_ENTRIES on {site.host.host_name}" in tab.message.text
        tab.press("OK")


def test_a_file_and_the_environment_at_once_are_refused(deployment: Deployment) -> None:
    both = {"entries": "{}", "entries_file": str(deployment.path)}
    with pytest.raises(SettingsRejected, match="exclude each other"):
        read_settings(both, {})


def test_it_is_read_only_here_and_says_where_it_is_configured(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        deployment.write(entry("head", "Head office", site.callback_port))
        look(site.host)
        tab = site.tab()
        for label, word in (("Rename", "renamed"), ("Delete", "deleted")):
            tab.row("Head office")
            tab.press(label)
            assert f"configured in {deployment.source(site.host)}, so it cannot be {word}" in tab.message.text
            assert [button.label for button in tab.message.buttons] == ["OK"]
            tab.press("OK")
        # A window that asks all the same is refused by the list itself.
        tab.send(UserAct(action_id="delete_confirmed", dialog_id="delete-head"))
        assert "configured in" in tab.message.text
        tab.press("OK")
        tab.send(UserAct(action_id="rename_confirmed", dialog_id="rename-head", values={"new_name": "X"}))
        assert "configured in" in tab.message.text
        tab.press("OK")
        assert tab.rows == ["Head office"]


def test_its_fields_are_disabled_with_the_reason_and_a_changed_value_counts_for_nothing(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        deployment.write(entry("head", "Head office", site.callback_port))
        look(site.host)
        tab = site.tab()
        tab.row("Head office")
        tab.press("Edit")
        assert deployment.source(site.host) in tab.dialog.intro
        for label in ("Display name", "Xero Client ID", "Port", "Scopes"):
            assert tab.field(label).disabled_reason == "Read-only here."
        site.authorize(tab)
        tab.press("OK")
        assert tab.field("Tenant").disabled_reason == ""
        dialog_id = tab.dialog.dialog_id
        values = {
            "display_name": "Hijacked",
            "client_id": SECOND_CLIENT_ID,
            "port": 1234,
            "tenant": tab.value("Tenant"),
        }
        tab.send(UserAct.model_validate({"action_id": "save", "dialog_id": dialog_id, "values": values}))
        assert tab.titles == []
        assert tab.rows == ["Head office"]
        tab.press("Export")
        download(tab)
        tab.press("Close")
        kept = json.loads(tab.downloads[-1].text)["connections"][0]["settings"]
        assert (kept["client_id"], kept["port"]) == (DEMO_CLIENT_ID, site.callback_port)
        # The company was left to be chosen here, so the next look at the file keeps it.
        look(site.host)
        assert tab.cell("Head office", "Tenant") == "Bakehouse Ltd"


def test_a_company_that_the_file_names_is_not_chosen_here(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        deployment.write(entry("head", "Head office", site.callback_port, **BAKEHOUSE))
        look(site.host)
        tab = site.tab()
        site.organisation = "harbour"
        tab.row("Head office")
        tab.press("Edit")
        site.authorize(tab)
        tab.press("OK")
        assert tab.field("Tenant").disabled_reason == "Read-only here."
        assert "is configured for Bakehouse Ltd" in tab.why_disabled("Save")
        tab.press("Cancel")
        tab.press("Discard")
        site.leave_unchecked("I4", "the sign-in that nobody saved is not used again")


def test_a_changed_definition_is_taken_over_and_keeps_the_sign_in_of_the_same_app(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        port = site.callback_port
        deployment.write(entry("head", "Head office", port, **BAKEHOUSE))
        look(site.host)
        tab = site.tab()
        sign_in(site, tab, "Head office")
        deployment.write(entry("head", "Main office", port, extra_scopes=["files.read"], **BAKEHOUSE))
        look(site.host)
        assert tab.rows == ["Main office"]
        site.session(HEAD).close()
        other = {"tenant_id": fixed_id("harbour"), "tenant_name": "Harbour Coffee"}
        deployment.write(entry("head", "Main office", port, **other))
        look(site.host)
        assert tab.cell("Main office", "Status") == "Needs sign-in"
        assert tab.cell("Main office", "Tenant") == "Harbour Coffee"


def test_what_the_file_no_longer_names_is_kept_and_becomes_an_ordinary_entry(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        port = site.callback_port
        deployment.write(entry("head", "Head office", port), entry("branch", "Branch", port))
        look(site.host)
        deployment.write(entry("branch", "Branch", port))
        look(site.host)
        tab = site.tab()
        assert tab.rows == ["Branch", "Head office"]
        told = [note.text for note in site.host.notifications if "no longer in" in note.text]
        assert len(told) == 1
        assert told[0].startswith("Head office: no longer in ")
        tab.row("Head office")
        tab.press("Rename")
        tab.fill("Display name", "My own")
        tab.press("Rename")
        assert tab.rows == ["Branch", "My own"]
        look(site.host)
        assert len([note for note in site.host.notifications if "no longer in" in note.text]) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "line 1, column 2"),
        (b'{"format": "xero-connections", "version": 1, "connections": [{"id": "x"}]}', "lacks “type” in connection"),
        (b"\xff\xfe{\x00", "not UTF-8"),
        (None, "no such file"),
    ],
)
def test_a_broken_or_missing_file_leaves_everything_as_it_was_and_says_where(
    deployment: Deployment, content: bytes | None, said: str
) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        deployment.write(entry("head", "Head office", site.callback_port))
        look(site.host)
        if content is None:
            deployment.path.unlink()
        else:
            deployment.path.write_bytes(content)
        for _ in range(2):
            look(site.host)
        tab = site.tab()
        assert tab.rows == ["Head office"]
        assert said in tab.view.notices[0].text
        told = [note for note in site.host.notifications if said in note.text]
        assert len(told) == 1
        deployment.write(entry("head", "Head office", site.callback_port))
        look(site.host)
        assert tab.view.notices == ()


def test_an_entry_that_cannot_be_taken_over_is_named_and_the_others_are(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        port = site.callback_port
        deployment.write(entry("one", "HEAD office", port), entry("two", "Branch", port), entry("three", "No port", 0))
        look(site.host)
        assert tab.rows == ["Branch", "Head office"]
        notice = tab.view.notices[0].text
        assert "No port" in notice or "HEAD office" in notice
        assert "1 more" in notice
        tab.row("Head office")
        tab.press("Rename")
        tab.fill("Display name", "Something else")
        tab.press("Rename")
        look(site.host)
        assert "HEAD office" in tab.rows


def test_an_entry_that_was_made_here_and_exported_is_taken_over_with_its_sign_in(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        tab.press("Export")
        download(tab)
        tab.press("Close")
        deployment.path.write_text(tab.downloads[-1].text, encoding="utf-8")
        look(site.host)
        assert tab.row("Head office").cells[0].mark == "configured"
        site.session(connection_id).close()


def test_two_hosts_with_the_same_file_agree(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        deployment.write(entry("head", "Head office", site.callback_port))
        look(site.host)
        with site.make_host("host-b") as second:
            look(second)
            assert second.tab("Connections").rows == ["Head office"]
            assert second.tab("Connections").view.notices == ()
            look(site.host)
            tab = second.tab("Connections")
            tab.row("Head office")
            tab.press("Details")
            assert tab.facts["Configured in"] == deployment.source(site.host)
            tab.press("OK")
            assert site.tab().view.notices == ()


def test_two_hosts_with_different_files_do_not_fight_and_the_second_is_told(
    deployment: Deployment, tmp_path: Path
) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        deployment.write(entry("head", "Head office", site.callback_port))
        look(site.host)
        elsewhere = tmp_path / "other.json"
        elsewhere.write_text(text_of(entry("head", "Other name", 9999)), encoding="utf-8")
        with site.make_host("host-b", settings={"entries_file": str(elsewhere)}) as second:
            look(second)
            look(second)
            tab = second.tab("Connections")
            assert tab.rows == ["Head office"]
            assert "with other values" in tab.view.notices[0].text
            changes = len(site.host.connection_changes)
            for _ in range(3):
                look(site.host)
                look(second)
            assert len(site.host.connection_changes) == changes
            assert len([note for note in second.notifications if "with other values" in note.text]) == 1
            let_go(tab, "Head office")
            look(second)
            assert tab.rows == ["Other name"]
            deployment.path.write_text(text_of(), encoding="utf-8")
            look(site.host)
            assert tab.rows == ["Other name"]


def let_go(tab: TabDriver, name: str) -> None:
    tab.row(name)
    tab.press("Rename")
    tab.press("Change it here instead…")
    assert "taken back" in tab.message.text
    tab.press("Change it here")


def test_an_entry_whose_host_is_gone_can_be_let_go(deployment: Deployment) -> None:
    with Site(deployment.folder) as site:
        deployment.write(entry("head", "Head office", site.callback_port))
        with site.make_host("host-gone", settings=deployment.settings) as gone:
            look(gone)
        tab = site.tab()
        tab.row("Head office")
        tab.press("Delete")
        assert "on Workstation host-gone" in tab.message.text
        tab.press("OK")
        let_go(tab, "Head office")
        tab.row("Head office")
        tab.press("Rename")
        tab.fill("Display name", "Ours")
        tab.press("Rename")
        assert tab.rows == ["Ours"]


def test_an_import_leaves_what_a_file_configures_alone(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        deployment.write(entry("head", "Head office", site.callback_port))
        look(site.host)
        tab = site.tab()
        tab.press("Import")
        tab.choose_file("File", text_of(entry("head", "Head office", 9999)))
        press_through(tab, "Continue", "Reading the file")
        assert "stays as it is" in tab.table_row("Head office")["In the file and here"]
        assert tab.options("Head office: Here, and different") == [
            "Keep what is here",
            "Add it beside, under another name",
        ]
        tab.press("Cancel")


def test_a_duplicate_of_it_is_an_ordinary_entry(deployment: Deployment) -> None:
    with Site(deployment.folder, settings=deployment.settings) as site:
        deployment.write(entry("head", "Head office", site.callback_port))
        look(site.host)
        tab = site.tab()
        tab.row("Head office")
        tab.press("Duplicate")
        assert tab.field("Display name").disabled_reason == ""
        site.authorize(tab)
        tab.press("OK")
        tab.choose("Tenant", "Bakehouse Ltd")
        tab.press("Save")
        assert tab.row("Head office (copy)").cells[0].mark == ""
