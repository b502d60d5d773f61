"""The whole story of a connection at a desk: nothing but hostspec lies between these widgets and the plugins."""

from pathlib import Path

from desk import Desk, can_press, cells, press, until
from desktop_host.form_view import RowList
from PySide6.QtWidgets import QLabel

from hostspec import CONNECTION_KIND, ConnectionId, HttpSession, Subject
from hostspec.hosting import UsageFile


def use(desk: Desk, profile: str, connection: str) -> str:
    """Let a profile use a connection."""
    chosen = desk.choice(connection).connection_id
    desk.host.profiles.put(profile, Subject(kind=CONNECTION_KIND, subject_id=chosen))
    return chosen


def used_by(desk: Desk, profile: str) -> str:
    subject = desk.host.profiles.subject_of(profile)
    assert subject is not None
    return subject.subject_id


def test_from_the_first_sign_in_to_a_switch(desk: Desk, tmp_path: Path) -> None:
    desk.add("Head office")
    desk.add("Branch")
    chosen = use(desk, "Receipts", "Head office")
    kept = UsageFile(tmp_path / "profiles.json", step="Migration")
    assert kept.usages(CONNECTION_KIND) == desk.host.profiles.usages(CONNECTION_KIND)

    desk.select("Head office")
    press(desk.page, "Delete")
    refusal = desk.message("This connection is in use")
    assert any("Head office is used by Receipts." in one.text() for one in refusal.findChildren(QLabel))
    press(refusal, "OK")

    desk.select("Head office")
    press(desk.page, "Usage")
    until(lambda: "target" in desk.form.widgets, "the list of usages")
    used = desk.dialog.findChild(RowList)
    assert isinstance(used, RowList)
    assert cells(used) == [["Receipts", "Migration", "Here"]]
    desk.choose("target", "Branch")
    press(desk.dialog, "Switch")
    until(lambda: used_by(desk, "Receipts") != chosen, "the switch")
    press(desk.dialog, "Close")
    until(lambda: not desk.page.windows, "the end of the list")

    desk.select("Head office")
    press(desk.page, "Delete")
    press(desk.dialog, "Delete")
    until(lambda: desk.rows() == ["Branch"], "the shorter list")
    with desk.host.services.hooks.open_session(ConnectionId(used_by(desk, "Receipts"))) as session:
        assert isinstance(session, HttpSession)
        assert session.tenant_name == "Bakehouse Ltd"


def test_a_wait_counts_down_and_can_be_left(desk: Desk) -> None:
    desk.browser.is_absent = True
    desk.begin("Head office")
    press(desk.dialog, "Authorize")
    until(lambda: desk.dialog.windowTitle() == "Waiting for Xero", "the wait")
    until(lambda: " left" in desk.dialog.countdown.text(), "the countdown")
    assert can_press(desk.dialog, "Copy")
    press(desk.dialog, "Cancel")
    until(lambda: desk.dialog.windowTitle() == "Connection Definition", "the definition")


def test_what_is_rare_stands_behind_more_and_files_are_handed_out(desk: Desk, tmp_path: Path) -> None:
    desk.add("Head office")
    saved = tmp_path / "saved"
    desk.page.choose_path = lambda name: (str(saved), "")
    assert {"History", "Duplicate", "Rename"} <= set(desk.more())
    desk.more()["History"].trigger()
    until(lambda: desk.dialog.windowTitle() == "History", "the history")
    press(desk.dialog, "Export as CSV")
    until(saved.exists, "the file")
    assert "Head office" in saved.read_text()


def test_a_type_of_another_package_is_added_in_the_same_way(desk: Desk) -> None:
    press(desk.page, "Add")
    until(lambda: "type_id" in desk.form.widgets, "the question for the type")
    desk.choose("type_id", "IMAP mailbox")
    press(desk.dialog, "Continue")
    until(lambda: "host" in desk.form.widgets, "the definition")
    desk.fill("host", "localhost")
    desk.fill("user", "ada")
    desk.fill("password", "a long password")
    desk.fill("display_name", "Inbox")
    press(desk.dialog, "Save")
    until(lambda: desk.rows() == ["Inbox"], "the new row")
