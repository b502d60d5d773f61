"""The tutorials as a newcomer types them: every block with a title goes to the end of the file of that name."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TUTORIALS = {"provider": "write-a-provider.md", "host": "write-a-host.md"}
_BLOCK = re.compile(r'^```(?:python|toml) title="([\w.]+)"\n(.*?)^```$', re.M | re.S)
_ANY_CODE = re.compile(r"^```(?:python|toml)(.*)$", re.M)


def page(tutorial: str) -> str:
    """The text of a tutorial."""
    return (ROOT / "docs" / TUTORIALS[tutorial]).read_text("utf-8")


def files_of(tutorial: str) -> dict[str, str]:
    """The files that a reader ends up with."""
    files: dict[str, str] = {}
    for name, text in _BLOCK.findall(page(tutorial)):
        gap = "\n" if text.startswith("    ") else "\n\n"
        files[name] = f"{files[name]}{gap}{text}" if name in files else text
    return files


def blocks_without_a_file(tutorial: str) -> list[str]:
    """Code blocks that name no file, so that nobody would run them."""
    return [words for words in _ANY_CODE.findall(page(tutorial)) if "title=" not in words]
