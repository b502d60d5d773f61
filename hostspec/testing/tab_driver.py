"""Driving a tab by what a person reads on it, without drawing anything."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter

from hostspec.errors import CaptureError
from hostspec.hosting.open_windows import OpenDialog, OpenMessage, OpenUsage, OpenWait
from hostspec.messages import MessageBox
from hostspec.testing.dialog_tables import find_row, find_table, ticked_with
from hostspec.testing.form_filling import NotThere, chosen, chosen_file, refuse_disabled, typed
from hostspec.testing.tab_screen import CLOSE_USAGE, TabScreen
from hostspec.ui import Close, Download, ShowView, Step, TableQuery, UserAct, View
from hostspec.value import Tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.forms import FieldValue
    from hostspec.hosting.form_values import Input
    from hostspec.ui import Origin, Row, TabController
    from hostspec.usages import Subject

_STEP: Final[TypeAdapter[Step]] = TypeAdapter(Step)
_POLL_SECONDS: Final = 0.02


class TabDriver(TabScreen):
    """One window of a host with one tab in it, used by its labels.

    Only the window on top can be used, as on a screen: the tab itself while nothing is open above it. What is
    disabled refuses with ``Disabled`` and its reason; what is not there, or there twice, with ``NotThere`` and what
    is. ``hostspec.hosting.open_windows`` has the rules for windows. A ``CaptureError`` from an act becomes a message
    box; any other exception of the controller reaches the test.

    Acts carry what hosts send: from the tab the selected row, from a dialog its id and the values of all its fields
    (folded and disabled ones too), from a waiting window its ``wait_id`` and its fields' values, and ``"continue"``
    the ``wait_id`` alone.

    Args:
        controller: Behind the tab.
        origin: Who acts, and in which window.
        changes: How many times plugins said that the tab changed; without it, nobody hears them.
    """

    def __init__(self, controller: TabController, origin: Origin, *, changes: Callable[[], int] = lambda: 0) -> None:
        super().__init__(controller, origin, changes)
        self.results: list[Subject] = []
        """What dialogs came to, as the window that opened them hears it."""
        self.downloads: list[Download] = []
        """The files that were handed out so far."""
        self.clipboard = ""
        """What was copied last."""
        self.error: CaptureError | None = None
        """The error behind the message box that the last act ended in, if it did."""

    def row(self, label: str) -> Row:
        """Select a row.

        Raises:
            NotThere: It is not shown, or a window is open above the tab.
        """
        self._require_tab("select a row")
        row = self._row(label)
        self.selected = row.row_id
        return row

    def show(self, query: TableQuery) -> View:
        """Draw the tab with another search, order or part of its table."""
        self._require_tab("change the table")
        self._query = query
        self._view = self._draw()
        return self._view

    def search(self, text: str) -> View:
        """Search in the table, from its start."""
        if not self.view.search_label:
            raise NotThere("The tab has no search field.")
        return self.show(self._query.model_copy(update={"search": text, "offset": 0}))

    def filter(self, label: str) -> View:
        """Show only a part of the table, from its start; search and order stay.

        Raises:
            NotThere: The tab offers no such part.
        """
        found = [one for one in self.view.filters if one.label == label]
        if len(found) != 1:
            raise NotThere(f'{len(found)} filters are called "{label}"; there are {list(self.filters)}.')
        return self.show(self._query.model_copy(update={"filter_id": found[0].filter_id, "offset": 0}))

    def press(self, label: str) -> None:
        """Press a button of the window on top (or of the tab, while none is open; those behind "More" too).

        Raises:
            Disabled: It cannot be pressed now.
            NotThere: There is no such button.
        """
        button = self._button(label)
        refuse_disabled(label, button.reason)
        match self.windows.top:
            case OpenMessage(message=box):
                self.windows.stack.pop()
                beneath = self.windows.dialog(box.dialog_id)
                if button.action_id is not None:
                    values = beneath.values if beneath is not None else {}
                    self._send(button.action_id, values, row_id=box.row_id, dialog_id=box.dialog_id)
            case OpenDialog(dialog=dialog) if button.action_id is None:
                self.clipboard = dialog.copy_text
            case OpenUsage():
                self.windows.stack.pop()
            case _:
                self._act(button.action_id or "")
        if not self.windows.stack:
            self._view = self._draw()

    def press_in_row(self, row: str, label: str, *, table: str | None = None) -> None:
        """Press the button of a row of a table in the window on top.

        Raises:
            Disabled: It cannot be pressed now.
            NotThere: There is no such table, row or button.
        """
        found = find_row(find_table(self._form()[0], table), row)
        if found.repair is None or found.repair.label != label:
            raise NotThere(f'The row "{row}" has the buttons {list(self.row_buttons(row, table=table))}.')
        refuse_disabled(label, found.repair.disabled_reason)
        self._act(found.repair.action_id, row_id=found.row_id)

    def escape(self) -> None:
        """Press Esc: a dialog's or waiting window's Cancel; the primary button of a dialog without one."""
        match self.windows.top:
            case OpenDialog(dialog=dialog):
                self.press((dialog.cancel or dialog.primary).label)
            case OpenWait(wait=wait):
                self.press(wait.cancel.label)
            case OpenUsage():
                self.press(CLOSE_USAGE)
            case OpenMessage() | None:
                raise NotThere(f"Esc does nothing here; open are {self.titles}.")

    def fill(self, label: str, text: str) -> None:
        """Replace what a field holds; lists take one text a line.

        Raises:
            Disabled: It cannot be changed.
            NotThere: There is no such field, or nothing can be typed into it.
        """
        field = self.field(label)
        self._change(field, typed(field, text))

    def choose(self, label: str, option: str) -> None:
        """Choose an option by its label.

        Raises:
            Disabled: The field or the option cannot be chosen.
            NotThere: There is no such field or option.
        """
        field = self.field(label)
        self._change(field, chosen(field, option))

    def tick(self, label: str, *, on: bool = True) -> None:
        """Tick (or untick) a box.

        Raises:
            Disabled: It cannot be changed.
            NotThere: There is no such box.
        """
        field = self.field(label)
        refuse_disabled(label, field.disabled_reason)
        if field.kind != "check":
            raise NotThere(f'"{label}" is no box to tick.')
        self._change(field, on)

    def tick_row(self, row: str, *, on: bool = True, table: str | None = None) -> None:
        """Tick (or untick) a row of a table in the window on top.

        Raises:
            NotThere: There is no such table or row, or its rows cannot be ticked.
        """
        form, values = self._form()
        found = find_table(form, table)
        if not found.tickable:
            raise NotThere(f'The rows of "{found.label}" cannot be ticked.')
        values[found.field_id] = ticked_with(found, values[found.field_id], find_row(found, row).row_id, on=on)

    def choose_file(self, label: str, text: str, *, name: str | None = None) -> None:
        """Choose a file with that content.

        Args:
            label: The field's.
            text: What the file holds.
            name: Its name; one that the field takes, where none is given.

        Raises:
            Disabled: The field takes no such file, or cannot be changed; nothing was changed.
            NotThere: There is no such field.
        """
        field = self.field(label)
        self._change(field, chosen_file(field, text, name))

    def copy(self, label: str) -> str:
        """Copy a copyable field; answers what is in the clipboard then. ``Disabled`` while there is nothing to copy."""
        refuse_disabled(label, "" if self.shown(label) else "there is nothing to copy yet")
        self.clipboard = self.shown(label)
        return self.clipboard

    def send(self, act: UserAct) -> None:
        """Send an act as it is, such as ``ConnectionType.add``'s from another page, and draw the answer."""
        self.error = None
        try:
            step = self._controller.act(self.origin, act)
        except CaptureError as error:
            self.error = error
            self.windows.fail(act)
            box = MessageBox(title="Not done", text=str(error), tone=Tone.BAD)
            self.windows.stack.append(OpenMessage(box))
            self.transcript.append(box.model_dump_json())
            return
        text = _STEP.dump_json(step).decode()
        if _STEP.validate_json(text) != step:
            raise AssertionError(f"The step of kind {step.kind} does not survive JSON.")
        self.transcript.append(text)
        self.windows.apply(act, step)
        if isinstance(step, ShowView) and step.select_row_id is not None:
            self.selected = step.select_row_id
        if isinstance(step, Close) and step.result is not None:
            self.results.append(step.result)
        if isinstance(step, Download):
            self.downloads.append(step)
        if not self.windows.stack:
            self._view = self._draw()

    def continue_once(self) -> None:
        """Ask how the waiting window on top goes on, as hosts do every second and at each news."""
        self.send(UserAct(action_id="continue", wait_id=self.waiting.wait_id))

    def continue_until(self, done: str | Callable[[], bool] | None = None, *, patience: float = 10.0) -> None:
        """Ask again and again (in real time) until the wait is over or brought something.

        Args:
            done: The title of the window to appear on top, or a question about this driver; without it, until the
                waiting window is gone.
            patience: Real seconds after which the test fails.

        Raises:
            AssertionError: It did not come; the wait may have ended in something else.
        """
        pause = threading.Event()
        for _ in range(max(1, round(patience / _POLL_SECONDS))):
            if self._is_done(done):
                return
            if not isinstance(self.windows.top, OpenWait):
                raise AssertionError(f"The wait ended in something else; open are {self.titles}.")
            self.continue_once()
            if self._is_done(done):
                return
            pause.wait(_POLL_SECONDS)
        raise AssertionError(f"Nothing came of the wait within {patience:g} s; open are {self.titles}.")

    def _act(self, action_id: str, row_id: str | None = None) -> None:
        match self.windows.top:
            case OpenDialog(dialog=dialog, values=values):
                self._send(action_id, values, row_id=row_id, dialog_id=dialog.dialog_id)
            case OpenWait(wait=wait, values=values):
                self._send(action_id, values, row_id=row_id, wait_id=wait.wait_id)
            case OpenMessage() | OpenUsage() | None:
                self._send(action_id, {}, row_id=self.selected)

    def _send(
        self,
        action_id: str,
        values: dict[str, FieldValue],
        *,
        row_id: str | None = None,
        dialog_id: str | None = None,
        wait_id: str | None = None,
    ) -> None:
        self.send(
            UserAct(action_id=action_id, row_id=row_id, dialog_id=dialog_id, wait_id=wait_id, values=dict(values))
        )

    def _change(self, field: Input, value: FieldValue) -> None:
        self._form()[1][field.field_id] = value
        if field.on_change is not None:
            self._act(field.on_change)

    def _require_tab(self, what: str) -> None:
        if self.windows.stack:
            raise NotThere(f"One cannot {what} while windows are open above the tab: {self.titles}.")

    def _is_done(self, done: str | Callable[[], bool] | None) -> bool:
        if done is None:
            return not isinstance(self.windows.top, OpenWait)
        if isinstance(done, str):
            return self.titles[-1:] == [done]
        return done()
