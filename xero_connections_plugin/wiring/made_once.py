"""How are rooms put together only when somebody comes in, and then once?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class MadeOnce(Generic[T]):
    """What is costly to import, and what a process that only runs steps never needs. Any thread may call.

    Args:
        make: Imports and makes it; what it raises reaches the caller, and the next one tries again.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock: Final = ProcessLock()
        self._made: tuple[T] | None = None

    def __call__(self) -> T:
        """The one; made by whoever comes first."""
        if self._made is None:
            with self._lock.own:
                if self._made is None:
                    self._made = (self._make(),)
        return self._made[0]

    def if_made(self, act: Callable[[T], object]) -> None:
        """Act on it, unless nobody ever needed it."""
        if self._made is not None:
            act(self._made[0])
