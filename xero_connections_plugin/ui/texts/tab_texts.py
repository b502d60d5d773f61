"""The sentences of the list, the definition, the details and the deletion."""

from __future__ import annotations

from typing import Final

TAB_TITLE: Final = "Connections"
INTRO: Final = "Connections that every capture profile can use."
SEARCH: Final = "Search connections"

COLUMN_NAME: Final = "Name"
COLUMN_REACHES: Final = "Reaches"
COLUMN_STATUS: Final = "Status"
COLUMN_ACCOUNT: Final = "Signed in as"
COLUMN_LAST_SIGN_IN: Final = "Last sign-in"
COLUMN_EXPIRES: Final = "Expires"
NOTHING_KNOWN: Final = "–"

ADD: Final = "Add"
EDIT: Final = "Edit"
DELETE: Final = "Delete"
DETAILS: Final = "Details"
USAGE: Final = "Usage"
SAVE: Final = "Save"
CANCEL: Final = "Cancel"
OK: Final = "OK"

SELECT_FIRST: Final = "Select a connection in the list first."
MAY_NOT_MANAGE: Final = "You may look at connections but not change them. Ask an administrator."

EMPTY_TITLE: Final = "No connections yet"
NO_TYPES_TEXT: Final = (
    "No plugin that brings a connection type is loaded. Ask whoever maintains this installation to load one."
)
FOUND_NOTHING_TITLE: Final = "Nothing found"


def empty_text(types: tuple[str, ...]) -> str:
    """What a connection is for; with one connection type its label says it best."""
    reached = types[0] if len(types) == 1 else "other programs"
    return (
        f"Capture profiles reach {reached} through a connection, so the first one comes before any lookup or "
        "migration. Add one here; every profile can then choose it."
    )


def found_nothing(search: str) -> str:
    return f"No connection matches “{search}”. Shorten the search, or clear it to see all."


DEFINITION_TITLE: Final = "Connection Definition"
DISPLAY_NAME: Final = "Display name"
DISPLAY_NAME_HINT: Final = "For example the company’s name."
CHOOSE_TYPE_TITLE: Final = "Add a connection"
CHOOSE_TYPE: Final = "Connection type"
CONTINUE: Final = "Continue"


def name_taken(name: str) -> str:
    return f"There is already a connection named “{name}”. Choose another name."


def copied_from(name: str) -> str:
    return f"Started as a copy of {name}."


def configured_in(source: str) -> str:
    return f"Configured in {source}, and read-only here. Change it there."


READ_ONLY: Final = "Read-only here."


DRAFT_GONE: Final = (
    "This definition was closed meanwhile, so nothing was saved. What was saved before is unchanged. Open it again."
)
ENTRY_GONE: Final = (
    "Somebody deleted this connection while you edited it, so it cannot be saved. Note your changes, press Cancel, and "
    "add it again."
)
ENTRY_CHANGED: Final = (
    "Somebody else changed this connection while you edited it. Your changes are still here and not saved. "
    "Note them, press Cancel, and edit it again."
)

UNSAVED_TITLE: Final = "Discard changes?"
UNSAVED_TEXT: Final = "This definition was not saved. Closing it now discards what you entered."
DISCARD: Final = "Discard"
KEEP_EDITING: Final = "Keep editing"

AGREE_TITLE: Final = "Save these changes?"


def used_by(profiles: str) -> str:
    return f"Profiles that use this connection: {profiles}."


USED_BY_NOBODY: Final = "No profile uses this connection."
USAGE_UNCERTAIN: Final = "It is not certain which profiles use this connection, because a plugin failed to answer."

DETAILS_TITLE: Final = "Connection Details"
FACT_NAME: Final = "Name"
FACT_TYPE: Final = "Type"
FACT_STATUS: Final = "Status"
FACT_CREATED: Final = "Created"
FACT_CHANGED: Final = "Last changed"
FACT_USED_BY: Final = "Used by"
FACT_ID: Final = "Connection id"
NOBODY: Final = "no profile"


def usage_fact(profile: str, step: str, *, enabled: bool, host: str) -> str:
    where = f" on {host}" if host else ""
    return f"{profile}, step {step}{where}" + ("" if enabled else " (disabled)")
