"""What a person does who deletes connections, and takes them back."""

from __future__ import annotations

from typing import Final

from hostspec.testing import TabDriver

CHOICE: Final = "At the other side"
UNLINK: Final = "Unlink this company at Xero"
REVOKE: Final = "Revoke the whole sign-in"
DELETING: Final = "Deleting the connection"
BIN: Final = "Deleted connections"


def ask(tab: TabDriver, name: str, choice: str = "") -> None:
    """Come as far as the question, with something chosen."""
    tab.row(name)
    tab.press("Delete")
    assert tab.dialog.title == "Delete connection?"
    if choice:
        tab.choose(CHOICE, choice)


def delete(tab: TabDriver, name: str, choice: str = "") -> None:
    """Delete a connection; what comes of it is on top, if anything is to be said."""
    ask(tab, name, choice)
    tab.press("Delete")
    tab.continue_until(lambda: tab.titles[-1:] != [DELETING])


def open_bin(tab: TabDriver) -> None:
    """Look at what was deleted."""
    tab.press(BIN)
    assert tab.dialog.title == BIN


def take_back(tab: TabDriver, name: str) -> None:
    """Take a connection back whose name is free."""
    open_bin(tab)
    tab.press_in_row(name, "Recover")


def wipe(tab: TabDriver, name: str) -> None:
    """Wipe a deleted connection for good; the dialog stays open."""
    open_bin(tab)
    tab.tick_row(name)
    tab.press("Wipe ticked now")
    assert tab.message.title == "Wipe for good?"
    tab.press("Wipe now")
