"""Which connections were deleted, and how is one taken back or wiped? Behind "More"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.forms import ActionField, Form, NoteField, TableField, TextField
from hostspec.messages import MessageBox, MessageButton
from hostspec.permissions import Permission
from hostspec.rows import Cell, Column, Row
from hostspec.ui import Action, Dialog, Notice, ShowDialog, ShowMessage, ShowView
from hostspec.value import ConnectionId, Tone
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.definition import NAME_LIMIT, clean_name, name_problem
from xero_connections_plugin.connections.entries import NameTaken
from xero_connections_plugin.connections.history import Actor
from xero_connections_plugin.ui.list_view import day, exact
from xero_connections_plugin.ui.reached_word import reached_word
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import deletion_texts as texts
from xero_connections_plugin.ui.texts import tab_texts

if TYPE_CHECKING:
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.deleted_entries import DeletedEntries, DeletedEntry

BIN: Final = "deleted"
"""The act that opens the dialog, the dialog's id, and the field with its rows."""

RECOVERY: Final = "recover-"
NAME_FIELD: Final = "display_name"
MOST: Final = 200
"""Deleted entries that are shown: the newest."""

_ACTS: Final = frozenset({BIN, "recover", "recover_named", "wipe", "wipe_agreed"})


class DeletedPart:
    """A ``TabPart``.

    Args:
        deleted: What is shown.
        types: Say what the column is called for what entries lead to.
        access: Who may look.
    """

    def __init__(self, deleted: DeletedEntries, types: ConnectionTypes, access: Access) -> None:
        self._deleted = deleted
        self._types = types
        self._access = access

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the port names it
        show = Action(action_id=BIN, label=texts.BIN, disabled_reason="" if may_manage else tab_texts.MAY_NOT_MANAGE)
        pending = self._deleted.pending()
        if not pending:
            return Offered(more=(show,))
        button = show.model_copy(update={"label": texts.SHOW_PENDING})
        return Offered(more=(show,), notices=(Notice(text=texts.pending(pending), tone=Tone.WAITING, action=button),))

    def takes(self, act: UserAct) -> bool:
        return act.action_id in _ACTS

    def act(self, origin: Origin, act: UserAct) -> Step:
        self._access.require(origin.user_id, Permission.MANAGE)
        match act.action_id:
            case "recover":
                deleted = self._found(origin, act.row_id)
                return self._take_back(origin, deleted, deleted.connection.display_name)
            case "recover_named":
                deleted = self._found(origin, (act.dialog_id or "").removeprefix(RECOVERY))
                return self._take_back(origin, deleted, str(act.values.get(NAME_FIELD) or ""))
            case "wipe":
                return self._ask_wipe(act)
            case "wipe_agreed":
                for deleted in self._ticked(act):
                    self._require(origin, deleted)
                    self._deleted.wipe(deleted.connection.connection_id, actor=Actor.of(origin))
                return self._dialog()
            case _:
                return self._dialog()

    def close(self) -> None:
        """Nothing goes on here."""

    def _found(self, origin: Origin, connection_id: str | None) -> DeletedEntry:
        deleted = self._deleted.get(ConnectionId(connection_id or ""))
        self._require(origin, deleted)
        return deleted

    def _require(self, origin: Origin, deleted: DeletedEntry) -> None:
        connection = deleted.connection
        subject = connection_subject(connection.connection_id, connection.display_name)
        self._access.require(origin.user_id, Permission.MANAGE, subject)

    def _ticked(self, act: UserAct) -> tuple[DeletedEntry, ...]:
        ticked = act.values.get(BIN)
        chosen = frozenset(ticked) if isinstance(ticked, tuple) else frozenset[str]()
        return tuple(one for one in self._deleted.all(MOST) if one.connection.connection_id in chosen)

    def _ask_wipe(self, act: UserAct) -> Step:
        ticked = self._ticked(act)
        if not ticked:
            return self._dialog(problem=texts.WIPE_NONE)
        names = tuple(deleted.connection.display_name for deleted in ticked)
        return ShowMessage(
            message=MessageBox(
                title=texts.WIPE_TITLE,
                text=texts.wipe_question(names),
                tone=Tone.WARNING,
                dialog_id=BIN,
                buttons=(
                    MessageButton(label=texts.CANCEL, primary=True),
                    MessageButton(label=texts.WIPE, action_id="wipe_agreed", destructive=True),
                ),
            )
        )

    def _take_back(self, origin: Origin, deleted: DeletedEntry, name: str) -> Step:
        problem = name_problem(name)
        if problem:
            return _name_dialog(deleted, name, problem)
        connection_id = deleted.connection.connection_id
        try:
            self._deleted.take_back(connection_id, name, actor=Actor.of(origin))
        except NameTaken:
            taken = texts.name_taken(clean_name(name))
            first = name == deleted.connection.display_name
            return _name_dialog(deleted, texts.other_name(name)[:NAME_LIMIT] if first else name, taken)
        return ShowView(select_row_id=connection_id)

    def _dialog(self, problem: str = "") -> Step:
        entries = self._deleted.all(MOST)
        rows = tuple(self._row(deleted) for deleted in entries)
        pending = [NoteField(text=sentence, tone=Tone.WAITING) for sentence in self._deleted.pending()]
        table = TableField(
            field_id=BIN,
            label=texts.BIN_TABLE,
            columns=_columns(reached_word(self._types.all())),
            rows=rows,
            tickable=bool(rows),
            empty=texts.BIN_EMPTY,
        )
        wipe = (ActionField(action_id="wipe", label=texts.WIPE_TICKED),) if rows else ()
        return ShowDialog(
            dialog=Dialog(
                dialog_id=BIN,
                title=texts.BIN,
                intro=texts.bin_intro(self._deleted.keep.days, MOST if len(rows) == MOST else 0),
                problem=problem,
                form=Form(fields=(*pending, table, *wipe)),
                primary=Action(action_id="dismiss", label=texts.CLOSE, primary=True),
            )
        )

    def _row(self, deleted: DeletedEntry) -> Row:
        connection, wiped_on = deleted.connection, self._deleted.wiped_on(deleted)
        return Row(
            row_id=connection.connection_id,
            label=connection.display_name,
            cells=(
                Cell(text=connection.display_name),
                Cell(text=connection.saved.subtitle or texts.NOTHING_KNOWN),
                Cell(text=deleted.removed_by or texts.NOTHING_KNOWN),
                Cell(text=day(deleted.removed_at), exact=exact(deleted.removed_at)),
                Cell(text=day(wiped_on), exact=exact(wiped_on)),
            ),
            repair=Action(action_id="recover", label=texts.RECOVER),
        )


def _columns(reaches: str) -> tuple[Column, ...]:
    return (
        Column(column_id="name", label=texts.COLUMN_NAME),
        Column(column_id="company", label=reaches),
        Column(column_id="by", label=texts.COLUMN_BY),
        Column(column_id="on", label=texts.COLUMN_ON),
        Column(column_id="wiped", label=texts.COLUMN_WIPED),
    )


def _name_dialog(deleted: DeletedEntry, name: str, error: str) -> ShowDialog:
    return ShowDialog(
        dialog=Dialog(
            dialog_id=f"{RECOVERY}{deleted.connection.connection_id}",
            title=texts.RECOVER_TITLE,
            form=Form(
                fields=(
                    TextField(
                        field_id=NAME_FIELD,
                        label=texts.DISPLAY_NAME,
                        value=name,
                        error=error,
                        required=True,
                    ),
                )
            ),
            primary=Action(action_id="recover_named", label=texts.RECOVER, primary=True),
            cancel=Action(action_id="dismiss", label=texts.CANCEL),
        )
    )
