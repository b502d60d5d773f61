"""How is a definition filled in, signed in to and saved from a terminal? The dialog's own fields, acts and refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, assert_never

from pydantic import SecretStr

from hostspec.forms import (
    ActionField,
    CheckField,
    ChoiceField,
    FileField,
    ListField,
    NumberField,
    SecretField,
    TextField,
)
from hostspec.hosting.form_values import Input, fields_of
from hostspec.ui import Close, ShowDialog
from xero_connections_plugin.cli.command_ends import ToldByTab
from xero_connections_plugin.cli.definition_options import option_for
from xero_connections_plugin.cli.step_answers import field_errors, refuse_dialog, settle
from xero_connections_plugin.cli.texts import definition_texts as texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hostspec.forms import ChoiceOption, FieldValue, Form
    from hostspec.usages import Subject
    from xero_connections_plugin.cli.console import Console
    from xero_connections_plugin.cli.tab_window import Shown, TabWindow

TENANT_FIELD: Final = "tenant"
AUTHORIZE: Final = "authorize"
_REFRESH: Final = "refresh_tenants"


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What the options say about a definition."""

    fields: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """What to type, by field id."""
    secrets: frozenset[str] = frozenset()
    """Secrets to ask for, by field id, whether or not they are required or kept already."""
    tenant: str = ""
    """The company's name or id, where one is to be chosen."""
    authorize: bool | None = None
    """Whether to sign in; ``None``: where the definition cannot be saved otherwise."""


def complete(console: Console, window: TabWindow, filling: Filling) -> Subject | None:
    """Fill in the open definition, sign in where that is due, choose the company, and save.

    Returns:
        What was saved; ``None`` where the tab closed its windows by itself.

    Raises:
        CommandEnded: The tab refuses; nothing was saved.
        CaptureError: What an act raised; nothing was saved.
    """
    for name, value in filling.fields.items():
        _fill(window, name, value)
    for name in sorted(filling.secrets):
        _require_secret(window, name)
    _ask_for_missing(console, window, filling.secrets)
    if filling.authorize is not True and _lacks_companies(window, filling.tenant):
        # A sign-in that is here already may reach the company.
        settle(console, window, window.press(_REFRESH))
    if filling.authorize is True or (filling.authorize is None and _needs_sign_in(window)):
        authorize(console, window)
    _choose_tenant(console, window, filling.tenant)
    return _save(console, window)


def authorize(console: Console, window: TabWindow) -> None:
    """Press Authorize in the open definition, and come back to it signed in.

    Raises:
        CommandEnded: The sign-in failed or was refused.
    """
    button = next((one for one in _fields(window) if isinstance(one, ActionField) and one.action_id == AUTHORIZE), None)
    if button is not None and button.disabled_reason:
        raise ToldByTab(button.disabled_reason)
    step = window.press(AUTHORIZE)
    if isinstance(step, ShowDialog) and _errors(step.dialog.form):
        refuse_dialog(step)
    settle(console, window, step)


def _lacks_companies(window: TabWindow, wanted: str) -> bool:
    """Whether the companies have to be listed anew, and can be."""
    if not any(isinstance(one, ActionField) and one.action_id == _REFRESH for one in _fields(window)):
        return False
    tenant = _tenant(window)
    return tenant is not None and (not tenant.options or (bool(wanted) and not _matching(tenant, wanted)))


def _needs_sign_in(window: TabWindow) -> bool:
    """Whether the definition cannot be saved as it is, and no company can be chosen either."""
    opened = window.dialog
    if opened is None or not any(
        isinstance(one, ActionField) and one.action_id == AUTHORIZE for one in _fields(window)
    ):
        return False
    tenant = _tenant(window)
    return bool(opened.dialog.primary.disabled_reason) and (tenant is None or not tenant.options)


def _fill(window: TabWindow, name: str, value: str | tuple[str, ...]) -> None:
    window.set(name, _typed(_input(window, name), value))


def _require_secret(window: TabWindow, name: str) -> None:
    """Refuse what cannot be asked for, before anything is."""
    inputs = _inputs(window)
    if name not in inputs:
        raise ToldByTab(texts.no_such_secret(tuple(inputs)))
    if not isinstance(_input(window, name), SecretField):
        raise ToldByTab(texts.no_secret(name))


def _input(window: TabWindow, name: str) -> Input:
    inputs = _inputs(window)
    found = inputs.get(name)
    if found is None:
        raise ToldByTab(texts.no_such_field(name, tuple(inputs)))
    if found.disabled_reason:
        raise ToldByTab(texts.field_disabled(found.label, found.disabled_reason))
    return found


def _inputs(window: TabWindow) -> dict[str, Input]:
    return {one.field_id: one for one in _fields(window) if isinstance(one, Input)}


