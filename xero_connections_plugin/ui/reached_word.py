"""What is the column called that says what entries lead to?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_connections_plugin.ui.texts import tab_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hostspec.providers import ConnectionType


def reached_word(types: Iterable[ConnectionType]) -> str:
    """The word of the types for what an entry leads to; one that fits all where they differ or have none."""
    words = {found.reaches for found in types}
    word = words.pop() if len(words) == 1 else ""
    return word or tab_texts.COLUMN_REACHES
