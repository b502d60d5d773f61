"""The sentences of tests, and of the list's filters."""

from __future__ import annotations

from typing import Final

TEST: Final = "Test"
TEST_ALL: Final = "Test all"
STOP: Final = "Stop"
MAY_NOT_TEST: Final = "You may look at connections but not use them, so you cannot test them. Ask an administrator."
NOTHING_TO_TEST: Final = "There is no connection to test yet. Add one first."

TESTING_TITLE: Final = "Testing"
PASSED_TITLE: Final = "Test passed"
FAILED_TITLE: Final = "Test failed"
NOT_REACHED_TITLE: Final = "Not reached"
FAULT: Final = (
    "The test broke off because of a fault in the program. Nothing was changed; tell support if it happens again."
)

ALL_OK: Final = "✓"
NOT_OK: Final = "✗"
NOT_LOOKED_AT: Final = "–"

RESULT: Final = "Result"
TESTED: Final = "Tested"
TOOK: Final = "Took"
REFERENCE: Final = "Reference for support"
NAME: Final = "Connection"

ALL_TITLE: Final = "Tests of all connections"
COLUMN_NAME: Final = "Name"
COLUMN_RESULT: Final = "Result"
COLUMN_FOUND: Final = "What was found"
COLUMN_TOOK: Final = "Took"
WORD_PASSED: Final = "Passed"
WORD_FAILED: Final = "Failed"
WORD_NOT_REACHED: Final = "Not reached"
RESULTS: Final = "Results"

FACT_TESTED: Final = "Last test"
FACT_USED: Final = "Last used"
NEVER: Final = "never"

FILTER_ALL: Final = "All"
FILTER_ATTENTION: Final = "Needs attention"
FILTER_READY: Final = "Ready"
NO_ATTENTION_TITLE: Final = "Nothing needs attention"
NO_ATTENTION_TEXT: Final = "Every connection works, or is only out of reach for a while."
NONE_LIKE_THIS_TITLE: Final = "No such connection"
NONE_LIKE_THIS_TEXT: Final = "No connection is like this. Choose “All” to see every one."


def testing(name: str) -> str:
    return f"Trying out {name}: its sign-in, its company, its scopes, and one read. Nothing is written."


def testing_all(done: int, total: int) -> str:
    return f"{done} of {total} connections are tested. Nothing is written. You may stop; what was found is kept."


def seconds(milliseconds: int) -> str:
    """How long something took."""
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds} ms"


def summed_up(failed: int, not_reached: int, passed: int) -> str:
    parts = [f"{passed} passed"]
    if failed:
        parts.insert(0, f"{failed} failed")
    if not_reached:
        parts.insert(-1, f"{not_reached} not reached")
    return ", ".join(parts) + "."


def stopped(left: int) -> str:
    return f"You stopped it; {left} were not tested."


def not_listed(count: int) -> str:
    return f"{count} more that passed are not listed."


def unused_for(days: int) -> str:
    return f"Not used for {days} days"


def test_fact(word: str, moment: str, text: str) -> str:
    return f"{word}, {moment}. {text}"
