"""A host with a connection type of two secrets: a locker with a PIN, and with a word that it can do without."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from pydantic import SecretBytes, SecretStr

from hostspec import (
    AddAct,
    Connection,
    ConnectionTest,
    ConnectionType,
    Draft,
    Form,
    SavedConnection,
    SecretField,
    TextField,
    TypeId,
    hookimpl,
)
from hostspec.testing import ADMINISTRATOR, FakeHost
from hostspec.testing.fake_clock import START
from tests.cli.strict_host import StrictHost
from tests.stories.test_other_types_limits import PlainShelves
from xero_connections_plugin.plugin import XeroConnectionsPlugin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hostspec.tool_hosts import ToolRequest

LOCKER: Final = TypeId("locker")
_SECRETS: Final = {"pin": "PIN", "word": "Word"}


def seen_as(secret: str) -> str:
    """How a test of a locker names a secret that it was shown."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12] if secret else "none"


class Lockers(PlainShelves):
    """The type's provider; its test says which secrets are kept, without saying them."""

    def form(self, draft: Draft) -> Form:
        settings = draft.connection.saved.settings if draft.connection is not None else {}
        place, kept = draft.values.get("place", settings.get("place", "")), settings.get("kept", "")
        return Form(
            fields=(
                TextField(field_id="place", label="Place", value=str(place), required=True),
                *(
                    SecretField(
                        field_id=name,
                        label=label,
                        stored=name in str(kept).split() or bool(_typed(draft, name)),
                        required=name == "pin",
                    )
                    for name, label in _SECRETS.items()
                ),
            )
        )

    def save(self, draft: Draft) -> SavedConnection:
        kept = _kept(draft.connection)
        sealed = {name: _typed(draft, name) or kept.get(name, "") for name in _SECRETS}
        # Forms are drawn without what is sealed, so the settings say which secrets there are.
        settings = {"place": str(draft.values["place"]), "kept": " ".join(name for name in sealed if sealed[name])}
        return SavedConnection(settings=settings, sealed=SecretBytes(json.dumps(sealed).encode()))

    def test(self, connection: Connection) -> ConnectionTest:
        kept = _kept(connection)
        told = " ".join(f"{name}={seen_as(kept.get(name, ''))}" for name in _SECRETS)
        return ConnectionTest(tested_at=START, passed=True, text=told, milliseconds=1)


class LockerPlugin:
    """Contributes the type."""

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        yield ConnectionType(type_id=LOCKER, label="Locker", order=500, provider=Lockers(), add=AddAct.of(LOCKER))


class LockerHost(StrictHost):
    """A host in which everything is allowed."""

    def __init__(self, request: ToolRequest) -> None:
        super().__init__(
            request, {"xero-connections": XeroConnectionsPlugin(is_unattended=False), "lockers": LockerPlugin()}
        )
        self.origin = ADMINISTRATOR.model_copy(update={"window_id": request.window_id})
        self.notices = ()

    @property
    def services(self) -> FakeHost:
        return self._host


def make_locker_host(request: ToolRequest) -> LockerHost:
    """What ``--host`` names."""
    return LockerHost(request)


def _typed(draft: Draft, name: str) -> str:
    value = draft.values.get(name)
    return value.get_secret_value() if isinstance(value, SecretStr) else ""


def _kept(connection: Connection | None) -> dict[str, str]:
    sealed = connection.saved.sealed if connection is not None else None
    kept: dict[str, str] = json.loads(sealed.get_secret_value()) if sealed is not None else {}
    return kept
