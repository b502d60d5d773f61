"""What a person reads about files that entries come from or go into."""

from __future__ import annotations

from typing import Final

TOO_LONG: Final = "The file is longer than 10 million characters, so it is no list of connections. Choose another one."
NOT_TEXT: Final = "The file is not UTF-8 text. Save it as UTF-8, or export it again."
NOT_OURS: Final = (
    "This is no file of connections: it does not begin with “format”: “xero-connections”. Choose another one."
)
TOO_DEEP: Final = "The file is nested too deeply to be a list of connections. Choose another one."
NO_VERSION: Final = "The file does not say its version as a whole number. Export it again."


def not_json(line: int, column: int) -> str:
    return f"The file is damaged: at line {line}, column {column}, it is no JSON any more. Mend it, or export it again."


def twice(name: str) -> str:
    return f"The file says “{name}” twice in one place, so it is not clear which one counts. Remove one of them."


def bad_number(written: str) -> str:
    return f"The file holds the number {written}, which cannot be read. Mend it, or export it again."


def newer(version: int, known: int) -> str:
    return (
        f"The file has version {version}; this program reads version {known}. "
        "Update this program, or export with one as old as this."
    )


def unknown_key(key: str, where: str) -> str:
    return f"The file holds “{key}” {where}, which this program does not know. Remove it, or update this program."


def missing_key(key: str, where: str) -> str:
    return f"The file lacks “{key}” {where}. Add it, or export the file again."


def wrong_value(key: str, where: str) -> str:
    return f"The file holds something under “{key}” {where} that cannot be read. Mend it, or export the file again."


def too_many(count: int, most: int) -> str:
    return f"The file holds {count} connections; at most {most} can be read at once. Divide it."


IN_FILE: Final = "in the file"


def at_entry(number: int) -> str:
    return f"in connection number {number}"


BAD_ID: Final = "Its id is none: 1 to 64 letters, digits, dots, dashes or underscores."


def id_twice(number: int) -> str:
    return f"It has the id of connection number {number} in this file."


def name_twice(number: int) -> str:
    return f"It has the name of connection number {number} in this file."


def unknown_type(type_id: str) -> str:
    return f"The plugin for connections of type “{type_id}” is not loaded here."


def not_portable(type_id: str) -> str:
    return f"Connections of type “{type_id}” cannot be moved in files."


PROVIDER_FAILED: Final = "The plugin of this type failed to read it; tell support."
NOT_ALLOWED: Final = "You may not change this connection."


def kept_as_configured(source: str) -> str:
    return f"It is configured in {source} and stays as it is."


FILE_MISSING: Final = "It cannot be read: there is no such file, or this program may not open it."


def configured_elsewhere(name: str, source: str) -> str:
    return f"{name} is configured in {source}, so it was not deleted here. Remove it there first."


def file_refused(place: str, why: str) -> str:
    return f"{place} cannot be used, and the connections stay as they were. {why}"


CONFIGURED_TITLE: Final = "Configured connections"


def not_applied(place: str, name: str, why: str) -> str:
    return f"{name} in {place} was not taken over. {why}"


def other_source(source: str) -> str:
    return f"It is configured in {source} too, with other values, and stays as that says. Make both the same."


def name_here(name: str) -> str:
    return f"Another connection is named “{name}” already. Rename one of them."


OTHER_TYPE: Final = "The connection that is here is of another type."
IMPORTED: Final = "imported"
CHANGED_MEANWHILE: Final = "Somebody changed the connection that is here meanwhile. Import the file again."
ID_HERE: Final = "A connection with its id is here already, perhaps deleted and not wiped yet. Recover it, or wipe it."
TRY_AGAIN: Final = "Somebody changed it at the same moment; it is tried again soon."


def and_more(count: int) -> str:
    return f" {count} more have problems."


LET_GO_TITLE: Final = "Connections are no longer configured by a file"


def others(count: int) -> str:
    return f" and {count} more"


def further_entries(count: int) -> str:
    return f"{count} further connections"


def let_go(names: str, place: str) -> str:
    return f"{names}: no longer in {place}. They are kept, and can be changed here from now on."


def taken_over(source: str) -> str:
    return f"As configured in {source}."


def released(source: str) -> str:
    return f"No longer configured in {source}."
