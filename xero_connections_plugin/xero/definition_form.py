"""How does the Xero part of the Connection Definition look? Drawn from what was typed and what is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hostspec.forms import (
    ActionField,
    ChoiceField,
    ChoiceOption,
    CopyableField,
    Form,
    Link,
    ListField,
    NoteField,
    NumberField,
    Section,
    TextField,
)
from hostspec.ui import Action, Dialog, ShowDialog
from hostspec.value import Tone
from xero_connections_plugin.oauth.authorization import compose_redirect_uri
from xero_connections_plugin.xero.app_definition import (
    APPLICATION_URL,
    AUTHORIZE_ACT,
    CLIENT_ID,
    DEFAULT_PORT,
    DEFAULT_URL,
    EXTRA_SCOPES,
    FURTHER_PORTS,
    PORT,
    SCOPE_PRESET,
    application_url_problem,
    read_port,
    text_of,
)
from xero_connections_plugin.xero.endpoints import DEVELOPER_SITE
from xero_connections_plugin.xero.scopes import ScopePreset
from xero_connections_plugin.xero.texts import company_texts
from xero_connections_plugin.xero.texts import xero_texts as texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hostspec.forms import Field, FieldValue

TENANT: Final = "tenant"
GUIDE_ACT: Final = "xero_guide"
REDRAW: Final = "redraw"


@dataclass(frozen=True)
class FormState:
    """What the form shows beside the typed values."""

    errors: Mapping[str, str]
    authorize_refused: str
    """Why Authorize is not offered; empty when it is."""
    sign_in_text: str
    tenants: tuple[ChoiceOption, ...]
    tenant: str
    tenant_refused: str
    """Why no tenant can be chosen yet."""
    scopes_text: str
    """Why the scopes need a new sign-in; empty when they do not."""
    may_refresh_tenants: bool
    is_new: bool = False
    """Whether the entry is not in the list yet."""


def definition_form(values: Mapping[str, FieldValue], state: FormState) -> Form:
    """The fields from the client id to the tenant."""
    errors = state.errors
    redirect_uri = _composed(values, read_port(values.get(PORT, DEFAULT_PORT)))
    fields: list[Field] = [
        *((NoteField(text=state.scopes_text, tone=Tone.WARNING),) if state.scopes_text else ()),
        TextField(
            field_id=CLIENT_ID,
            label=texts.CLIENT_ID,
            value=text_of(values.get(CLIENT_ID)),
            hint=texts.CLIENT_ID_HINT,
            error=errors.get(CLIENT_ID, ""),
            monospace=True,
            required=True,
            links=(Link(label=texts.DEVELOPER_SITE, address=DEVELOPER_SITE),),
        ),
        ActionField(action_id=GUIDE_ACT, label=texts.GUIDE_BUTTON),
        TextField(
            field_id=APPLICATION_URL,
            label=texts.APPLICATION_URL,
            value=text_of(values.get(APPLICATION_URL, DEFAULT_URL)),
            error=errors.get(APPLICATION_URL, ""),
            required=True,
            on_change=REDRAW,
        ),
        _port_field(values.get(PORT, DEFAULT_PORT), errors.get(PORT, "")),
        CopyableField(
            field_id="redirect_uri",
            label=texts.REDIRECT_URI,
            value=redirect_uri,
            hint=texts.REDIRECT_URI_HINT if redirect_uri else texts.REDIRECT_URI_UNKNOWN,
        ),
        _advanced(values, errors),
        NoteField(text=texts.ADVICE),
        ActionField(
            action_id=AUTHORIZE_ACT,
            label=texts.AUTHORIZE,
            text=state.sign_in_text,
            # The scopes say that they hold from the next sign-in on.
            primary=bool(state.scopes_text) and not state.authorize_refused,
            disabled_reason=state.authorize_refused,
        ),
        ChoiceField(
            field_id=TENANT,
            label=texts.TENANT,
            value=state.tenant,
            options=state.tenants,
            placeholder=texts.TENANT_CHOOSE if state.tenants else "",
            hint=_tenant_hint(state),
            disabled_reason=state.tenant_refused,
            required=True,
            on_change=REDRAW,
        ),
    ]
    if state.may_refresh_tenants:
        fields.append(ActionField(action_id="refresh_tenants", label=texts.REFRESH_TENANTS))
    return Form(fields=tuple(fields))


def _tenant_hint(state: FormState) -> str:
    if state.tenant_refused:
        return ""
    return f"{texts.TENANT_HINT} {company_texts.NOT_IN_THE_LIST}" if state.is_new else texts.TENANT_HINT


def _port_field(value: FieldValue, error: str) -> NumberField:
    port = read_port(value)
    shown = "" if port is not None or value is None else str(value)
    return NumberField(
        field_id=PORT,
        label=texts.PORT,
        value=port,
        shown=shown,
        minimum=1,
        maximum=65535,
        error=error,
        required=True,
        on_change=REDRAW,
    )


def _composed(values: Mapping[str, FieldValue], port: int | None) -> str:
    url = text_of(values.get(APPLICATION_URL, DEFAULT_URL)).strip().rstrip("/")
    if port is None or application_url_problem(url):
        return ""
    return compose_redirect_uri(url, port)


def _advanced(values: Mapping[str, FieldValue], errors: Mapping[str, str]) -> Section:
    typed = values.get(FURTHER_PORTS)
    lines = typed if isinstance(typed, tuple) else tuple(text_of(typed).split())
    further = [port for port in map(read_port, lines) if port is not None]
    fields: list[Field] = [
        ListField(
            field_id=FURTHER_PORTS,
            label=texts.FURTHER_PORTS,
            value=lines,
            hint=texts.FURTHER_PORTS_HINT,
            error=errors.get(FURTHER_PORTS, ""),
            monospace=True,
            on_change=REDRAW,
        )
    ]
    redirects = tuple(filter(None, (_composed(values, port) for port in further)))
    if redirects:
        fields.append(NoteField(text=texts.FURTHER_REDIRECTS, copy_texts=redirects))
    fields += [
        ChoiceField(
            field_id=SCOPE_PRESET,
            label=texts.SCOPES,
            value=text_of(values.get(SCOPE_PRESET)) or ScopePreset.GRANULAR.value,
            options=tuple(
                ChoiceOption(value=preset.value, label=texts.PRESET_LABELS[preset.value]) for preset in ScopePreset
            ),
            hint=texts.SCOPES_HINT,
            error=errors.get(SCOPE_PRESET, ""),
        ),
        TextField(
            field_id=EXTRA_SCOPES,
            label=texts.EXTRA_SCOPES,
            value=text_of(values.get(EXTRA_SCOPES)),
            hint=texts.EXTRA_SCOPES_HINT,
            error=errors.get(EXTRA_SCOPES, ""),
            monospace=True,
        ),
    ]
    wrong = any(errors.get(name) for name in (FURTHER_PORTS, SCOPE_PRESET, EXTRA_SCOPES))
    return Section(section_id="advanced", label=texts.ADVANCED, fields=tuple(fields), collapsed=not wrong)


def guide_dialog() -> ShowDialog:
    """How to register the app, step by step."""
    return ShowDialog(
        dialog=Dialog(
            dialog_id="xero-guide",
            title=texts.GUIDE_TITLE,
            form=Form(
                fields=(
                    *(
                        NoteField(
                            text=step,
                            links=(Link(label=texts.DEVELOPER_SITE, address=DEVELOPER_SITE),) if number == 0 else (),
                        )
                        for number, step in enumerate(texts.GUIDE_STEPS)
                    ),
                    CopyableField(
                        field_id="redirect_uri",
                        label=texts.GUIDE_REDIRECT,
                        value=compose_redirect_uri(DEFAULT_URL, DEFAULT_PORT),
                        hint=texts.GUIDE_REDIRECT_HINT,
                    ),
                )
            ),
            primary=Action(action_id="dismiss", label=texts.OK, primary=True),
        )
    )
