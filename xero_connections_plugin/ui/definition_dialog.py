"""How is a definition drawn? The tab's own field and buttons around any provider's form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.forms import ChoiceField, ChoiceOption, Form, TextField
from hostspec.messages import MessageBox, MessageButton
from hostspec.provider_skills import Portable
from hostspec.ui import Action, Dialog, ShowDialog, ShowMessage
from hostspec.value import Tone
from xero_connections_plugin.connections.definition import NAME_LIMIT
from xero_connections_plugin.ui.drafts import NAME_FIELD
from xero_connections_plugin.ui.locked_forms import locked
from xero_connections_plugin.ui.texts import tab_texts as texts

if TYPE_CHECKING:
    from hostspec.forms import FieldValue
    from hostspec.providers import ConnectionProvider, ConnectionType
    from xero_connections_plugin.ui.drafts import OpenDraft

NAME_TYPED: Final = "name_typed"

REPAIR_ACT: Final = "edit:"
"""Begins the acts that open a definition to mend its entry; what is to have the focus there follows."""


def definition_dialog(
    opened: OpenDraft, provider: ConnectionProvider, *, name_error: str = "", problem: str = "", focus: str = ""
) -> ShowDialog:
    """The dialog "Connection Definition" as it stands now; the focus moves only where ``focus`` names something."""
    obstacles = provider.obstacles(opened.draft)
    source = opened.connection.source if opened.connection else ""
    name = TextField(
        field_id=NAME_FIELD,
        label=texts.DISPLAY_NAME,
        value=opened.name,
        hint=texts.DISPLAY_NAME_HINT,
        error=name_error,
        required=True,
        on_change=NAME_TYPED,
        max_length=NAME_LIMIT * 4,
    )
    form = Form(fields=(name, *provider.form(opened.draft).fields))
    if source:
        form = locked(form, open_fields(opened, provider), texts.READ_ONLY)
    return ShowDialog(
        dialog=Dialog(
            dialog_id=opened.draft.draft_id,
            title=texts.DEFINITION_TITLE,
            form=form,
            intro=texts.configured_in(source) if source else "",
            primary=Action(action_id="save", label=texts.SAVE, primary=True, disabled_reason=" ".join(obstacles)),
            cancel=Action(action_id="cancel", label=texts.CANCEL),
            problem=problem,
            focus=focus,
        )
    )


def open_fields(opened: OpenDraft, provider: ConnectionProvider) -> frozenset[str]:
    """The provider's fields that may be filled in, for an entry that is configured elsewhere."""
    if opened.connection is None or not isinstance(provider, Portable):
        return frozenset()
    return provider.open_fields(opened.connection)


def open_values(
    opened: OpenDraft, provider: ConnectionProvider, values: dict[str, FieldValue]
) -> dict[str, FieldValue]:
    """What counts of the values that a window sent: hosts send those of disabled fields too."""
    if opened.connection is None or not opened.connection.source:
        return values
    fields = open_fields(opened, provider)
    return {name: value for name, value in values.items() if name in fields}


def type_dialog(types: tuple[ConnectionType, ...], dialog_id: str) -> ShowDialog:
    """Asks which type to add, where there are several."""
    options = tuple(ChoiceOption(value=found.type_id, label=found.label) for found in types)
    return ShowDialog(
        dialog=Dialog(
            dialog_id=dialog_id,
            title=texts.CHOOSE_TYPE_TITLE,
            form=Form(
                fields=(
                    ChoiceField(
                        field_id="type_id",
                        label=texts.CHOOSE_TYPE,
                        options=options,
                        value=options[0].value,
                        required=True,
                    ),
                )
            ),
            primary=Action(action_id="add_type", label=texts.CONTINUE, primary=True),
            cancel=Action(action_id="dismiss", label=texts.CANCEL),
        )
    )


def unsaved_question(opened: OpenDraft) -> ShowMessage:
    """Asks before a definition is closed with something in it."""
    return ShowMessage(
        message=MessageBox(
            title=texts.UNSAVED_TITLE,
            text=texts.UNSAVED_TEXT,
            tone=Tone.WARNING,
            dialog_id=opened.draft.draft_id,
            buttons=(
                MessageButton(label=texts.KEEP_EDITING, primary=True),
                MessageButton(label=texts.DISCARD, action_id="discard", destructive=True),
            ),
        )
    )


def agree_question(opened: OpenDraft, consequences: tuple[str, ...], used_by: str) -> ShowMessage:
    """Asks before something is saved that may surprise the profiles that use the entry."""
    return ShowMessage(
        message=MessageBox(
            title=texts.AGREE_TITLE,
            text="\n".join((*consequences, used_by)),
            tone=Tone.WARNING,
            dialog_id=opened.draft.draft_id,
            buttons=(
                MessageButton(label=texts.CANCEL, primary=True),
                MessageButton(label=texts.SAVE, action_id="save_agreed", destructive=True),
            ),
        )
    )
