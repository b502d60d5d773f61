"""What may be done at Xero when an entry is deleted, and whom else does it cut off?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.providers import RemovalChoice
from xero_connections_plugin.xero.texts import disconnecting_texts as texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hostspec.providers import Connection
    from xero_connections_plugin.xero.kept_settings import KeptSettings

UNLINK: Final = "unlink"
REVOKE: Final = "revoke"


def offered(kept: KeptSettings, others: tuple[Connection, ...]) -> tuple[RemovalChoice, ...]:
    """The choices for an entry that has a sign-in.

    Args:
        kept: The entry's settings.
        others: The other entries that share its sign-in.
    """
    revoke = RemovalChoice(
        choice_id=REVOKE,
        label=texts.REVOKE,
        hint=texts.revoke_hint(_names(others)),
        cuts_off=tuple(other.connection_id for other in others),
    )
    if not kept.tenant_id:
        return (revoke,)
    same_company = tuple(other for other in others if tenant_of(other) == kept.tenant_id)
    unlink = RemovalChoice(
        choice_id=UNLINK,
        label=texts.UNLINK,
        hint=texts.unlink_hint(kept.tenant_name, _names(same_company)),
        cuts_off=tuple(other.connection_id for other in same_company),
    )
    return (unlink, revoke)


def tenant_of(connection: Connection) -> object:
    """The company that an entry reaches, as it is stored."""
    return connection.saved.settings.get("tenant_id")


def _names(connections: Iterable[Connection]) -> tuple[str, ...]:
    return tuple(connection.display_name for connection in connections)
