"""Which files make a bundle for support, and what is in them?"""

from __future__ import annotations

import getpass
import io
import json
import platform
import sqlite3
import ssl
import sys
import zipfile
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from xero_connections_plugin.gateways.checkup.examination import Surroundings, examine
from xero_connections_plugin.gateways.checkup.proxy_look import HEEDED, without_password
from xero_connections_plugin.gateways.checkup.settings_look import look_at_settings
from xero_connections_plugin.gateways.diagnostics import bundle_texts as texts
from xero_connections_plugin.gateways.diagnostics.pseudonyms import SECRET, Pseudonyms
from xero_connections_plugin.gateways.diagnostics.store_reading import StoreReading, opened_to_read, read_store
from xero_connections_plugin.settings import ENDPOINTS, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGES: Final = (
    "xero-connections-plugin",
    "pluggy",
    "pydantic",
    "requests",
    "urllib3",
    "certifi",
    "keyring",
    "SecretStorage",
    "SQLAlchemy",
    "alembic",
    "cryptography",
    "filelock",
    "PyJWT",
    "psycopg",
    "psutil",
    "click",
    "rich",
)
_AS_THEY_ARE: Final = frozenset(
    {
        "keep_deleted_days",
        "test_every_days",
        "plan_links",
        "keep_alive_days",
        "sign_in_timeout",
        "history_days",
        "history_rows",
        *ENDPOINTS,
    }
)
_PATHS: Final = frozenset({"data_dir", "key_file", "entries_file"})
_PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")
_OF_SETTINGS: Final = frozenset({"client_id", "application_url", "port", "further_ports", "scope_preset", "grant_id"})
"""What of an entry's settings names nobody."""


@dataclass(frozen=True)
class Bundle:
    """What is to be written."""

    content: bytes
    """A ZIP file."""
    holds: tuple[tuple[str, str], ...]
    """Its files, and what each is."""


def make_bundle(around: Surroundings, *, with_names: bool, with_network: bool = True) -> Bundle:
    """Gather everything that can be had; what cannot is told in its place.

    Args:
        around: The installation.
        with_names: Leave names of connections, companies, people and hosts as they are.
        with_network: Ask Xero's servers too.
    """
    set_up = look_at_settings(around.host, around.environment, around.data_dir)
    reading, trouble = StoreReading(), ""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with opened_to_read(set_up.settings, set_up.data_dir, around.clock) as connection:
            if connection is None:
                trouble = texts.NO_STORE
            else:
                reading = read_store(connection)
    except (SQLAlchemyError, ImportError, OSError, ValueError) as failure:
        trouble = texts.store_unread(type(failure).__name__)
    names = _pseudonyms(reading, set_up.settings, around.environment, with_names=with_names)
    findings = [one.model_dump(mode="json") for one in examine(around, with_network=with_network)]
    files: dict[str, Any] = {
        "findings.json": findings,
        "versions.json": _versions(),
        "settings.json": _settings(set_up.settings, around.environment),
        "store.json": {"rows": reading.rows, "trouble": trouble},
        "connections.json": [_entry(row, names) for row in reading.connections],
        "sign-ins.json": [_grant(row, names) for row in reading.grants],
        "failures.json": [_event(row, names) for row in reading.events],
    }
    made_at = around.clock.now()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        stamp = made_at.timetuple()[:6]
        for name, text in (
            (texts.README, texts.readme(f"{made_at:%Y-%m-%d %H:%M} UTC", with_names=with_names)),
            *((name, _written(value, names)) for name, value in files.items()),
        ):
            archive.writestr(zipfile.ZipInfo(name, stamp), text)
    return Bundle(packed.getvalue(), ((texts.README, texts.HOLDS[texts.README]), *((n, texts.HOLDS[n]) for n in files)))


def _pseudonyms(
    reading: StoreReading, settings: Settings, environment: Mapping[str, str], *, with_names: bool
) -> Pseudonyms:
    known = {kind: list(found) for kind, found in reading.names.items()}
    known.setdefault("Person", []).append(_user())
    known.setdefault("Host", []).append(platform.node())
    # The path to a home directory ends with its owner's name.
    known["Person"].append(Path.home().name if len(Path.home().parts) > 2 else "")
    return Pseudonyms(known, _secrets(settings, environment), with_names=with_names)


def _secrets(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    found = []
    if settings.key is not None:
        found += [settings.key.get_secret_value(), *settings.key.get_secret_value().split(",")]
    addresses = [environment.get(name, "") for name in _PROXIES]
    if settings.database_url is not None:
        addresses.append(settings.database_url.get_secret_value())
    for address in filter(None, addresses):
        try:
            password = urlsplit(address).password or ""
        except ValueError:
            continue
        found += [address, password, unquote(password)]
    return found


def _settings(settings: Settings, environment: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if name in _AS_THEY_ARE or name in _PATHS:
            told[name] = value
        elif name == "database_url":
            told[name] = without_password(value.get_secret_value())
        else:
            told[name] = SECRET if name == "key" else texts.IS_SET
    for name in _PROXIES:
        if environment.get(name):
            told[name] = without_password(environment[name])
    for name in (*HEEDED, "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "PYTHON_KEYRING_BACKEND", "BROWSER"):
        if environment.get(name):
            told[name] = environment[name]
    return dict(sorted(told.items()))


def _versions() -> dict[str, Any]:
    packages: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = None
    return {
        "python": sys.version.split(" ")[0],
        "implementation": platform.python_implementation(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION,
        "packages": packages,
    }


def _entry(row: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    settings = row["settings"] if isinstance(row["settings"], dict) else {}
    told = {name: value for name, value in row.items() if isinstance(value, datetime | bool | int)}
    return {
        "id": row["connection_id"],
        "name": names.name(str(row["display_name"])),
        "company": names.name(str(settings.get("tenant_name") or row["subtitle"])),
        "type": row["type_id"],
        "configured": row["source"] is not None,
        "condition": row["condition_status"],
        "cause": row["condition_cause"],
        "test": row["test_text"],
        "correlation_id": row["test_correlation_id"],
        "definition": {name: value for name, value in settings.items() if name in _OF_SETTINGS},
        **told,
    }


def _grant(row: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    hidden = {"user_id", "account"}
    told = {name: value for name, value in row.items() if name not in hidden}
    return {**told, "person": names.name(str(row["account"]))}


def _event(row: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    return {
        "at": row["at"],
        "kind": row["kind"],
        "connection": row["connection_id"],
        "name": names.name(str(row["label"])),
        "passed": row["passed"],
        "text": row["text"],
    }


def _written(value: Any, names: Pseudonyms) -> str:
    return json.dumps(_scrubbed(value, names), ensure_ascii=False, indent=2) + "\n"


def _scrubbed(value: Any, names: Pseudonyms) -> Any:
    match value:
        case str():
            return names.text(value)
        case datetime():
            return value.isoformat()
        case dict():
            return {str(name): _scrubbed(one, names) for name, one in value.items()}
        case list() | tuple():
            return [_scrubbed(one, names) for one in value]
        case None | bool() | int() | float():
            return value
        case _:
            return type(value).__name__


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
