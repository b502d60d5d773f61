"""What a collecting hook came to, with the names of those who failed to answer, and why a plugin takes no part."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Answers(Generic[T]):
    """Answers of every plugin, sorted.

    Whoever decides on completeness (Delete, Switch, Usage) refuses while ``failed`` is not empty.
    """

    items: tuple[T, ...]
    """The answers, in their order."""
    failed: tuple[str, ...] = ()
    """Names of the plugins whose answers are missing or incomplete."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class FailedPlugin:
    """A plugin that does not take part."""

    name: str
    """As it is registered."""
    sentence: str
    """Why, fit to show to a user."""
