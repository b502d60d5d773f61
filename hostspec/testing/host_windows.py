"""What a host promises about its windows: how a tab is drawn, and what comes back from it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from pydantic import SecretStr

from hostspec.testing.contract_rules import require
from hostspec.testing.host_rules import HostRule
from hostspec.testing.host_subject import HEAD_OFFICE, HostSubject
from hostspec.testing.probe_tab import CRASH, HOSTILE, SENTENCE, TAB_ID, TYPED, ProbeTab, ProbeTabPlugin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hostspec.testing.contract_rules import Rule
    from hostspec.testing.host_subject import HostUnderTest, HostWindow
    from hostspec.ui import UserAct


_WAITS = 50
"""How many times a window is given time, at most."""


class HostWindowRules(HostSubject):
    """The rules about drawing; a host without windows sets ``has_windows = False``."""

    has_windows: ClassVar[bool] = True
    """Whether people see tabs in this host."""

    def test_a_tab_can_be_read(self, tmp_path: Path) -> None:
        rule = HostRule.VIEW.value
        with self._at_tab(tmp_path) as (_, window, _tab):
            for text in ("All that a tab may hold.", "Form", "Ask", "Name", "Row A", "A notice.", HOSTILE):
                _require_read(window, rule, text)

    def test_a_button_sends_its_act_with_the_row(self, tmp_path: Path) -> None:
        rule = HostRule.ACT.value
        with self._at_tab(tmp_path) as (_, window, tab):
            window.select("Row A")
            window.press("Ask")
            act = _only(tab, rule, "ask")
            require(act.row_id == "row-a", rule, f"The act names the row {act.row_id!r} instead of 'row-a'.")
            origin = tab.origins[-1]
            require(origin.user_id and origin.window_id, rule, "It does not say who acts, or in which window.")

    def test_every_field_is_drawn_and_comes_back(self, tmp_path: Path) -> None:
        rule = HostRule.DIALOG.value
        with self._at_tab(tmp_path) as (_, window, tab):
            window.press("Form")
            for text in (
                "A form",
                "Text",
                "Number",
                "Choice",
                "Check",
                "Secret",
                "List",
                "A note.",
                "copy-me",
                "fact-text",
            ):
                _require_read(window, rule, text)
            _fill(window, "fine")
            window.press("Save")
            act = _only(tab, rule, "save")
            require(act.dialog_id == "contract-form", rule, f"The act names the dialog {act.dialog_id!r}.")
            for name, expected in TYPED.items():
                require(name in act.values, rule, f"The field {name!r} did not come back with the act.")
                found = act.values[name]
                fits = type(found) is type(expected) and found == expected
                require(fits, rule, f"The field {name!r} came back as {type(found).__name__}, and not as typed.")
            secret = act.values.get("secret")
            arrived = isinstance(secret, SecretStr) and secret.get_secret_value() == "typed-unseen"
            require(arrived, HostRule.SECRET.value, f"It came back as {type(secret).__name__}.")

    def test_a_dialog_is_replaced_in_place_and_then_closes(self, tmp_path: Path) -> None:
        with self._at_tab(tmp_path) as (_, window, tab):
            window.press("Form")
            _fill(window, "wrong")
            window.press("Save")
            _require_read(window, HostRule.REPLACED.value, "Not this one.")
            shown = "typed-unseen" in window.read()
            require(not shown, HostRule.SECRET.value, "After the form was drawn again it can be read.")
            window.fill("Text", "fine")
            window.press("Save")
            kept = [act.values.get("number") for act in tab.acts if act.action_id == "save"]
            require(kept[-1:] == [12], HostRule.REPLACED.value, "What stood in the replaced form did not come back.")
            closed = "A form" not in window.read()
            require(closed, HostRule.CLOSE.value, "The dialog is still there.")

    def test_a_message_is_answered(self, tmp_path: Path) -> None:
        rule = HostRule.MESSAGE.value
        with self._at_tab(tmp_path) as (_, window, tab):
            window.select("Row A")
            window.press("Ask")
            _require_read(window, rule, "Shall it be done?")
            window.press("Do it")
            act = _only(tab, rule, "do")
            require(act.row_id == "row-a", rule, "The act of its button does not name the row of the box.")
            require("Shall it be done?" not in window.read(), rule, "The message is still there.")

    def test_a_wait_goes_on_and_can_be_cancelled(self, tmp_path: Path) -> None:
        rule = HostRule.WAIT.value
        with self._at_tab(tmp_path) as (_, window, tab):
            window.press("Wait")
            _require_read(window, rule, "Somebody is thinking.")
            for _ in range(_WAITS):
                window.pass_time()
                if any(act.action_id == "continue" for act in tab.acts):
                    break
            asked = [act for act in tab.acts if act.action_id == "continue"]
            require(asked, rule, "It did not ask how it goes on.")
            named = asked[0].wait_id == "contract-wait" and not asked[0].values
            require(named, rule, "Asking how it goes on carries something else than its wait_id.")
            window.press("Stop")
            act = _only(tab, rule, "stop")
            require(act.wait_id == "contract-wait", rule, "Cancel does not name the wait.")
            gone = "Somebody is thinking." not in window.read()
            require(gone, rule, "The waiting window is still there.")

    def test_who_uses_a_subject_is_shown(self, tmp_path: Path) -> None:
        with self._at_tab(tmp_path) as (host, window, _tab):
            host.use(HEAD_OFFICE, "Contract A", enabled=False)
            window.press("Usage")
            _require_read(window, HostRule.USAGE.value, "Contract A")

    def test_errors_are_told_and_nothing_of_a_crash(self, tmp_path: Path) -> None:
        rule = HostRule.ERROR.value
        with self._at_tab(tmp_path) as (_, window, _tab):
            window.press("Fail")
            _require_read(window, rule, SENTENCE)
        with self._at_tab(tmp_path) as (_, window, _tab):
            window.press("Crash")
            require(CRASH not in window.read(), rule, "What a plugin's exception said can be read.")

    @contextmanager
    def _at_tab(self, tmp_path: Path) -> Iterator[tuple[HostUnderTest, HostWindow, ProbeTab]]:
        self._require_windows()
        tab = ProbeTab()
        with self.hosting(tmp_path, tab=ProbeTabPlugin(tab)) as (host, _):
            yield host, host.window(TAB_ID), tab

    def _require_windows(self) -> None:
        if not self.has_windows:
            import pytest

            pytest.skip("this host has no windows")


def _only(tab: ProbeTab, rule: Rule, action_id: str) -> UserAct:
    __tracebackhide__ = True
    found = [act for act in tab.acts if act.action_id == action_id]
    require(len(found) == 1, rule, f"The act {action_id!r} came {len(found)} times.")
    return found[0]


def _require_read(window: HostWindow, rule: Rule, text: str) -> None:
    __tracebackhide__ = True
    require(text in window.read(), rule, f"{text!r} cannot be read.")


def _fill(window: HostWindow, name: str) -> None:
    window.fill("Text", name)
    window.fill("Number", "12")
    window.fill("Choice", "Second")
    window.fill("Check", "yes")
    window.fill("List", "one\ntwo")
    window.fill("Secret", "typed-unseen")
