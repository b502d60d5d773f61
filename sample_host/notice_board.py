"""What somebody should know although nobody asked: the latest notices, kept over a restart, until each is put away."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from hostspec.errors import StoreUnavailable
from hostspec.messages import Notification
from hostspec.value import UserId, Value
from sample_host.kept_data import HostData

KEPT_NOTICES: Final = 100
"""The latest ones stay; older ones go."""

_KIND: Final = "notice"
_log = logging.getLogger("sample_host")


class _KeptNotice(Value):
    notification: Notification
    heard_at: datetime
    put_away_by: tuple[UserId, ...] = ()


@dataclass(frozen=True)
class HeardNotice:
    """A notification with when it came."""

    number: int
    """Its place in the order of arrival."""
    notification: Notification
    heard_at: datetime
    put_away_by: frozenset[UserId] = frozenset()


class NoticeBoard:
    """The latest notices. Any thread may call; a disk that takes nothing costs only what a restart would show.

    Args:
        data: Where they are kept.
        now: The wall clock (UTC).
    """

    def __init__(self, data: HostData, now: Callable[[], datetime]) -> None:
        self._data = data
        self._now = now
        self._guard = threading.Lock()
        self._heard: dict[str, HeardNotice] = {}
        self._version = 0
        for place, (notice_id, body) in enumerate(_bodies(data), 1):
            try:
                kept = _KeptNotice.model_validate_json(body)
            except ValidationError:
                continue
            self._heard[notice_id] = HeardNotice(place, kept.notification, kept.heard_at, frozenset(kept.put_away_by))
        self._number = max((one.number for one in self._heard.values()), default=0)

    def notify(self, notification: Notification) -> None:
        """Keep a notification instead of those that it replaces; one of the same id takes the place of the earlier one,
        and is new only if it differs.
        """
        with self._guard:
            before = self._heard.pop(notification.notification_id, None)
            taken_down = [self._heard.pop(one) for one in notification.replaces if one in self._heard]
            if before is not None and before.notification == notification:
                self._heard[notification.notification_id] = before
                if taken_down:
                    self._keep()
                return
            self._number += 1
            self._heard[notification.notification_id] = HeardNotice(self._number, notification, self._now())
            for oldest in list(self._heard)[:-KEPT_NOTICES]:
                del self._heard[oldest]
            self._keep()

    def latest(self) -> tuple[HeardNotice, ...]:
        """All that are kept, the newest first."""
        with self._guard:
            return tuple(sorted(self._heard.values(), key=lambda one: one.number, reverse=True))

    def new_for(self, user_id: UserId) -> tuple[HeardNotice, ...]:
        """Those that this person did not put away, the newest first."""
        return tuple(one for one in self.latest() if user_id not in one.put_away_by)

    def put_away(self, user_id: UserId, number: int | None) -> None:
        """Take a notice (all, without a number) off this person's pages; it stays in the list."""
        with self._guard:
            for notice_id, one in self._heard.items():
                if number in (None, one.number):
                    self._heard[notice_id] = replace(one, put_away_by=one.put_away_by | {user_id})
            self._keep()

    @property
    def version(self) -> int:
        """Changes whenever something is to be drawn anew."""
        return self._version

    def _keep(self) -> None:
        self._version += 1
        rows = [(_KIND, notice_id, one.number, _body(one)) for notice_id, one in self._heard.items()]
        try:
            with self._data.writing() as database:
                database.execute("DELETE FROM kept WHERE kind = ?", (_KIND,))
                database.executemany("INSERT INTO kept (kind, item_id, position, body) VALUES (?, ?, ?, ?)", rows)
        except (StoreUnavailable, sqlite3.Error) as problem:
            _log.warning("Notices could not be kept (%s); they are shown until this host ends.", type(problem).__name__)


def _bodies(data: HostData) -> list[tuple[str, str]]:
    try:
        return data.bodies(_KIND)
    except sqlite3.Error:
        return []


def _body(one: HeardNotice) -> str:
    kept = _KeptNotice(notification=one.notification, heard_at=one.heard_at, put_away_by=tuple(sorted(one.put_away_by)))
    return kept.model_dump_json()
