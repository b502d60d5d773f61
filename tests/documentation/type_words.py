"""Types and docstrings as Markdown, each name of the contract a link to where it is described."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import griffe

if TYPE_CHECKING:
    from collections.abc import Mapping

_LISTS: Final = {
    "tuple": "tuple of",
    "list": "list of",
    "Iterable": "iterable of",
    "Sequence": "sequence of",
    "frozenset": "frozenset of",
}
_MAPS: Final = {"dict": "dict", "Mapping": "mapping"}
_ROLE: Final = re.compile(r"``([^`]+)``")
QUOTES: Final = "'\""
_DOTTED: Final = re.compile(r"(?:hostspec\.)?(?:\w+\.)*(\w+)")


class TypeWords:
    """Says types in words.

    Args:
        places: Where each name is described, as ``page.md#anchor``.
        page: The page that is being written; links within it name the anchor only.
    """

    def __init__(self, places: Mapping[str, str], page: str) -> None:
        self._places = places
        self._page = page

    def knows(self, name: str) -> bool:
        """Whether a page describes the name."""
        return name in self._places

    def link(self, name: str, shown: str | None = None) -> str:
        """A name as code, and as a link where a page describes it."""
        code = f"`{shown or name}`"
        place = self._places.get(name)
        return code if place is None else f"[{code}]({place.removeprefix(self._page)})"

    def of(self, written: str | griffe.Expr | None) -> str:
        """A type as words, such as "tuple of Action", each known name a link."""
        match written:
            case None:
                return ""
            case str():
                return self.link(written.strip(QUOTES))
            case griffe.ExprBinOp(operator="|"):
                return f"{self.of(written.left)} or {self.of(written.right)}"
            case griffe.ExprSubscript():
                return self._parametrized(written)
            case _:
                return self.link(str(written))

    def text(self, docstring: str) -> str:
        """A docstring's paragraph: names between double back ticks become code, and links where they are known."""

        def replace(found: re.Match[str]) -> str:
            name = _DOTTED.fullmatch(found[1])
            return self.link(name[1], found[1]) if name else f"`{found[1]}`"

        return " ".join(_ROLE.sub(replace, docstring).split())

    def _parametrized(self, written: griffe.ExprSubscript) -> str:
        outer = str(written.left).rpartition(".")[2]
        inner = list(written.slice.elements) if isinstance(written.slice, griffe.ExprTuple) else [written.slice]
        if outer == "Annotated":
            return self.of(inner[0])
        if outer == "Literal":
            return " or ".join(f"`{double_quoted(str(one))}`" for one in inner)
        if outer in _LISTS:
            return f"{_LISTS[outer]} {self.of(inner[0])}"
        if outer in _MAPS:
            return f"{_MAPS[outer]} of {self.of(inner[0])} to {self.of(inner[1])}"
        if outer == "Answers":
            return f"{self.link('Answers')} of {self.of(inner[0])}"
        return f"`{written}`"


def double_quoted(code: str) -> str:
    """Code with the quotes that this project writes; griffe gives the other ones."""
    return code.replace("'", '"')


def in_cell(markdown: str) -> str:
    """Text that may stand in a cell of a table."""
    return markdown.replace("|", r"\|")
