"""What did the administrator type, and is it right? Forgiving about how it was pasted, exact about what is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.oauth.authorization import compose_redirect_uri
from xero_connections_plugin.xero.scopes import ScopePreset, read_additions, scopes_of
from xero_connections_plugin.xero.texts import xero_texts as texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hostspec.forms import FieldValue

CLIENT_ID: Final = "client_id"
APPLICATION_URL: Final = "application_url"
PORT: Final = "port"
FURTHER_PORTS: Final = "further_ports"
SCOPE_PRESET: Final = "scope_preset"
EXTRA_SCOPES: Final = "extra_scopes"

AUTHORIZE_ACT: Final = "authorize"
"""The button of the form that begins a sign-in."""

DEFAULT_URL: Final = "http://localhost"
DEFAULT_PORT: Final = 8888
MOST_FURTHER_PORTS: Final = 9

_CLIENT_ID: Final = re.compile(r"[0-9A-Fa-f]{32}")
_LONGEST_TEXT: Final = 10_000
_PASTED_ALONG: Final = " \t\r\n\u00a0\u200b\u200c\u200d\u2060\ufeff\"'`‘’“”«»"
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")


@dataclass(frozen=True)
class AppDefinition:
    """A valid definition of the app at Xero."""

    client_id: str
    application_url: str
    port: int
    further_ports: tuple[int, ...]
    preset: ScopePreset
    additions: tuple[str, ...]

    @property
    def ports(self) -> tuple[int, ...]:
        """Every registered port, in the order to try."""
        return (self.port, *self.further_ports)

    @property
    def scopes(self) -> tuple[str, ...]:
        """What a sign-in asks for."""
        return scopes_of(self.preset, self.additions)


@dataclass(frozen=True)
class ReadDefinition:
    """What could be read: the definition, or what is wrong at which field."""

    definition: AppDefinition | None
    errors: dict[str, str] = field(default_factory=dict)
    """A sentence for each field that holds something wrong."""
    missing: dict[str, str] = field(default_factory=dict)
    """A sentence for each field that is needed and still empty."""


def read_definition(values: Mapping[str, FieldValue]) -> ReadDefinition:
    """Read the form's values; absent ones have their defaults."""
    errors: dict[str, str] = {}
    missing: dict[str, str] = {}
    client_id = clean_client_id(text_of(values.get(CLIENT_ID)))
    if not client_id:
        missing[CLIENT_ID] = texts.CLIENT_ID_MISSING
    elif problem := client_id_problem(client_id):
        errors[CLIENT_ID] = problem
    url = text_of(values.get(APPLICATION_URL, DEFAULT_URL)).strip().rstrip("/")
    if problem := application_url_problem(url):
        errors[APPLICATION_URL] = problem
    port = read_port(values.get(PORT, DEFAULT_PORT))
    if port is None:
        errors[PORT] = texts.PORT_WRONG
    further = _further_ports(values.get(FURTHER_PORTS), port, errors)
    preset = _preset(values.get(SCOPE_PRESET), errors)
    additions = read_additions(text_of(values.get(EXTRA_SCOPES)))
    if additions is None:
        errors[EXTRA_SCOPES] = texts.SCOPES_WRONG
    if errors or missing or port is None or preset is None or additions is None:
        return ReadDefinition(definition=None, errors=errors, missing=missing)
    return ReadDefinition(
        definition=AppDefinition(
            client_id=client_id,
            application_url=url.lower(),
            port=port,
            further_ports=further,
            preset=preset,
            additions=additions,
        )
    )


def text_of(value: FieldValue) -> str:
    """A field's value as text, as much of it as could make sense; anything else is empty."""
    return value[:_LONGEST_TEXT] if isinstance(value, str) else ""


def clean_client_id(typed: str) -> str:
    """Without the blanks and quotes that come with pasting."""
    return "".join(character for character in typed if character not in _PASTED_ALONG)


def client_id_problem(client_id: str) -> str:
    """Why this is no client id, and what it probably is instead."""
    if _CLIENT_ID.fullmatch(client_id):
        return ""
    if "://" in client_id or client_id.startswith("www."):
        return texts.CLIENT_ID_IS_ADDRESS
    if re.fullmatch(r"[A-Za-z0-9_\-+/=]{40,}", client_id):
        return texts.CLIENT_ID_IS_SECRET
    if re.fullmatch(r"[0-9A-Fa-f\-{}]{36,38}", client_id):
        return texts.CLIENT_ID_HAS_DASHES
    return texts.client_id_wrong(len(client_id))


def application_url_problem(url: str) -> str:
    """Why Xero would not take this as the application's address."""
    try:
        compose_redirect_uri(url, DEFAULT_PORT)
    except ValueError as refusal:
        return str(refusal)
    return ""


def read_port(value: FieldValue) -> int | None:
    """A port from 1 to 65535, written plainly; ``None`` for anything else (``"080"``, ``True``, other digits)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = int(value.strip()) if _PORT.fullmatch(value.strip()) else None
    return value if isinstance(value, int) and 1 <= value <= 65535 else None


def _further_ports(value: FieldValue, first: int | None, errors: dict[str, str]) -> tuple[int, ...]:
    if isinstance(value, tuple):
        typed = [part for line in value for part in re.split(r"[\s,;]+", line) if part]
    else:
        typed = [part for part in re.split(r"[\s,;]+", text_of(value)) if part]
    ports = [read_port(part) for part in typed]
    known = [port for port in ports if port is not None]
    if len(known) != len(ports):
        errors[FURTHER_PORTS] = texts.FURTHER_PORTS_WRONG
    elif len(set(known)) != len(known) or first in known:
        errors[FURTHER_PORTS] = texts.FURTHER_PORTS_TWICE
    elif len(known) > MOST_FURTHER_PORTS:
        errors[FURTHER_PORTS] = texts.further_ports_many(MOST_FURTHER_PORTS)
    return tuple(known)


def _preset(value: FieldValue, errors: dict[str, str]) -> ScopePreset | None:
    try:
        return ScopePreset(text_of(value) or ScopePreset.GRANULAR)
    except ValueError:
        errors[SCOPE_PRESET] = texts.PRESET_WRONG
        return None
