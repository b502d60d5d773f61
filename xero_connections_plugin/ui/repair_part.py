"""What is done after a repair? Batches that failed on the entry are listed, and handed back to be run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.forms import ActionField, Form, NoteField, TableField
from hostspec.messages import MessageBox
from hostspec.permissions import Permission
from hostspec.ui import Action, Cell, Close, Column, Dialog, Notice, Row, ShowDialog, ShowMessage
from hostspec.value import ConnectionId, Tone
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.history import Actor
from xero_connections_plugin.ui.list_view import day, exact
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import repair_texts as texts

if TYPE_CHECKING:
    from hostspec.providers import Connection
    from hostspec.ui import Origin, Step, UserAct
    from hostspec.usages import FailedBatch, RerunBatch
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.failed_batches import FailedBatches
    from xero_connections_plugin.ui.row_choice import RowChoice

SHOW_ACT: Final = "failed_batches:"
RUN_ACT: Final = "run_batches:"
LEAVE_ACT: Final = "leave_batches:"
"""Begin the acts; the entry's id follows."""

_TICKED: Final = "batches"
_MOST_ROWS: Final = 500


class RepairPart:
    """A ``TabPart``: what waits for an entry that works again. Any thread may call."""

    def __init__(self, batches: FailedBatches, rows: RowChoice, access: Access) -> None:
        self._batches = batches
        self._rows = rows
        self._access = access

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:
        waiting = self._batches.waiting
        if not waiting or not (may_manage or self._access.allows(origin.user_id, Permission.USE)):
            return Offered()
        text = texts.notice(sum(one.count for one in waiting), tuple(one.connection.display_name for one in waiting))
        first = waiting[0].connection.connection_id
        show = Action(action_id=f"{SHOW_ACT}{first}" if len(waiting) == 1 else SHOW_ACT, label=texts.SHOW)
        return Offered(notices=(Notice(text=text, tone=Tone.WARNING, action=show),))

    def takes(self, act: UserAct) -> bool:
        return act.action_id.startswith((SHOW_ACT, RUN_ACT, LEAVE_ACT))

    def act(self, origin: Origin, act: UserAct) -> Step:
        _, _, connection_id = act.action_id.partition(":")
        if not connection_id:
            return self._choose(origin)
        if act.action_id.startswith(LEAVE_ACT):
            return Close(result=connection_subject(ConnectionId(connection_id)))
        if act.action_id.startswith(RUN_ACT):
            return self._run(origin, act, ConnectionId(connection_id))
        connection = self._rows.with_id(origin, ConnectionId(connection_id), Permission.VIEW)
        # Above what it was opened from, except after Save: then it takes the definition's place.
        return self._listed(origin, connection, None) or _nothing_left()

    def close(self) -> None:
        """Nothing goes on here."""

    def buttons(self, origin: Origin, connection: Connection) -> tuple[ActionField, ...]:
        """What the details of an entry offer."""
        del origin
        count = len(self._batches.of(connection).items)
        if not count:
            return ()
        return (ActionField(action_id=f"{SHOW_ACT}{connection.connection_id}", label=texts.show(count)),)

    def after_test(self, connection: Connection) -> Action | None:
        """What is offered once an entry has passed a test."""
        count = len(self._batches.to_repeat(connection))
        return Action(action_id=f"{SHOW_ACT}{connection.connection_id}", label=texts.show(count)) if count else None

    def after_save(self, origin: Origin, connection: Connection, dialog_id: str) -> Step | None:
        """What takes the place of a definition that was saved; ``None`` while nothing waits."""
        if not self._batches.to_repeat(connection):
            return None
        return self._listed(origin, connection, dialog_id)

    def _choose(self, origin: Origin) -> Step:
        waiting = self._batches.waiting
        if len(waiting) == 1:
            return self._listed(origin, waiting[0].connection, None) or _nothing_left()
        if not waiting:
            return _nothing_left()
        self._access.require(origin.user_id, Permission.VIEW)
        fields = tuple(
            ActionField(
                action_id=f"{SHOW_ACT}{one.connection.connection_id}",
                label=texts.show(one.count),
                text=one.connection.display_name,
            )
            for one in waiting[:_MOST_ROWS]
        )
        return ShowDialog(
            dialog=Dialog(
                dialog_id="failed-batches",
                title=texts.TITLE,
                intro=texts.choose(len(waiting)),
                form=Form(fields=fields),
                primary=Action(action_id="dismiss", label=texts.CLOSE, primary=True),
            )
        )

    def _listed(self, origin: Origin, connection: Connection, dialog_id: str | None) -> Step | None:
        answers = self._batches.of(connection)
        if not answers.items:
            return None
        subject = connection_subject(connection.connection_id, connection.display_name)
        may = self._access.allows(origin.user_id, Permission.USE, subject)
        status = self._batches.unready(connection)
        count = len(answers.items)
        intro = (
            texts.works_not_yet(connection.display_name, count, status)
            if status
            else texts.works_again(connection.display_name, count)
        )
        warning = texts.incomplete(answers.failed) if answers.failed else ""
        shown = answers.items[:_MOST_ROWS]
        table = TableField(
            field_id=_TICKED,
            label=texts.TABLE,
            columns=_COLUMNS,
            rows=tuple(_row(batch) for batch in shown),
            tickable=True,
            value=tuple(batch.batch_id for batch in shown),
        )
        run = Action(
            action_id=f"{RUN_ACT}{connection.connection_id}",
            label=texts.RUN_AGAIN,
            primary=True,
            disabled_reason="" if may else texts.MAY_NOT_RUN,
        )
        return ShowDialog(
            dialog=Dialog(
                dialog_id=dialog_id or f"batches-{connection.connection_id}",
                title=texts.TITLE,
                intro=intro,
                form=Form(fields=(*((NoteField(text=warning, tone=Tone.WARNING),) if warning else ()), table)),
                primary=run,
                cancel=Action(action_id=f"{LEAVE_ACT}{connection.connection_id}", label=texts.NOT_NOW),
            )
        )

    def _run(self, origin: Origin, act: UserAct, connection_id: ConnectionId) -> Step:
        connection = self._rows.with_id(origin, connection_id, Permission.USE)
        ticked = act.values.get(_TICKED)
        wanted = tuple(ticked) if isinstance(ticked, tuple) else ()
        known = {batch.batch_id: batch for batch in self._batches.of(connection)}
        if not wanted:
            listed = self._listed(origin, connection, act.dialog_id)
            if not isinstance(listed, ShowDialog):
                return _nothing_left()
            return ShowDialog(dialog=listed.dialog.model_copy(update={"problem": texts.NOTHING_TICKED}))
        answers = self._batches.run_again(connection, wanted, Actor.of(origin))
        told = {answer.batch_id: answer for answer in answers}
        rows = tuple(_result(batch_id, known.get(batch_id), told.get(batch_id)) for batch_id in wanted)
        started = sum(answer.started for answer in answers)
        return ShowDialog(
            dialog=Dialog(
                dialog_id=act.dialog_id or f"batches-{connection_id}",
                title=texts.DONE_TITLE,
                intro=texts.handed_back(started, len(wanted)),
                form=Form(fields=(TableField(field_id="results", label=texts.TABLE, columns=_RESULTS, rows=rows),)),
                primary=Action(action_id=f"{LEAVE_ACT}{connection_id}", label=texts.CLOSE, primary=True),
            )
        )


