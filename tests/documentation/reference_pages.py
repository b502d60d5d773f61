"""The pages about the contract: templates with prose, filled in with what the source says.

A heading of a template that is nothing but a name of the contract is followed by the description of that name.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.documentation.contract_names import ROOT, ContractNames
from tests.documentation.described_names import describe
from tests.documentation.type_words import TypeWords

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES: Final = Path(__file__).parent / "pages"
FOLDER: Final = ROOT / "docs"
_HEADING: Final = re.compile(r"^(#{2,4}) (\w+)$")
_NOTE: Final = (
    "<!-- Made by `python -m tests.documentation` from the docstrings of hostspec and a template; edit those. -->\n"
)


class ReferencePages:
    """All pages about the contract.

    Args:
        names: The contract.
        templates: The folder with a template for each page.
    """

    def __init__(self, names: ContractNames, templates: Path = TEMPLATES) -> None:
        self._names = names
        self._templates = {path.name: path.read_text("utf-8") for path in sorted(templates.glob("*.md"))}

    @property
    def titles(self) -> tuple[str, ...]:
        """The file names of the pages."""
        return tuple(self._templates)

    def places(self) -> dict[str, str]:
        """Where each described name stands, as ``page.md#anchor``; the first place counts."""
        found: dict[str, str] = {}
        for page, name in self.headings():
            found.setdefault(name, f"{page}#{name.lower()}")
        return found

    def headings(self) -> Iterator[tuple[str, str]]:
        """Each page with each name that it describes, in their order."""
        for page, template in self._templates.items():
            for line in template.splitlines():
                heading = _HEADING.match(line)
                if heading and self._names.find(heading[2]) is not None:
                    yield page, heading[2]

    def page(self, file_name: str) -> str:
        """The text of one page."""
        words = TypeWords(self.places(), file_name)
        lines = [_NOTE]
        for line in self._templates[file_name].splitlines():
            heading = _HEADING.match(line)
            lines.append(f"\n{line}" if heading else line)
            if heading and self._names.find(heading[2]) is not None:
                lines += [f"\n{block}" for block in describe(self._names, words, heading[2])]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).rstrip()) + "\n"
