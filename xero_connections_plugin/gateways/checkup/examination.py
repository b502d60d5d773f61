"""What is in order on this machine, and what is not? Every look together; none changes anything, and none hangs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways.checkup import checkup_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, fine
from xero_connections_plugin.gateways.checkup.file_look import look_at_file_store
from xero_connections_plugin.gateways.checkup.key_look import look_at_keys
from xero_connections_plugin.gateways.checkup.limited import LOOK_SECONDS, side_by_side
from xero_connections_plugin.gateways.checkup.port_look import look_at_ports, look_at_redirects
from xero_connections_plugin.gateways.checkup.proxy_look import look_at_proxies
from xero_connections_plugin.gateways.checkup.reach_look import looks_at_servers, server_urls
from xero_connections_plugin.gateways.checkup.server_look import look_at_server_store
from xero_connections_plugin.gateways.checkup.settings_look import SettingsLook, look_at_settings
from xero_connections_plugin.gateways.checkup.store_look import StoreLook
from xero_connections_plugin.gateways.keys.key_sources import key_source
from xero_connections_plugin.gateways.store.network_folders import network_kind
from xero_connections_plugin.xero.endpoints import endpoints_from

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.services import Clock
    from xero_connections_plugin.gateways.keys.key_sources import KeySource
    from xero_connections_plugin.settings import Settings

KEYCHAIN_SECONDS: Final = 6.0
"""Longest wait for a keychain; nobody is expected to unlock it now."""

SERVER_SECONDS: Final = 8.0


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What an installation is told by.

    Args:
        host: What the host sets, by field name.
        environment: The variables of the process.
        data_dir: The directory that the host gives.
        clock: Time.
        keys: Says where the data key lies, given the settings and the data directory.
        network_kind: Which network file system a folder lies on, or nothing.
    """

    host: Mapping[str, str]
    environment: Mapping[str, str]
    data_dir: Path | None
    clock: Clock
    keys: Callable[[Settings, Path], KeySource] = key_source
    network_kind: Callable[[Path], str] = network_kind


def examine(around: Surroundings, *, with_network: bool = True) -> tuple[Finding, ...]:
    """Everything. Takes a few seconds, and half a minute where nothing answers.

    Args:
        around: What to look at.
        with_network: Ask Xero's servers too.
    """
    set_up = look_at_settings(around.host, around.environment, around.data_dir)
    store: list[StoreLook] = []

    def look_at_the_store() -> tuple[Finding, ...]:
        store.append(look_at_store(around, set_up))
        return store[0].findings

    endpoints = endpoints_from(set_up.settings)
    local = side_by_side({"store": look_at_the_store})
    facts = store[0].facts if store else None
    entries = facts.entries if facts is not None else ()
    urls = server_urls(endpoints)
    key_file = set_up.settings.key_file
    rest = side_by_side(
        {
            "key": lambda: look_at_keys(
                around.keys(set_up.settings, set_up.data_dir or Path()),
                facts,
                key_file=(set_up.data_dir or Path()) / Path(key_file).expanduser() if key_file is not None else None,
                seconds=KEYCHAIN_SECONDS,
            ),
            "ports": lambda: look_at_ports(entries),
            "redirects": lambda: look_at_redirects(entries),
            "network.proxy": lambda: look_at_proxies(urls, around.environment),
            **(looks_at_servers(endpoints, around.clock, around.environment) if with_network else {}),
        },
        LOOK_SECONDS,
    )
    return (*set_up.findings, *local, *rest)


def look_at_store(around: Surroundings, set_up: SettingsLook, *, thorough: bool = False) -> StoreLook:
    """The store that the settings name.

    Args:
        around: What to look at.
        set_up: The settings.
        thorough: Read everything that the file of a local store holds.
    """
    url = set_up.settings.database_url
    if url is not None:
        return look_at_server_store(url, around.clock, seconds=SERVER_SECONDS)
    if set_up.data_dir is None:
        return StoreLook((fine("store", texts.STORE_UNKNOWN),))
    seconds = 600.0 if thorough else LOOK_SECONDS / 2
    return look_at_file_store(set_up.data_dir, around.network_kind, seconds=seconds, thorough=thorough)
