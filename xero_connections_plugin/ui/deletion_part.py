"""May this entry go, and with what else at the other side? The question before a deletion, and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.permissions import Permission
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.removal import in_use_sentence, profiles_sentence
from xero_connections_plugin.ui.deletion_dialogs import (
    CHOICE_FIELD,
    DELETION,
    cut_off_question,
    delete_question,
    delete_refused,
)
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import configured_texts
from xero_connections_plugin.ui.texts import deletion_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Connection, RemovalChoice
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.removal import Removal
    from xero_connections_plugin.ui.deletions import Deletions
    from xero_connections_plugin.ui.row_choice import RowChoice

_ACTS: Final = frozenset({"delete", "delete_choice", "delete_confirmed", "delete_agreed", "leave_deletion"})


class DeletionPart:
    """A ``TabPart``; its button stands among those of the list.

    Args:
        removal: Removes entries.
        deletions: Those that take a while.
        rows: Finds entries for those who may.
        days: In which a deleted entry can be taken back.
        refused: The message about an entry that is configured elsewhere; ``None`` for all others.
    """

    def __init__(
        self,
        removal: Removal,
        deletions: Deletions,
        rows: RowChoice,
        *,
        days: int,
        refused: Callable[[Connection, str], Step | None],
    ) -> None:
        self._removal = removal
        self._deletions = deletions
        self._rows = rows
        self._days = days
        self._refused = refused

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the port names them
        return Offered()

    def takes(self, act: UserAct) -> bool:
        return act.action_id in _ACTS or (act.action_id == "continue" and (act.wait_id or "").startswith(DELETION))

    def act(self, origin: Origin, act: UserAct) -> Step:
        match act.action_id:
            case "continue":
                return self._deletions.go_on(origin, act.wait_id or "")
            case "leave_deletion":
                return self._deletions.leave(origin, act.wait_id or "")
            case "delete":
                connection = self._rows.of(origin, act, Permission.MANAGE)
                refusal = self._refused(connection, configured_texts.DELETED)
                if refusal is not None:
                    return refusal
                usages = self._removal.usages(connection)
                if usages:
                    return delete_refused(connection, in_use_sentence(connection, usages))
                return self._question(connection, None)
            case _:
                return self._answered(origin, act)

    def close(self) -> None:
        """Deletions that have begun are finished at the next start."""

    def _answered(self, origin: Origin, act: UserAct) -> Step:
        """Something was chosen or pressed in the question."""
        connection_id = ConnectionId((act.dialog_id or "").removeprefix(DELETION))
        connection = self._rows.with_id(origin, connection_id, Permission.MANAGE)
        chosen = self._chosen(connection, act)
        if act.action_id == "delete_choice":
            return self._question(connection, chosen)
        if chosen is not None and act.action_id == "delete_confirmed":
            stopped = self._stopped(chosen)
            if stopped:
                return cut_off_question(connection, chosen, stopped)
        choices = frozenset({chosen.choice_id}) if chosen is not None else frozenset[str]()
        return self._deletions.delete(origin, connection, f"{DELETION}{connection_id}", choices)

    def _question(self, connection: Connection, chosen: RemovalChoice | None) -> Step:
        return delete_question(
            connection,
            self._removal.choices(connection),
            chosen,
            stopped=self._stopped(chosen) if chosen is not None else (),
            days=self._days,
        )

    def _chosen(self, connection: Connection, act: UserAct) -> RemovalChoice | None:
        value = act.values.get(CHOICE_FIELD)
        return next((one for one in self._removal.choices(connection) if one.choice_id == value), None)

    def _stopped(self, chosen: RemovalChoice) -> tuple[str, ...]:
        found = self._removal.cut_off(chosen)
        return tuple(texts.stops(other.display_name, profiles_sentence(usages)) for other, usages in found)
