"""What should people hear although nobody looks? That sign-ins are about to end, that entries broke, or work again.

Each event is told once to each host. Entries that share a sign-in are told of together, and where many are concerned
at once one notice stands for all.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hostspec.connections import ConnectionStatus
from hostspec.messages import Notification
from hostspec.value import ConnectionId, Remedy, Tone
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.days_left import days_left
from xero_connections_plugin.own_locks import ProcessLock
from xero_connections_plugin.ui.deletion_news import BROKE
from xero_connections_plugin.ui.list_view import day
from xero_connections_plugin.ui.texts import watch_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from hostspec.services import Clock
    from xero_connections_plugin.connections.listing import ListedEntry, Listing
    from xero_connections_plugin.connections.notices import Notices
    from xero_connections_plugin.connections.reachability import Outage

DAYS_BEFORE: Final = (1, 3, 7, 14)
"""A sign-in that ends is told of so many days before."""

MOST_AT_ONCE: Final = 5
"""As many notices of a kind are told one by one; of more there is one about all."""

OUTAGE_SECONDS: Final = 3600.0
"""Transient trouble is told of when nothing at all could be reached for so long."""

_BROKEN: Final = (
    ConnectionStatus.NEEDS_SIGN_IN,
    ConnectionStatus.ACCESS_WITHDRAWN,
    ConnectionStatus.SCOPE_MISSING,
)
_WORKING: Final = frozenset({ConnectionStatus.READY, ConnectionStatus.EXPIRING, ConnectionStatus.UNTESTED})
_ENDS: Final = "ends|"
_UNREACHABLE: Final = "unreachable|"
_OUTAGE: Final = "outage"
_ENDS_SOON: Final = "ends"
_BROKEN_NOW: Final = "broken-"
_LONGEST_NAME: Final = 128
_SHARE_OF_TIME: Final = 20.0
"""A look at thousands of entries takes a while: the next one comes after so many times as long."""
_PRUNE_EVERY: Final = 86_400.0


@dataclass
class _Seen:
    """What one look at the list found; of thousands of entries only what there is to tell of."""

    told_broken: frozenset[str]
    told_ends: frozenset[str]
    ending: dict[str, list[ListedEntry]] = field(default_factory=lambda: defaultdict(list))
    """By event: entries whose sign-in is about to end."""
    ends: dict[str, str] = field(default_factory=dict)
    """By sign-in that was told of: the beginning of its events while it ends when it does now."""
    broken: dict[str, ListedEntry] = field(default_factory=dict)
    """By event."""
    working: dict[str, ListedEntry] = field(default_factory=dict)
    """By entry, of those that were told of as broken."""
    unclear: set[str] = field(default_factory=set)
    """Likewise, those of which nothing is known right now."""


class EntryWatch:
    """Looks at every entry and tells the host what is new. Any thread may call.

    Args:
        listing: The entries with their states.
        notices: Tells each event once.
        deleted: Takes down the notices about entries that are gone.
        outage: Whether nothing at all can be reached, and since when.
        anything_works: Whether the last thing that was tried worked.
        clock: Time.
    """

    def __init__(
        self,
        listing: Listing,
        notices: Notices,
        deleted: Callable[[Collection[ConnectionId]], None],
        outage: Callable[[], Outage | None],
        anything_works: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._listing = listing
        self._notices = notices
        self._deleted = deleted
        self._outage = outage
        self._anything_works = anything_works
        self._clock = clock
        self._busy = ProcessLock()
        self._next = float("-inf")
        self._prune_at = float("-inf")

    def look(self, *, forecast: bool = True) -> None:
        """Tell what is new; a call while another is under way, or soon after a long one, does nothing.

        Args:
            forecast: Whether to tell which sign-ins are about to end; not while they are being renewed.

        Raises:
            CaptureError: The list cannot be read; nothing is lost.
        """
        busy = self._busy.own
        if self._clock.monotonic() < self._next or not busy.acquire(blocking=False):
            return
        try:
            began = self._clock.monotonic()
            seen = self._look()
            self._tell_broken(seen)
            self._tell_recovered(seen)
            if forecast:
                self._tell_ending(seen)
            self._tell_outage()
            ended = self._clock.monotonic()
            self._next = ended + _SHARE_OF_TIME * (ended - began)
            if ended >= self._prune_at:
                self._notices.prune()
                self._prune_at = ended + _PRUNE_EVERY
        finally:
            busy.release()

    def _look(self) -> _Seen:
        seen = _Seen(self._notices.told(BROKE), self._notices.told(_ENDS))
        told_entries = {event.rpartition("|")[2] for event in seen.told_broken}
        told_sign_ins = {event.split("|")[1] for event in seen.told_ends}
        now = self._clock.now()
        for entry in self._listing.everything():
            connection, summary = entry.connection, entry.summary
            if summary.status in _BROKEN:
                # Without a sign-in it never worked, so that nothing broke: it was imported, say.
                if connection.saved.sign_in is not None:
                    seen.broken[f"{BROKE}{summary.status.value}|{connection.connection_id}"] = entry
                elif connection.connection_id in told_entries:
                    seen.unclear.add(connection.connection_id)
                continue
            if connection.connection_id in told_entries:
                if summary.status in _WORKING:
                    seen.working[connection.connection_id] = entry
                else:
                    seen.unclear.add(connection.connection_id)
            if summary.expires is None:
                continue
            sign_in = _short(connection.saved.sign_in or connection.connection_id)
            begins = f"{_ENDS}{sign_in}|{summary.expires:%Y%m%dT%H%M%S}|"
            if sign_in in told_sign_ins:
                seen.ends[sign_in] = begins
            left = summary.expires - now
            before = next((days for days in DAYS_BEFORE if left <= timedelta(days=days)), None)
            if before is not None:
                seen.ending[f"{begins}{before}"].append(entry)
        return seen

    def _tell_broken(self, seen: _Seen) -> None:
        new = self._notices.claim(seen.broken.keys() - seen.told_broken)
        for status in _BROKEN:
            fresh = [entry for event, entry in seen.broken.items() if event in new and entry.summary.status is status]
            groups = _by_sign_in(fresh)
            if len(groups) > MOST_AT_ONCE:
                title, text = texts.many_broken_title(status, len(fresh)), texts.many(_names(fresh))
                self._tell(f"{_BROKEN_NOW}{status.value}", title, text, Tone.BAD, Remedy.SIGN_IN_AGAIN, fresh)
                continue
            for group in groups:
                summary = group[0].summary
                repair = summary.repair.label if summary.repair is not None else ""
                text = texts.broken(summary.cause, repair)
                title = texts.broken_title(status, _names(group))
                self._tell(f"{_BROKEN_NOW}{status.value}", title, text, summary.tone, Remedy.SIGN_IN_AGAIN, group)

    def _tell_recovered(self, seen: _Seen) -> None:
        over: dict[str, ListedEntry | None] = {}
        for event in seen.told_broken - seen.broken.keys():
            connection_id = event.rpartition("|")[2]
            if connection_id not in seen.unclear:
                over[event] = seen.working.get(connection_id)
        in_other_trouble = {entry.connection.connection_id for entry in seen.broken.values()}
        nowhere = {ConnectionId(event.rpartition("|")[2]) for event, entry in over.items() if entry is None}
        if gone := nowhere - in_other_trouble:
            self._deleted(gone)
        given_up = self._notices.give_up(over.keys())
        again = [entry for event, entry in over.items() if event in given_up and entry is not None]
        groups = _by_sign_in(again)
        if len(groups) > MOST_AT_ONCE:
            groups = [again]
        for group in groups:
            title, text = texts.recovered_title(_names(group)), texts.RECOVERED
            self._tell("recovered", title, text, Tone.GOOD, Remedy.NOTHING, group)

    def _tell_ending(self, seen: _Seen) -> None:
        # Renewed, or gone: if it is ever about to end again, that is another event.
        self._notices.give_up({event for event in seen.told_ends if not _is_current(event, seen.ends)})
        new = self._notices.claim(seen.ending.keys() - seen.told_ends)
        groups = [seen.ending[event] for event in seen.ending if event in new]
        today = self._clock.now()
        if len(groups) > MOST_AT_ONCE:
            all_of_them = sorted((entry for group in groups for entry in group), key=_ends_at)
            last = days_left(_ends_at(all_of_them[-1]), today)
            title, text = texts.many_ending_title(len(groups), last), texts.many(_names(all_of_them))
            self._tell(_ENDS_SOON, title, text, Tone.WARNING, Remedy.NOTHING, all_of_them)
            return
        for group in groups:
            ends, days = _ends_at(group[0]), days_left(_ends_at(group[0]), today)
            repair = group[0].summary.repair
            text = texts.ending(_names(group), day(ends), days, repair.label if repair is not None else "")
            title = texts.ending_title(_names(group), days)
            self._tell(_ENDS_SOON, title, text, Tone.WARNING, Remedy.NOTHING, group)

    def _tell_outage(self) -> None:
        outage = self._outage()
        if outage is not None and outage.seconds >= OUTAGE_SECONDS:
            since = f"{outage.since:%H:%M} UTC"
            notice = Notification(
                notification_id=f"unreachable-{outage.since:%Y%m%dT%H%M%S}",
                title=texts.OUTAGE_TITLE,
                text=texts.outage(since, outage.text),
                tone=Tone.WARNING,
                remedy=Remedy.RETRY_LATER,
            )
            if self._notices.tell_once(notice, event=_UNREACHABLE):
                self._notices.stand_for(notice.notification_id, (_OUTAGE,))
        elif self._anything_works() and self._notices.forget(_UNREACHABLE):
            self._tell("reachable", texts.OUTAGE_OVER_TITLE, texts.OUTAGE_OVER, Tone.GOOD, Remedy.NOTHING, ())

    def _tell(self, what: str, title: str, text: str, tone: Tone, remedy: Remedy, about: Iterable[ListedEntry]) -> None:
        entries = list(about)
        first = entries[0].connection if entries else None
        name = f"-{first.connection_id}" if first is not None else ""
        # The same may happen again another day; then it is told again.
        notification_id = f"{what}{name}-{self._clock.now():%Y%m%dT%H%M%S}"
        ids: list[str] = [entry.connection.connection_id for entry in entries] or [_OUTAGE]
        # What was told of them before is no longer so; an end to come says nothing about that.
        replaces = self._notices.over(ids) if what != _ENDS_SOON else ()
        if what.startswith(_BROKEN_NOW):
            self._notices.stand_for(notification_id, ids)
        self._notices.tell(
            Notification(
                notification_id=notification_id,
                title=title,
                text=text,
                tone=tone,
                remedy=remedy,
                subject=connection_subject(first.connection_id, first.display_name) if first is not None else None,
                replaces=replaces,
            )
        )


def _by_sign_in(entries: Iterable[ListedEntry]) -> list[list[ListedEntry]]:
    groups: dict[tuple[str, str], list[ListedEntry]] = defaultdict(list)
    for entry in entries:
        connection = entry.connection
        groups[connection.saved.sign_in or connection.connection_id, entry.summary.cause].append(entry)
    return list(groups.values())


def _is_current(event: str, ends: Mapping[str, str]) -> bool:
    begins = ends.get(event.split("|")[1])
    return begins is not None and event.startswith(begins)


def _ends_at(entry: ListedEntry) -> datetime:
    if entry.summary.expires is None:
        raise ValueError("it does not end")
    return entry.summary.expires


def _names(entries: Iterable[ListedEntry]) -> tuple[str, ...]:
    return tuple(sorted((entry.connection.display_name for entry in entries), key=str.casefold))


def _short(name: str) -> str:
    """A provider's id of a sign-in, whatever it is made of, as part of an event's name."""
    if len(name) <= _LONGEST_NAME and "|" not in name:
        return name
    return hashlib.sha256(name.encode()).hexdigest()
