"""Where did a subject's call fail? Its lines and fields are told, never an error's text, which may quote a secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from pluggy import PluginValidationError

_HOSTSPEC: Final = Path(__file__).parents[1]
_LOGGED_PLACE: Final = re.compile(r'^ *File "(.+)", line (\d+), in ', re.MULTILINE)
_MOST: Final = 3
_OWN_WORDS: Final = frozenset({"value_error", "assertion_error"})
"""Kinds of findings whose text is an author's, and not pydantic's."""


def fault_told(error: BaseException) -> str:
    """The kind of an error, what pydantic had against which fields, and the subject's line that it comes from.

    Args:
        error: As it was caught by whoever called the subject.
    """
    said = f" ({'; '.join(_findings(error))})" if isinstance(error, ValidationError) else ""
    return f"{type(error).__qualname__}{said}{_place(error)}"


def misfit_told(misfit: PluginValidationError) -> str:
    """Which hook or argument does not fit, in pluggy's words."""
    # Behind these words stands the plugin's repr, which differs each time.
    return " ".join(str(misfit).partition(" in plugin ")[0].split())


def logged_fault(message: str) -> str:
    """The first line of what ``hostspec`` logs about a plugin's failure, and the plugin's line that it comes from."""
    said, _, places = message.partition("\n")
    own = [(name, line) for name, line in _LOGGED_PLACE.findall(places) if not Path(name).is_relative_to(_HOSTSPEC)]
    return f"{said} in {own[-1][0]}, line {own[-1][1]}" if own else said


def _findings(error: ValidationError) -> Iterator[str]:
    told = error.errors(include_url=False, include_context=False, include_input=False)
    for one in told[:_MOST]:
        where = ".".join(map(str, (error.title, *one["loc"])))
        yield f"{where}: {one['type'] if one['type'] in _OWN_WORDS else one['msg']}"
    if len(told) > _MOST:
        yield f"and {len(told) - _MOST} more"


def _place(error: BaseException) -> str:
    places = tuple(_places(error.__traceback__))
    if not places:
        return ""
    # The first is the caller's. What the subject's line called in turn, such as a library, is of no use to its author.
    home = Path(places[min(1, len(places) - 1)][0]).parent
    name, line = next(one for one in reversed(places) if Path(one[0]).parent == home)
    return f" in {name}, line {line}"


def _places(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
