"""A connection type that is not Xero: mailboxes, which can be written into files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from pydantic import JsonValue

from hostspec.errors import ConnectionProblem
from hostspec.providers import Connection, SavedConnection
from hostspec.value import TypeId

if TYPE_CHECKING:
    from hostspec.providers import ConnectionType
    from xero_connections_plugin.connections.connection_types import ConnectionTypes

MAILBOX: Final = TypeId("mailbox")
UNMOVABLE: Final = TypeId("unmovable")


class Mailbox:
    """Its one setting is an address; whoever changes it signs in anew."""

    def portable(self, connection: Connection) -> Mapping[str, JsonValue]:
        if "address" not in connection.saved.settings:
            raise ConnectionProblem("The settings are damaged.")
        return {"address": connection.saved.settings["address"]}

    def from_portable(
        self, settings: Mapping[str, JsonValue], *, connection: Connection | None = None, source: str = ""
    ) -> SavedConnection:
        del source
        if settings.get("address") == "fault":
            raise RuntimeError("a mistake of the provider's")
        if set(settings) != {"address"}:
            raise ConnectionProblem("Its address is missing.")
        if connection is not None and connection.saved.settings.get("address") == settings["address"]:
            return connection.saved
        return SavedConnection(settings=dict(settings), subtitle=str(settings["address"]))

    def open_fields(self, connection: Connection) -> frozenset[str]:
        del connection
        return frozenset()


class _Type:
    def __init__(self, type_id: TypeId, provider: object) -> None:
        self.type_id = type_id
        self.provider = provider


class MailboxTypes:
    """Mailboxes, and a type whose entries cannot travel."""

    def all(self) -> tuple[ConnectionType, ...]:
        return cast("tuple[ConnectionType, ...]", (_Type(MAILBOX, Mailbox()), _Type(UNMOVABLE, object())))

    def find(self, type_id: TypeId) -> ConnectionType | None:
        return next((found for found in self.all() if found.type_id == type_id), None)


def mailbox_types() -> ConnectionTypes:
    """The same, where rooms ask for the types of all plugins."""
    return cast("ConnectionTypes", MailboxTypes())
