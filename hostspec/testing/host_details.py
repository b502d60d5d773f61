"""What a host promises about what is easily forgotten in a window."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hostspec.testing.able_windows import ChoosesFiles, PressesEscape, Searches
from hostspec.testing.contract_rules import require
from hostspec.testing.host_rules import HostRule
from hostspec.testing.host_windows import HostWindowRules
from hostspec.testing.probe_details import (
    DETAILS_TAB_ID,
    DIALOG_ID,
    REASONS_OF_FORM,
    REASONS_OF_TAB,
    ProbeDetails,
    ProbeDetailsPlugin,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hostspec.services import HostServices
    from hostspec.testing.contract_rules import Rule
    from hostspec.testing.host_subject import HostWindow

_WAITS = 50
"""How many times a window is given time, at most."""


class HostDetailRules(HostWindowRules):
    """The rules about changes, reasons and news."""

    def test_what_cannot_be_used_says_why(self, tmp_path: Path) -> None:
        rule = HostRule.REASON.value
        with self._at_details(tmp_path) as (_, window, _tab):
            _require_all(window, rule, REASONS_OF_TAB)
            window.press("Fields")
            _require_all(window, rule, REASONS_OF_FORM)

    def test_a_change_is_sent_soon(self, tmp_path: Path) -> None:
        rule = HostRule.CHANGE.value
        with self._at_details(tmp_path) as (_, window, tab):
            window.press("Fields")
            window.fill("Name", "Ada")
            sent = _comes(window, lambda: any(act.action_id == "changed" for act in tab.acts))
            require(sent, rule, "The act of a field that was changed never came.")
            act = next(act for act in tab.acts if act.action_id == "changed")
            require(act.dialog_id == DIALOG_ID, rule, f"The act names the dialog {act.dialog_id!r}.")
            whole = (act.values.get("name"), act.values.get("locked")) == ("Ada", "kept")
            require(whole, rule, "The act does not carry all values, those of disabled fields too.")
            drawn = _comes(window, lambda: "Welcome, Ada." in window.read())
            require(drawn, rule, "The form that was answered is not drawn.")

    def test_news_of_a_tab_reaches_its_windows(self, tmp_path: Path) -> None:
        rule = HostRule.NEWS.value
        with self._at_details(tmp_path) as (services, window, tab):
            window.read()
            tab.news = "There is news."
            services.hooks.tab_changed(DETAILS_TAB_ID, None)
            drawn = _comes(window, lambda: "There is news." in window.read())
            require(drawn, rule, "The window still shows what stood there before.")

    def test_a_message_above_a_dialog_is_answered_in_it(self, tmp_path: Path) -> None:
        rule = HostRule.MESSAGE_DIALOG.value
        with self._at_details(tmp_path) as (_, window, tab):
            window.press("Fields")
            window.fill("Name", "Ada")
            _comes(window, lambda: "Welcome, Ada." in window.read())
            window.press("Ask before")
            window.press("Agree")
            act = tab.acts[-1]
            require(act.action_id == "agree", rule, "The act of its button did not come.")
            require(act.dialog_id == DIALOG_ID, rule, f"The act names the dialog {act.dialog_id!r}.")
            require(act.values.get("name") == "Ada", rule, "The act does not carry the dialog's values.")
            require("Fields of the contract" not in window.read(), rule, "Close did not close the dialog.")

    def test_what_is_typed_into_a_wait_stays(self, tmp_path: Path) -> None:
        rule = HostRule.WAIT_TYPED.value
        with self._at_details(tmp_path) as (_, window, tab):
            window.press("Begin")
            window.fill("Code", "1234")
            asked = _comes(window, lambda: any(act.action_id == "continue" for act in tab.acts))
            require(asked, rule, "It did not ask how it goes on.")
            window.press("Send the code")
            (act,) = (one for one in tab.acts if one.action_id == "send")
            named = act.wait_id == "contract-details-wait" and act.dialog_id is None
            require(named, rule, "The act of a button in it does not name the wait, or names a dialog.")
            require(act.values.get("code") == "1234", rule, "What was typed is gone.")

    def test_a_chosen_file_stays_chosen(self, tmp_path: Path) -> None:
        rule = HostRule.FILE.value
        with self._at_details(tmp_path) as (_, window, tab):
            if not isinstance(window, ChoosesFiles):
                return
            window.press("Fields")
            window.choose_file("Papers", "a,b")
            window.fill("Name", "Ada")
            _comes(window, lambda: "Welcome, Ada." in window.read())
            window.press("Save")
            found = tab.acts[-1].values.get("papers")
            require(found == "a,b", rule, "The file did not come, or not as its text.")

    def test_escape_cancels(self, tmp_path: Path) -> None:
        rule = HostRule.ESCAPE.value
        with self._at_details(tmp_path) as (_, window, tab):
            if not isinstance(window, PressesEscape):
                return
            window.press("Fields")
            window.escape()
            act = tab.acts[-1]
            named = (act.action_id, act.dialog_id) == ("cancel", DIALOG_ID) and "name" in act.values
            require(named, rule, "In a dialog it does not send cancel with the dialog's id and values.")
            window.press("Begin")
            window.escape()
            stopped = (tab.acts[-1].action_id, tab.acts[-1].wait_id) == ("stop", "contract-details-wait")
            require(stopped, rule, "In a waiting window it does not send cancel with the wait's id.")

    def test_a_table_is_searched_and_filtered(self, tmp_path: Path) -> None:
        rule = HostRule.QUERY.value
        with self._at_details(tmp_path) as (_, window, tab):
            if not isinstance(window, Searches):
                return
            window.search("baker")
            asked = _comes(window, lambda: tab.queries[-1].search == "baker")
            require(asked, rule, f"It asked for {tab.queries[-1].search!r} instead of what was searched for.")
            window.filter("Late ones")
            asked = _comes(window, lambda: tab.queries[-1].filter_id == "late")
            require(asked, rule, f"It asked for the filter {tab.queries[-1].filter_id!r} instead of the chosen one.")
            require(tab.queries[-1].search == "baker", rule, "With the filter, the search was lost.")

    @contextmanager
    def _at_details(self, tmp_path: Path) -> Iterator[tuple[HostServices, HostWindow, ProbeDetails]]:
        self._require_windows()
        tab = ProbeDetails()
        with self.hosting(tmp_path, details=ProbeDetailsPlugin(tab)) as (host, services):
            yield services, host.window(DETAILS_TAB_ID), tab


def _comes(window: HostWindow, so: Callable[[], bool]) -> bool:
    for _ in range(_WAITS):
        if so():
            return True
        window.pass_time()
    return so()


def _require_all(window: HostWindow, rule: Rule, texts: tuple[str, ...]) -> None:
    __tracebackhide__ = True
    shown = window.read()
    for text in texts:
        require(text in shown, rule, f"{text!r} cannot be read.")
