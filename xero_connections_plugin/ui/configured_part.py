"""What does the tab say of entries that a file or the environment configures?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hostspec.messages import MessageBox, MessageButton
from hostspec.permissions import Permission
from hostspec.ui import Notice, ShowMessage, ShowView
from hostspec.value import Tone
from xero_connections_plugin.connections.history import Actor, EventKind
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import configured_texts as texts

if TYPE_CHECKING:
    from hostspec.providers import Connection
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.ui.row_choice import RowChoice


class Configuring(Protocol):
    """What this host configures outside of the list."""

    @property
    def label(self) -> str: ...

    @property
    def problem(self) -> str: ...

    def release(self, connection: Connection) -> None: ...


class ConfiguredPart:
    """A ``TabPart``: says what is wrong with the file, and lets an entry go that nobody's file keeps any more."""

    def __init__(self, rows: RowChoice, configuring: Configuring, history: History) -> None:
        self._rows = rows
        self._configuring = configuring
        self._history = history

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the same for every window
        problem = self._configuring.problem
        if not problem or not may_manage:
            return Offered()
        return Offered(notices=(Notice(text=problem, tone=Tone.WARNING),))

    def takes(self, act: UserAct) -> bool:
        return act.action_id in {"let_go", "let_go_confirmed"}

    def act(self, origin: Origin, act: UserAct) -> Step:
        connection = self._rows.of(origin, act, Permission.MANAGE)
        if not self._may_let_go(connection):
            return self.refusal(connection, texts.CHANGED) or ShowView(select_row_id=connection.connection_id)
        if act.action_id == "let_go":
            return ShowMessage(
                message=MessageBox(
                    title=texts.LET_GO_TITLE,
                    text=texts.let_go_question(connection.display_name, connection.source),
                    tone=Tone.WARNING,
                    row_id=connection.connection_id,
                    buttons=(
                        MessageButton(label=texts.CANCEL, primary=True),
                        MessageButton(label=texts.LET_GO_DONE, action_id="let_go_confirmed"),
                    ),
                )
            )
        self._configuring.release(connection)
        self._history.record(
            EventKind.PROVISIONED,
            actor=Actor.of(origin),
            connection=connection,
            text=texts.no_longer(connection.source),
        )
        return ShowView(select_row_id=connection.connection_id)

    def close(self) -> None:
        """Nothing goes on here."""

    def refusal(self, connection: Connection, what: str) -> Step | None:
        """The message instead of an act on an entry that is configured elsewhere; ``None`` for all others.

        Args:
            connection: The entry.
            what: What was not done with it, such as "deleted".
        """
        if not connection.source:
            return None
        let_go = MessageButton(label=texts.LET_GO, action_id="let_go")
        return ShowMessage(
            message=MessageBox(
                title=texts.REFUSED_TITLE,
                text=texts.refused(connection.display_name, connection.source, what),
                tone=Tone.NEUTRAL,
                row_id=connection.connection_id,
                buttons=(
                    MessageButton(label=texts.OK, primary=True),
                    *((let_go,) if self._may_let_go(connection) else ()),
                ),
            )
        )

    def _may_let_go(self, connection: Connection) -> bool:
        # This host's own file would take it back at once.
        return bool(connection.source) and connection.source != self._configuring.label
