"""Which renewals stand in the history? Failures and recoveries each, successes once a day, and the end of a sign-in."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, assert_never

from xero_connections_plugin.connections.history import EventKind
from xero_connections_plugin.oauth.grant import SignInCause
from xero_connections_plugin.oauth.rotation_words import Ending
from xero_connections_plugin.oauth.sign_in_causes import cause_sentence
from xero_connections_plugin.own_locks import ProcessLock
from xero_connections_plugin.xero.texts import record_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from hostspec.providers import Connection
    from hostspec.services import Clock, Tasks
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord
    from xero_connections_plugin.oauth.refresh_news import RefreshNews

_log = logging.getLogger(__name__)

MOST_ENTRIES: Final = 50
"""Entries of one sign-in whose end is recorded each by itself."""


class RenewalRecords:
    """Told of every renewal that has ended. Raises nothing, and keeps nobody waiting.

    Args:
        history: Where they are recorded.
        tasks: Look up names beside the caller.
        clock: Says which day it is.
        sharing: The entries of a sign-in.
        records: What is known about grants.
    """

    def __init__(
        self,
        history: History,
        tasks: Tasks,
        clock: Clock,
        sharing: Callable[[str], Sequence[Connection]],
        records: Callable[[Collection[GrantId]], Mapping[GrantId, GrantRecord]],
    ) -> None:
        self._history = history
        self._tasks = tasks
        self._clock = clock
        self._sharing = sharing
        self._records = records
        self._lock = ProcessLock()
        self._last: dict[GrantId, tuple[bool, date]] = {}

    def hear(self, news: RefreshNews) -> None:
        """A renewal has ended."""
        match news.ending:
            case Ending.ROTATED:
                before = self._turn(news, works=True)
                if before is not None:
                    self._beside(lambda: self._renewed(news, recovered=before is False))
            case Ending.SIGN_IN_NEEDED:
                self._beside(lambda: self._ended(news))
            case (
                Ending.NOT_SENT
                | Ending.UNANSWERED
                | Ending.THROTTLED
                | Ending.APP_REFUSED
                | Ending.UNSAVED
                | Ending.OTHERS_BUSY
            ):
                if self._turn(news, works=False) is not None:
                    self._beside(lambda: self._failed(news))
            case Ending.MOVED | Ending.GONE:
                pass  # somebody else's, or nobody's
            case _:
                assert_never(news.ending)

    def _turn(self, news: RefreshNews, *, works: bool) -> bool | None:
        """Whether renewing worked before; ``None`` when there is nothing new to say today."""
        grant_id, today = news.record.grant_id, self._clock.now().date()
        with self._lock.own:
            worked, day = self._last.get(grant_id, (True, None))
            self._last[grant_id] = (works, today)
        return None if (worked, day) == (works, today) else worked

    def _renewed(self, news: RefreshNews, *, recovered: bool) -> None:
        today = self._clock.now().date()
        entries = self._sharing(news.record.grant_id)
        self._history.record(
            EventKind.REFRESHED,
            connection=entries[0] if len(entries) == 1 else None,
            label=texts.several(tuple(entry.display_name for entry in entries)),
            account=news.record.account,
            passed=True,
            text=texts.WORKS_AGAIN if recovered else "",
            once="" if recovered else f"renewed|{news.record.grant_id}|{today}",
        )

    def _failed(self, news: RefreshNews) -> None:
        entries = self._sharing(news.record.grant_id)
        self._history.record(
            EventKind.REFRESH_FAILED,
            connection=entries[0] if len(entries) == 1 else None,
            label=texts.several(tuple(entry.display_name for entry in entries)),
            account=news.record.account,
            passed=False,
            text=str(news.problem or ""),
        )

    def _ended(self, news: RefreshNews) -> None:
        grant_id, generation = news.record.grant_id, news.record.generation
        record = self._records([grant_id]).get(grant_id)
        cause = record.cause if record is not None and record.cause is not None else SignInCause.SIGN_IN_NEEDED
        for entry in self._sharing(grant_id)[:MOST_ENTRIES]:
            self._history.record(
                EventKind.SIGN_IN_ENDED,
                connection=entry,
                account=news.record.account,
                passed=False,
                text=cause_sentence(cause),
                # Every process that tries finds it out.
                once=f"ended|{grant_id}|{generation}|{entry.connection_id}",
            )

    def _beside(self, work: Callable[[], None]) -> None:
        try:
            self._tasks.start("record renewal", lambda _cancel: _quietly(work))
        except Exception as mistake:  # noqa: BLE001 -- of the host's tasks; the renewal must not fail by it
            _log.error("A renewal could not be recorded: %s", type(mistake).__name__)


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as mistake:  # noqa: BLE001 -- of a store in trouble, say; only the record is lost
        _log.warning("A renewal could not be recorded: %s", type(mistake).__name__)
