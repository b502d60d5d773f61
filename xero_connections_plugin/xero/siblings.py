"""Which other entries does a sign-in serve? What it repairs besides, and which companies are in the list already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hostspec.connections import ConnectionStatus
from hostspec.errors import CaptureError
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.oauth.grant import GrantState
from xero_connections_plugin.xero.answer_problems import still_lacking
from xero_connections_plugin.xero.health import dies_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hostspec.providers import Connection
    from hostspec.services import Clock
    from hostspec.value import ConnectionId, TypeId
    from xero_connections_plugin.oauth.grant import GrantRecord
    from xero_connections_plugin.xero.tenants import TenantOption


class ListedEntries(Protocol):
    """What is asked of the list of connections."""

    def sharing(self, sign_in: str) -> tuple[Connection, ...]: ...

    def find(self, query: EntryQuery) -> tuple[Connection, ...]: ...


class Siblings:
    """The entries around a sign-in. Any thread may call; not for the host's own, since it reads the list.

    Args:
        type_id: Whose entries they are.
        entries: The list.
        standing: The grant of a user and an app, if there is one.
        mended: Takes back what was found to be wrong with an entry.
        changed: Tells everyone that an entry is in another state.
        clock: Says which grants have died.
        bind: Gives an entry that came from a file its first sign-in; says whether that could be done.
    """

    def __init__(
        self,
        type_id: TypeId,
        entries: ListedEntries,
        *,
        standing: Callable[[str, str], GrantRecord | None],
        mended: Callable[[ConnectionId], None],
        changed: Callable[[ConnectionId], None],
        clock: Clock,
        bind: Callable[[Connection, GrantRecord], bool] = lambda _entry, _record: False,
    ) -> None:
        self._type_id = type_id
        self._entries = entries
        self._standing = standing
        self._mended = mended
        self._changed = changed
        self._clock = clock
        self._bind = bind

    def works(self, record: GrantRecord | None) -> bool:
        """Whether sessions can be opened through a grant, as far as is known."""
        return record is not None and record.state is GrantState.ACTIVE and self._clock.now() < dies_at(record)

    def works_already(self, client_id: str, user_id: str) -> bool:
        """Whether the user has a working grant for the app; ask before a sign-in replaces it."""
        return self.works(self._standing(client_id, user_id))

    def repair(
        self,
        record: GrantRecord,
        tenants: Sequence[TenantOption] | None,
        *,
        worked_before: bool,
        edited: ConnectionId | None,
    ) -> tuple[str, ...]:
        """Take back what a new sign-in has mended.

        Args:
            record: What the sign-in gave.
            tenants: The companies that it reaches; ``None`` where they could not be listed.
            worked_before: Whether the user's grant worked without it.
            edited: The entry it was made for.

        Returns:
            The names of the other entries that work again.
        """
        reached = {option.tenant_id for option in tenants or ()}
        names: list[str] = []
        try:
            for entry in self._entries.sharing(record.grant_id):
                if entry.saved.settings.get("tenant_id") not in reached:
                    continue
                is_mended = _is_mended(entry, record)
                if is_mended:
                    self._mended(entry.connection_id)
                if entry.connection_id == edited or (worked_before and not is_mended):
                    continue
                names.append(entry.display_name)
                self._changed(entry.connection_id)
            names += [
                entry.display_name
                for entry in self._without_sign_in(record.client_id)
                if entry.connection_id != edited
                and entry.saved.settings.get("tenant_id") in reached
                and self._bind(entry, record)
            ]
        except CaptureError:
            # The sign-in is kept; what it mended shows at the next use.
            return tuple(names)
        return tuple(names)

    def _without_sign_in(self, client_id: str) -> tuple[Connection, ...]:
        """The entries of an app that came from a file and wait for their first sign-in."""
        return tuple(
            entry
            for entry in self._entries.find(EntryQuery(type_ids=(self._type_id,)))
            if entry.saved.sign_in is None and entry.saved.settings.get("client_id") == client_id
        )

    def users(self, client_id: str, *, edited: ConnectionId | None) -> Mapping[str, str]:
        """By tenant id: the name of an entry that uses the company through this app already."""
        try:
            entries = self._entries.find(EntryQuery(type_ids=(self._type_id,)))
        except CaptureError:
            return {}
        found: dict[str, str] = {}
        for entry in entries:
            settings = entry.saved.settings
            tenant_id = settings.get("tenant_id")
            if entry.connection_id == edited or settings.get("client_id") != client_id:
                continue
            if isinstance(tenant_id, str) and tenant_id:
                found.setdefault(tenant_id, entry.display_name)
        return found


def _is_mended(entry: Connection, record: GrantRecord) -> bool:
    condition = entry.condition
    if condition is None:
        return False
    if condition.status is ConnectionStatus.ACCESS_WITHDRAWN:
        return True
    if condition.status is ConnectionStatus.SCOPE_MISSING:
        return any(not still_lacking(condition.cause, scope) for scope in record.scopes)
    return False
