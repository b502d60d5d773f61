"""What stands in the definition of a mailbox?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec import (
    ActionField,
    ChoiceField,
    ChoiceOption,
    Field,
    Form,
    NoteField,
    NumberField,
    SecretField,
    TextField,
    Tone,
)
from imap_connections import imap_texts as texts
from imap_connections.mail_account import Security

if TYPE_CHECKING:
    from imap_connections.mail_account import Filled

TEST_ACT = "connect_test"
_TYPED = "typed"


def mailbox_form(filled: Filled, told: NoteField | None) -> Form:
    """The form.

    Args:
        filled: What stands in it.
        told: What came of the last test, if there was one.
    """
    fields: list[Field] = [
        TextField(
            field_id="host",
            label=texts.HOST,
            value=filled.host,
            hint=texts.HOST_HINT,
            error=filled.errors.get("host", ""),
            on_change=_TYPED,
            required=True,
            max_length=300,
        ),
        ChoiceField(
            field_id="security",
            label=texts.SECURITY,
            value=filled.security,
            options=tuple(ChoiceOption(value=one, label=texts.SECURITY_LABELS[one]) for one in Security),
            on_change=_TYPED,
            required=True,
        ),
    ]
    if filled.security is Security.NONE:
        fields.append(NoteField(text=texts.UNENCRYPTED, tone=Tone.WARNING))
    fields += [
        NumberField(
            field_id="port",
            label=texts.PORT,
            value=filled.port if isinstance(filled.port, int) else None,
            shown=filled.port if isinstance(filled.port, str) else "",
            hint=texts.port_hint(filled.security.standard_port),
            error=filled.errors.get("port", ""),
            on_change=_TYPED,
        ),
        TextField(
            field_id="user",
            label=texts.USER,
            value=filled.user,
            hint=texts.USER_HINT,
            error=filled.errors.get("user", ""),
            on_change=_TYPED,
            required=True,
            max_length=300,
        ),
        SecretField(
            field_id="password",
            label=texts.PASSWORD,
            hint=texts.PASSWORD_HINT,
            error=filled.errors.get("password", ""),
            stored=bool(filled.typed) or filled.is_kept,
            on_change=_TYPED,
            required=True,
        ),
        ActionField(action_id=TEST_ACT, label=texts.CONNECT_TEST, text=texts.CONNECT_TEST_TEXT),
    ]
    if told is not None:
        fields.append(told)
    return Form(fields=tuple(fields))