def _typed(one: Input, value: str | tuple[str, ...]) -> FieldValue:
    text = value if isinstance(value, str) else "\n".join(value)
    match one:
        case NumberField():
            stripped = text.strip()
            return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 10 else text
        case CheckField():
            return text.strip().casefold() in {"1", "yes", "true", "on"}
        case ListField():
            return tuple(line.strip() for line in text.replace(",", "\n").splitlines() if line.strip())
        case ChoiceField():
            return _option(one, text)
        case SecretField():
            raise ToldByTab(texts.secret_by_option(one.field_id))
        case TextField() | FileField():
            return text
        case _:
            assert_never(one)


def _matching(one: ChoiceField, typed: str) -> list[ChoiceOption]:
    wanted = typed.strip().casefold()

    def fits(value: str, label: str) -> bool:
        # A company's value carries its id behind a mark of the list that it stood in.
        return wanted in {value.casefold(), label.casefold(), value.rpartition(".")[2].casefold()}

    return [option for option in one.options if fits(option.value, option.label)]


def _option(one: ChoiceField, typed: str) -> str:
    found = _matching(one, typed)
    if len(found) != 1 or found[0].disabled_reason:
        raise ToldByTab(
            (found[0].disabled_reason if len(found) == 1 else "")
            or texts.no_such_option(one.label, typed, _offered(one))
        )
    return found[0].value


def _offered(one: ChoiceField) -> tuple[str, ...]:
    """What may be typed: a company's name, otherwise what the program calls an option."""
    return tuple(option.label if one.field_id == TENANT_FIELD else option.value for option in one.options)


def _ask_for_missing(console: Console, window: TabWindow, secrets: frozenset[str]) -> None:
    """Ask at the terminal for what is required and empty, and for these secrets."""
    for one in tuple(_fields(window)):
        opened = window.dialog
        if opened is None or not isinstance(one, TextField | SecretField) or one.disabled_reason:
            continue
        if isinstance(one, SecretField):
            if one.field_id in secrets or (one.required and not one.stored):
                answer = console.ask.secret(one.label, option=texts.FROM_A_PIPE, from_pipe=True)
                window.set(one.field_id, SecretStr(answer))
        elif one.required and not opened.values.get(one.field_id):
            window.set(one.field_id, console.ask.text(one.label, option=option_for(one.field_id)))


def _choose_tenant(console: Console, window: TabWindow, wanted: str) -> None:
    field_ = _tenant(window)
    opened = window.dialog
    if field_ is None or opened is None:
        return
    if wanted:
        if field_.disabled_reason:
            raise ToldByTab(texts.field_disabled(field_.label, field_.disabled_reason))
        window.set(TENANT_FIELD, _option(field_, wanted))
        return
    offered = [option for option in field_.options if not option.disabled_reason]
    if opened.values.get(TENANT_FIELD) or field_.disabled_reason or not offered:
        return
    labels = [f"{option.label} ({option.mark})" if option.mark else option.label for option in offered]
    number = console.ask.choose(texts.CHOOSE_TENANT, labels, option="--tenant")
    window.set(TENANT_FIELD, offered[number].value)


def _save(console: Console, window: TabWindow) -> Subject | None:
    opened = window.dialog
    if opened is not None and opened.dialog.primary.disabled_reason:
        # "Correct the fields that are marked", says the tab; nothing is marked in a terminal.
        raise ToldByTab("\n".join(field_errors(opened.dialog)) or opened.dialog.primary.disabled_reason)
    step = settle(console, window, window.press("save"))
    match step:
        case Close(result=result):
            return result
        case ShowDialog() if opened is not None and step.dialog.title == opened.dialog.title:
            refuse_dialog(step)
        case ShowDialog():
            return _left_to_do(console, window, step)
        case _:
            pass
    return None


def _left_to_do(console: Console, window: TabWindow, step: ShowDialog) -> Subject | None:
    """What takes the definition's place after it was saved, such as batches that may run again: said, and left."""
    console.out.note(step.dialog.intro or step.dialog.title)
    cancel = step.dialog.cancel or step.dialog.primary
    after: Shown = window.press(cancel.action_id)
    return after.result if isinstance(after, Close) else None


def _tenant(window: TabWindow) -> ChoiceField | None:
    return next((one for one in _fields(window) if isinstance(one, ChoiceField) and one.field_id == TENANT_FIELD), None)


def _fields(window: TabWindow) -> Iterable[object]:
    opened = window.dialog
    return tuple(fields_of(opened.dialog.form)) if opened is not None else ()


def _errors(form: Form) -> bool:
    return any(getattr(one, "error", "") for one in fields_of(form))
