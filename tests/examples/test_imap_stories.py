"""Mailboxes from another package live in the Connections tab, beside Xero, without the tab knowing them."""

from __future__ import annotations

import pickle
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from imap_connections.draft_tests import LIMIT_SECONDS
from imap_connections.imap_login import MailboxSession
from imap_connections.imap_plugin import ImapPlugin
from imap_connections.mail_account import IMAP
from pydantic import SecretStr

from hostspec import (
    ChoiceQuery,
    ConnectionId,
    ConnectionProblem,
    ConnectionStatus,
    SignInNeeded,
)
from hostspec import provider_skills as skills
from tests.canaries import canary
from tests.examples.imap_server import USER, ImapServer, Manner
from tests.free_ports import free_port
from tests.plugin.own_authority import OwnAuthority
from tests.stories.capture_site import Site

if TYPE_CHECKING:
    from hostspec.testing import TabDriver

PASSWORD = canary("password of a mailbox")


@pytest.fixture
def authority(tmp_path: Path) -> OwnAuthority:
    (tmp_path / "authority").mkdir()
    return OwnAuthority(tmp_path / "authority", datetime.now(UTC))


@pytest.fixture
def manner() -> Manner:
    return Manner(PASSWORD, capabilities="IMAP4rev1 AUTH=PLAIN STARTTLS")


@pytest.fixture
def server(manner: Manner, authority: OwnAuthority) -> Iterator[ImapServer]:
    with ImapServer(manner, authority.server()) as serving:
        yield serving


@pytest.fixture
def site(tmp_path: Path, authority: OwnAuthority) -> Iterator[Site]:
    (tmp_path / "data").mkdir(mode=0o700)
    with Site(tmp_path / "data") as site:
        trust = ssl.create_default_context(cafile=str(authority.bundle))
        site.host.register("imap-connections", ImapPlugin(lambda: trust))
        assert site.host.hooks.startup(site.host) == ()
        site.leave_unchecked("I3", "its last host does not know mailboxes")
        yield site


def begin(tab: TabDriver, server: ImapServer, name: str = "Invoices inbox", password: str = PASSWORD) -> None:
    tab.press("Add")
    tab.choose("Connection type", "IMAP mailbox")
    tab.press("Continue")
    tab.fill("Display name", name)
    tab.fill("Server", "localhost")
    tab.choose("Encryption", "STARTTLS")
    tab.fill("Port", str(server.port))
    tab.fill("User name", USER)
    tab.fill("Password", password)


def add(tab: TabDriver, server: ImapServer, name: str = "Invoices inbox", password: str = PASSWORD) -> ConnectionId:
    begin(tab, server, name, password)
    tab.press("Save")
    return ConnectionId(tab.results[-1].subject_id)


def connect_test(tab: TabDriver) -> str:
    tab.press("Connect test")
    tab.continue_until()
    return tab.notes[-1]


def outcome_of_test(tab: TabDriver, name: str) -> str:
    tab.row(name)
    tab.press("Test")
    tab.continue_until()
    told = tab.notes[0]
    tab.escape()
    return told


def test_add_asks_for_the_type_and_the_list_shows_both(site: Site, server: ImapServer) -> None:
    tab = site.tab()
    assert tab.view.empty is not None
    assert "reach other programs through a connection" in tab.view.empty.text
    mailbox = add(tab, server)
    tab.press("Add")
    tab.choose("Connection type", "Xero")
    tab.press("Continue")
    assert tab.value("Xero Client ID") == ""
    tab.press("Cancel")
    assert tab.rows == ["Invoices inbox"]
    assert tab.cell("Invoices inbox", "Status") == "Not tested"
    for types, found in (((), [mailbox]), ((IMAP,), [mailbox]), (("xero",), [])):
        choices = site.host.hooks.connection_choices(ChoiceQuery(type_ids=types)).items
        assert [choice.connection_id for choice in choices] == found


def test_the_connect_test_tells_in_the_definition_what_it_found(site: Site, server: ImapServer, manner: Manner) -> None:
    tab = site.tab()
    begin(tab, server, password="wrong")
    assert "refuses the password" in connect_test(tab)
    tab.fill("Password", PASSWORD)
    assert connect_test(tab) == "The sign-in works. The inbox holds 7 messages."
    # The page has the password no more; the definition keeps it.
    tab.fill("Password", "")
    tab.press("Save")
    assert outcome_of_test(tab, "Invoices inbox").startswith("The sign-in works.")
    assert manner.said.count("LOGOUT") == 3


