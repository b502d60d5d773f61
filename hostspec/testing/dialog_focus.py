"""What has the keyboard focus when a described dialog has been drawn, before anybody used it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.forms import ActionField, Section, TableField
from hostspec.hosting.form_values import Input, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hostspec.forms import Field
    from hostspec.ui import Dialog


def focus_drawn(dialog: Dialog) -> str:
    """The label of what has the focus in a dialog that was just opened; a table's row is called by its own label.

    Raises:
        AssertionError: The dialog gives the focus to something that it does not have.
    """
    named = focus_named(dialog)
    return _in_error(dialog) or named or _first_to_use(dialog)


def focus_redrawn(dialog: Dialog, before: str) -> str:
    """The same for a dialog that replaced another in place; nothing else draws the focus away from where it was.

    Raises:
        AssertionError: The dialog gives the focus to something that it does not have.
    """
    named = focus_named(dialog)
    return _in_error(dialog) or named or before


def focus_named(dialog: Dialog) -> str:
    """The label of what the dialog itself gives the focus to; empty where it says nothing.

    Raises:
        AssertionError: It has no such field or button.
    """
    if not dialog.focus:
        return ""
    buttons = (action for action in (dialog.primary, dialog.cancel) if action is not None)
    fields = (one for one in fields_of(dialog.form) if isinstance(one, Input))
    labels = {
        **{action.action_id: action.label for action in buttons},
        **{one.action_id: one.label for one in fields_of(dialog.form) if isinstance(one, ActionField)},
        **{one.field_id: one.label for one in fields},
    }
    if dialog.focus not in labels:
        raise AssertionError(f'The dialog "{dialog.title}" has no "{dialog.focus}" to focus; it has {list(labels)}.')
    return labels[dialog.focus]


def _in_error(dialog: Dialog) -> str:
    return next((one.label for one in fields_of(dialog.form) if isinstance(one, Input) and one.error), "")


def _first_to_use(dialog: Dialog) -> str:
    for one in _unfolded(dialog.form.fields):
        if isinstance(one, TableField) and one.tickable and one.rows:
            return one.rows[0].label
        if isinstance(one, Input) and not one.disabled_reason:
            return one.label
    return dialog.cancel.label if dialog.primary.destructive and dialog.cancel is not None else dialog.primary.label


def _unfolded(fields: tuple[Field, ...]) -> Iterator[Field]:
    for one in fields:
        if not isinstance(one, Section):
            yield one
        elif not one.collapsed:
            yield from _unfolded(one.fields)
