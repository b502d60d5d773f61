"""The sentences about batches that failed before an entry was repaired."""

from __future__ import annotations

from typing import Final

TITLE: Final = "Run failed batches again"
DONE_TITLE: Final = "Batches handed back"
TABLE: Final = "Failed batches"

COLUMN_PROFILE: Final = "Profile and step"
COLUMN_DOCUMENTS: Final = "Documents"
COLUMN_FAILED: Final = "Failed"
COLUMN_CAUSE: Final = "Cause"
COLUMN_RESULT: Final = "Result"

RUN_AGAIN: Final = "Run again"
NOT_NOW: Final = "Not now"
CLOSE: Final = "Close"
SHOW: Final = "Show them"

MAY_NOT_RUN: Final = "You may look at failed batches but not run them again. Ask an administrator."
NOTHING_TICKED: Final = "Tick what to run again first."
NOTHING_LEFT_TITLE: Final = "Nothing waits"
NOTHING_LEFT: Final = "No failed batch waits for this connection any more. Nothing needs to be done."

STARTED: Final = "Started"
NOBODY: Final = "Nobody could start it. Tell support."


def batches(count: int) -> str:
    return "1 batch" if count == 1 else f"{count} batches"


def notice(count: int, names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
    return f"{batches(count)} failed on {shown} and {'waits' if count == 1 else 'wait'} to be run again."


def works_again(name: str, count: int) -> str:
    return f"{name} works. {batches(count)} failed on it before; tick what to run again."


def works_not_yet(name: str, count: int, status: str) -> str:
    return f"{batches(count)} failed on {name}, which is not ready yet: {status}. Repair it first, then run them again."


def show(count: int) -> str:
    return "Show the failed batch" if count == 1 else f"Show {count} failed batches"


def incomplete(names: tuple[str, ...]) -> str:
    return f"This list may be incomplete, because {' and '.join(names)} did not answer."


def place(profile: str, step: str) -> str:
    return f"{profile}, {step}"


def handed_back(started: int, asked: int) -> str:
    return f"{started} of {batches(asked)} started. They go on beside this window; the profile’s page shows how."


def choose(names: int) -> str:
    return f"Batches failed on {names} connections. Choose one of them."
