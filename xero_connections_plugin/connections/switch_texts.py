"""The sentences about moving profiles from one entry to another."""

from __future__ import annotations

from typing import Final

TARGET_GONE: Final = "The connection to switch to was removed. Choose another one."


def other_type(name: str) -> str:
    return f"{name} is a connection of another type."


def cannot_be_used(name: str, status: str, cause: str) -> str:
    return f"{name} cannot be used now. {status}: {cause}"


def not_reached(name: str, cause: str) -> str:
    return f"{name} was not reached lately. {cause}"


def other_company(name: str, after: str, before: str) -> str:
    return f"{name} posts to {after or 'another company'}, not to {before or 'the present one'}."


def marked(name: str, mark: str, other: str) -> str:
    return f"{name} is marked “{mark}”, and {other} is not."


def lacking(name: str, needs: tuple[str, ...]) -> str:
    return (
        f"It needs {' and '.join(needs)}, which the sign-in of {name} does not allow. Edit {name}, then Authorize with "
        "more scopes."
    )


def kept_by(host: str) -> str:
    return f"This profile is kept by {host}. Switch it there."


def switched_away(profiles: str, target: str) -> str:
    return f"Switched to {target}: {profiles}."


def switched_here(profiles: str, source: str) -> str:
    return f"Switched here from {source}: {profiles}."
