import queue
import secrets
from collections.abc import Iterator

from text_drawing import draw_action, draw_form
from text_services import ADMINISTRATOR
from text_values import entered
from text_window import found

from hostspec import Action, ActionField, Download, Field, Form, HostServices, Origin, Tab
from hostspec.hosting import (
    AskedAtOnce,
    FormWindow,
    Input,
    OpenDialog,
    OpenTab,
    OpenWait,
    Values,
    below_table,
    fields_of,
    form_of,
)


class ShortWindow:
    """One person in front of one tab: satisfies ``hostspec.hosting.Screen``."""

    def __init__(self, tab: Tab, services: HostServices) -> None:
        origin = Origin(user_id=ADMINISTRATOR, user_name="You", window_id=secrets.token_hex(8), is_local=True)
        self.news: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()
        self._said = ""
        self._tab = OpenTab(tab, services, origin, self, AskedAtOnce())
        self._tab.draw()

    def show_view(self) -> None:
        """Nothing to do: ``read`` draws."""

    def show_windows(self) -> None:
        """Nothing to do: ``read`` draws."""

    def values(self, window: FormWindow | None) -> Values:
        return self._tab.values if window is None else {}

    def hand_out(self, file: Download) -> None:
        self._said = f"{file.file_name}: {len(file.text)} characters"

    def say(self, sentence: str) -> None:
        self._said = sentence

    def read(self) -> str:
        while not self.news.empty():
            self._tab.hear(*self.news.get())
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        view, selected = self._tab.view, self._tab.selected
        yield from (self._said, view.title)
        yield from (draw_action(action, selected) for action in (*view.actions, *view.more))
        yield from draw_form(Form(fields=self._tab.fields), self._tab.values)
        if view.table is not None and view.empty is None:
            yield " | ".join(column.label for column in view.table.columns)
            for row in view.table.rows:
                yield ("> " if row.row_id == selected else "  ") + " | ".join(cell.text for cell in row.cells)
        yield from draw_form(Form(fields=below_table(self._tab.row)), {})
        for window in self._tab.windows:
            form = form_of(window)
            yield from ("-" * 40, form.title, *draw_form(Form(fields=form.fields), form.values))
            yield from (draw_action(action) for action in form.buttons)

    @property
    def _top(self) -> FormWindow | None:
        return self._tab.windows[-1] if self._tab.windows else None

    def _fields(self) -> list[Field]:
        """Those of the window on top, or of the tab."""
        around = (*self._tab.fields, *below_table(self._tab.row))
        return list(fields_of(Form(fields=form_of(self._top).fields if self._top else around)))

    def select(self, row: str) -> None:
        table = self._tab.view.table
        self._tab.selected = found(row, table.rows if table else (), "row").row_id

    def fill(self, label: str, text: str) -> None:
        usable = [one for one in self._fields() if isinstance(one, Input) and not one.disabled_reason]
        field = found(label, usable, "field")
        top = self._top
        values = top.values if isinstance(top, OpenDialog | OpenWait) else self._tab.values
        values[field.field_id] = entered(field, text)
        if field.on_change is not None:
            self._tab.act(top, field.on_change)

    def press(self, label: str) -> None:
        self._said = ""
        view, top = self._tab.view, self._top
        buttons: list[Action | ActionField] = [*form_of(top).buttons] if top else [*view.actions, *view.more]
        buttons += [one for one in self._fields() if isinstance(one, ActionField)]
        button = found(label, [one for one in buttons if not one.disabled_reason], "button")
        if top is None and isinstance(button, Action):
            self._tab.press(button)
        else:
            self._tab.act(top, button.action_id)

    def pass_time(self) -> None:
        """Ask how a wait goes on; call this every second."""
        self._tab.pass_time()
