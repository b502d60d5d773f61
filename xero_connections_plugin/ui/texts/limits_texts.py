"""Sentences around "Calls and links"."""

from __future__ import annotations

from typing import Final

LIMITS: Final = "Calls and links"
WAIT_TITLE: Final = "Calls and links"
WAIT_TEXT: Final = "Asking what is left and what is open…"
ENDING_TEXT: Final = "Ending it at the other side…"
CANCEL: Final = "Cancel"
CLOSE: Final = "Close"
REFRESH: Final = "Ask again"
END: Final = "End it"
FAILED: Final = "It could not be found out because of a fault in the program. Nothing was changed; tell support."
NOTHING_LIMITED: Final = "No kind of connection here has limits to look at."
NOT_YOURS: Final = "This was opened in another window. Open “Calls and links” there."
REST_NOT_KNOWN: Final = (
    "What is left could not be found out after that, because of a fault in the program. Tell support if it stays so."
)


def rest_not_known(problem: str) -> str:
    """Why the list is missing although something was just ended."""
    return f"What is left could not be found out after that. {problem}"


def question_title(label: str, name: str) -> str:
    return f"{label} {name}?" if name else f"{label}?"
