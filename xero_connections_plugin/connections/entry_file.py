"""How are entries written down without secrets, and read again from whatever a person hands over?"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Annotated, Final, Literal, NoReturn

from pydantic import AfterValidator, Field, JsonValue, StrictInt, StrictStr, ValidationError

from hostspec.value import Value, whole
from xero_connections_plugin.connections import file_texts as texts
from xero_connections_plugin.connections.definition import plain_text

FORMAT: Final = "xero-connections"
VERSION: Final = 1
LONGEST: Final = 10_000_000
"""Characters of a file."""

MOST_ENTRIES: Final = 10_000

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SHOWN_KEY: Final = 40


class FileRefused(Exception):
    """A file cannot be used; the text is a sentence for the person who chose it."""


_Text = Annotated[StrictStr, AfterValidator(whole)]


def _whole_settings(settings: dict[str, JsonValue]) -> dict[str, JsonValue]:
    whole(json.dumps(settings, ensure_ascii=False))
    return settings


class FileEntry(Value):
    """One entry, as a file has it."""

    id: _Text
    type: _Text
    name: _Text
    settings: Annotated[dict[str, JsonValue], AfterValidator(_whole_settings)]
    """What the type's provider needs, without secrets."""


class EntryFile(Value):
    """All that stands in a file."""

    format: Literal["xero-connections"] = FORMAT
    version: StrictInt = VERSION
    exported_at: datetime | None = Field(default=None, strict=False)
    connections: tuple[FileEntry, ...]


def is_id(text: str) -> bool:
    """Whether an entry may have this id."""
    return _ID.fullmatch(text) is not None


def written(file: EntryFile) -> str:
    """The text of a file, which ``read_entry_file`` reads."""
    return json.dumps(file.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=2) + "\n"


def decoded(content: bytes) -> str:
    """The text of a file's bytes.

    Raises:
        FileRefused: It is no UTF-8, or far too long.
    """
    if len(content) > 4 * LONGEST:
        raise FileRefused(texts.TOO_LONG)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(texts.NOT_TEXT) from None


def read_entry_file(text: str) -> EntryFile:
    """What stands in a file. Whether each entry can be used is another question.

    Raises:
        FileRefused: It is no such file, a newer one, or holds what this program does not know.
    """
    if len(text) > LONGEST:
        raise FileRefused(texts.TOO_LONG)
    found = _parsed(text.removeprefix("\ufeff"))
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FileRefused(texts.NOT_OURS)
    version = found.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FileRefused(texts.NO_VERSION)
    if version > VERSION:
        raise FileRefused(texts.newer(version, VERSION))
    listed = found.get("connections")
    if isinstance(listed, list) and len(listed) > MOST_ENTRIES:
        raise FileRefused(texts.too_many(len(listed), MOST_ENTRIES))
    try:
        return EntryFile.model_validate(found)
    except ValidationError as refusal:
        raise FileRefused(_first_wrong(refusal)) from None
    except RecursionError:
        raise FileRefused(texts.TOO_DEEP) from None


def _parsed(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as damage:
        raise FileRefused(texts.not_json(damage.lineno, damage.colno)) from None
    except RecursionError:
        raise FileRefused(texts.TOO_DEEP) from None
    except ValueError:
        # Python refuses to read whole numbers of thousands of digits.
        raise FileRefused(texts.bad_number("…")) from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise FileRefused(texts.twice(plain_text(next(n for n in names if names.count(n) > 1), _SHOWN_KEY)))
    return found


def _no_number(written_as: str) -> NoReturn:
    raise FileRefused(texts.bad_number(written_as))


def _first_wrong(refusal: ValidationError) -> str:
    first = refusal.errors(include_input=False, include_context=False, include_url=False)[0]
    path = first["loc"]
    number = path[1] if len(path) > 1 and path[0] == "connections" else None
    where = texts.at_entry(number + 1) if isinstance(number, int) else texts.IN_FILE
    named = path[2] if isinstance(number, int) and len(path) > 2 else path[0]
    key = plain_text(str(named), _SHOWN_KEY)
    match first["type"]:
        case "extra_forbidden":
            return texts.unknown_key(key, where)
        case "missing":
            return texts.missing_key(key, where)
        case _:
            return texts.wrong_value(key, where)
