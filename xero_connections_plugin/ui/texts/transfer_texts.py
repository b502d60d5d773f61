"""The sentences of Export and Import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xero_connections_plugin.connections.carrying import Result
from xero_connections_plugin.connections.file_findings import Choice, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPORT: Final = "Export"
EXPORT_TITLE: Final = "Export connections"
EXPORT_INTRO: Final = (
    "The file holds names, definitions and companies. It holds no sign-in, token, key or person, so each connection "
    "needs a sign-in where it is imported."
)
WHICH: Final = "Which connections"
DOWNLOAD: Final = "Download"
CLOSE: Final = "Close"
CANCEL: Final = "Cancel"
OK: Final = "OK"


def all_of_them(count: int) -> str:
    return f"All ({count})"


def only(name: str) -> str:
    return f"Only {name}"


def nothing_to_export(fixed: Sequence[str]) -> str:
    return f"There is no connection that could be written into a file.{_no_form(fixed)}"


def left_out(names: str, fixed: Sequence[str]) -> str:
    why = "they cannot be written into a file" if fixed else "their plugin is missing or their settings are damaged"
    return f"Left out, because {why}: {names}.{_no_form(fixed)}"


def _no_form(fixed: Sequence[str]) -> str:
    return f" Files cannot hold connections of type {', '.join(fixed)}." if fixed else ""


def and_more(count: int) -> str:
    return f" and {count} more"


def exported(count: int, *, left_out: int) -> str:
    more = f" {left_out} could not be written." if left_out else ""
    return ("1 connection was" if count == 1 else f"{count} connections were") + f" written into a file.{more}"


EXPORTING_TITLE: Final = "Exporting connections"
EXPORTING: Final = "The file is being written."
LOOKING_TITLE: Final = "Reading the file"
LOOKING: Final = "The file is held against the connections that are here. Nothing changes yet."


IMPORT: Final = "Import"
IMPORT_TITLE: Final = "Import connections"
IMPORT_INTRO: Final = "Nothing changes yet: first you see what the file would do here."
FILE: Final = "File"
FILE_HINT: Final = "A file that Export has written, ending in .json."
FILE_MISSING: Final = "Choose a file first."
CONTINUE: Final = "Continue"

PLAN_TITLE: Final = "What the file would change"
PLAN_TABLE: Final = "Connections in the file"
COLUMN_NAME: Final = "Name"
COLUMN_FINDING: Final = "In the file and here"
IMPORT_GONE: Final = "This import was closed meanwhile, so nothing was imported. Choose the file again."
NOTHING_TO_DO: Final = "Everything in this file is here already."
NOTHING_USABLE: Final = "Nothing in this file can be imported here."
EMPTY_FILE: Final = "This file holds no connection."
FOR_ALL_IDS: Final = "Connections that are here already"
FOR_ALL_NAMES: Final = "Names that other connections have"
AFTERWARDS: Final = "What is imported needs a sign-in: edit it, then choose Authorize."

CHOICES: Final = {
    Choice.KEEP: "Keep what is here",
    Choice.TAKE: "Take the settings from the file",
    Choice.ADD: "Add it beside, under another name",
}

FINDINGS: Final = {
    Finding.NEW: "New",
    Finding.IDENTICAL: "The same here",
    Finding.SAME_ID: "Here, and different",
    Finding.SAME_NAME: "Another connection has this name",
    Finding.UNUSABLE: "Cannot be imported",
}


def counted(counts: dict[Finding, int]) -> str:
    words = {
        Finding.NEW: "new",
        Finding.SAME_ID: "different here",
        Finding.SAME_NAME: "with a name that is taken",
        Finding.IDENTICAL: "the same here",
        Finding.UNUSABLE: "not usable",
    }
    told = [f"{counts[finding]} {word}" for finding, word in words.items() if counts.get(finding)]
    return ", ".join(told) + "."


def shown_only(shown: int, total: int) -> str:
    return f"The first {shown} of {total} are listed, what needs a choice first. All of them are imported."


def results_shown_only(shown: int, total: int) -> str:
    return f"The first {shown} of {total} are listed, what failed first. Import the same file again to see the rest."


def conflict(name: str, other: str) -> str:
    return f"{name}: {other}"


def other_company(here: str, there: str) -> str:
    return f"Here it reaches {here or 'nothing'}, in the file {there or 'nothing'}."


def differing(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:4]) + (and_more(len(names) - 4) if names[4:] else "")
    return f"Set differently: {shown}."


def named_here(name: str) -> str:
    return f"Here it is named {name}."


IMPORTING_TITLE: Final = "Importing connections"
STOP: Final = "Stop"


def importing(done: int, total: int) -> str:
    return f"{done} of {total} are done. What is done stays when you stop."


RESULT_TITLE: Final = "Imported connections"
RESULT_TABLE: Final = "What became of each"
COLUMN_RESULT: Final = "Result"
RESULTS: Final = {
    Result.ADDED: "Added",
    Result.CHANGED: "Changed",
    Result.KEPT: "Unchanged",
    Result.FAILED: "Not imported",
}
STOPPED: Final = "The import was stopped. Import the same file again to go on; what is here already stays as it is."
EXPORT_FAILED: Final = (
    "The file could not be written because of a fault. The list is as it was. Try again, and tell support if this "
    "happens again."
)
IMPORT_FAILED: Final = (
    "The import ended early because of a fault. What was imported before it stays. Import the same file again to go "
    "on, and tell support if it stays so."
)


def ended(results: dict[Result, int]) -> str:
    words = {
        Result.ADDED: "added",
        Result.CHANGED: "changed",
        Result.KEPT: "unchanged",
        Result.FAILED: "not imported",
    }
    told = [f"{results[result]} {word}" for result, word in words.items() if results.get(result)]
    return (", ".join(told) or "nothing was imported").capitalize() + "."


FROM_FILE: Final = "From an imported file."


def further(count: int) -> str:
    return f"{count} further connections"