def test_a_connect_test_can_be_left(site: Site, server: ImapServer, manner: Manner) -> None:
    manner.is_silent = True
    tab = site.tab()
    begin(tab, server)
    tab.press("Connect test")
    assert tab.waiting.seconds_left > 0
    tab.escape()
    assert tab.notes[-1].startswith("The test was cancelled.")
    tab.press("Save")


def test_a_connect_test_that_does_not_end_is_given_up_and_says_so(
    site: Site, server: ImapServer, manner: Manner
) -> None:
    manner.is_silent = True
    tab = site.tab()
    begin(tab, server)
    tab.press("Connect test")
    site.host.clock.advance(LIMIT_SECONDS)
    tab.continue_until()
    assert tab.notes[-1].startswith("localhost answers too slowly: nothing had come of it after 45 seconds.")
    tab.press("Save")
    assert tab.rows == ["Invoices inbox"]


def test_what_is_missing_keeps_save_closed_and_says_so(site: Site, server: ImapServer) -> None:
    tab = site.tab()
    begin(tab, server)
    tab.fill("Port", "99999")
    assert tab.error_at("Port").startswith("A port is a number")
    assert "A port is a number" in tab.why_disabled("Save")
    tab.fill("Port", "")
    tab.fill("Server", "")
    assert tab.why_disabled("Save") == "Enter the name of the mail server."
    assert connect_test(tab) == "Enter the name of the mail server."


def test_a_session_is_signed_in_and_its_password_is_kept_sealed(site: Site, server: ImapServer, tmp_path: Path) -> None:
    mailbox = add(site.tab(), server)
    session = site.host.hooks.open_session(mailbox)
    assert isinstance(session, MailboxSession)
    with session:
        assert session.mailbox.select("INBOX", readonly=True)[1] == [b"7"]
        assert session.connection.display_name == "Invoices inbox"
    # That it was used is noted beside the session.
    site.host.tasks.join()
    for file in (tmp_path / "data").rglob("*"):
        assert file.is_dir() or PASSWORD.encode() not in file.read_bytes()
    tab = site.tab()
    assert tab.cell("Invoices inbox", "Status") == "Ready"
    tab.row("Invoices inbox")
    tab.press("Details")
    assert tab.facts["Password"] == "Kept, sealed"


def test_no_hook_carries_the_password(site: Site, server: ImapServer) -> None:
    called: list[tuple[str, dict[str, object]]] = []
    stop = site.host.manager.add_hookcall_monitoring(
        lambda name, _, arguments: called.append((name, dict(arguments))), lambda *_: None
    )
    tab = site.tab()
    begin(tab, server)
    connect_test(tab)
    tab.press("Save")
    mailbox = ConnectionId(tab.results[-1].subject_id)
    outcome_of_test(tab, "Invoices inbox")
    with site.host.hooks.open_session(mailbox):
        site.host.tasks.join()
    stop()
    assert {"capture_open_session", "capture_tab_changed", "capture_connections_changed"} <= {
        name for name, _ in called
    }
    # What prints stars shows what it holds when it is written down whole.
    assert PASSWORD.encode() in pickle.dumps(SecretStr(PASSWORD))
    assert [name for name, arguments in called if PASSWORD.encode() in pickle.dumps(arguments)] == []


def test_the_kept_password_goes_only_to_the_server_it_was_typed_for(
    site: Site, server: ImapServer, authority: OwnAuthority
) -> None:
    tab = site.tab()
    add(tab, server)
    thief = Manner("unknown", capabilities="IMAP4rev1 AUTH=PLAIN STARTTLS")
    with ImapServer(thief, authority.server()) as other:
        tab.row("Invoices inbox")
        tab.press("Edit")
        assert connect_test(tab).startswith("The sign-in works.")
        tab.fill("Port", str(other.port))
        assert "goes only to the server" in tab.why_disabled("Save")
        assert "goes only to the server" in connect_test(tab)
        assert thief.said == []
        tab.fill("Port", str(server.port))
        tab.fill("Display name", "Bills inbox")
        tab.press("Save")
    assert outcome_of_test(tab, "Bills inbox").startswith("The sign-in works.")


