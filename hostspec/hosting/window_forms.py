"""Everything that is described, as a form: whoever can draw fields and buttons can draw all of a tab's windows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from hostspec.forms import ActionField, ChoiceField, ChoiceOption, Form, Link, NoteField, TextField
from hostspec.hosting import hosting_texts as texts
from hostspec.hosting.form_values import Input, fields_of
from hostspec.hosting.open_windows import OpenDialog, OpenMessage, OpenWait
from hostspec.rows import Action
from hostspec.value import Tone

if TYPE_CHECKING:
    from hostspec.forms import Field
    from hostspec.hosting.form_values import Values
    from hostspec.messages import MessageBox
    from hostspec.rows import Row, Table, TableQuery
    from hostspec.ui import Dialog, View, Wait

FormWindow = OpenDialog | OpenMessage | OpenWait
"""The windows that can be drawn as a form."""
ASK_ANEW = "capture-ask-anew"
"""The act of the search field and of the filters; it goes to no plugin."""


@dataclass(frozen=True, kw_only=True)
class WindowForm:
    """A window, drawn from top to bottom. Equal ones need not be drawn again; only time may have passed."""

    title: str
    """What stands above."""
    fields: tuple[Field, ...]
    """Notes first, then the fields to fill in."""
    buttons: tuple[Action, ...]
    """From left to right. One whose ``action_id`` is empty only closes the window: ``OpenTab.act`` takes it too."""
    escape: str | None = None
    """The ``action_id`` that Esc sends; ``None``: Esc does nothing here."""
    values: Values = field(default_factory=dict, repr=False)
    """What is to stand in the fields, also where somebody changed what the form says."""
    focus: str = ""
    """The ``field_id`` or ``action_id`` that gets the focus: what is wrong goes first. Empty: where it was."""
    seconds_left: float | None = field(default=None, compare=False)
    """Of a waiting window: until its limit, when this was answered."""
    seconds_total: float = 0.0
    """Of a waiting window: from its beginning to its limit."""


def form_of(window: FormWindow) -> WindowForm:
    """A window above a tab, as a form."""
    match window:
        case OpenDialog(dialog=dialog):
            return replace(_of_dialog(dialog), values=window.values)
        case OpenMessage(message=message):
            return _of_message(message)
        case OpenWait(wait=wait):
            return replace(_of_wait(wait), values=window.values)
        case _:
            assert_never(window)


def above_table(view: View, query: TableQuery) -> tuple[Field, ...]:
    """What stands between a tab's buttons and its table: sentence, search, filters, notices, and an empty state.

    Args:
        view: The tab.
        query: What it answers; says what stands in the search field and which filter is chosen.
    """
    fields: list[Field] = _notes(view.intro)
    if view.search_label:
        fields.append(
            TextField(field_id="search", label=view.search_label, value=query.search, on_change=ASK_ANEW),
        )
    if view.filters:
        options = tuple(
            ChoiceOption(value=one.filter_id, label=one.label if one.count is None else f"{one.label} ({one.count})")
            for one in view.filters
        )
        fields.append(
            ChoiceField(
                field_id="filter_id", label=texts.SHOW, value=query.filter_id, options=options, on_change=ASK_ANEW
            )
        )
    for notice in view.notices:
        fields += [NoteField(text=notice.text, tone=notice.tone), *_buttons(notice.action)]
    if view.empty is not None:
        empty = view.empty
        fields.append(NoteField(text=f"{empty.title}\n{empty.text}", links=empty.links))
        fields += _buttons(empty.action, empty.second_action)
    return tuple(fields)


def below_table(row: Row | None) -> tuple[Field, ...]:
    """What stands below the table: the problem of the selected row, and what mends it."""
    return () if row is None else (*_notes(row.problem, Tone.WARNING), *_buttons(row.repair))


def rows_shown(table: Table) -> str:
    """Which part of its rows a table shows, in words."""
    last = table.query.offset + len(table.rows)
    return texts.rows_shown(min(table.query.offset + 1, last), last, table.total)


def _of_dialog(dialog: Dialog) -> WindowForm:
    copied = [NoteField(text="", copy_texts=(dialog.copy_text,))] if dialog.copy_text else []
    return WindowForm(
        title=dialog.title,
        fields=(*_notes(dialog.intro), *_notes(dialog.problem, Tone.BAD), *copied, *dialog.form.fields),
        buttons=tuple(one for one in (dialog.primary, dialog.cancel) if one is not None),
        escape=(dialog.cancel or dialog.primary).action_id,
        focus=_first_wrong(dialog.form) or dialog.focus,
    )


def _of_message(message: MessageBox) -> WindowForm:
    buttons = tuple(
        Action(action_id=one.action_id or "", label=one.label, primary=one.primary, destructive=one.destructive)
        for one in message.buttons
    )
    closing = [one.action_id for one in buttons if not one.action_id or len(buttons) == 1]
    return WindowForm(
        title=message.title,
        fields=tuple(_notes(message.text, message.tone)),
        buttons=buttons,
        escape=next(iter(closing), None),
    )


def _of_wait(wait: Wait) -> WindowForm:
    address = (Link(label=wait.address_label or wait.address, address=wait.address),) if wait.address else ()
    copied = [NoteField(text="", copy_texts=(wait.address,))] if wait.address else []
    return WindowForm(
        title=wait.title,
        fields=(NoteField(text=wait.text, links=(*address, *wait.links)), *copied, *wait.form.fields),
        buttons=(wait.cancel,),
        escape=wait.cancel.action_id,
        focus=_first_wrong(wait.form),
        seconds_left=wait.seconds_left,
        seconds_total=wait.seconds_total,
    )


def _notes(text: str, tone: Tone = Tone.NEUTRAL) -> list[Field]:
    return [NoteField(text=text, tone=tone)] if text else []


def _buttons(*actions: Action | None) -> list[Field]:
    return [
        ActionField(action_id=one.action_id, label=one.label, primary=one.primary, disabled_reason=one.disabled_reason)
        for one in actions
        if one is not None
    ]


def _first_wrong(form: Form) -> str:
    return next((one.field_id for one in fields_of(form) if isinstance(one, Input) and one.error), "")
