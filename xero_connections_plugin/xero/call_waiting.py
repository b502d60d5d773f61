"""Which entries wait because Xero's calls of today are used up? They are in order; it passes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.connections import ConnectionStatus
from hostspec.value import Tone
from xero_connections_plugin.xero.health import RETRY, Finding
from xero_connections_plugin.xero.texts import limit_texts as texts

if TYPE_CHECKING:
    from hostspec.providers import Connection
    from xero_connections_plugin.oauth.grant import GrantRecord
    from xero_connections_plugin.xero.call_meter import CallMeter


class CallWaiting:
    """A ``xero.health.Finder``."""

    def __init__(self, meter: CallMeter) -> None:
        self._meter = meter

    def __call__(self, connection: Connection, _record: GrantRecord | None) -> Finding | None:
        if not self._meter.is_any_used_up:
            return None
        settings = connection.saved.settings
        client_id, tenant_id = settings.get("client_id"), settings.get("tenant_id")
        if not isinstance(client_id, str) or not isinstance(tenant_id, str):
            return None
        used_up = self._meter.used_up(client_id, tenant_id)
        if used_up is None:
            return None
        cause = texts.day_used_up(connection.saved.subtitle, used_up.day_ends_at)
        return Finding(ConnectionStatus.UNREACHABLE, texts.STATUS_WAITING, Tone.WAITING, cause, RETRY, passing=True)
