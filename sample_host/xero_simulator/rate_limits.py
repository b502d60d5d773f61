"""How many calls an app may make: 5 at once, 60 a minute and a day's number per tenant, 10,000 a minute per app."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

_MINUTE = 60.0
_DAY = 24 * 3600.0


@dataclass(frozen=True)
class Limits:
    minute: int
    app_minute: int
    day: int
    concurrent: int


@dataclass(frozen=True)
class LimitProblem:
    """The value of ``X-Rate-Limit-Problem``; ``retry_after`` in whole seconds, None for the concurrency limit."""

    problem: str
    retry_after: int | None


@dataclass(frozen=True)
class Remaining:
    minute: int
    day: int
    app_minute: int

    def headers(self) -> dict[str, str]:
        return {
            "X-MinLimit-Remaining": str(self.minute),
            "X-DayLimit-Remaining": str(self.day),
            "X-AppMinLimit-Remaining": str(self.app_minute),
        }


class RateLimiter:
    """Counts calls in rolling windows of the simulator's clock; forgotten at a restart."""

    def __init__(self) -> None:
        self._minutes: dict[tuple[str, str], deque[float]] = {}
        self._days: dict[tuple[str, str], deque[float]] = {}
        self._app_minutes: dict[str, deque[float]] = {}
        self._running: dict[tuple[str, str], int] = {}

    def begin(self, client_id: str, tenant_id: str, concurrent: int) -> LimitProblem | None:
        """Count a call that starts; to be followed by ``end`` unless a problem came back."""
        key = (client_id, tenant_id)
        if self._running.get(key, 0) >= concurrent:
            return LimitProblem("concurrent", None)
        self._running[key] = self._running.get(key, 0) + 1
        return None

    def end(self, client_id: str, tenant_id: str) -> None:
        key = (client_id, tenant_id)
        self._running[key] = self._running.get(key, 0) - 1
        if self._running[key] <= 0:
            del self._running[key]

    def count(self, client_id: str, tenant_id: str, now: float, limits: Limits) -> LimitProblem | Remaining:
        """Count a call against the windows, or say which one is full."""
        key = (client_id, tenant_id)
        day = _window(self._days.setdefault(key, deque()), now, _DAY)
        minute = _window(self._minutes.setdefault(key, deque()), now, _MINUTE)
        app = _window(self._app_minutes.setdefault(client_id, deque()), now, _MINUTE)
        for name, window, limit, length in (
            ("day", day, limits.day, _DAY),
            ("minute", minute, limits.minute, _MINUTE),
            ("appminute", app, limits.app_minute, _MINUTE),
        ):
            if len(window) >= limit:
                oldest = window[0] if window else now
                return LimitProblem(name, max(1, math.ceil(oldest + length - now)))
        for window in (day, minute, app):
            window.append(now)
        return Remaining(limits.minute - len(minute), limits.day - len(day), limits.app_minute - len(app))


def _window(calls: deque[float], now: float, length: float) -> deque[float]:
    while calls and (calls[0] <= now - length or calls[0] > now):
        calls.popleft()
    return calls
