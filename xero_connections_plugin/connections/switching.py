"""What may usages be switched to, and who else points to an entry?"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hostspec.connections import ConnectionStatus
from hostspec.provider_skills import Scoped
from hostspec.usages import CONNECTION_KIND, Severity, SwitchedUsage, SwitchObjection
from hostspec.value import ConnectionId
from xero_connections_plugin.connections import switch_texts as texts
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.connections.history import Actor, EventKind
from xero_connections_plugin.connections.listing import may_be_chosen
from xero_connections_plugin.connections.removal import profiles_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hostspec.providers import Connection
    from hostspec.services import HostServices
    from hostspec.usages import Subject, Usage, UsageSwitch
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.connections.listing import Listing


class Switching:
    """The book's part in the host's usage dialog: targets, objections, and what other hosts published.

    Args:
        store: The list.
        listing: How entries stand.
        types: Who knows what a sign-in allows.
        host: Holds the usages that can be switched here.
        history: Told of switches.
    """

    def __init__(
        self, store: EntryStore, listing: Listing, types: ConnectionTypes, host: HostServices, history: History
    ) -> None:
        self._store = store
        self._listing = listing
        self._types = types
        self._host = host
        self._history = history

    def targets(self, subject: Subject) -> Iterator[Subject]:
        """Other entries of the same type; every entry where no particular one is meant."""
        if subject.kind != CONNECTION_KIND:
            return
        query = EntryQuery()
        if subject.subject_id:
            present = self._connection(subject)
            if present is None:
                return
            query = EntryQuery(type_ids=(present.type_id,))
        for other in self._store.find(query):
            if other.connection_id != subject.subject_id:
                label = f"{other.display_name} – {other.saved.subtitle}" if other.saved.subtitle else other.display_name
                yield connection_subject(other.connection_id, label)

    def objections(self, switch: UsageSwitch) -> Iterator[SwitchObjection]:
        """What speaks against moving usages to another entry."""
        if switch.subject.kind != CONNECTION_KIND:
            return
        target = self._connection(switch.target)
        if target is None:
            yield SwitchObjection(severity=Severity.BLOCK, text=texts.TARGET_GONE)
            return
        present = self._connection(switch.subject)
        name = target.display_name
        if present is not None and present.type_id != target.type_id:
            yield SwitchObjection(severity=Severity.BLOCK, text=texts.other_type(name))
        summary = self._listing.listed((target,))[0].summary
        if not may_be_chosen(summary):
            said = texts.cannot_be_used(name, summary.status_text, summary.cause)
            yield SwitchObjection(severity=Severity.BLOCK, text=said)
        elif summary.status is ConnectionStatus.UNREACHABLE:
            yield SwitchObjection(severity=Severity.WARN, text=texts.not_reached(name, summary.cause))
        yield from self._lacking(switch, target)
        if present is None:
            return
        if present.saved.subtitle != target.saved.subtitle:
            said = texts.other_company(name, target.saved.subtitle, present.saved.subtitle)
            yield SwitchObjection(severity=Severity.WARN, text=said)
        before = self._listing.listed((present,))[0].summary.mark
        if before != summary.mark:
            # Out of a company for trying things out, or into one: both are seldom meant.
            said = (
                texts.marked(name, summary.mark, present.display_name)
                if summary.mark
                else texts.marked(present.display_name, before, name)
            )
            yield SwitchObjection(severity=Severity.WARN, text=said)

    def _lacking(self, switch: UsageSwitch, target: Connection) -> Iterator[SwitchObjection]:
        """Usages that would fail at the target, because its sign-in does not allow what they need."""
        found = self._types.find(target.type_id)
        if found is None or not isinstance(found.provider, Scoped):
            return
        wanted = frozenset(switch.usage_ids)
        known: dict[tuple[str, ...], tuple[str, ...]] = {}
        for usage in self._host.profiles.usages(CONNECTION_KIND):
            if usage.usage_id not in wanted or not usage.needs:
                continue
            if usage.needs not in known:
                known[usage.needs] = found.provider.lacking(target, usage.needs)
            if known[usage.needs]:
                said = texts.lacking(target.display_name, known[usage.needs])
                yield SwitchObjection(severity=Severity.BLOCK, text=said, usage_id=usage.usage_id)

    def elsewhere(self, subject: Subject) -> tuple[Usage, ...]:
        """Usages in other hosts of this installation, with where and when they were seen."""
        if subject.kind != CONNECTION_KIND:
            return ()
        return self._store.published_usages(subject, except_host_id=self._host.host_id)

    def switched(self, switch: UsageSwitch) -> tuple[SwitchedUsage, ...]:
        """The last word on a switch: say that other hosts' usages stay, and record what this host moved."""
        wanted = frozenset(switch.usage_ids)
        if not switch.dry_run and switch.subject.kind == CONNECTION_KIND:
            # A host that cannot say who uses what now has switched all the same.
            with suppress(Exception):
                self._record(switch, wanted)
        return tuple(
            SwitchedUsage(usage_id=usage.usage_id, switched=False, detail=texts.kept_by(usage.host))
            for usage in self.elsewhere(switch.subject)
            if usage.usage_id in wanted
        )

    def _record(self, switch: UsageSwitch, wanted: frozenset[str]) -> None:
        source, target = self._connection(switch.subject), self._connection(switch.target)
        moved = tuple(
            usage
            for usage in self._host.profiles.usages(CONNECTION_KIND)
            if usage.usage_id in wanted and switch.target.covers(usage.subject)
        )
        if not moved:
            return
        profiles = profiles_sentence(moved)
        actor = Actor(user_id=switch.user_id, user_name=switch.user_name)
        names = (switch.subject.label or switch.subject.subject_id, switch.target.label or switch.target.subject_id)
        before = source.display_name if source is not None else names[0]
        after = target.display_name if target is not None else names[1]
        if source is not None:
            said = texts.switched_away(profiles, after)
            self._history.record(EventKind.SWITCHED, actor=actor, connection=source, passed=True, text=said)
        if target is not None:
            said = texts.switched_here(profiles, before)
            self._history.record(EventKind.SWITCHED, actor=actor, connection=target, passed=True, text=said)

    def _connection(self, subject: Subject) -> Connection | None:
        if subject.kind != CONNECTION_KIND:
            return None
        return self._store.get(ConnectionId(subject.subject_id))
