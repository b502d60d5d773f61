"""What happens when a person does something in a window: the act, the step that answers it, and the window after it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final, assert_never

from pydantic import Field, JsonValue

from hostspec.errors import CaptureError, NotAllowed
from hostspec.messages import MessageBox
from hostspec.ui import ShowMessage, ShowUsage, Step, Tab, UserAct
from hostspec.usages import Subject
from hostspec.value import Remedy, Text, Tone, Value
from sample_host.usage_desk import UsageDesk
from sample_host.web.field_values import filled, values_of
from sample_host.web.usage_acts import act_on_usage
from sample_host.web.web_sessions import BrowserSession, StepPlace, Window
from sample_host.web.window_stack import (
    CONTINUE,
    DialogLayer,
    MessageLayer,
    Outcome,
    Placed,
    Stack,
    UsageLayer,
    WaitLayer,
    take,
)

_log = logging.getLogger("sample_host")


class Pressed(Value):
    """What a page says about a person's act."""

    layer: str | None = None
    """The key of the layer; ``None`` for what lies beneath all."""
    action: str
    tab: str = ""
    row: Text | None = None
    values: dict[str, JsonValue] = Field(default_factory=dict)


def act_beneath(desk: UsageDesk, session: BrowserSession, window: Window, tab: Tab, act: UserAct) -> Outcome:
    """An act of the tab itself, below all layers."""
    return _ask(desk, session, window, tab, act)


def act_in_layer(
    desk: UsageDesk, session: BrowserSession, window: Window, tabs: tuple[Tab, ...], pressed: Pressed
) -> Outcome:
    """An act of an open layer. An act of a layer that is closed by now changes nothing."""
    with window.guard:
        placed = window.stack.get(pressed.layer or "")
        stack = window.stack
    if placed is None:
        return Outcome(stack)
    layer = placed.layer
    tab = next((one for one in tabs if one.tab_id == layer.tab_id), None)
    match layer:
        case UsageLayer():
            return _in_usage(desk, session, window, placed, layer, pressed)
        case MessageLayer():
            return _in_message(desk, session, window, tab, placed, layer, pressed)
        case DialogLayer():
            act = UserAct(
                action_id=pressed.action,
                row_id=pressed.row,
                dialog_id=layer.dialog.dialog_id,
                values=values_of(layer.dialog.form, pressed.values),
            )
            _keep_typed(window, placed, layer, act)
        case WaitLayer():
            act = UserAct(
                action_id=pressed.action,
                row_id=pressed.row,
                wait_id=layer.wait.wait_id,
                values={} if pressed.action == CONTINUE else values_of(layer.wait.form, pressed.values),
            )
        case _:
            assert_never(layer)
    if tab is None:
        return _leave(window, Outcome(stack.without(placed.key), redraw=True))
    return _ask(desk, session, window, tab, act)


def _keep_typed(window: Window, placed: Placed, layer: DialogLayer, act: UserAct) -> None:
    """Remember what stands in a dialog, so that it is there still when the page is loaded again."""
    dialog = layer.dialog.model_copy(update={"form": filled(layer.dialog.form, act.values)})
    with window.guard:
        if window.stack.get(placed.key) == placed:
            window.stack = window.stack.holding(placed.key, replace(layer, dialog=dialog))


def _in_message(
    desk: UsageDesk,
    session: BrowserSession,
    window: Window,
    tab: Tab | None,
    placed: Placed,
    layer: MessageLayer,
    pressed: Pressed,
) -> Outcome:
    place = int(pressed.action) if pressed.action.isdigit() else len(layer.box.buttons)
    if place >= len(layer.box.buttons):
        return Outcome(window.stack)
    with window.guard:
        window.stack = window.stack.without(placed.key)
        window.revision += 1
        stack = window.stack
    action_id = layer.box.buttons[place].action_id
    if action_id is None or tab is None:
        return Outcome(stack, redraw=True)
    dialog = stack.dialog(layer.tab_id, layer.box.dialog_id) if layer.box.dialog_id is not None else None
    form = dialog.layer.dialog.form if dialog is not None and isinstance(dialog.layer, DialogLayer) else None
    act = UserAct(
        action_id=action_id,
        row_id=layer.box.row_id,
        dialog_id=layer.box.dialog_id,
        values={} if form is None else values_of(form, pressed.values),
    )
    return _ask(desk, session, window, tab, act)


