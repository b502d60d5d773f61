"""What may usages be switched to, and who else points to an entry?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.usages import CONNECTION_KIND, Severity, Subject, SwitchedUsage, SwitchObjection
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.connections.listing import SELECTABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hostspec.providers import Connection
    from hostspec.usages import Usage, UsageSwitch
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.connections.listing import Listing


class Switching:
    """The book's part in the host's usage dialog: targets, objections, and what other hosts published."""

    def __init__(self, store: EntryStore, listing: Listing, host_id: str) -> None:
        self._store = store
        self._listing = listing
        self._host_id = host_id

    def targets(self, subject: Subject) -> Iterator[Subject]:
        """Other entries of the same type."""
        present = self._connection(subject)
        if present is None:
            return
        for other in self._store.find(EntryQuery(type_ids=(present.type_id,))):
            if other.connection_id != present.connection_id:
                label = f"{other.display_name} – {other.saved.subtitle}" if other.saved.subtitle else other.display_name
                yield connection_subject(other.connection_id, label)

    def objections(self, switch: UsageSwitch) -> Iterator[SwitchObjection]:
        """What speaks against moving usages to another entry."""
        if switch.subject.kind != CONNECTION_KIND:
            return
        target = self._connection(switch.target)
        if target is None:
            yield SwitchObjection(
                severity=Severity.BLOCK, text="The connection to switch to was removed. Choose another one."
            )
            return
        present = self._connection(switch.subject)
        if present is not None and present.type_id != target.type_id:
            yield SwitchObjection(
                severity=Severity.BLOCK, text=f"{target.display_name} is a connection of another type."
            )
        summary = self._listing.listed((target,))[0].summary
        if summary.status not in SELECTABLE:
            yield SwitchObjection(
                severity=Severity.BLOCK,
                text=f"{target.display_name} cannot be used now. {summary.status_text}: {summary.cause}",
            )
        if present is not None and present.saved.subtitle != target.saved.subtitle:
            yield SwitchObjection(
                severity=Severity.WARN,
                text=f"{target.display_name} posts to {target.saved.subtitle or 'another company'}, "
                f"not to {present.saved.subtitle or 'the present one'}.",
            )

    def elsewhere(self, subject: Subject) -> tuple[Usage, ...]:
        """Usages in other hosts of this installation, with where and when they were seen."""
        if subject.kind != CONNECTION_KIND:
            return ()
        return self._store.published_usages(subject, except_host_id=self._host_id)

    def refuse_elsewhere(self, switch: UsageSwitch) -> Iterator[SwitchedUsage]:
        """Only the host that holds a usage can move it: say so for those of other hosts."""
        for usage in self.elsewhere(switch.subject):
            if usage.usage_id in switch.usage_ids:
                yield SwitchedUsage(
                    usage_id=usage.usage_id,
                    switched=False,
                    detail=f"This profile is kept by {usage.host}. Switch it there.",
                )

    def _connection(self, subject: Subject) -> Connection | None:
        if subject.kind != CONNECTION_KIND:
            return None
        return self._store.get(ConnectionId(subject.subject_id))
