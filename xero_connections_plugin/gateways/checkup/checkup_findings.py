"""What is one result of a look at an installation?"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hostspec.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable


class Grade(StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    """Works, and should be seen to."""
    PROBLEM = "problem"
    """Something does not work before it is mended."""


class Finding(Value):
    """One thing that was looked at."""

    check: str
    """What was looked at: a stable name for programs, such as ``store.schema``."""
    grade: Grade
    text: str
    """One sentence."""
    remedy: str = ""
    """What to do; empty where all is well."""
    copy_texts: tuple[str, ...] = ()
    """Lines to copy, letter for letter."""


_ORDER: Final = (Grade.OK, Grade.WARNING, Grade.PROBLEM)


def worst(findings: Iterable[Finding]) -> Grade:
    """The worst of their grades."""
    return max((finding.grade for finding in findings), key=_ORDER.index, default=Grade.OK)


def fine(check: str, text: str, *, copy_texts: tuple[str, ...] = ()) -> Finding:
    """All is well."""
    return Finding(check=check, grade=Grade.OK, text=text, copy_texts=copy_texts)


def warning(check: str, text: str, remedy: str) -> Finding:
    """See ``Grade``."""
    return Finding(check=check, grade=Grade.WARNING, text=text, remedy=remedy)


def problem(check: str, text: str, remedy: str) -> Finding:
    """See ``Grade``."""
    return Finding(check=check, grade=Grade.PROBLEM, text=text, remedy=remedy)


def of_error(check: str, trouble: Exception, remedy: str = "") -> Finding:
    """A problem as an error tells it: its first sentence, and what to do unless that is said better.

    Args:
        check: See ``Finding``.
        trouble: Whose text is fit for people.
        remedy: Instead of the error's own.
    """
    text, _, rest = str(trouble).partition(". ")
    return problem(check, f"{text.removesuffix('.')}.", remedy or rest)
