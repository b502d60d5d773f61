"""How does a command answer what the tab asks? At the terminal, or by its options."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from hostspec.hosting.form_values import fields_of
from hostspec.ui import ShowDialog, ShowMessage
from hostspec.value import Tone
from xero_connections_plugin.cli.command_ends import Canceled, ToldByTab
from xero_connections_plugin.cli.exit_codes import ExitCode, code_for
from xero_connections_plugin.cli.texts import console_texts as texts

if TYPE_CHECKING:
    from hostspec.messages import MessageBox, MessageButton
    from hostspec.ui import Dialog
    from xero_connections_plugin.cli.console import Console
    from xero_connections_plugin.cli.tab_window import Shown, TabWindow


def told(message: MessageBox) -> ToldByTab:
    """The problem that a message box tells of."""
    match message.code:
        case "CONNECTION_IN_USE":
            code = ExitCode.IN_USE
        case "SIGN_IN_DENIED" | "SIGN_IN_CANCELLED":
            code = ExitCode.CANCELED
        case _:
            code = code_for(message.remedy)
    return ToldByTab(message.text, code, code=message.code or None)


def is_question(message: MessageBox) -> bool:
    """Whether there is something to decide."""
    return len(message.buttons) > 1


def follow_message(console: Console, window: TabWindow, message: MessageBox) -> Shown | None:
    """Say what a message says, ask what it asks, and go on.

    Returns:
        What came of the button; ``None`` where it only closes the box.

    Raises:
        ToldByTab: It says that something failed.
        Canceled: The person chose the button that does nothing.
        CaptureError: What the act raised.
    """
    if message.tone is Tone.BAD or message.code:
        raise told(message)
    if not is_question(message):
        console.out.note(message.text)
        return window.answer(message, message.buttons[0])
    button = _chosen(console, message)
    if button.action_id is None:
        raise Canceled(texts.CANCELED)
    return window.answer(message, button)


def _chosen(console: Console, message: MessageBox) -> MessageButton:
    if console.ask.agreed:
        console.out.note(message.text)
        going_on = [one for one in message.buttons if one.action_id is not None]
        marked = [one for one in going_on if one.destructive or one.primary]
        return (marked or going_on)[0]
    labels = [one.label for one in message.buttons]
    return message.buttons[console.ask.choose(message.text, labels, option="--yes")]


def refuse_dialog(step: ShowDialog, *, hint: str = "") -> NoReturn:
    """A dialog came back: say what is wrong with it.

    Args:
        step: The dialog.
        hint: How the command can be given so that it is right.

    Raises:
        ToldByTab: Always.
    """
    dialog = step.dialog
    said = [dialog.problem] if dialog.problem else []
    said += field_errors(dialog)
    if not said and dialog.primary.disabled_reason:
        said.append(dialog.primary.disabled_reason)
    raise ToldByTab("\n".join((*(said or [dialog.title]), *([hint] if hint else []))))


def field_errors(dialog: Dialog) -> list[str]:
    """What is wrong with the fields of a dialog, each with its label."""
    return [
        f"{getattr(one, 'label', '')}: {error}"
        for one in fields_of(dialog.form)
        if (error := getattr(one, "error", ""))
    ]


def settle(console: Console, window: TabWindow, step: Shown | None) -> Shown | None:
    """Follow messages until something else is shown."""
    while isinstance(step, ShowMessage):
        step = follow_message(console, window, step.message)
    return step
