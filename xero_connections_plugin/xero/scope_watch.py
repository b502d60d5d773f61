"""When is everybody told that scopes in use come to their end? In time, a few times, never at once for each entry."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hostspec.messages import Notification
from hostspec.value import Remedy, Tone
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.xero.scope_readiness import BROAD_END, WARN_BEFORE, ending
from xero_connections_plugin.xero.texts import scope_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from hostspec.providers import Connection
    from hostspec.services import Clock
    from hostspec.value import TypeId
    from xero_connections_plugin.oauth.grant import GrantRecord

DAYS_BEFORE: Final = (WARN_BEFORE.days, 90, 30)
"""Told so many days before the end; a host that was off then is told the latest only."""

_PAUSE_SECONDS: Final = 12 * 3_600.0


class ScopeWatch:
    """To be called from time to time, by one thread at a time; uses no network.

    Args:
        type_id: Of Xero's entries.
        entries: Finds them.
        records: What their sign-ins allow.
        tell_once: Tells a notification, unless it was told before.
        clock: Time.
    """

    def __init__(
        self,
        type_id: TypeId,
        entries: Callable[[EntryQuery], Collection[Connection]],
        records: Callable[[Collection[GrantId]], Mapping[GrantId, GrantRecord]],
        tell_once: Callable[[Notification], bool],
        clock: Clock,
    ) -> None:
        self._type_id = type_id
        self._entries = entries
        self._records = records
        self._tell_once = tell_once
        self._clock = clock
        self._not_before = float("-inf")

    def look(self) -> None:
        """Tell what is due.

        Raises:
            StoreUnavailable, StoredDataDamaged: It is looked at again in the next round.
        """
        left = BROAD_END - self._clock.now()
        due = [days for days in DAYS_BEFORE if left <= timedelta(days=days)]
        if not due or self._clock.monotonic() < self._not_before:
            return
        names = self._concerned()
        self._not_before = self._clock.monotonic() + _PAUSE_SECONDS
        if names:
            self._tell_once(
                Notification(
                    notification_id=f"scopes|end-{due[-1]}",
                    title=texts.NOTICE_TITLE,
                    text=texts.ending_notice(names),
                    tone=Tone.WARNING,
                    remedy=Remedy.SIGN_IN_AGAIN,
                )
            )

    def _concerned(self) -> tuple[str, ...]:
        entries = [one for one in self._entries(EntryQuery(type_ids=(self._type_id,))) if one.saved.sign_in]
        records = self._records({GrantId(one.saved.sign_in or "") for one in entries})
        broad = {grant_id for grant_id, record in records.items() if ending(record.scopes)}
        return tuple(one.display_name for one in entries if one.saved.sign_in in broad)
