"""A story for each hook: a small host and a small plugin that know each other through hooks only.

The plugin keeps mailboxes, which are connections of a type of its own; the host has profiles that fetch from them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from hostspec import (
    CONNECTION_KIND,
    SERVICE_USER,
    Action,
    AddAct,
    Cell,
    ChangeKind,
    ChoiceQuery,
    Close,
    Column,
    ConnectionChoice,
    ConnectionId,
    ConnectionNotFound,
    ConnectionRef,
    ConnectionsChange,
    ConnectionStatus,
    ConnectionType,
    Dialog,
    Form,
    NotAllowed,
    Notification,
    Permission,
    Remedy,
    Row,
    SecretField,
    Severity,
    ShowDialog,
    ShowView,
    SignInNeeded,
    StoreUnavailable,
    Subject,
    SwitchObjection,
    Tab,
    Table,
    TextField,
    Tone,
    TypeId,
    UsageSwitch,
    View,
    Wait,
    hookimpl,
)
from hostspec.testing import ADMINISTRATOR, FakeHost
from hostspec.ui import UserAct
from tests.canaries import assert_no_leaks, canary
from tests.hostspec.sample_plugins import Provider

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from hostspec import CancelSignal, HostServices, Origin, Session, Step, TableQuery

MAIL = TypeId("mail")
PASSWORD = canary("mailbox password")


class MailSession:
    """An open mailbox."""

    def __init__(self, connection: ConnectionRef) -> None:
        self.connection = connection
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def __enter__(self) -> MailSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class MailPlugin:
    """Everything a plugin with connections of its own does through hooks."""

    def __init__(self) -> None:
        self.mailboxes: dict[str, str] = {}
        self.passwords: dict[str, SecretStr] = {}
        self.expired: set[str] = set()
        self.wiped = 0.0
        self.is_open = False
        self.host: HostServices

    @hookimpl
    def capture_startup(self, host: HostServices) -> None:
        if host.settings.get("mail_server") == "":
            raise StoreUnavailable("No mail server is set. Set mail_server and start again.")
        self.host = host
        self.is_open = True

    @hookimpl
    def capture_maintain(self, budget_seconds: float) -> None:
        self.wiped += budget_seconds

    @hookimpl
    def capture_shutdown(self) -> None:
        self.is_open = False

    @hookimpl
    def capture_tabs(self) -> Iterable[Tab]:
        yield Tab(tab_id="mailboxes", title="Mailboxes", order=300, controller=MailTab(self))

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        add = AddAct(tab_id="mailboxes", act=UserAct(action_id="add"))
        yield ConnectionType(type_id=MAIL, label="Mailbox", order=50, provider=Provider(), add=add)

    @hookimpl
    def capture_connection_choices(self, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
        for mailbox_id, name in self.mailboxes.items():
            if query.search.casefold() in name.casefold() or mailbox_id == query.selected_id:
                expired = mailbox_id in self.expired
                yield ConnectionChoice(
                    connection_id=ConnectionId(mailbox_id),
                    type_id=MAIL,
                    label=name,
                    status=ConnectionStatus.NEEDS_SIGN_IN if expired else ConnectionStatus.READY,
                    selectable=not expired,
                    hint="Sign in again in the tab Mailboxes." if expired else "",
                )

    @hookimpl
    def capture_open_session(self, connection_id: ConnectionId) -> Session | None:
        if connection_id not in self.mailboxes:
            return None
        if not self.host.is_allowed(SERVICE_USER, Permission.USE, subject(connection_id)):
            raise NotAllowed("The service may not use this mailbox.")
        name = self.mailboxes[connection_id]
        if connection_id in self.expired:
            raise SignInNeeded(f"{name} needs a new sign-in: open Mailboxes and press Edit.")
        return MailSession(ConnectionRef(connection_id=connection_id, type_id=MAIL, display_name=name))

    @hookimpl
    def capture_subject_targets(self, subject: Subject) -> Iterable[Subject]:
        if subject.kind == CONNECTION_KIND:
            for mailbox_id, name in self.mailboxes.items():
                if mailbox_id != subject.subject_id:
                    yield Subject(kind=CONNECTION_KIND, subject_id=mailbox_id, label=name)

    @hookimpl
    def capture_switch_objections(self, switch: UsageSwitch) -> Iterable[SwitchObjection]:
        if switch.target.subject_id in self.expired:
            yield SwitchObjection(severity=Severity.BLOCK, text=f"{switch.target.label} needs a new sign-in.")

    def keep(self, mailbox_id: str, name: str) -> None:
        self.mailboxes[mailbox_id] = name
        change = ConnectionsChange(kind=ChangeKind.ADDED, connection_ids=(ConnectionId(mailbox_id),))
        self.host.hooks.connections_changed(change)

    def expire(self, mailbox_id: str) -> None:
        self.expired.add(mailbox_id)
        self.host.hooks.tab_changed("mailboxes", None)
        self.host.hooks.notify(
            Notification(
                notification_id=f"expired-{mailbox_id}",
                title="Mailbox needs a new sign-in",
                text=f"{self.mailboxes[mailbox_id]} stopped working.",
                tone=Tone.BAD,
                remedy=Remedy.SIGN_IN_AGAIN,
                subject=subject(mailbox_id),
            )
        )


class MailTab:
    """The tab "Mailboxes"."""

    def __init__(self, plugin: MailPlugin) -> None:
        self._plugin = plugin
        self._checked: set[str] = set()

    def view(self, origin: Origin, query: TableQuery) -> View:
        rows = tuple(
            Row(row_id=mailbox_id, label=name, cells=(Cell(text=name), Cell(text=self._status(mailbox_id))))
            for mailbox_id, name in self._plugin.mailboxes.items()
        )
        columns = (Column(column_id="name", label="Name"), Column(column_id="status", label="Status"))
        table = Table(table_id="mailboxes", label="Mailboxes", columns=columns, rows=rows, total=len(rows), query=query)
        check = Action(action_id="check", label="Check", needs_row="Select a mailbox first.")
        return View(title="Mailboxes", actions=(Action(action_id="add", label="Add"), check), table=table)

    def act(self, origin: Origin, act: UserAct) -> Step:
        match act.action_id:
            case "add":
                name = TextField(field_id="name", label="Name")
                return self._dialog(name)
            case "save":
                name_typed, password = act.values["name"], act.values["password"]
                assert isinstance(name_typed, str)
                assert isinstance(password, SecretStr)
                if not name_typed:
                    return self._dialog(TextField(field_id="name", label="Name", error="Type a name."))
                self._plugin.passwords[name_typed] = password
                self._plugin.keep(name_typed.casefold(), name_typed)
                return Close(result=subject(name_typed.casefold()))
            case "check":
                mailbox_id = act.row_id or ""
                self._plugin.host.tasks.start("check", lambda signal: self._check(mailbox_id, signal))
                return self._wait(mailbox_id)
            case "continue":
                mailbox_id = (act.wait_id or "").removeprefix("check-")
                return ShowView(select_row_id=mailbox_id) if mailbox_id in self._checked else self._wait(mailbox_id)
            case _:
                return Close()

    def _check(self, mailbox_id: str, signal: CancelSignal) -> None:
        self._plugin.host.clock.wait(5)
        self._checked.add(mailbox_id)
        self._plugin.host.hooks.tab_changed("mailboxes", f"check-{mailbox_id}")

    def _status(self, mailbox_id: str) -> str:
        return "Needs sign-in" if mailbox_id in self._plugin.expired else "Ready"

    def _dialog(self, name: TextField) -> ShowDialog:
        return ShowDialog(
            dialog=Dialog(
                dialog_id="mailbox",
                title="Mailbox",
                form=Form(fields=(name, SecretField(field_id="password", label="Password"))),
                primary=Action(action_id="save", label="Save", primary=True),
                cancel=Action(action_id="cancel", label="Cancel"),
            )
        )

    def _wait(self, mailbox_id: str) -> Wait:
        return Wait(
            wait_id=f"check-{mailbox_id}",
            title="Checking",
            text="The mail server is asked.",
            seconds_left=5,
            seconds_total=5,
            cancel=Action(action_id="cancel", label="Cancel"),
        )


def subject(mailbox_id: str) -> Subject:
    return Subject(kind=CONNECTION_KIND, subject_id=mailbox_id, label=mailbox_id.title())


@pytest.fixture
def mail() -> MailPlugin:
    return MailPlugin()


@pytest.fixture
def host(tmp_path: Path, mail: MailPlugin) -> Iterator[FakeHost]:
    with FakeHost(tmp_path, plugins={"mail": mail}) as host:
        yield host


def test_startup_gives_a_plugin_its_host(host: FakeHost, mail: MailPlugin) -> None:
    assert mail.host is host


def test_startup_of_a_plugin_that_cannot_work_here_says_why(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, plugins={"mail": MailPlugin()}, settings={"mail_server": ""})
    (failure,) = host.start()
    host.stop()
    assert failure.sentence == "No mail server is set. Set mail_server and start again."
    assert host.hooks.tabs().items == ()
    assert host.hooks.tabs().failed == ("mail",)


def test_maintain_lets_a_plugin_keep_house_within_its_budget(host: FakeHost, mail: MailPlugin) -> None:
    host.hooks.maintain(2.5)
    assert mail.wiped == 2.5


def test_shutdown_lets_a_plugin_close_what_is_open(host: FakeHost, mail: MailPlugin) -> None:
    host.stop()
    assert not mail.is_open


def test_tabs_bring_a_tab_that_a_person_can_use(host: FakeHost, mail: MailPlugin) -> None:
    tab = host.tab("Mailboxes")
    tab.press("Add")
    tab.press("Save")
    assert tab.error_at("Name") == "Type a name."
    tab.fill("Name", "Invoices")
    tab.fill("Password", PASSWORD)
    tab.press("Save")
    assert tab.rows == ["Invoices"]
    assert tab.results == [subject("invoices")]
    assert mail.passwords["Invoices"].get_secret_value() == PASSWORD
    assert_no_leaks("".join(tab.transcript), {"password": PASSWORD})


def test_tab_changed_brings_the_end_of_a_wait_to_the_window_that_began_it(host: FakeHost, mail: MailPlugin) -> None:
    mail.keep("invoices", "Invoices")
    tab, other = host.tab("Mailboxes"), host.tab("Mailboxes")
    tab.row("Invoices")
    tab.press("Check")
    tab.continue_once()
    assert tab.titles == ["Checking"]
    assert other.titles == []
    host.clock.wait_for_waiters()
    host.clock.advance(5)
    host.tasks.join()
    assert host.tab_changes.items[-1].wait_id == "check-invoices"
    tab.continue_until()
    assert (tab.titles, tab.selected) == ([], "invoices")


def test_tab_changed_redraws_a_tab_that_somebody_else_has_open(host: FakeHost, mail: MailPlugin) -> None:
    mail.keep("invoices", "Invoices")
    tab = host.tab("Mailboxes")
    assert tab.cell("Invoices", "Status") == "Ready"
    mail.expire("invoices")
    assert tab.cell("Invoices", "Status") == "Needs sign-in"


def test_connection_types_offer_a_way_to_add_from_another_page(host: FakeHost) -> None:
    (found,) = host.hooks.connection_types()
    assert found.label == "Mailbox"
    tabs = {tab.tab_id: tab.title for tab in host.hooks.tabs()}
    elsewhere = host.tab(tabs[found.add.tab_id])
    elsewhere.send(found.add.act)
    elsewhere.fill("Name", "Orders")
    elsewhere.press("Save")
    (made,) = elsewhere.results
    choices = host.hooks.connection_choices(ChoiceQuery(selected_id=ConnectionId(made.subject_id)))
    assert [choice.label for choice in choices] == ["Orders"]


def test_connection_choices_keep_what_is_selected_in_sight(host: FakeHost, mail: MailPlugin) -> None:
    mail.keep("invoices", "Invoices")
    mail.keep("orders", "Orders")
    mail.expire("orders")
    query = ChoiceQuery(type_ids=(MAIL,), search="inv", selected_id=ConnectionId("orders"))
    invoices, orders = host.hooks.connection_choices(query)
    assert (invoices.label, invoices.selectable) == ("Invoices", True)
    assert (orders.label, orders.selectable) == ("Orders", False)
    assert orders.hint == "Sign in again in the tab Mailboxes."
    del mail.mailboxes["orders"]
    lost, *_ = host.hooks.connection_choices(query)
    assert "no longer exists" in lost.label


def test_open_session_is_for_steps_that_are_about_to_work(host: FakeHost, mail: MailPlugin) -> None:
    mail.keep("invoices", "Invoices")
    with host.hooks.open_session(ConnectionId("invoices")) as session:
        assert session.connection.display_name == "Invoices"
    assert isinstance(session, MailSession)
    assert not session.is_open
    mail.expire("invoices")
    with pytest.raises(SignInNeeded, match="press Edit"):
        host.hooks.open_session(ConnectionId("invoices"))
    host.permissions.deny(SERVICE_USER, Permission.USE)
    with pytest.raises(NotAllowed):
        host.hooks.open_session(ConnectionId("invoices"))
    with pytest.raises(ConnectionNotFound):
        host.hooks.open_session(ConnectionId("never-there"))


def test_connections_changed_is_heard_by_the_host(host: FakeHost, mail: MailPlugin) -> None:
    mail.keep("invoices", "Invoices")
    (change,) = host.connection_changes
    assert change == ConnectionsChange(kind=ChangeKind.ADDED, connection_ids=(ConnectionId("invoices"),))


def test_usages_name_every_profile_the_disabled_ones_too(host: FakeHost, mail: MailPlugin) -> None:
    host.profiles.use(subject("invoices"), profile="Bills", step="Fetch")
    host.profiles.use(subject("invoices"), profile="Archive", step="Fetch", enabled=False)
    host.profiles.use(subject("orders"), profile="Orders", step="Fetch")
    found = host.hooks.usages(subject("invoices"))
    assert [(usage.profile, usage.enabled) for usage in found] == [("Archive", False), ("Bills", True)]
    assert found.failed == ()


def test_usages_are_known_to_be_incomplete_while_a_holder_fails(host: FakeHost) -> None:
    class LockedProfiles:
        @hookimpl
        def capture_usages(self, subject: Subject) -> Iterable[object]:
            raise PermissionError("profiles.db")

    host.profiles.use(subject("invoices"), profile="Bills")
    host.register("locked profiles", LockedProfiles())
    found = host.hooks.usages(subject("invoices"))
    assert [usage.profile for usage in found] == ["Bills"]
    assert found.failed == ("locked profiles",)


def test_a_switch_asks_for_targets_and_objections_and_then_moves_what_was_ticked(
    host: FakeHost, mail: MailPlugin
) -> None:
    for name in ("Invoices", "Orders", "Broken"):
        mail.keep(name.casefold(), name)
    mail.expire("broken")
    ticked = host.profiles.use(subject("invoices"), profile="Bills")
    host.profiles.use(subject("invoices"), profile="Archive")
    broken, orders = host.hooks.subject_targets(subject("invoices"))
    assert (broken.label, orders.label) == ("Broken", "Orders")
    switch = UsageSwitch(
        subject=subject("invoices"),
        target=broken,
        usage_ids=(ticked.usage_id,),
        user_id=ADMINISTRATOR.user_id,
    )
    (objection,) = host.hooks.switch_objections(switch)
    assert objection.severity is Severity.BLOCK
    switch = switch.model_copy(update={"target": orders})
    assert host.hooks.switch_objections(switch).items == ()
    (result,) = host.hooks.switch_usages(switch)
    assert (result.usage_id, result.switched) == (ticked.usage_id, True)
    assert [usage.profile for usage in host.hooks.usages(orders)] == ["Bills"]
    assert [usage.profile for usage in host.hooks.usages(subject("invoices"))] == ["Archive"]


def test_notify_tells_people_what_they_did_not_ask_for(host: FakeHost, mail: MailPlugin) -> None:
    mail.keep("invoices", "Invoices")
    mail.expire("invoices")
    (notice,) = host.notifications
    assert notice.text == "Invoices stopped working."
    assert notice.remedy is Remedy.SIGN_IN_AGAIN
