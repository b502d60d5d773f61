"""What is shown when an entry is to go: the question, what else it stops, how it goes on, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.errors import ConnectionInUse
from hostspec.forms import ChoiceField, ChoiceOption, Form, NoteField
from hostspec.messages import MessageBox, MessageButton
from hostspec.ui import Action, Dialog, ShowDialog, ShowMessage, Wait
from hostspec.value import Tone
from xero_connections_plugin.ui.texts import deletion_texts as texts

if TYPE_CHECKING:
    from hostspec.providers import Connection, RemovalChoice

DELETION: Final = "delete-"
"""Begins the ids of the windows in which an entry is deleted; the entry's id follows."""

CHOICE_FIELD: Final = "choice"
HERE_ONLY: Final = "here-only"


def delete_question(
    connection: Connection,
    choices: tuple[RemovalChoice, ...],
    chosen: RemovalChoice | None,
    *,
    stopped: tuple[str, ...],
    days: int,
) -> ShowDialog:
    """Asks before an entry goes; nothing at the other side is chosen beforehand.

    Args:
        connection: The entry.
        choices: What may be done at the other side.
        chosen: What is chosen of it by now.
        stopped: A sentence for each other entry in use that this stops.
        days: In which the entry can be taken back.
    """
    fields: list[NoteField | ChoiceField] = [NoteField(text=texts.question(connection.display_name, days))]
    if choices:
        options = [ChoiceOption(value=choice.choice_id, label=choice.label) for choice in choices]
        fields.append(
            ChoiceField(
                field_id=CHOICE_FIELD,
                label=texts.CHOICE,
                value=chosen.choice_id if chosen else HERE_ONLY,
                options=(ChoiceOption(value=HERE_ONLY, label=texts.HERE_ONLY), *options),
                hint=chosen.hint if chosen else texts.HERE_ONLY_HINT,
                on_change="delete_choice",
                required=True,
            )
        )
    fields += [NoteField(text=sentence, tone=Tone.WARNING) for sentence in stopped]
    return ShowDialog(
        dialog=Dialog(
            dialog_id=f"{DELETION}{connection.connection_id}",
            title=texts.TITLE,
            alert=True,
            form=Form(fields=tuple(fields)),
            primary=Action(action_id="delete_confirmed", label=texts.DELETE, destructive=True),
            cancel=Action(action_id="dismiss", label=texts.CANCEL),
        )
    )


def cut_off_question(connection: Connection, chosen: RemovalChoice, stopped: tuple[str, ...]) -> ShowMessage:
    """Asks once more before other entries in use are stopped."""
    return ShowMessage(
        message=MessageBox(
            title=texts.CUT_OFF_TITLE,
            text=texts.cut_off_question(chosen.label, stopped),
            tone=Tone.WARNING,
            dialog_id=f"{DELETION}{connection.connection_id}",
            buttons=(
                MessageButton(label=texts.CANCEL, primary=True),
                MessageButton(label=texts.DELETE_ALL_THE_SAME, action_id="delete_agreed", destructive=True),
            ),
        )
    )


def deleting_wait(connection: Connection, wait_id: str, seconds_left: float, seconds_total: float) -> Wait:
    """What is shown while the other side is asked."""
    return Wait(
        wait_id=wait_id,
        dialog_id=wait_id,
        title=texts.DELETING_TITLE,
        text=texts.deleting(connection.display_name),
        seconds_left=max(0.0, seconds_left),
        seconds_total=seconds_total,
        cancel=Action(action_id="leave_deletion", label=texts.LEAVE),
    )


def delete_refused(connection: Connection, sentence: str) -> ShowMessage:
    """Says who uses the entry, and offers the way to change that."""
    return ShowMessage(
        message=MessageBox(
            title=texts.REFUSED_TITLE,
            text=sentence,
            tone=Tone.WARNING,
            row_id=connection.connection_id,
            code=ConnectionInUse.default_code,
            remedy=ConnectionInUse.remedy,
            buttons=(
                MessageButton(label=texts.OK, primary=True),
                MessageButton(label=texts.SWITCH, action_id="usage"),
            ),
        )
    )


def deleted_with_remarks(connection: Connection, remarks: tuple[str, ...]) -> ShowMessage:
    """Says that the entry is gone here and what is left at the other side."""
    return ShowMessage(
        message=MessageBox(
            title=texts.DELETED_TITLE,
            text=texts.deleted_with_remarks(connection.display_name, remarks),
            tone=Tone.WARNING,
            buttons=(MessageButton(label=texts.OK, primary=True, action_id="show_list"),),
        )
    )
