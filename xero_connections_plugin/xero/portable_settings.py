"""How does a Xero entry travel in a file? Its definition and its company; nothing secret, and no sign-in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pydantic import StrictInt, StrictStr, ValidationError

from hostspec.errors import ConnectionProblem
from hostspec.providers import SavedConnection
from hostspec.value import Remedy, Value
from xero_connections_plugin.connections.definition import plain_text
from xero_connections_plugin.xero.app_definition import DEFAULT_PORT, DEFAULT_URL, read_definition
from xero_connections_plugin.xero.kept_settings import KeptSettings
from xero_connections_plugin.xero.scopes import ScopePreset
from xero_connections_plugin.xero.texts import carrying_texts as texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pydantic import JsonValue

    from xero_connections_plugin.xero.app_definition import AppDefinition

_TENANT_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHOWN: Final = 40


class SettingsUnusable(ConnectionProblem):
    """What a file says about an entry cannot be used."""

    default_code = "SETTINGS_UNUSABLE"
    remedy = Remedy.FIX_SETTINGS


class PortableSettings(Value):
    """What a file says about a Xero entry."""

    client_id: StrictStr
    application_url: StrictStr = DEFAULT_URL
    port: StrictInt = DEFAULT_PORT
    further_ports: tuple[StrictInt, ...] = ()
    scope_preset: StrictStr = ScopePreset.GRANULAR.value
    extra_scopes: tuple[StrictStr, ...] = ()
    tenant_id: StrictStr = ""
    """Empty: the company is chosen where the entry is read."""
    tenant_name: StrictStr = ""
    tenant_type: StrictStr = ""


def written_down(kept: KeptSettings) -> dict[str, JsonValue]:
    """The settings of an entry as a file has them."""
    definition = kept.definition
    found: dict[str, JsonValue] = PortableSettings(
        client_id=definition.client_id,
        application_url=definition.application_url,
        port=definition.port,
        further_ports=definition.further_ports,
        scope_preset=definition.preset.value,
        extra_scopes=definition.additions,
        tenant_id=kept.tenant_id,
        tenant_name=kept.tenant_name,
        tenant_type=kept.tenant_type,
    ).model_dump(mode="json")
    return found


def read_again(
    settings: Mapping[str, JsonValue], *, here: KeptSettings | None, is_configured: bool, now: datetime
) -> KeptSettings:
    """What to keep for an entry in a file.

    The sign-in of an entry that is there already stays while app and company do; where nothing is new, the answer
    equals ``here``.

    Raises:
        ConnectionProblem: See ``hostspec.provider_skills.Portable``.
    """
    said = _read(settings)
    definition = _definition(said)
    tenant_id = said.tenant_id.strip().lower()
    if tenant_id and not _TENANT_ID.fullmatch(tenant_id):
        raise SettingsUnusable(texts.setting_refused("tenant_id", texts.TENANT_ID_WRONG))
    company = {
        "tenant_id": tenant_id,
        "tenant_name": plain_text(said.tenant_name) or tenant_id,
        "tenant_type": plain_text(said.tenant_type, _SHOWN),
    }
    app = {
        "client_id": definition.client_id,
        "application_url": definition.application_url,
        "port": definition.port,
        "further_ports": definition.further_ports,
        "scope_preset": definition.preset,
        "extra_scopes": definition.additions,
        "tenant_fixed": is_configured and bool(tenant_id),
    }
    if here is None:
        return KeptSettings.model_validate({**app, **company, "grant_id": None, "imported_at": now})
    if tenant_id in {"", here.tenant_id}:
        # Companies are renamed at Xero: what is known of this one here is fresher than any file.
        company = {"tenant_id": here.tenant_id, "tenant_name": here.tenant_name, "tenant_type": here.tenant_type}
        is_signed_in = definition.client_id == here.client_id and here.grant_id is not None
        lost = {} if is_signed_in else {"grant_id": None, "imported_at": here.imported_at or now}
        return here.model_copy(update={**app, **company, **lost})
    return KeptSettings.model_validate({**app, **company, "grant_id": None, "imported_at": now})


def as_saved(kept: KeptSettings) -> SavedConnection:
    """The same for the list."""
    return SavedConnection(settings=kept.model_dump(mode="json"), subtitle=kept.tenant_name, sign_in=kept.grant_id)


def _read(settings: Mapping[str, JsonValue]) -> PortableSettings:
    try:
        return PortableSettings.model_validate(dict(settings))
    except ValidationError as refusal:
        first = refusal.errors(include_input=False, include_context=False, include_url=False)[0]
        name = plain_text(str(first["loc"][0]), _SHOWN)
        match first["type"]:
            case "extra_forbidden":
                raise SettingsUnusable(texts.setting_unknown(name)) from None
            case "missing":
                raise SettingsUnusable(texts.setting_missing(name)) from None
            case _:
                raise SettingsUnusable(texts.setting_wrong(name)) from None


def _definition(said: PortableSettings) -> AppDefinition:
    read = read_definition(
        {
            "client_id": said.client_id,
            "application_url": said.application_url,
            "port": said.port,
            "further_ports": tuple(str(port) for port in said.further_ports),
            "scope_preset": said.scope_preset,
            "extra_scopes": " ".join(said.extra_scopes),
        }
    )
    if read.definition is None:
        name, why = next(iter({**read.errors, **read.missing}.items()))
        raise SettingsUnusable(texts.setting_refused(name, why))
    return read.definition