def test_a_password_changed_at_the_server_shows_in_the_list_and_is_mended_there(
    site: Site, server: ImapServer, manner: Manner
) -> None:
    mailbox = add(site.tab(), server)
    manner.password = canary("another password")
    with pytest.raises(SignInNeeded):
        site.host.hooks.open_session(mailbox)
    tab = site.tab()
    assert tab.cell("Invoices inbox", "Status") == "Needs password"
    choice = site.host.hooks.connection_choices(ChoiceQuery()).items[0]
    assert (choice.selectable, choice.status) == (False, ConnectionStatus.NEEDS_SIGN_IN)
    tab.row("Invoices inbox")
    tab.press("Enter password")
    assert tab.focused == "Password"
    tab.fill("Password", manner.password)
    tab.press("Save")
    with site.host.hooks.open_session(mailbox):
        site.host.tasks.join()
    assert site.tab().cell("Invoices inbox", "Status") == "Ready"


def test_what_passes_by_itself_is_told_and_forgotten(site: Site, server: ImapServer) -> None:
    tab = site.tab()
    mailbox = add(tab, server)
    server.__exit__(None, None, None)
    with pytest.raises(ConnectionProblem):
        site.host.hooks.open_session(mailbox)
    assert site.tab().cell("Invoices inbox", "Status") == "Not tested"
    assert "takes no connection" in outcome_of_test(tab, "Invoices inbox")
    assert site.tab().cell("Invoices inbox", "Status") == "Unreachable"


def test_an_unencrypted_way_is_agreed_to_first(site: Site, manner: Manner) -> None:
    with ImapServer(manner) as server:
        tab = site.tab()
        begin(tab, server)
        tab.choose("Encryption", "None")
        assert tab.notes == ["Without encryption everybody on the way can read the password and the mails."]
        tab.press("Save")
        assert "travel to localhost without encryption" in tab.message.text


def test_duplicate_usage_delete_and_history_serve_mailboxes_too(site: Site, server: ImapServer) -> None:
    tab = site.tab()
    mailbox = add(tab, server)
    site.use(mailbox, profile="Supplier invoices")
    tab.row("Invoices inbox")
    tab.press("Usage")
    assert tab.usage_subject.subject_id == mailbox
    tab.escape()
    tab.press("Delete")
    assert "Supplier invoices" in tab.message.text
    tab.press("OK")
    tab.row("Invoices inbox")
    tab.press("Duplicate")
    assert (tab.value("Server"), tab.value("User name")) == ("localhost", USER)
    assert tab.why_disabled("Save") == "Enter the password of the mailbox."
    tab.fill("Password", PASSWORD)
    tab.press("Save")
    tab.row("Invoices inbox (copy)")
    tab.press("Delete")
    tab.press("Delete")
    tab.press("History")
    assert {"Deleted", "Duplicated", "Added"} <= {tab.table_row(row)["What"] for row in tab.table_rows()}
    tab.escape()
    tab.press("Deleted connections")
    assert tab.table_row("Invoices inbox (copy)")["Reaches"] == f"{USER} on localhost"
    tab.press_in_row("Invoices inbox (copy)", "Recover")
    if tab.titles:
        tab.escape()
    assert outcome_of_test(site.tab(), "Invoices inbox (copy)").startswith("The sign-in works.")


def test_the_provider_has_the_skills_that_it_says_it_has(site: Site) -> None:
    found = next(one for one in site.host.hooks.connection_types().items if one.type_id == IMAP)
    for skill in (skills.Testable, skills.Copyable, skills.Recoverable, skills.Remembering):
        assert isinstance(found.provider, skill)


def test_a_closed_port_is_named_in_the_definition(site: Site, server: ImapServer) -> None:
    tab = site.tab()
    begin(tab, server)
    port = free_port()
    tab.fill("Port", str(port))
    assert connect_test(tab).startswith(f"localhost takes no connection on port {port}.")
    assert isinstance(tab.value("Password"), SecretStr)
