"""A plugin whose connections lead to companies in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from hostspec.connections import ChoiceQuery, ConnectionChoice, ConnectionStatus, Session
from hostspec.errors import CaptureError, SignInNeeded
from hostspec.forms import Form, TextField
from hostspec.markers import hookimpl
from hostspec.providers import AddAct, ConnectionProvider, ConnectionType
from hostspec.ui import (
    Action,
    Close,
    Dialog,
    Origin,
    ShowDialog,
    ShowView,
    Step,
    Tab,
    TableQuery,
    UserAct,
    View,
)
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId, TypeId
from tests.host.fake_ledger import FakeLedger, Time

TYPE = TypeId("xero")


class NeverAsked:
    """Stands where a provider has to: hosts use types for their label and their "New…" only."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        def refuse(*_: object) -> object:
            raise AssertionError(f"The host asked the provider for {name}.")

        return refuse


class LedgerPlugin:
    """Contributes a tab, a type, choices and sessions."""

    def __init__(self) -> None:
        self.time = Time()
        self.ledgers = {
            "c-1": FakeLedger(self.time),
            "c-2": FakeLedger(self.time, tenant_id="tenant-2", name="Harbour Coffee"),
        }
        self.names = {"c-1": "Head office", "c-2": "Branch"}
        self.signed_out: set[str] = set()
        self.opened: list[str] = []
        self.saves_with_view = False

    @hookimpl
    def capture_tabs(self) -> Iterable[Tab]:
        return (Tab(tab_id="connections", title="Connections", order=1, controller=self),)

    def view(self, origin: Origin, query: TableQuery) -> View:
        return View(title="Connections")

    def act(self, origin: Origin, act: UserAct) -> Step:
        match act.action_id:
            case "add":
                return ShowDialog(
                    dialog=Dialog(
                        dialog_id="definition",
                        title="Connection Definition",
                        form=Form(fields=(TextField(field_id="name", label="Display name"),)),
                        primary=Action(action_id="save", label="Save", primary=True),
                        cancel=Action(action_id="cancel", label="Cancel"),
                    )
                )
            case "save":
                self.ledgers["c-3"] = FakeLedger(self.time, tenant_id="tenant-3", name="Third Ltd")
                self.names["c-3"] = str(act.values["name"])
                if self.saves_with_view:
                    return ShowView(select_row_id="c-3")
                return Close(result=Subject(kind=CONNECTION_KIND, subject_id="c-3", label=self.names["c-3"]))
            case "cancel":
                return Close()
            case _:
                raise CaptureError("Not known.")

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        add = AddAct(tab_id="connections", act=UserAct(action_id="add"))
        provider = cast("ConnectionProvider", NeverAsked())
        return (ConnectionType(type_id=TYPE, label="Xero", order=1, provider=provider, add=add),)

    @hookimpl
    def capture_connection_choices(self, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
        for connection_id, name in self.names.items():
            out = connection_id in self.signed_out
            yield ConnectionChoice(
                connection_id=ConnectionId(connection_id),
                type_id=TYPE,
                label=name,
                subtitle=self.ledgers[connection_id].name,
                status=ConnectionStatus.NEEDS_SIGN_IN if out else ConnectionStatus.READY,
                selectable=not out,
                hint="Needs sign-in: Edit, then Authorize." if out else "",
            )

    @hookimpl
    def capture_open_session(self, connection_id: ConnectionId) -> Session | None:
        self.opened.append(connection_id)
        if connection_id in self.signed_out:
            raise SignInNeeded(f"{self.names[connection_id]} needs a new sign-in: Edit, then Authorize.")
        ledger = self.ledgers.get(connection_id)
        return None if ledger is None else ledger.session()
