"""What is shown about one entry: its details, and the question before it is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.forms import CheckField, Fact, FactsField, Form, NoteField
from hostspec.messages import MessageBox, MessageButton
from hostspec.ui import Action, Dialog, ShowDialog, ShowMessage, Wait
from hostspec.value import Tone
from xero_connections_plugin.ui.list_view import day, exact
from xero_connections_plugin.ui.texts import tab_texts as texts

if TYPE_CHECKING:
    from hostspec.answers import Answers
    from hostspec.providers import Connection, RemovalChoice
    from hostspec.usages import Usage
    from xero_connections_plugin.connections.listing import ListedEntry


DELETION: Final = "delete-"
"""Begins the ids of the windows in which an entry is deleted; the entry's id follows."""


def details_dialog(
    entry: ListedEntry, type_label: str, facts: tuple[Fact, ...], usages: Answers[Usage], more: tuple[Fact, ...]
) -> ShowDialog:
    """The box "Connection Details"."""
    connection, summary = entry.connection, entry.summary
    status = summary.status_text + (f": {summary.cause}" if summary.cause else "")
    everything = (
        Fact(label=texts.FACT_NAME, text=connection.display_name),
        Fact(label=texts.FACT_TYPE, text=type_label),
        Fact(label=texts.FACT_STATUS, text=status),
        *facts,
        Fact(label=texts.FACT_CREATED, text=day(connection.created_at), exact=exact(connection.created_at)),
        Fact(label=texts.FACT_CHANGED, text=day(connection.changed_at), exact=exact(connection.changed_at)),
        *_usage_facts(usages),
        Fact(label=texts.FACT_ID, text=connection.connection_id, monospace=True),
        *more,
    )
    return ShowDialog(
        dialog=Dialog(
            dialog_id=f"details-{connection.connection_id}",
            title=texts.DETAILS_TITLE,
            form=Form(fields=(FactsField(field_id="facts", facts=everything),)),
            primary=Action(action_id="dismiss", label=texts.OK, primary=True),
            copy_text="\n".join(f"{fact.label}: {fact.exact or fact.text}" for fact in everything),
        )
    )


def _usage_facts(usages: Answers[Usage]) -> tuple[Fact, ...]:
    lines = [
        Fact(
            label=texts.FACT_USED_BY,
            text=texts.usage_fact(usage.profile, usage.step, enabled=usage.enabled, host=usage.host),
        )
        for usage in usages
    ]
    if usages.failed:
        lines.append(Fact(label=texts.FACT_USED_BY, text=texts.USAGE_UNCERTAIN))
    return tuple(lines) or (Fact(label=texts.FACT_USED_BY, text=texts.NOBODY),)


def delete_question(connection: Connection, choices: tuple[RemovalChoice, ...]) -> ShowDialog:
    """Asks before an entry goes; what may be done at the other side is never ticked beforehand."""
    return ShowDialog(
        dialog=Dialog(
            dialog_id=f"{DELETION}{connection.connection_id}",
            title=texts.DELETE_TITLE,
            alert=True,
            form=Form(
                fields=(
                    NoteField(text=texts.delete_question(connection.display_name)),
                    *(
                        CheckField(field_id=choice.choice_id, label=choice.label, hint=choice.hint)
                        for choice in choices
                    ),
                )
            ),
            primary=Action(action_id="delete_confirmed", label=texts.DELETE, destructive=True),
            cancel=Action(action_id="dismiss", label=texts.CANCEL),
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
            title=texts.DELETE_REFUSED_TITLE,
            text=sentence,
            tone=Tone.WARNING,
            row_id=connection.connection_id,
            buttons=(
                MessageButton(label=texts.OK, primary=True),
                MessageButton(label=texts.SHOW_USAGE, action_id="usage"),
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
