"""How does a sign-in that is there serve a further entry? By a new definition that begins with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.errors import ConnectionProblem
from hostspec.permissions import Permission
from hostspec.provider_skills import Extendable
from hostspec.ui import Action
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import extension_texts as texts
from xero_connections_plugin.ui.texts import tab_texts

if TYPE_CHECKING:
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.ui.definitions import Definitions
    from xero_connections_plugin.ui.row_choice import RowChoice

EXTEND_ACT: Final = "add_company"

EXTENDED_ACT: Final = "extended"
"""What the provider is asked to do first in such a definition, such as listing what the sign-in reaches."""


class ExtensionPart:
    """A ``TabPart``: "Add another company", behind More.

    Args:
        rows: Finds the chosen entry.
        types: Who knows how a sign-in is lent.
        access: Who may.
        definitions: Opens the new definition.
    """

    def __init__(self, rows: RowChoice, types: ConnectionTypes, access: Access, definitions: Definitions) -> None:
        self._rows = rows
        self._types = types
        self._access = access
        self._definitions = definitions

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the same for every window
        may_not = "" if may_manage else tab_texts.MAY_NOT_MANAGE
        button = Action(
            action_id=EXTEND_ACT, label=texts.ADD_COMPANY, needs_row=tab_texts.SELECT_FIRST, disabled_reason=may_not
        )
        return Offered(more=(button,))

    def takes(self, act: UserAct) -> bool:
        return act.action_id == EXTEND_ACT

    def act(self, origin: Origin, act: UserAct) -> Step:
        self._access.require(origin.user_id, Permission.MANAGE)
        connection = self._rows.of(origin, act, Permission.MANAGE)
        provider = self._types.provider(connection.type_id)
        if not isinstance(provider, Extendable):
            found = self._types.find(connection.type_id)
            label = found.label if found is not None else str(connection.type_id)
            raise ConnectionProblem(texts.cannot_extend(label), code="NOT_EXTENDABLE")
        return self._definitions.open(
            origin,
            connection.type_id,
            prepare=lambda draft: provider.extend(draft, connection),
            begin=EXTENDED_ACT,
        )

    def close(self) -> None:
        """Nothing goes on."""
