"""Which connection types are there? Whatever the plugins of this host contribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.errors import PluginFailed

if TYPE_CHECKING:
    from hostspec.providers import ConnectionProvider, ConnectionType
    from hostspec.services import Hooks
    from hostspec.value import TypeId


class ConnectionTypes:
    """The types that plugins contribute, asked for anew each time: plugins come and go."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    def all(self) -> tuple[ConnectionType, ...]:
        """Every type, in the order to offer them."""
        return self._hooks.connection_types().items

    def find(self, type_id: TypeId) -> ConnectionType | None:
        """The type with this id, if its plugin is there."""
        return next((found for found in self.all() if found.type_id == type_id), None)

    def provider(self, type_id: TypeId) -> ConnectionProvider:
        """Who serves entries of this type.

        Raises:
            PluginFailed: The plugin that brought the type is missing now; its entries are kept.
        """
        found = self.find(type_id)
        if found is None:
            raise PluginFailed(
                f"The plugin for connections of type {type_id!r} is not loaded. The entry is kept as it is; "
                "ask whoever maintains this installation to load the plugin.",
                plugin=str(type_id),
            )
        return found.provider
