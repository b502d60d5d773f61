"""What is said inside a bundle for support."""

from __future__ import annotations

from typing import Final

README: Final = "README.txt"
IS_SET: Final = "(set)"
NO_STORE: Final = "There is no store yet."

HOLDS: Final = {
    README: "this list",
    "findings.json": "what the doctor found",
    "versions.json": "versions of this program, of Python, of the system and of libraries",
    "settings.json": "settings; passwords and keys are left out",
    "store.json": "how many rows the tables have",
    "connections.json": "connections with their ids and states",
    "sign-ins.json": "sign-ins with their ids, states and dates; no tokens",
    "failures.json": "the latest failures of the history",
}


def store_unread(kind: str) -> str:
    return f"The store could not be read ({kind})."


def readme(when: str, *, with_names: bool) -> str:
    """The first file."""
    names = (
        "Names of connections, companies, people and hosts are in it, as was asked for.\n"
        if with_names
        else "Names of connections, companies, people and hosts that the list knows are replaced by numbers.\n"
    )
    lines = "".join(f"  {name:<18} {what}\n" for name, what in HOLDS.items())
    return (
        f"Made by xero-connections at {when} for a request to support.\n\n{lines}\n"
        f"It holds no token, no key and no password. {names}"
    )
