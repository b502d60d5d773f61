"""How does a command ask a person? At the terminal only; without one, the error names the option that answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from xero_connections_plugin.cli.command_ends import Canceled, NobodyToAsk
from xero_connections_plugin.cli.console_output import plain
from xero_connections_plugin.cli.texts import console_texts as texts

if TYPE_CHECKING:
    from collections.abc import Sequence


class Asking:
    """Questions to the person at the terminal."""

    def __init__(self) -> None:
        self.agreed = False
        """Whether everything was agreed to beforehand (``--yes``)."""

    @property
    def is_possible(self) -> bool:
        """Whether there is a terminal to ask at."""
        return sys.stdin.isatty()

    def confirm(self, question: str, *, option: str = "--yes", always: bool = False) -> None:
        """Go on only if the person agrees.

        Args:
            question: What to agree to.
            option: Which option would have answered.
            always: ``--yes`` does not answer this one.

        Raises:
            Canceled: They said no.
            NobodyToAsk: There is no terminal.
        """
        if self.agreed and not always:
            return
        self._require(question, option)
        if not click.confirm(plain(question, breaks=True), err=True):
            raise Canceled(texts.CANCELED)

    def choose(self, question: str, labels: Sequence[str], *, option: str) -> int:
        """Which of several, by number.

        Returns:
            The index of the chosen label.

        Raises:
            NobodyToAsk: There is no terminal.
        """
        if not self.is_possible:
            raise NobodyToAsk(texts.nobody_to_choose(question, tuple(labels), option))
        click.echo(plain(question, breaks=True), err=True)
        for number, label in enumerate(labels, start=1):
            click.echo(f"  {number}. {plain(label)}", err=True)
        chosen: int = click.prompt(texts.NUMBER, type=click.IntRange(1, len(labels)), err=True)
        return chosen - 1

    def text(self, question: str, *, option: str) -> str:
        """A line of text.

        Raises:
            NobodyToAsk: There is no terminal.
        """
        self._require(question, option)
        answer: str = click.prompt(plain(question), err=True)
        return answer

    def secret(self, question: str, *, option: str, twice: bool = False, from_pipe: bool = False) -> str:
        """A line that is typed unseen, ``twice`` where a mistake would cost much.

        Args:
            question: What to type.
            option: Which option would have answered.
            twice: Type it once more.
            from_pipe: Where there is no terminal, the next line of the standard input is the answer.

        Raises:
            NobodyToAsk: There is no terminal, and no line either.
        """
        if from_pipe and not self.is_possible:
            line = sys.stdin.readline().rstrip("\r\n")
            if line:
                return line
        self._require(question, option)
        again: str | bool = texts.ONCE_MORE if twice else False
        answer: str = click.prompt(plain(question), hide_input=True, confirmation_prompt=again, err=True)
        return answer

    def _require(self, question: str, option: str) -> None:
        if not self.is_possible:
            raise NobodyToAsk(texts.nobody_to_ask(question, option))
