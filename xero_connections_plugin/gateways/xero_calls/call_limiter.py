"""How many calls does this process have under way for one tenant? Xero takes five at once."""

from __future__ import annotations

import os
import queue

from xero_connections_plugin.own_locks import ProcessLock


class CallSlot:
    """The right to have one call under way, until it is released."""

    def __init__(self, free: queue.SimpleQueue[None]) -> None:
        self._free = free
        self._held = [None]

    @property
    def is_held(self) -> bool:
        return bool(self._held)

    def release(self) -> None:
        """Give the slot back; doing it again is harmless. Safe in finalizers, whichever thread runs them."""
        try:
            self._held.pop()
        except IndexError:
            return
        # SimpleQueue.put is reentrant by contract: the garbage collector may run this inside another put or get.
        self._free.put(None)


class TenantCallLimiter:
    """Slots per tenant, shared by all sessions of the process.

    Args:
        limit: Calls under way per tenant.
        patience: Seconds to wait for a slot.
    """

    def __init__(self, limit: int = 5, patience: float = 60.0) -> None:
        self.limit = limit
        self._patience = patience
        self._lock = ProcessLock()
        self._free: dict[tuple[int, str], queue.SimpleQueue[None]] = {}

    def take(self, tenant_id: str, *, patience: float | None = None) -> CallSlot | None:
        """A slot, first come first served; ``None`` when none became free in time."""
        free = self._slots(tenant_id)
        seconds = self._patience if patience is None else patience
        try:
            free.get(block=seconds > 0, timeout=seconds)
        except queue.Empty:
            return None
        return CallSlot(free)

    def _slots(self, tenant_id: str) -> queue.SimpleQueue[None]:
        with self._lock.own:
            # Of a forked process: no thread of it gives back what those of its parent took.
            key = (os.getpid(), tenant_id)
            free = self._free.get(key)
            if free is None:
                free = queue.SimpleQueue()
                for _ in range(self.limit):
                    free.put(None)
                self._free[key] = free
            return free