_COLUMNS: Final = (
    Column(column_id="place", label=texts.COLUMN_PROFILE),
    Column(column_id="documents", label=texts.COLUMN_DOCUMENTS),
    Column(column_id="failed", label=texts.COLUMN_FAILED),
    Column(column_id="cause", label=texts.COLUMN_CAUSE),
)
_RESULTS: Final = (
    Column(column_id="place", label=texts.COLUMN_PROFILE),
    Column(column_id="result", label=texts.COLUMN_RESULT),
)


def _row(batch: FailedBatch) -> Row:
    name = texts.place(batch.profile, batch.step)
    return Row(
        row_id=batch.batch_id,
        label=name,
        cells=(
            Cell(text=name),
            Cell(text=str(batch.documents)),
            Cell(text=day(batch.failed_at), exact=exact(batch.failed_at)),
            Cell(text=batch.problem),
        ),
    )


def _result(batch_id: str, batch: FailedBatch | None, answer: RerunBatch | None) -> Row:
    name = texts.place(batch.profile, batch.step) if batch is not None else batch_id
    if answer is None:
        result = Cell(text=texts.NOBODY, tone=Tone.BAD)
    elif answer.started:
        result = Cell(text=texts.STARTED, tone=Tone.GOOD)
    else:
        result = Cell(text=answer.detail or texts.NOBODY, tone=Tone.WARNING)
    return Row(row_id=batch_id, label=name, cells=(Cell(text=name), result))


def _nothing_left() -> ShowMessage:
    return ShowMessage(message=MessageBox(title=texts.NOTHING_LEFT_TITLE, text=texts.NOTHING_LEFT))
