"""One tab in one window of a host: what is asked, what lies open above it, and what happens after each act."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, assert_never

from hostspec.forms import Form
from hostspec.hosting.act_answers import answer
from hostspec.hosting.form_values import first_values, newer
from hostspec.hosting.open_windows import OpenDialog, OpenMessage, OpenUsage, OpenWait, OpenWindows
from hostspec.hosting.usage_form import USAGE_DIALOG, UsageForm
from hostspec.hosting.window_forms import ASK_ANEW, above_table
from hostspec.ui import Download, ShowDialog, ShowUsage, ShowView, TableQuery, UserAct, View

if TYPE_CHECKING:
    from hostspec.forms import Field
    from hostspec.hosting.form_values import Values
    from hostspec.hosting.questions import Questions
    from hostspec.hosting.window_forms import FormWindow
    from hostspec.rows import Action, Row
    from hostspec.services import HostServices
    from hostspec.ui import Origin, Step, Tab

_CONTINUE = "continue"


@dataclass(eq=False)
class _Sent:
    """An act that is not answered yet."""

    act: UserAct
    values: Values
    """What its dialog held when it went out, or holds by an answer to an earlier act; the rest was typed since."""


class Screen(Protocol):
    """How a host shows a tab: its own widgets. Called in the thread in which ``Questions`` hands answers over."""

    def show_view(self) -> None:
        """Draw the tab anew, as ``OpenTab.view`` says: buttons, ``OpenTab.fields``, table, selection."""

    def show_windows(self) -> None:
        """Draw ``OpenTab.windows``: open those that are new, close those that are gone, draw what changed."""

    def values(self, window: FormWindow | None) -> Values:
        """What stands in the fields of a window now, or (``None``) in those above the table; never asked of a message.

        What it leaves out is taken from ``OpenDialog.values`` or ``OpenWait.values``, in which a host may keep what
        is typed.
        """

    def hand_out(self, file: Download) -> None:
        """Let the person keep a file."""

    def say(self, sentence: str) -> None:
        """Tell the person something that needs no answer."""


class OpenTab:
    """All that a host keeps about a tab that somebody looks at, without a widget.

    It asks the tab, keeps what lies open above it by the rules of ``hostspec.hosting.open_windows``, shows problems as
    messages and usages in a dialog of its own. What somebody typed while an answer was on its way stays.

    Args:
        tab: From ``HookCalls.tabs``.
        services: The host's; its hooks are asked about usages.
        origin: Who looks, and in which window.
        screen: Draws.
        questions: Asks, so that nothing here waits.
    """

    def __init__(self, tab: Tab, services: HostServices, origin: Origin, screen: Screen, questions: Questions) -> None:
        self._tab = tab
        self._origin = origin
        self._screen = screen
        self._questions = questions
        self._usage = UsageForm(services)
        self._open = OpenWindows()
        self._under_way: list[_Sent] = []
        self._polled: set[str | None] = set()
        self._asked = 0
        self.view: View = View(title=tab.title)
        """What stands on the tab, as answered last."""
        self.query: TableQuery = TableQuery()
        """What is asked for."""
        self.values: Values = {}
        """What stands in the fields above the table."""
        self.selected: str | None = None
        """The ``row_id`` of the selected row; the host sets it when a person selects one."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """What stands above the table."""
        return above_table(self.view, self.query)

    @property
    def windows(self) -> tuple[FormWindow, ...]:
        """The windows above the tab, the last one on top; each stays the same object while it is open."""
        return tuple(one for one in self._open.stack if not isinstance(one, OpenUsage))

    @property
    def row(self) -> Row | None:
        """The selected row, while it is among those that are shown."""
        rows = self.view.table.rows if self.view.table is not None else ()
        return next((one for one in rows if one.row_id == self.selected), None)

    def draw(self) -> None:
        """Ask what stands on the tab now."""
        self._asked += 1
        ask = partial(self._tab.controller.view, self._origin, self.query)
        self._questions.ask(ask, partial(self._show, self._asked, self.query), self._screen.say)

    def sort(self, column_id: str) -> None:
        """Sort by a column, and the other way round when it is sorted by it already."""
        columns = self.view.table.columns if self.view.table is not None else ()
        if any(one.column_id == column_id and one.sortable for one in columns):
            again = self.query.sort == column_id and not self.query.descending
            self._change(sort=column_id, descending=again)

    def can_turn(self, pages: int) -> bool:
        """Whether there are other rows that many pages on (or back, where it is negative)."""
        total = self.view.table.total if self.view.table is not None else 0
        if pages > 0:
            return self.query.offset + pages * self.query.limit < total
        return pages < 0 < self.query.offset

    def turn(self, pages: int) -> None:
        """Show the rows that many pages on, or back."""
        self._change(offset=max(0, self.query.offset + pages * self.query.limit))

    def press(self, action: Action) -> None:
        """A person pressed one of the tab's own buttons; without the row that it needs, they are told so."""
        if action.needs_row and self.row is None:
            self._screen.say(action.needs_row)
        else:
            self.act(None, action.action_id)

    def act(self, window: FormWindow | None, action_id: str, row_id: str | None = None) -> None:
        """A person did something in a window, or (``None``) on the tab: the act goes out with all that belongs to it.

        Args:
            window: One of ``windows``.
            action_id: Of the button, or of the field that changed.
            row_id: The row whose button it was.
        """
        match window:
            case None if action_id == ASK_ANEW:
                self._change(**self._screen.values(None))
            case None:
                row_id = row_id or (self.row.row_id if self.row is not None else None)
                self.send(UserAct(action_id=action_id, row_id=row_id))
            case OpenDialog(dialog=dialog):
                values = self._values(window)
                self.send(UserAct(action_id=action_id, row_id=row_id, dialog_id=dialog.dialog_id, values=values))
            case OpenWait(wait=wait):
                values = self._values(window)
                self.send(UserAct(action_id=action_id, row_id=row_id, wait_id=wait.wait_id, values=values))
            case OpenMessage():
                self._answer_message(window, action_id)
            case _:
                assert_never(window)

    def send(self, act: UserAct) -> None:
        """Send an act as it is, such as ``ConnectionType.add``'s, and show what comes of it."""
        sent = _Sent(act, dict(act.values))
        self._under_way.append(sent)
        self._questions.ask(partial(self._answer, act), partial(self._take, sent), partial(self._fail, sent))

    def hear(self, tab_id: str, wait_id: str | None) -> None:
        """Something changed, as ``capture_tab_changed`` tells; call it in the thread of the windows."""
        if tab_id == self._tab.tab_id and wait_id is None:
            self.draw()
        elif tab_id == self._tab.tab_id and self._open.waiting(wait_id) is not None:
            self.send(UserAct(action_id=_CONTINUE, wait_id=wait_id))

    def pass_time(self) -> None:
        """Ask how the waiting windows go on; call it every second."""
        for one in self.windows:
            if isinstance(one, OpenWait) and one.wait.wait_id not in self._polled:
                self._polled.add(one.wait.wait_id)
                self.send(UserAct(action_id=_CONTINUE, wait_id=one.wait.wait_id))

    def _change(self, **changes: object) -> None:
        self.query = self.query.model_copy(update={"offset": 0, **changes})
        self.draw()

    def _show(self, asked: int, query: TableQuery, view: View) -> None:
        if asked != self._asked:
            return  # A later question is on its way.
        sent: Values = {"search": query.search, "filter_id": query.filter_id}
        self.view, now = view, self._screen.values(None)
        self.query = view.table.query if view.table is not None else query
        self.values = newer(first_values(Form(fields=self.fields)), sent, now)
        self._screen.show_view()

    def _answer(self, act: UserAct) -> Step:
        if act.dialog_id == USAGE_DIALOG:
            return answer(self._usage.act, self._origin, act, title=self._tab.title)
        step = answer(self._tab.controller.act, self._origin, act, title=self._tab.title)
        return self._usage.open(self._origin, step.subject) if isinstance(step, ShowUsage) else step

    def _fail(self, sent: _Sent, sentence: str) -> None:
        self._under_way.remove(sent)
        self._screen.say(sentence)

    def _take(self, sent: _Sent, step: Step) -> None:
        act = sent.act
        self._under_way.remove(sent)
        if act.action_id == _CONTINUE and act.wait_id is not None:
            self._polled.discard(act.wait_id)
            if self._open.waiting(act.wait_id) is None:
                return  # Nobody waits for it any more.
        now = {one: self._values(one) for one in self.windows if not isinstance(one, OpenMessage)}
        for one, values in now.items():
            one.values = values
        replaced = self._open.dialog(step.dialog.dialog_id) if isinstance(step, ShowDialog) else None
        self._open.apply(act, step)
        if replaced is not None:
            self._keep_typed(replaced, sent, now[replaced])
        if isinstance(step, ShowView):
            self.selected = step.select_row_id or self.selected
        if isinstance(step, Download):
            self._screen.hand_out(step)
        self._screen.show_windows()
        if not self.windows:
            self.draw()

    def _values(self, window: OpenDialog | OpenWait) -> Values:
        # What a screen does not draw, such as a field in a folded section, is sent as it was described.
        return {**window.values, **self._screen.values(window)}

    def _keep_typed(self, window: OpenDialog, sent: _Sent, now: Values) -> None:
        asked = window.dialog.dialog_id
        window.values = newer(window.values, sent.values if sent.act.dialog_id == asked else {}, now)
        put = {name: value for name, value in window.values.items() if value != now.get(name)}
        for later in self._under_way:
            # Nobody typed what this answer put there, so a later answer may replace it.
            if later.act.dialog_id == asked:
                later.values.update(put)

    def _answer_message(self, window: OpenMessage, action_id: str) -> None:
        self._open.close(window)
        self._screen.show_windows()
        box = window.message
        beneath = self._open.dialog(box.dialog_id)
        if action_id:
            values = self._values(beneath) if beneath is not None else {}
            self.send(UserAct(action_id=action_id, row_id=box.row_id, dialog_id=box.dialog_id, values=values))
        elif not self.windows:
            self.draw()
