"""What is shown about one entry: its details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.forms import Fact, FactsField, Form
from hostspec.ui import Action, Dialog, ShowDialog
from xero_connections_plugin.ui.list_view import day, exact
from xero_connections_plugin.ui.texts import configured_texts
from xero_connections_plugin.ui.texts import tab_texts as texts

if TYPE_CHECKING:
    from hostspec.answers import Answers
    from hostspec.forms import ActionField
    from hostspec.usages import Usage
    from xero_connections_plugin.connections.listing import ListedEntry


DETAILS: Final = "details-"
"""Begins the ids of the boxes with details; the entry's id follows."""


def details_dialog(
    entry: ListedEntry,
    type_label: str,
    facts: tuple[Fact, ...],
    usages: Answers[Usage],
    more: tuple[Fact, ...],
    acts: tuple[ActionField, ...] = (),
) -> ShowDialog:
    """The box "Connection Details"."""
    connection, summary = entry.connection, entry.summary
    status = summary.status_text + (f": {summary.cause}" if summary.cause else "")
    everything = (
        Fact(label=texts.FACT_NAME, text=connection.display_name),
        Fact(label=texts.FACT_TYPE, text=type_label),
        Fact(label=texts.FACT_STATUS, text=status),
        *facts,
        *((Fact(label=configured_texts.FACT, text=connection.source),) if connection.source else ()),
        Fact(label=texts.FACT_CREATED, text=day(connection.created_at), exact=exact(connection.created_at)),
        Fact(label=texts.FACT_CHANGED, text=day(connection.changed_at), exact=exact(connection.changed_at)),
        *_usage_facts(usages),
        Fact(label=texts.FACT_ID, text=connection.connection_id, monospace=True),
        *more,
    )
    return ShowDialog(
        dialog=Dialog(
            dialog_id=f"{DETAILS}{connection.connection_id}",
            title=texts.DETAILS_TITLE,
            form=Form(fields=(*acts, FactsField(field_id="facts", facts=everything))),
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
