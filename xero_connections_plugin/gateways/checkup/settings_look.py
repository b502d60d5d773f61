"""Is everything that is set known, and does it fit together? Goes on with what can be used of it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from xero_connections_plugin.gateways.checkup import checkup_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, fine, of_error, problem, warning
from xero_connections_plugin.settings import (
    ENDPOINTS,
    ENVIRONMENT_PREFIX,
    Settings,
    SettingsRejected,
    data_dir_of,
    given_settings,
    read_settings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECK: Final = "settings"


@dataclass(frozen=True)
class SettingsLook:
    """What is set, as far as it can be used."""

    settings: Settings
    data_dir: Path | None
    findings: tuple[Finding, ...]


def look_at_settings(
    host: Mapping[str, str], environment: Mapping[str, str], host_data_dir: Path | None
) -> SettingsLook:
    """Read them as a host does, and again without what cannot be used.

    Args:
        host: See ``read_settings``.
        environment: See ``read_settings``.
        host_data_dir: The directory that the host gives.
    """
    found = _unknown(environment)
    given = given_settings(host, environment)
    settings = _usable(given)
    try:
        read_settings(host, environment)
    except SettingsRejected as refusal:
        if not found:
            found.append(of_error(CHECK, refusal, texts.SETTINGS_REMEDY))
    else:
        found.append(fine(CHECK, texts.settings_fine(sorted(given))))
    try:
        data_dir: Path | None = data_dir_of(host_data_dir, settings)
    except SettingsRejected as refusal:
        data_dir = None
        found.append(of_error("settings.data_dir", refusal, texts.DATA_DIR_REMEDY))
    found.extend(_files(settings, data_dir))
    return SettingsLook(settings, data_dir, tuple(found))


def _unknown(environment: Mapping[str, str]) -> list[Finding]:
    known = [f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in Settings.model_fields]
    found = []
    for name in sorted(environment):
        if name.upper().startswith(ENVIRONMENT_PREFIX) and environment[name] and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            found.append(problem(CHECK, texts.variable_unknown(name), texts.variable_remedy(name, near)))
    return found


def _usable(given: Mapping[str, str]) -> Settings:
    kept = {name: value for name, value in given.items() if name in Settings.model_fields}
    if not kept.keys() >= set(ENDPOINTS):
        kept = {name: value for name, value in kept.items() if name not in ENDPOINTS}
    for one, other in (("entries", "entries_file"), ("key", "key_file")):
        if other in kept:
            kept.pop(one, None)
    try:
        return Settings.model_validate(kept)
    except ValidationError as refusal:
        wrong = {error["loc"][0] for error in refusal.errors(include_input=False, include_context=False)}
        without = wrong | set(ENDPOINTS) if wrong & set(ENDPOINTS) else wrong
        return Settings.model_validate({name: value for name, value in kept.items() if name not in without})


def _files(settings: Settings, data_dir: Path | None) -> list[Finding]:
    found = []
    if settings.entries_file is not None and not Path(settings.entries_file).expanduser().is_file():
        found.append(problem("settings.entries_file", texts.ENTRIES_FILE_MISSING, texts.ENTRIES_FILE_REMEDY))
    if (
        settings.key_file is not None
        and data_dir is not None
        and not Path(settings.key_file).expanduser().is_absolute()
    ):
        found.append(
            warning("settings.key_file", texts.key_file_relative(data_dir / settings.key_file), texts.KEY_FILE_ABSOLUTE)
        )
    return found
