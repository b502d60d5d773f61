"""The buttons of described windows, as a person sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hostspec.forms import ActionField
from hostspec.hosting.form_values import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hostspec.forms import Form
    from hostspec.ui import Action, Dialog, View, Wait


class Button(NamedTuple):
    """A button that can be seen."""

    label: str
    reason: str
    """Why it cannot be pressed; empty when it can."""
    action_id: str | None
    """The act behind it; ``None`` for what the host does itself."""


def button_of(action: Action, *, row_selected: bool = True) -> Button:
    """The button of an action."""
    return Button(action.label, action.disabled_reason or ("" if row_selected else action.needs_row), action.action_id)


def of_dialog(dialog: Dialog) -> list[Button]:
    """A dialog's buttons, those of its form first; those of rows belong to their tables."""
    copy = [Button("Copy", "", None)] if dialog.copy_text else []
    last = [button_of(action) for action in (dialog.primary, dialog.cancel) if action is not None]
    return _of_form(dialog.form) + copy + last


def of_wait(wait: Wait) -> list[Button]:
    """A waiting window's buttons."""
    return [*_of_form(wait.form), button_of(wait.cancel)]


def of_view(view: View, repair: Action | None, *, row_selected: bool) -> list[Button]:
    """A tab's buttons, those behind "More" excepted.

    Args:
        view: What stands on the tab.
        repair: The button of the selected row's problem.
        row_selected: Whether a row is selected.
    """
    actions: list[Action | None] = [*view.actions, *(notice.action for notice in view.notices)]
    if view.empty is not None:
        actions += [view.empty.action, view.empty.second_action]
    return all_of([*actions, repair], row_selected=row_selected)


def all_of(actions: Iterable[Action | None], *, row_selected: bool) -> list[Button]:
    """The buttons of those actions that are there."""
    return [button_of(action, row_selected=row_selected) for action in actions if action is not None]


def _of_form(form: Form) -> list[Button]:
    found = [one for one in fields_of(form) if isinstance(one, ActionField)]
    return [Button(one.label, one.disabled_reason, one.action_id) for one in found]
