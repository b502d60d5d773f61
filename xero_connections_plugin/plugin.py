"""The plugin as hosts load it: hooks that pass on what they are asked. Loading it imports nothing heavy."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from hostspec.markers import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from hostspec.connections import ChoiceQuery, ConnectionChoice, Session
    from hostspec.providers import ConnectionType
    from hostspec.services import HostServices
    from hostspec.ui import Tab
    from hostspec.usages import Subject, SwitchedUsage, SwitchObjection, Usage, UsageSwitch
    from hostspec.value import ConnectionId
    from xero_connections_plugin.gateways.keys.key_sources import KeySource
    from xero_connections_plugin.settings import Settings
    from xero_connections_plugin.wiring import House


def make_plugin() -> XeroConnectionsPlugin:
    """What the entry point names."""
    return XeroConnectionsPlugin()


class XeroConnectionsPlugin:
    """Contributes the Connections tab and the connection type Xero.

    Args:
        keys: Says where the data key lies, given the settings and the data directory; the keychain, unless the settings
            name another place, when none is given.
        random_bytes: A cryptographic source.
        checkpoint: Called with the name of each step that a kill may fall on; for tests.
        is_unattended: Whether the host stays, so that what nobody asks for is begun at its start; a command ends soon.
    """

    def __init__(
        self,
        keys: Callable[[Settings, Path], KeySource] | None = None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        checkpoint: Callable[[str], None] = lambda _: None,
        *,
        is_unattended: bool = True,
    ) -> None:
        self._is_unattended = is_unattended
        self._keys = keys
        self._random_bytes = random_bytes
        self._checkpoint = checkpoint
        self._house: House | None = None

    @property
    def house(self) -> House | None:
        """Its rooms, once it was started."""
        return self._house

    @hookimpl
    def capture_startup(self, host: HostServices) -> None:
        from xero_connections_plugin.wiring import build

        self._house = build(host, self._keys, random_bytes=self._random_bytes, checkpoint=self._checkpoint)
        if self._is_unattended:
            self._house.begin()

    @hookimpl
    def capture_maintain(self, budget_seconds: float) -> None:
        if self._house is not None:
            self._house.maintain(budget_seconds)

    @hookimpl
    def capture_shutdown(self) -> None:
        if self._house is not None:
            self._house.close()

    @hookimpl
    def capture_tabs(self) -> Iterable[Tab]:
        return (self._house.tab(),) if self._house else ()

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        return (self._house.xero.connection_type,) if self._house else ()

    @hookimpl
    def capture_connection_choices(self, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
        return self._house.around.choices.answer(query) if self._house else ()

    @hookimpl
    def capture_open_session(self, connection_id: ConnectionId) -> Session | None:
        return self._house.around.book.open_session(connection_id) if self._house else None

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        return self._house.around.switching.elsewhere(subject) if self._house else ()

    # Last, so that it sees what the holders moved.
    @hookimpl(trylast=True)
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        return self._house.around.switching.switched(switch) if self._house else ()

    @hookimpl
    def capture_subject_targets(self, subject: Subject) -> Iterable[Subject]:
        return self._house.around.switching.targets(subject) if self._house else ()

    @hookimpl
    def capture_switch_objections(self, switch: UsageSwitch) -> Iterable[SwitchObjection]:
        return self._house.around.switching.objections(switch) if self._house else ()
