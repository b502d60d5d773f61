"""How are texts read that may be damaged? One damaged byte must not cost the whole list.

The driver reads texts itself several times as fast as it calls a function of ours for each; but it gives up at the
first one that is no UTF-8. So a read trusts them, and is repeated with the function where it should not have.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sqlalchemy import Connection


class UnreadableText(Exception):
    """A text that was trusted is no UTF-8. A signal to read once more, without the text, which the driver quotes."""


def as_far_as_readable(stored: bytes) -> str:
    """What is stored, with marks in the place of what is no UTF-8."""
    return stored.decode("utf-8", "replace")


def trust_texts(connection: Connection) -> None:
    """Let the driver read the texts of a connection, which is closed after this transaction."""
    cast("sqlite3.Connection", connection.connection.dbapi_connection).text_factory = str


def is_unreadable_text(trouble: BaseException | None) -> bool:
    """Whether the driver gave up at a text: what SQLite itself says has a code."""
    return isinstance(trouble, sqlite3.OperationalError) and getattr(trouble, "sqlite_errorcode", None) is None
