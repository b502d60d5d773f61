"""Wiping a Xero entry does nothing at Xero: what was chosen there was noted, and done, before."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hostspec.providers import Connection
from tests.contracts.test_entry_store_contract import entry
from xero_connections_plugin.xero.xero_provider import XeroProvider


class Recorded:
    """What happens at Xero and to sign-ins; it only says so."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def disconnect(self, connection: Connection, choices: frozenset[str], by: str) -> tuple[str, ...]:
        self.done.append(f"disconnect {connection.display_name}")
        return ("It is done later.",)

    def forget(self, connection: Connection) -> None:
        self.done.append(f"forget {connection.display_name}")


def test_wiping_an_entry_asks_xero_for_nothing() -> None:
    at_xero = Recorded()
    nothing_else: dict[str, Any] = dict.fromkeys(field.name for field in fields(XeroProvider))
    provider = XeroProvider(**{**nothing_else, "disconnecting": at_xero})
    assert provider.forget(entry("Head office", sign_in="g"), frozenset({"revoke"})) == ()
    assert at_xero.done == ["forget Head office"]
