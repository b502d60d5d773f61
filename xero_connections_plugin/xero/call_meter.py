"""How many calls are left this minute and today? As Xero's answers said last, remembered while the program runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from xero_connections_plugin.own_locks import ProcessLock
from xero_connections_plugin.xero.answer_verdicts import LimitKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hostspec.services import Clock
    from xero_connections_plugin.xero.answer_verdicts import LimitReached

_MOST: Final = 20_000
_LARGEST: Final = 10_000_000

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class CallsLeft:
    """What Xero said about one app at one company; ``None`` where it did not."""

    minute: int | None = None
    day: int | None = None
    app_minute: int | None = None
    """For all companies of the app together."""
    seen_at: datetime | None = None
    """When it said so."""
    day_ends_at: datetime | None = None
    """When calls of today are possible again; only after the day's limit was reached."""
    is_day_used_up: bool = False


_Key: TypeAlias = tuple[str, str]


class CallMeter:
    """What is left, by client id and tenant id. Any thread may call."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: dict[_Key, CallsLeft] = {}
        self._used_up: frozenset[_Key] = frozenset()
        self._lock = ProcessLock()

    def of(self, client_id: str, tenant_id: str, changed: Callable[[], None] = lambda: None) -> TenantMeter:
        """The meter of one app at one company.

        Args:
            client_id: The app.
            tenant_id: The company.
            changed: Called when the calls of a day are used up, or may be made again.
        """
        return TenantMeter(self, (client_id, tenant_id), changed)

    def left(self, client_id: str, tenant_id: str) -> CallsLeft | None:
        """What is known; ``None`` when Xero has said nothing yet."""
        with self._lock.own:
            return self._left.get((client_id, tenant_id))

    @property
    def is_any_used_up(self) -> bool:
        """Whether there may be a company whose calls of today are used up."""
        return bool(self._used_up)

    def used_up(self, client_id: str, tenant_id: str) -> CallsLeft | None:
        """What is known of a company whose calls of today are used up; ``None`` for any other."""
        key = (client_id, tenant_id)
        # Asked for every row that is drawn, and hardly ever true.
        if key not in self._used_up:
            return None
        left = self.left(*key)
        if left is None or not left.is_day_used_up:
            return None
        return left if left.day_ends_at is None or self._clock.now() < left.day_ends_at else None

    def change(self, key: _Key, **said: object) -> None:
        """Take over what was said; what was not said stays as it is."""
        with self._lock.own:
            if len(self._left) >= _MOST and key not in self._left:
                self._left.clear()
            now = replace(self._left.get(key, CallsLeft()), seen_at=self._clock.now(), **said)  # type: ignore[arg-type]  # the names are those of the fields
            self._left[key] = now
            rest = self._used_up - {key}
            self._used_up = rest | {key} if now.is_day_used_up else rest

    def now(self) -> datetime:
        """The time by which it is remembered."""
        return self._clock.now()


@dataclass(frozen=True)
class TenantMeter:
    """Takes over what answers say; for one app at one company."""

    meter: CallMeter
    key: _Key
    changed: Callable[[], None]

    def answered(self, headers: Mapping[str, str]) -> None:
        """A call was answered."""
        was_used_up = self.meter.used_up(*self.key) is not None
        said = {field: number for field, name in _HEADERS.items() if (number := _number(headers.get(name))) is not None}
        self.meter.change(self.key, is_day_used_up=False, day_ends_at=None, **said)
        if was_used_up:
            self.changed()

    def refused(self, limit: LimitReached) -> None:
        """A call was refused because there were too many."""
        match limit.kind:
            case LimitKind.DAY:
                was_used_up = self.meter.used_up(*self.key) is not None
                after = limit.retry_after
                ends = self.meter.now() + timedelta(seconds=min(after, DAY.total_seconds())) if after else None
                self.meter.change(self.key, day=0, is_day_used_up=True, day_ends_at=ends)
                if not was_used_up:
                    self.changed()
            case LimitKind.MINUTE:
                self.meter.change(self.key, minute=0)
            case LimitKind.CONCURRENT:
                pass
            case _:
                assert_never(limit.kind)


_HEADERS: Final = {
    "minute": "X-MinLimit-Remaining",
    "day": "X-DayLimit-Remaining",
    "app_minute": "X-AppMinLimit-Remaining",
}


def _number(said: str | None) -> int | None:
    text = (said or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) <= _LARGEST else None
