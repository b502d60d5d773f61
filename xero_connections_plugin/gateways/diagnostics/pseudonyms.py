"""How are people, companies and secrets kept out of what is handed to support?"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SECRET: Final = "[secret]"
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LONG_WORD: Final = re.compile(r"[A-Za-z0-9_+=-]{48,}")
"""Nothing that people write or that identifies a row is so long; tokens are longer."""

_SHORTEST: Final = 2
_SHORTEST_CUT: Final = 8
_MARK_OF_A_CUT: Final = "…"
_BEGINNING: Final = re.compile(r"(?<!\w)\S")


class Pseudonyms:
    """Replaces names in texts, the same name always by the same word.

    Args:
        names: By what they are names of, such as ``Company``, in the order in which they are numbered.
        secrets: What is removed in any case.
        with_names: Leave names as they are; secrets still go.
    """

    def __init__(self, names: Mapping[str, Iterable[str]], secrets: Iterable[str], *, with_names: bool) -> None:
        self._with_names = with_names
        self._secrets = sorted({one for one in secrets if len(one) >= _SHORTEST}, key=len, reverse=True)
        self._words: dict[str, str] = {}
        for kind, found in names.items():
            number = 0
            for name in found:
                key = name.strip().casefold()
                if len(key) >= _SHORTEST and key not in self._words:
                    number += 1
                    self._words[key] = f"{kind} {number}"
        longest_first = sorted(self._words, key=len, reverse=True)
        self._in_order = sorted(self._words)
        pattern = "|".join(map(re.escape, longest_first))
        self._pattern = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) if pattern else None

    def name(self, name: str) -> str:
        """One name."""
        if self._with_names:
            return self.text(name)
        return self._words.get(name.strip().casefold(), "") if name else ""

    def text(self, text: str) -> str:
        """A text that may hold names."""
        for secret in self._secrets:
            text = text.replace(secret, SECRET)
        text = _LONG_WORD.sub(SECRET, text)
        if self._with_names:
            return text
        text = self._whole_or_not_at_all(text)
        if self._pattern is not None:
            text = self._pattern.sub(lambda found: self._words.get(found[0].casefold(), SECRET), text)
        return _ADDRESS.sub("[address]", text)

    def _whole_or_not_at_all(self, text: str) -> str:
        """The same without what is left of names for which a sentence had no room."""
        *cut, rest = text.split(_MARK_OF_A_CUT)
        return "".join(f"{self._without_beginning(part)}{_MARK_OF_A_CUT}" for part in cut) + rest

    def _without_beginning(self, text: str) -> str:
        for found in _BEGINNING.finditer(text):
            beginning = text[found.start() :].casefold()
            if len(beginning) < _SHORTEST_CUT:
                break
            place = bisect_left(self._in_order, beginning)
            if place < len(self._in_order) and self._in_order[place].startswith(beginning):
                return f"{text[: found.start()]}{self._words[self._in_order[place]]}"
        return text