def _in_usage(
    desk: UsageDesk,
    session: BrowserSession,
    window: Window,
    placed: Placed,
    layer: UsageLayer,
    pressed: Pressed,
) -> Outcome:
    if pressed.action == "close":
        with window.guard:
            return _settle(window, Outcome(window.stack.without(placed.key), redraw=True))
    # Hooks are called before the window is held: no lock is held while a hook is called.
    usage = act_on_usage(desk, session.origin(window.window_id), layer.usage, pressed.action, pressed.values)
    with window.guard:
        return _settle(window, Outcome(window.stack.changed(placed.key, replace(layer, usage=usage)), redraw=True))


def _ask(desk: UsageDesk, session: BrowserSession, window: Window, tab: Tab, act: UserAct) -> Outcome:
    origin = session.origin(window.window_id)

    try:
        step: Step = tab.controller.act(origin, act)
    except CaptureError as error:
        return _say(window, tab, act, box_of(error))
    except Exception as error:  # noqa: BLE001 -- a plugin's mistake; what it says may quote a secret
        _log.error("The tab %s failed at the act %s: %s.", tab.tab_id, act.action_id, type(error).__name__)
        return _say(window, tab, act, _broken(tab))
    # Collected before the window is held: no lock is held while a hook is called.
    usage = desk.open(origin, step.subject) if isinstance(step, ShowUsage) else None
    with window.guard:
        return _settle(window, take(window.stack, step, tab.tab_id, act, usage))


def _say(window: Window, tab: Tab, act: UserAct, box: MessageBox) -> Outcome:
    """Show a problem; to the window it is a message like any other."""
    with window.guard:
        return _settle(window, take(window.stack, ShowMessage(message=box), tab.tab_id, act, None))


def _settle(window: Window, outcome: Outcome) -> Outcome:
    if outcome.stack != window.stack:
        window.revision += 1
    window.stack = outcome.stack
    return outcome


def _leave(window: Window, outcome: Outcome) -> Outcome:
    with window.guard:
        return _settle(window, outcome)


_TITLES: Final = {
    Remedy.NOTHING: "Not possible",
    Remedy.RETRY_LATER: "Try again later",
    Remedy.SIGN_IN_AGAIN: "Sign-in needed",
    Remedy.CHOOSE_ANOTHER: "Choose another one",
    Remedy.FIX_SETTINGS: "Settings need attention",
    Remedy.TELL_SUPPORT: "Something went wrong",
}


def box_of(error: CaptureError) -> MessageBox:
    """A problem as a message box."""
    title = "Not allowed" if isinstance(error, NotAllowed) else _TITLES[error.remedy]
    return MessageBox(title=title, text=str(error), tone=Tone.WARNING)


def _broken(tab: Tab) -> MessageBox:
    return MessageBox(
        title="Something went wrong",
        text=f"{tab.title} could not do this; everything else goes on. Try again, or tell support: the log names the "
        "place.",
        tone=Tone.BAD,
    )


def take_result(window: Window, outcome: Outcome) -> tuple[StepPlace, Subject] | None:
    """What "New…" came to, once: the step it was pressed for, and what to point it to."""
    with window.guard:
        awaiting = window.awaiting
        if awaiting is None:
            return None
        if not any(isinstance(one.layer, DialogLayer | WaitLayer) for one in outcome.stack.placed):
            window.awaiting = None
    subject = outcome.result
    if subject is None and outcome.redraw and outcome.select is not None:
        subject = Subject(kind="", subject_id=outcome.select)
    return None if subject is None else (awaiting, subject)


def reset(window: Window, page: str) -> Stack:
    """The window shows a page (anew); layers stay when it is the page they lie on."""
    with window.guard:
        if window.page != page:
            window.stack = Stack()
            window.awaiting = None
            window.revision += 1
            window.page = page
        return window.stack
