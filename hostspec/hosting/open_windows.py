"""Which windows are open above a tab, and what each step does to them: the rules that every host follows.

- ``ShowDialog`` with the id of an open dialog replaces that dialog where it is; its fields then hold what the new form
  says (typed secrets are gone), chosen files stay chosen, and the focus stays unless ``Dialog.focus`` or a field's
  error draws it elsewhere. Any other id opens on top.
- ``ShowMessage`` and ``ShowUsage`` open on top. Pressing a button of a message closes the box first. A button without
  an act does no more; one with an act sends it with the box's ``row_id`` and ``dialog_id`` and the values of that
  dialog, and counts as done in that dialog.
- ``Wait`` with the id of an open waiting window updates it where it is, and after "continue" keeps what was typed
  there; otherwise it opens on top. Any other answer to "continue" or to an act of a waiting window closes that window
  first; so does an error.
- ``Close`` closes the dialog that the act came from; an act of a waiting window comes from the dialog named by
  ``Wait.dialog_id``. Where the act came from no dialog, nothing else closes. ``Close.result`` goes to whoever opened
  the first window.
- ``ShowView`` closes everything; ``Download`` leaves everything as it is.
- A tab is drawn anew when ``ShowView`` says so, when its last window closes, and when ``capture_tab_changed`` names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from hostspec.forms import FileField
from hostspec.hosting.form_values import fields_of, first_values
from hostspec.ui import Close, Dialog, Download, ShowDialog, ShowMessage, ShowUsage, ShowView, Step, UserAct, Wait

if TYPE_CHECKING:
    from hostspec.hosting.form_values import Values
    from hostspec.messages import MessageBox
    from hostspec.usages import Subject


@dataclass(eq=False)
class OpenDialog:
    """A dialog with what its fields hold now."""

    dialog: Dialog
    """As described last."""
    values: Values = field(repr=False)
    """What stands in its fields, as far as the host says; otherwise what the description says."""


@dataclass(eq=False)
class OpenWait:
    """A waiting window with what its fields hold now."""

    wait: Wait
    """As described last."""
    values: Values = field(repr=False)
    """As in a dialog."""


@dataclass(eq=False)
class OpenMessage:
    """A message box."""

    message: MessageBox
    """What it says."""


@dataclass(eq=False)
class OpenUsage:
    """The host's own usage dialog."""

    subject: Subject
    """Whose usages."""


Window = OpenDialog | OpenWait | OpenMessage | OpenUsage
"""What can lie open above a tab."""


def title_of(window: Window) -> str:
    """What stands at the top of a window; the host's usage dialog is called ``Usage``."""
    match window:
        case OpenDialog(dialog=dialog):
            return dialog.title
        case OpenWait(wait=wait):
            return wait.title
        case OpenMessage(message=message):
            return message.title
        case OpenUsage():
            return "Usage"
        case _:
            assert_never(window)


class OpenWindows:
    """The windows above one tab; the last one is on top."""

    def __init__(self) -> None:
        self.stack: list[Window] = []
        """From the lowest to the one on top."""

    @property
    def top(self) -> Window | None:
        """The only window that a person can use; ``None`` while the tab itself can be used."""
        return self.stack[-1] if self.stack else None

    def dialog(self, dialog_id: str | None) -> OpenDialog | None:
        """The open dialog with that id."""
        found = (one for one in self.stack if isinstance(one, OpenDialog) and one.dialog.dialog_id == dialog_id)
        return next(found, None)

    def waiting(self, wait_id: str | None) -> OpenWait | None:
        """The open waiting window with that id."""
        return next((one for one in self.stack if isinstance(one, OpenWait) and one.wait.wait_id == wait_id), None)

    def apply(self, act: UserAct, step: Step) -> None:
        """Do what a step says, which answered the act."""
        source = act.dialog_id
        waited = self.waiting(act.wait_id)
        if waited is not None and not (isinstance(step, Wait) and step.wait_id == act.wait_id):
            source = source or waited.wait.dialog_id
            self.stack.remove(waited)
        match step:
            case ShowView():
                self.stack.clear()
            case ShowDialog(dialog=dialog):
                open_dialog = self.dialog(dialog.dialog_id)
                if open_dialog is None:
                    self.stack.append(OpenDialog(dialog, first_values(dialog.form)))
                else:
                    files = {name: open_dialog.values[name] for name in _files(dialog) & _files(open_dialog.dialog)}
                    open_dialog.dialog, open_dialog.values = dialog, first_values(dialog.form) | files
            case ShowMessage(message=message):
                self.stack.append(OpenMessage(message))
            case ShowUsage(subject=subject):
                self.stack.append(OpenUsage(subject))
            case Wait():
                open_wait = self.waiting(step.wait_id)
                if open_wait is None:
                    self.stack.append(OpenWait(step, first_values(step.form)))
                else:
                    # Typed text survives the answers to "continue", which come every second.
                    kept = {name: value for name, value in open_wait.values.items() if act.action_id == "continue"}
                    fresh = first_values(step.form)
                    open_wait.wait = step
                    open_wait.values = {name: kept.get(name, value) for name, value in fresh.items()}
            case Download():
                pass
            case Close():
                self.close(self.dialog(source))
            case _:
                assert_never(step)

    def fail(self, act: UserAct) -> None:
        """Do what an error says that answered the act: a waiting window does not outlive it."""
        waited = self.waiting(act.wait_id)
        if waited is not None:
            self.stack.remove(waited)

    def close(self, window: Window | None) -> None:
        """Take one window away, as a message goes when one of its buttons was pressed."""
        if window in self.stack:
            self.stack.remove(window)


def _files(dialog: Dialog) -> set[str]:
    return {one.field_id for one in fields_of(dialog.form) if isinstance(one, FileField)}
