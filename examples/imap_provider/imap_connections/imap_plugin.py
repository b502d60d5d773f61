"""The plugin as hosts load it. The tab, the list and the sealed passwords are kept by the Connections plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec import AddAct, ConnectionType, hookimpl
from imap_connections.mail_account import IMAP

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    from hostspec import HostServices


def make_plugin() -> ImapPlugin:
    """What the entry point names."""
    return ImapPlugin()


class ImapPlugin:
    """Contributes the connection type "IMAP mailbox".

    Args:
        trust: Makes the rules by which servers' certificates are checked; the system's, when none is given.
    """

    def __init__(self, trust: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._trust = trust
        self._types: tuple[ConnectionType, ...] = ()

    @hookimpl
    def capture_startup(self, host: HostServices) -> None:
        # imaplib and ssl are loaded with the host's start, not with the plugin.
        from imap_connections.imap_provider import ImapProvider

        provider = ImapProvider(host, self._trust)
        self._types = (
            ConnectionType(
                type_id=IMAP,
                label="IMAP mailbox",
                order=200,
                provider=provider,
                add=AddAct.of(IMAP),
                reaches="Mailbox",
            ),
        )

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        return self._types
