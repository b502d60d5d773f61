"""The sentences about entries that a file or the environment configures."""

from __future__ import annotations

from typing import Final

REFUSED_TITLE: Final = "Configured elsewhere"
MARK: Final = "configured"
FACT: Final = "Configured in"
OK: Final = "OK"
CANCEL: Final = "Cancel"
LET_GO: Final = "Change it here instead…"
LET_GO_TITLE: Final = "Change this connection here?"
LET_GO_DONE: Final = "Change it here"
DELETED: Final = "deleted"
CHANGED: Final = "changed"


def refused(name: str, source: str, what: str) -> str:
    return f"{name} is configured in {source}, so it cannot be {what} here. Nothing was changed; change it there."


def let_go_question(name: str, source: str) -> str:
    return (
        f"{name} is configured in {source}. From now on it can be changed here. "
        "If that is still read somewhere, it is taken back there when the file changes or the program starts."
    )


def no_longer(source: str) -> str:
    return f"No longer configured in {source}."
