"""How does an entry become two, and how does it get another name?"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import ConnectionNotFound
from hostspec.forms import Form, TextField
from hostspec.messages import MessageBox
from hostspec.permissions import Permission
from hostspec.provider_skills import Copyable
from hostspec.ui import Action, Dialog, ShowDialog, ShowMessage, ShowView
from hostspec.value import ConnectionId, Tone
from xero_connections_plugin.connections.definition import NAME_LIMIT, clean_name, name_key, name_problem
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, NameTaken
from xero_connections_plugin.connections.free_names import free_name
from xero_connections_plugin.connections.history import Actor, EventKind
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import copying_texts as texts
from xero_connections_plugin.ui.texts import tab_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.forms import FieldValue
    from hostspec.providers import Connection, Draft
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.entry_changes import EntryNames
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.ui.definitions import Definitions
    from xero_connections_plugin.ui.row_choice import RowChoice

RENAMING: Final = "rename-"
"""Begins the ids of the dialogs in which an entry is renamed; the entry's id follows."""

_NAME: Final = "new_name"
_MOST_OPEN: Final = 500
"""Dialogs whose first names are remembered; windows can vanish without a word."""


class CopyingPart:
    """A ``TabPart``: Duplicate and Rename.

    Args:
        rows: Finds the chosen entry.
        names: Where names are kept.
        types: Who knows what may be copied.
        definitions: Opens the copy.
        history: Hears what was done.
        announce: Tells everyone.
        refused: The message about an entry that is configured elsewhere; ``None`` for all others.
    """

    def __init__(
        self,
        *,
        rows: RowChoice,
        names: EntryNames,
        types: ConnectionTypes,
        definitions: Definitions,
        history: History,
        announce: Callable[[ConnectionsChange], None],
        refused: Callable[[Connection, str], Step | None],
    ) -> None:
        self._rows = rows
        self._names = names
        self._types = types
        self._definitions = definitions
        self._history = history
        self._announce = announce
        self._refused = refused
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str, ConnectionId], str] = {}

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the same for every window
        may_not = "" if may_manage else tab_texts.MAY_NOT_MANAGE
        first = tab_texts.SELECT_FIRST
        return Offered(
            more=(
                Action(action_id="duplicate", label=texts.DUPLICATE, needs_row=first, disabled_reason=may_not),
                Action(action_id="rename", label=texts.RENAME, needs_row=first, disabled_reason=may_not),
            )
        )

    def takes(self, act: UserAct) -> bool:
        return act.action_id in {"duplicate", "rename", "rename_confirmed"}

    def act(self, origin: Origin, act: UserAct) -> Step:
        match act.action_id:
            case "duplicate":
                return self._duplicate(origin, self._rows.of(origin, act, Permission.MANAGE))
            case "rename":
                connection = self._rows.of(origin, act, Permission.MANAGE)
                self._saw(origin, connection)
                return self._refused(connection, texts.RENAMED) or _dialog(connection, connection.display_name)
            case _:
                return self._rename(origin, act)

    def close(self) -> None:
        """Nothing goes on here."""

    def _duplicate(self, origin: Origin, connection: Connection) -> Step:
        provider = self._types.provider(connection.type_id)
        if not isinstance(provider, Copyable):
            return ShowMessage(
                message=MessageBox(title=texts.DUPLICATE_REFUSED_TITLE, text=texts.DUPLICATE_REFUSED, tone=Tone.WARNING)
            )

        def values(_draft: Draft) -> Mapping[str, FieldValue]:
            return provider.copied_values(connection)

        return self._definitions.open(
            origin,
            connection.type_id,
            name=free_name(connection.display_name, texts.COPY, self._names.holders_of_names),
            prepare=values,
            copied_from=connection.display_name,
        )

    def _saw(self, origin: Origin, connection: Connection) -> str:
        """The name that this window saw last; from now on it has seen the present one."""
        window = (origin.user_id, origin.window_id, connection.connection_id)
        with self._lock:
            seen = self._seen.pop(window, connection.display_name)
            self._seen[window] = connection.display_name
            if len(self._seen) > _MOST_OPEN:
                del self._seen[next(iter(self._seen))]
        return seen

    def _rename(self, origin: Origin, act: UserAct) -> Step:
        connection_id = ConnectionId((act.dialog_id or "").removeprefix(RENAMING))
        connection = self._rows.with_id(origin, connection_id, Permission.MANAGE)
        refusal = self._refused(connection, texts.RENAMED)
        if refusal is not None:
            return refusal
        value = act.values.get(_NAME)
        typed = value if isinstance(value, str) else ""
        seen = self._saw(origin, connection)
        if wrong := name_problem(typed):
            return _dialog(connection, typed, error=wrong)
        name = clean_name(typed)
        if seen != connection.display_name and name != connection.display_name:
            return _dialog(connection, typed, problem=texts.renamed_meanwhile(connection.display_name))
        if name != connection.display_name:
            try:
                self._names.rename(connection_id, display_name=name, name_key=name_key(name), seen_name=seen)
            except NameTaken:
                return _dialog(connection, typed, error=texts.name_taken(name))
            except EntryChanged:
                now = self._rows.with_id(origin, connection_id, Permission.MANAGE)
                return _dialog(now, typed, problem=texts.renamed_meanwhile(now.display_name))
            except EntryGone:
                raise ConnectionNotFound(texts.GONE) from None
            after = connection.model_copy(update={"display_name": name})
            self._history.record(
                EventKind.RENAMED,
                actor=Actor.of(origin),
                connection=after,
                text=texts.was_named(connection.display_name),
            )
            self._announce(ConnectionsChange(kind=ChangeKind.CHANGED, connection_ids=(connection_id,)))
        return ShowView(select_row_id=connection_id)


def _dialog(connection: Connection, typed: str, *, error: str = "", problem: str = "") -> ShowDialog:
    return ShowDialog(
        dialog=Dialog(
            dialog_id=f"{RENAMING}{connection.connection_id}",
            title=texts.RENAME_TITLE,
            form=Form(
                fields=(
                    TextField(
                        field_id=_NAME,
                        label=texts.NEW_NAME,
                        value=typed,
                        hint=texts.NEW_NAME_HINT,
                        error=error,
                        required=True,
                        max_length=NAME_LIMIT * 4,
                    ),
                )
            ),
            problem=problem,
            primary=Action(action_id="rename_confirmed", label=texts.RENAME, primary=True),
            cancel=Action(action_id="dismiss", label=texts.CANCEL),
        )
    )
