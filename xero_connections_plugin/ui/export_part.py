"""What happens at Export? A file is handed out, with the selected connection or with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.permissions import Permission
from hostspec.ui import Action, Download
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.connections.entry_file import written
from xero_connections_plugin.connections.history import Actor, EventKind
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import transfer_texts as texts
from xero_connections_plugin.ui.transfer_dialogs import ALL, WHICH, export_dialog

if TYPE_CHECKING:
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.carrying import Carrying
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.ui.part_services import PartServices

EXPORT: Final = "export-"
"""Begins the ids of its windows."""

EXPORT_SECONDS: Final = 30.0
_ACTS: Final = frozenset({"export", "export_confirmed", "export_agreed", "export_stop"})


class ExportPart:
    """A ``TabPart``: Export.

    Args:
        services: See the class; long files are written beside the caller.
        entries: The list.
        carrying: Writes files.
    """

    def __init__(self, services: PartServices, *, entries: EntryStore, carrying: Carrying) -> None:
        self._services = services
        self._entries = entries
        self._carrying = carrying
        self._errands = services.errands(texts.EXPORT_FAILED)

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the same for everybody
        return Offered(more=(Action(action_id="export", label=texts.EXPORT),))

    def takes(self, act: UserAct) -> bool:
        if act.action_id == "continue":
            return (act.wait_id or "").startswith(EXPORT)
        return act.action_id in _ACTS

    def act(self, origin: Origin, act: UserAct) -> Step:
        self._services.access.require(origin.user_id, Permission.VIEW)
        match act.action_id:
            case "export":
                return self._ask_export(origin, act)
            case "export_confirmed" | "export_agreed":
                return self._export(origin, act)
            case "export_stop":
                return self._errands.stop(origin, act.wait_id or "")
            case _:
                return self._errands.go_on(origin, act.wait_id or "")

    def close(self) -> None:
        self._errands.close()

    def _ask_export(self, origin: Origin, act: UserAct) -> Step:
        selected = self._services.rows.of(origin, act, Permission.VIEW) if act.row_id else None
        return export_dialog(f"{EXPORT}{self._services.new_id()}", self._entries.count(EntryQuery()), selected)

    def _export(self, origin: Origin, act: UserAct) -> Step:
        which = act.values.get(WHICH)
        only = ConnectionId(which) if isinstance(which, str) and which not in {"", ALL} else None
        if only is not None:
            self._services.rows.with_id(origin, only, Permission.VIEW)
        dialog_id = act.dialog_id or EXPORT
        return self._errands.begin(
            origin,
            dialog_id,
            lambda _cancel: self._write(origin, dialog_id, only, agreed=act.action_id == "export_agreed"),
            title=texts.EXPORTING_TITLE,
            text=lambda: texts.EXPORTING,
            stop=Action(action_id="export_stop", label=texts.CANCEL),
            seconds=EXPORT_SECONDS,
        )

    def _write(self, origin: Origin, dialog_id: str, only: ConnectionId | None, *, agreed: bool) -> Step:
        some = self._entries.many([only]) if only is not None else self._entries.find(EntryQuery())
        file, left_out = self._carrying.write(some)
        if not file.connections or (left_out and not agreed):
            fixed = self._carrying.types_without_file(left_out)
            return export_dialog(dialog_id, len(file.connections), None, left_out=left_out, fixed=fixed)
        count = len(file.connections)
        self._services.history.record(
            EventKind.EXPORTED,
            actor=Actor.of(origin),
            connection=some[0] if only is not None else None,
            label="" if only is not None else texts.all_of_them(count),
            text=texts.exported(count, left_out=len(left_out)),
        )
        today = self._services.clock.now()
        return Download(
            file_name=f"connections-{today:%Y-%m-%d}.json", media_type="application/json", text=written(file)
        )
