"""How does a command say what it has to say? Plain lines, drawn tables where a terminal is, or JSON."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = bool | int | float | str | None | list["Json"] | dict[str, "Json"]
"""What can be written as JSON."""

_MARKS: Final = {"good": ("●", "green"), "waiting": ("◌", "cyan"), "warning": ("▲", "yellow"), "bad": ("✖", "red")}
_FROM_ITS_BEGINNING: Final = "\r\x1b[K"
"""Write the line of a terminal anew."""

_NARROW_GAP: Final = "  "


def plain(text: str, *, breaks: bool = False) -> str:
    """Text from outside, fit for a terminal: without control characters, which could move its cursor or rename it.

    Args:
        text: As it is kept.
        breaks: Whether line breaks and tabulators stay.
    """
    if text.isprintable():
        return text
    kept = "\n\t" if breaks else ""
    return "".join(
        one if one in kept or unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else " " for one in text
    )


class Output:
    """What a command prints: its result on the standard output, all else on the standard error.

    Args:
        environment: Read for NO_COLOR and TERM.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.as_json = False
        """Whether the result is wanted as JSON; then ``say``, ``table`` and ``facts`` print nothing."""
        self.has_told_json = False
        """Whether the result was printed as JSON: a program that reads it expects one value."""
        self._environment = environment
        self._is_passing = False

    @property
    def is_drawn(self) -> bool:
        """Whether colors and lines may be drawn: the output is a terminal and nobody asked for plain text."""
        plain_wanted = self._environment.get("NO_COLOR") or self._environment.get("TERM") == "dumb"
        return not plain_wanted and sys.stdout.isatty()

    def say(self, text: str = "") -> None:
        """A line of the result."""
        if not self.as_json:
            self.end_passing()
            click.echo(plain(text, breaks=True))

    def note(self, text: str) -> None:
        """A line beside the result, for the person only."""
        self.end_passing()
        click.echo(plain(text, breaks=True), err=True)

    def passing(self, text: str) -> None:
        """A line for the person at the terminal that the next one takes the place of; nothing where there is none."""
        if sys.stderr.isatty():
            click.echo(f"{_FROM_ITS_BEGINNING}{plain(text)}", nl=False, err=True)
            self._is_passing = True

    def end_passing(self) -> None:
        """Take away the line that was to pass, if one is there."""
        if self._is_passing:
            click.echo(_FROM_ITS_BEGINNING, nl=False, err=True)
            self._is_passing = False

    def write(self, text: str) -> None:
        """A file, exactly as it is."""
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()

    def json(self, value: Json) -> None:
        """The result as JSON; prints nothing unless that is wanted."""
        if self.as_json:
            self.end_passing()
            self.has_told_json = True
            click.echo(json.dumps(value, ensure_ascii=False, indent=2))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, tones: Sequence[str] = ()) -> None:
        """A table.

        Args:
            columns: Their headings.
            rows: As many texts each as there are columns.
            tones: For each row, how it is meant (a ``hostspec.value.Tone``); drawn where a terminal is.
        """
        if self.as_json:
            return
        self.end_passing()
        cells = [[plain(cell) for cell in row] for row in rows]
        if self.is_drawn:
            self._draw(columns, cells, tones)
            return
        widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
        lines = (
            _NARROW_GAP.join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
            for line in (columns, *cells)
        )
        # At once: a line is flushed as it is printed, and there may be thousands.
        click.echo("\n".join(lines))

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Facts in lines of their own; several of one label in a row name it once."""
        if self.as_json:
            return
        self.end_passing()
        width = max((len(label) for label, _ in facts), default=0)
        last = ""
        for label, text in facts:
            shown = "" if label == last else label
            click.echo(f"{plain(shown).ljust(width)}{_NARROW_GAP}{plain(text)}".rstrip())
            last = label

    def _draw(self, columns: Sequence[str], rows: Sequence[Sequence[str]], tones: Sequence[str]) -> None:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for number, row in enumerate(rows):
            mark, color = _MARKS.get(tones[number] if number < len(tones) else "", ("", ""))
            first, *others = (Text(cell) for cell in row)
            if mark:
                first = Text.assemble((f"{mark} ", color), first)
            table.add_row(first, *others)
        Console().print(table)
