"""Companies to unlink, remembered in memory: the fake, held to the same contract as the real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hostspec.services import Clock
    from xero_connections_plugin.xero.late_unlinks import LateUnlink


class MemoryUnlinkStore:
    """An ``UnlinkStore``; programs that share it share a database.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wishes: dict[str, LateUnlink] = {}

    def now(self) -> datetime:
        return self._clock.now()

    def note(self, unlink: LateUnlink) -> None:
        self._wishes.setdefault(unlink.unlink_id, unlink)

    def waiting(self) -> tuple[LateUnlink, ...]:
        return tuple(sorted(self._wishes.values(), key=lambda wish: (wish.asked_at, wish.unlink_id)))

    def note_problem(self, unlink_id: str, problem: str) -> None:
        if unlink_id in self._wishes:
            self._wishes[unlink_id] = replace(self._wishes[unlink_id], problem=problem)

    def settle(self, unlink_id: str) -> bool:
        return self._wishes.pop(unlink_id, None) is not None
