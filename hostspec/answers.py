"""What a collecting hook came to, with the names of those who failed to answer."""

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
    failed: tuple[str, ...] = ()
    """Names of the plugins whose answers are missing or incomplete."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
