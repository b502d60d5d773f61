"""How does a sign-in come to allow more? The definition opens with what is needed already chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, NotAllowed
from hostspec.forms import ActionField, Section
from hostspec.messages import MessageBox
from hostspec.permissions import Permission
from hostspec.provider_skills import Scoped
from hostspec.ui import ShowDialog, ShowMessage
from hostspec.value import ConnectionId, Tone
from xero_connections_plugin.ui.entry_dialogs import DETAILS
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import widening_texts as texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hostspec.forms import Field, FieldValue
    from hostspec.providers import Connection
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.ui.definitions import Definitions
    from xero_connections_plugin.ui.row_choice import RowChoice

WIDEN_ACT: Final = "widen"


class WideningPart:
    """A ``TabPart``: the repair of entries whose sign-in allows too little, or what ends."""

    def __init__(self, rows: RowChoice, types: ConnectionTypes, definitions: Definitions) -> None:
        self._rows = rows
        self._types = types
        self._definitions = definitions

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the rows carry its button
        return Offered()

    def takes(self, act: UserAct) -> bool:
        return act.action_id.partition(":")[0] == WIDEN_ACT

    def act(self, origin: Origin, act: UserAct) -> Step:
        from_details = (act.dialog_id or "").startswith(DETAILS)
        chosen = (act.dialog_id or "").removeprefix(DETAILS) if from_details else act.row_id or ""
        connection = self._rows.with_id(origin, ConnectionId(chosen), Permission.MANAGE)
        values = self._widened(connection)
        if values is None:
            box = MessageBox(title=texts.TITLE, text=texts.ALREADY, tone=Tone.GOOD)
            return ShowMessage(message=box)
        shown = self._definitions.open(
            origin,
            connection.type_id,
            connection,
            # The definition takes the place of the details, which it would leave out of date.
            draft_id=act.dialog_id if from_details else None,
            name=connection.display_name,
            prepare=lambda _draft: values,
            focus=act.action_id.partition(":")[2],
        )
        return _at_the_next_step(shown)

    def close(self) -> None:
        """Nothing goes on."""

    def buttons(self, origin: Origin, connection: Connection) -> tuple[ActionField, ...]:
        """What the details of an entry offer."""
        try:
            if self._widened(connection) is None:
                return ()
        except CaptureError:
            return ()
        refused = ""
        try:
            self._rows.with_id(origin, connection.connection_id, Permission.MANAGE)
        except NotAllowed:
            refused = texts.MAY_NOT_MANAGE
        except CaptureError:
            return ()
        return (
            ActionField(
                action_id=self._act_of(connection),
                label=texts.WIDEN,
                text=texts.WIDEN_TEXT,
                disabled_reason=refused,
            ),
        )

    def _act_of(self, connection: Connection) -> str:
        """The row's own act, which says where the focus goes; entries without one are offered it all the same."""
        summary = self._types.provider(connection.type_id).summary([connection]).get(connection.connection_id)
        repair = summary.repair if summary is not None else None
        return repair.action_id if repair is not None and repair.action_id.startswith(WIDEN_ACT) else WIDEN_ACT

    def _widened(self, connection: Connection) -> Mapping[str, FieldValue] | None:
        provider = self._types.provider(connection.type_id)
        return provider.widened_values(connection) if isinstance(provider, Scoped) else None


def _at_the_next_step(shown: Step) -> Step:
    """With the focus on what the form calls the next step, where the act named nothing: as the row's button has it."""
    if not isinstance(shown, ShowDialog) or shown.dialog.focus:
        return shown
    following = next(_next_steps(shown.dialog.form.fields), "")
    return shown.model_copy(update={"dialog": shown.dialog.model_copy(update={"focus": following})})


def _next_steps(fields: Iterable[Field]) -> Iterator[str]:
    for one in fields:
        if isinstance(one, Section):
            yield from _next_steps(one.fields)
        elif isinstance(one, ActionField) and one.primary:
            yield one.action_id
