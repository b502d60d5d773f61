"""The rules that ``ProviderContract`` holds connection types to, each with the page that explains it."""

from enum import Enum
from typing import Final

from hostspec.testing.contract_rules import Rule

_PAGE: Final = "docs/write-a-provider.md"


def _rule(about: str, says: str, anchor: str = "") -> Rule:
    return Rule(about, says, f"{_PAGE}#{anchor or about}")


class ProviderRule(Enum):
    """What a connection type and its provider promise."""

    CONTRIBUTED = Rule(
        "capture_connection_types",
        "A type has an id, a label, a provider with every method, and the act that adds one.",
        "docs/hooks.md#capture_connection_types",
    )
    FORM_DRAWN = _rule("form", "A form is drawn from any draft; each field has an id of its own and survives JSON.")
    FORM_FRESH = _rule("form", "An untouched field of a new draft is not wrong yet.")
    FORM_VALUES = _rule("form", "A form shows what stands in the draft.")
    FORM_CHANGES = _rule(
        "form",
        "A field that an obstacle depends on has an on_change; Save stays disabled while somebody types otherwise.",
    )
    FORM_STRANGE = _rule("form", "A form is drawn from whatever was typed; what is wrong is said at its field.")
    SECRETS = _rule("secrets", "A secret leaves the form only in SavedConnection.sealed; nothing ever shows it.")
    OBSTACLES = _rule("obstacles", "What is missing is named, one sentence each; nothing where nothing is missing.")
    UNSAVED = _rule("unsaved", "Only what a person would lose is unsaved: typed values, a finished sign-in.")
    ACT = _rule("act", "A button answers at once with a step, with None to draw the form again, or a CaptureError.")
    ACT_WAITS = _rule(
        "act", "A Wait carries the draft's id as its wait_id; otherwise nobody hears how it goes on, or Cancel."
    )
    ACT_UNKNOWN = _rule("act", "An act that nobody knows changes nothing and breaks nothing.")
    SAVE = _rule("save", "A complete draft is saved, always to the same; an incomplete one raises a CaptureError.")
    EDITED = _rule(
        "editing", "The draft of a kept entry begins with what was saved, complete and with nothing unsaved."
    )
    CLOSE = _rule("close", "Any draft may be closed, twice too, and one that nobody knows.")
    NETWORK = _rule("network", "Only open, forget and what a skill says so of may use the network.")
    SUMMARY = _rule("summary", "Every entry that was asked for is summed up, in words, and promptly for thousands.")
    SUMMARY_DAMAGED = _rule("summary", "An entry whose settings cannot be read has a summary that says so.")
    DETAILS = _rule("details", "Facts have a label and a text; damaged settings raise nothing but a CaptureError.")
    REMOVAL = _rule("removal_choices", "Each choice has an id of its own, a label, and a hint about whom it cuts off.")
    FORGET = _rule(
        "forget", "An entry is forgotten whatever the other side says, and twice too; remarks are sentences."
    )
    OPEN = _rule("open", "A session names its entry, is a context manager, and can be closed twice.")
    OPEN_REFUSED = _rule("open", "What cannot be opened raises a CaptureError that says what to do.")
    THREADS = _rule("threads", "Any thread may call, also several at once, and all get the same answer.")
    ENDS = _rule("threads", "Once the host has stopped, nothing of a provider runs any more.")
    TESTABLE = _rule(
        "testable",
        "A test answers with a ConnectionTest that says what was found; it raises nothing but a CaptureError.",
    )
    COPYABLE = _rule("copyable", "The values of a copy fit the form, without the sign-in and without secrets.")
    PORTABLE = _rule("portable", "What is written down is read again to the same settings, without secrets.")
    PORTABLE_REFUSED = _rule("portable", "Settings that cannot be used raise a ConnectionProblem.")
