"""Where does a passphrase come from? Typed unseen, or from a file: never from an argument or the environment."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from pydantic import SecretStr

from xero_connections_plugin.cli.texts import upkeep_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from xero_connections_plugin.cli.console import Console

OPTION: Final = "--passphrase-file"
_LONGEST: Final = 8 * 1024
"""Bytes that are read of the file."""


def with_passphrase_file(command: Callable[..., object]) -> Callable[..., object]:
    """Adds ``--passphrase-file``."""
    return click.option(
        OPTION,
        "passphrase_file",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        help="Take the passphrase from the first line of this file; - reads it from the standard input.",
    )(command)


def passphrase(console: Console, file: Path | None, question: str, *, twice: bool) -> SecretStr:
    """The passphrase, as the person gives it.

    Raises:
        click.UsageError: The file cannot be used.
        NobodyToAsk: There is no file and no terminal.
    """
    is_input = str(file) == "-"
    # What is typed at a terminal is shown there unless it is asked for.
    if file is None or (is_input and console.ask.is_possible):
        return SecretStr(console.ask.secret(question, option=OPTION, twice=twice))
    if is_input:
        given = sys.stdin.readline(_LONGEST).rstrip("\r\n")
        if not given:
            raise click.UsageError(texts.INPUT_EMPTY)
        return SecretStr(given)
    try:
        with file.open("rb") as opened:
            found = file.stat()
            if sys.platform != "win32" and stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) & 0o077:
                raise click.UsageError(texts.file_is_open(file))
            line = opened.readline(_LONGEST).decode("utf-8-sig").rstrip("\r\n")
    except OSError as trouble:
        raise click.UsageError(texts.file_unreadable(file, trouble.strerror or "")) from None
    except UnicodeDecodeError:
        raise click.UsageError(texts.file_unreadable(file, "UTF-8")) from None
    if not line:
        raise click.UsageError(texts.FILE_EMPTY)
    return SecretStr(line)
