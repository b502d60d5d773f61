"""What does the list keep about a Xero connection? Everything but secrets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from hostspec.errors import SignInNeeded, StoredDataDamaged
from hostspec.value import Value
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.xero.app_definition import (
    APPLICATION_URL,
    CLIENT_ID,
    EXTRA_SCOPES,
    FURTHER_PORTS,
    PORT,
    SCOPE_PRESET,
    AppDefinition,
)
from xero_connections_plugin.xero.scopes import ScopePreset
from xero_connections_plugin.xero.texts import carrying_texts as texts

if TYPE_CHECKING:
    from hostspec.forms import FieldValue
    from hostspec.providers import Connection


class KeptSettings(Value):
    """The provider's settings of one entry."""

    version: Literal[1] = 1
    client_id: str
    application_url: str
    port: int
    further_ports: tuple[int, ...] = ()
    scope_preset: ScopePreset
    extra_scopes: tuple[str, ...] = ()
    grant_id: GrantId | None
    """``None``: the entry came from a file, and nobody has signed in for it here."""
    tenant_id: str
    """Empty: no company is chosen yet, because the file that the entry came from names none."""
    tenant_name: str
    tenant_type: str
    tenant_fixed: bool = False
    """Whether the company is named where the entry is configured, and not chosen here."""
    imported_at: datetime | None = None
    """When the entry came from a file; forgotten once somebody has signed in."""
    is_demo: bool | None = None
    """Whether it is one of Xero's demo companies, which are replaced every 28 days; ``None``: not known yet."""
    organisation_id: str = ""
    """The id by which the company named itself when it was first heard; empty: not heard yet."""

    @property
    def definition(self) -> AppDefinition:
        """As the administrator typed it."""
        return AppDefinition(
            client_id=self.client_id,
            application_url=self.application_url,
            port=self.port,
            further_ports=self.further_ports,
            preset=self.scope_preset,
            additions=self.extra_scopes,
        )


def kept_settings(connection: Connection) -> KeptSettings:
    """Read back what was kept.

    Raises:
        StoredDataDamaged: It is not what any version of this program wrote.
    """
    try:
        return KeptSettings.model_validate(connection.saved.settings)
    except ValidationError:
        raise StoredDataDamaged(
            f"The stored settings of {connection.display_name} cannot be read. They are kept as they are. "
            "Restore a backup, or delete this connection and add it again."
        ) from None


def unsigned_cause(connection: Connection) -> str:
    """Why an entry that came from a file has no sign-in yet; empty for one that had one."""
    kept = kept_settings(connection)
    if kept.grant_id is not None:
        return ""
    if connection.source:
        return texts.configured_unsigned(connection.source)
    when = kept.imported_at
    return texts.imported_unsigned(f"{when.day} {when:%b %Y}") if when is not None else texts.UNSIGNED


def bound_grant(connection: Connection, kept: KeptSettings) -> GrantId:
    """The sign-in of an entry.

    Raises:
        SignInNeeded: Nobody has signed in for it here.
    """
    if kept.grant_id is None:
        raise SignInNeeded(f"{unsigned_cause(connection)} {texts.SIGN_IN_FIRST}")
    return kept.grant_id


def form_values(definition: AppDefinition) -> dict[str, FieldValue]:
    """A definition as the form's values."""
    return {
        CLIENT_ID: definition.client_id,
        APPLICATION_URL: definition.application_url,
        PORT: definition.port,
        FURTHER_PORTS: tuple(str(port) for port in definition.further_ports),
        SCOPE_PRESET: definition.preset.value,
        EXTRA_SCOPES: " ".join(definition.additions),
    }
