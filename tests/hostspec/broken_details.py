"""Windows that forget something, and the rule that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hostspec import UserAct
from hostspec.hosting.open_windows import OpenMessage, OpenWait
from hostspec.testing.host_rules import HostRule
from tests.hostspec.plain_host import PlainWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.testing.host_subject import HostWindow


class Forgetful(NamedTuple):
    rule: HostRule
    check: str
    members: Mapping[str, object]
    finding: str


def without(text: str) -> Callable[[HostWindow], str]:
    """Reading that leaves a text out."""

    def read(self: Any) -> str:
        return PlainWindow.read(self).replace(text, "")

    return read


def typed_only(self: Any, label: str, text: str) -> None:
    field = self.driver.field(label)
    self.driver.windows.top.values[field.field_id] = text


def without_the_rest(self: Any, label: str, text: str) -> None:
    field = self.driver.field(label)
    values = {field.field_id: text}
    self.driver.send(UserAct(action_id=field.on_change, dialog_id="contract-details-form", values=values))


def out_of_nowhere(self: Any, label: str, text: str) -> None:
    typed_only(self, label, text)
    values = dict(self.driver.windows.top.values)
    self.driver.send(UserAct(action_id="changed", values=values))


def first_drawn(self: Any) -> str:
    self.kept = getattr(self, "kept", None) or PlainWindow.read(self)
    return str(self.kept)


def in_no_dialog(self: Any, label: str) -> None:
    if isinstance(self.driver.windows.top, OpenMessage):
        self.driver.windows.stack.pop()
        self.driver.send(UserAct(action_id="agree"))
    else:
        PlainWindow.press(self, label)


def without_values(self: Any, label: str) -> None:
    if isinstance(self.driver.windows.top, OpenMessage):
        self.driver.windows.stack.pop()
        self.driver.send(UserAct(action_id="agree", dialog_id="contract-details-form"))
    else:
        PlainWindow.press(self, label)


def typed_is_lost(self: Any) -> None:
    PlainWindow.pass_time(self)
    if isinstance(self.driver.windows.top, OpenWait):
        self.driver.windows.top.values["code"] = ""


def waiting_in_a_dialog(self: Any, label: str) -> None:
    if label == "Send the code":
        values = dict(self.driver.windows.top.values)
        self.driver.send(UserAct(action_id="send", dialog_id="contract-details-form", values=values))
    else:
        PlainWindow.press(self, label)


def file_is_lost(self: Any, label: str) -> None:
    if label == "Save":
        self.driver.windows.top.values["papers"] = ""
    PlainWindow.press(self, label)


def deaf(self: Any, *_: object) -> None:
    pass


def deaf_in_waits(self: Any) -> None:
    if not isinstance(self.driver.windows.top, OpenWait):
        PlainWindow.escape(self)


def only_the_filter(self: Any, label: str) -> None:
    self.driver.search("")
    self.driver.filter(label)


REASONS, CHANGES = "what_cannot_be_used_says_why", "a_change_is_sent_soon"
MESSAGES, TYPING = "a_message_above_a_dialog_is_answered_in_it", "what_is_typed_into_a_wait_stays"

FORGETFUL = (
    Forgetful(HostRule.REASON, REASONS, {"read": without("The office is closed.")}, "office is closed"),
    Forgetful(HostRule.REASON, REASONS, {"read": without("Choose a row before.")}, "Choose a row"),
    Forgetful(HostRule.REASON, REASONS, {"read": without("Only the owner may change it.")}, "Only the owner"),
    Forgetful(HostRule.REASON, REASONS, {"read": without("There is nothing to check.")}, "nothing to check"),
    Forgetful(HostRule.CHANGE, CHANGES, {"fill": typed_only, "pass_time": lambda self: None}, "never came"),
    Forgetful(HostRule.CHANGE, CHANGES, {"fill": without_the_rest}, "all values"),
    Forgetful(HostRule.CHANGE, CHANGES, {"fill": out_of_nowhere}, "the dialog None"),
    Forgetful(HostRule.CHANGE, CHANGES, {"read": without("Welcome, Ada.")}, "not drawn"),
    Forgetful(HostRule.NEWS, "news_of_a_tab_reaches_its_windows", {"read": first_drawn}, "stood there before"),
    Forgetful(HostRule.MESSAGE_DIALOG, MESSAGES, {"press": in_no_dialog}, "the dialog None"),
    Forgetful(HostRule.MESSAGE_DIALOG, MESSAGES, {"press": without_values}, "dialog's values"),
    Forgetful(HostRule.WAIT_TYPED, TYPING, {"pass_time": typed_is_lost}, "typed is gone"),
    Forgetful(HostRule.WAIT_TYPED, TYPING, {"press": waiting_in_a_dialog}, "does not name the wait"),
    Forgetful(HostRule.FILE, "a_chosen_file_stays_chosen", {"press": file_is_lost}, "not as its text"),
    Forgetful(HostRule.ESCAPE, "escape_cancels", {"escape": deaf}, "In a dialog"),
    Forgetful(HostRule.ESCAPE, "escape_cancels", {"escape": deaf_in_waits}, "In a waiting window"),
    Forgetful(HostRule.QUERY, "a_table_is_searched_and_filtered", {"search": deaf}, "searched for"),
    Forgetful(HostRule.QUERY, "a_table_is_searched_and_filtered", {"filter": deaf}, "chosen one"),
    Forgetful(HostRule.QUERY, "a_table_is_searched_and_filtered", {"filter": only_the_filter}, "search was lost"),
)
