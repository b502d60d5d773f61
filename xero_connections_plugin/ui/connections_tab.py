"""What happens on the Connections tab? Every act of a person ends in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.permissions import Permission
from hostspec.providers import CONNECTIONS_TAB
from hostspec.ui import Close, Origin, ShowUsage, ShowView, TableQuery, UserAct
from hostspec.value import TypeId
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.ui.definition_dialog import REPAIR_ACT, type_dialog
from xero_connections_plugin.ui.entry_dialogs import details_dialog
from xero_connections_plugin.ui.list_filters import is_about_states, list_filters, picked
from xero_connections_plugin.ui.list_view import entry_query, list_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.forms import ActionField, Fact
    from hostspec.providers import Connection
    from hostspec.services import Clock, Hooks
    from hostspec.ui import Step, View
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.attention import Attention
    from xero_connections_plugin.connections.book import Book
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.listing import Listing
    from xero_connections_plugin.ui.definitions import Definitions
    from xero_connections_plugin.ui.row_choice import RowChoice
    from xero_connections_plugin.ui.tab_parts import TabPart

TAB_ID: Final = CONNECTIONS_TAB


class ConnectionsTab:
    """The controller behind the tab; knows no provider."""

    def __init__(
        self,
        *,
        book: Book,
        listing: Listing,
        types: ConnectionTypes,
        access: Access,
        hooks: Hooks,
        rows: RowChoice,
        definitions: Definitions,
        parts: tuple[TabPart, ...],
        attention: Attention,
        more_facts: Callable[[Connection], tuple[Fact, ...]],
        clock: Clock,
        detail_acts: Callable[[Origin, Connection], tuple[ActionField, ...]],
        new_id: Callable[[], str],
    ) -> None:
        """Args:
        detail_acts: What the details of an entry offer to do.
        more_facts: What the details of an entry say at their end.
        """
        self._book = book
        self._listing = listing
        self._types = types
        self._access = access
        self._hooks = hooks
        self._rows = rows
        self._definitions = definitions
        self._parts = parts
        self._attention = attention
        self._more_facts = more_facts
        self._detail_acts = detail_acts
        self._clock = clock
        self._new_id = new_id

    def view(self, origin: Origin, query: TableQuery) -> View:
        """The list."""
        _expect(origin, Origin)
        _expect(query, TableQuery)
        self._access.require(origin.user_id, Permission.VIEW)
        may_manage = self._access.allows(origin.user_id, Permission.MANAGE)
        standing = self._attention.look(exactly=is_about_states(query.filter_id))
        page = self._listing.page(entry_query(query, self._clock.now()), picked(query.filter_id, standing))
        return list_view(
            page,
            query,
            # Asked last: the time of a shared list is learned by reading it.
            self._clock.now(),
            types=self._types.all(),
            may_manage=may_manage,
            filters=list_filters(standing),
            offered=tuple(part.offers(origin, may_manage=may_manage) for part in self._parts),
        )

    def act(self, origin: Origin, act: UserAct) -> Step:
        """What happens next."""
        _expect(origin, Origin)
        _expect(act, UserAct)
        part = next((part for part in self._parts if part.takes(act)), None)
        if part is not None:
            return part.act(origin, act)
        match act.action_id:
            case "dismiss":
                return Close()
            case "show_list":
                return ShowView()
            case "details":
                return self._details(origin, act)
            case "usage":
                return self._usage(origin, act)
            case "add" | "add_type":
                self._access.require(origin.user_id, Permission.MANAGE)
                return self._add(origin, act)
            case "edit":
                return self._edit(origin, act)
            case repair if repair.startswith(REPAIR_ACT):
                return self._edit(origin, act, focus=repair.removeprefix(REPAIR_ACT))
            case _:
                return self._definitions.act(origin, act)

    def close(self) -> None:
        """Close every open definition, because the program ends."""
        for part in self._parts:
            part.close()
        self._definitions.close_all()

    def _details(self, origin: Origin, act: UserAct) -> Step:
        connection = self._rows.of(origin, act, Permission.VIEW)
        found = self._types.find(connection.type_id)
        return details_dialog(
            self._listing.listed((connection,))[0],
            found.label if found else str(connection.type_id),
            found.provider.details(connection) if found else (),
            self._hooks.usages(connection_subject(connection.connection_id, connection.display_name)),
            self._more_facts(connection),
            self._detail_acts(origin, connection),
        )

    def _usage(self, origin: Origin, act: UserAct) -> Step:
        connection = self._rows.of(origin, act, Permission.VIEW)
        return ShowUsage(subject=connection_subject(connection.connection_id, connection.display_name))

    def _add(self, origin: Origin, act: UserAct) -> Step:
        types = self._types.all()
        chosen = act.values.get("type_id") or (types[0].type_id if len(types) == 1 else None)
        if not isinstance(chosen, str):
            return type_dialog(types, f"add-{self._new_id()}")
        # The definition takes the place of the question for the type, which had this id.
        return self._definitions.open(origin, TypeId(chosen), draft_id=act.dialog_id)

    def _edit(self, origin: Origin, act: UserAct, *, focus: str = "") -> Step:
        connection = self._rows.of(origin, act, Permission.MANAGE)
        return self._definitions.open(origin, connection.type_id, connection, focus=focus)


def _expect(given: object, kind: type) -> None:
    if not isinstance(given, kind):
        raise TypeError(f"a host passes a {kind.__name__} here, and no {type(given).__name__}")
