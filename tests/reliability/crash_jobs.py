"""What processes do when they are killed: refresh, create, delete, open the store, change keys. Each with a checkpoint.

Runs in the test's own process, or in one forked by ``crash_forks``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, assert_never
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from hostspec.connections import ChoiceQuery
from hostspec.testing import FakeBrowser, FakeClock, FakeHost, TabDriver
from hostspec.value import ConnectionId
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID, SimulatorAddresses
from sample_host.xero_simulator.consent_driver import answer_consent
from tests.canaries import marked_bytes
from tests.plugin.keeper_process import Checkpoint, Kept, keeping
from tests.reliability.crash_points import (
    DELETING,
    SAVING,
    Doing,
    Keychain,
    LockableBox,
    Point,
    TellingEndpoint,
    Trap,
    kill_here,
)
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.key_rotation import KeyRotation
from xero_connections_plugin.gateways.keys.key_sources import KeyFile
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS
from xero_connections_plugin.plugin import XeroConnectionsPlugin

ENTRY: Final = "Head office"

_ADDRESSES: Final = (
    "authorize_url",
    "token_url",
    "revocation_url",
    "connections_url",
    "api_url",
    "issuer",
    "jwks_url",
)


class NotSignedIn(Exception):
    """The window offers no company after Authorize."""


@dataclass(frozen=True)
class Place:
    """An installation on one machine: its data directory, its store, the simulated Xero, and a free callback port."""

    folder: Path
    origin: str
    database_url: str | None = None
    callback_port: int = 0
    data_key: Path | None = None
    lease_seconds: float = LEASE_SECONDS

    @property
    def key_file(self) -> Path:
        return self.data_key or self.folder / "data.key"


class LockableKeys(KeyFile):
    """A key file that is out of reach while the keychain is locked."""

    def __init__(self, path: Path, keychain: Keychain) -> None:
        super().__init__(path)
        self._keychain = keychain

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
        self._keychain.check()
        return super().read(installation_id, seconds=seconds)


@contextmanager
def keeper_at(
    place: Place,
    checkpoint: Checkpoint = lambda _: None,
    keychain: Keychain | None = None,
    clock: FakeClock | None = None,
) -> Iterator[Kept]:
    """A keeper, whose pauses cost no time but that of its clock."""
    with keeping(
        place.folder,
        place.origin,
        database_url=place.database_url,
        clock=clock or FakeClock(datetime.now(UTC), auto_advance=True),
        checkpoint=checkpoint,
        lease_seconds=place.lease_seconds,
        endpoint=lambda inner: TellingEndpoint(inner, checkpoint),
        box=lambda inner: LockableBox(inner, keychain or Keychain()),
        data_key=place.key_file,
    ) as kept:
        yield kept


@contextmanager
def host_at(
    place: Place, checkpoint: Checkpoint = lambda _: None, keychain: Keychain | None = None
) -> Iterator[FakeHost]:
    """A host with the plugin, and a person at its browser who allows everything."""
    addresses = SimulatorAddresses.at(place.origin)
    settings: dict[str, str] = {name: getattr(addresses, name) for name in _ADDRESSES}
    if place.database_url is not None:
        settings["database_url"] = place.database_url
    keys = LockableKeys(place.key_file, keychain or Keychain())
    plugin = XeroConnectionsPlugin(lambda _settings, _folder: keys, marked_bytes, checkpoint)
    with FakeHost(
        place.folder,
        plugins={"xero-connections": plugin},
        settings=settings,
        browser=FakeBrowser(on_open=_allow),
        clock=FakeClock(datetime.now(UTC), auto_advance=True),
    ) as host:
        yield host


def _allow(address: str) -> None:
    back = answer_consent(address, user="ada", organisation="bakehouse", allow=True)
    try:
        build_opener(ProxyHandler({})).open(back, timeout=10).close()
    except HTTPError as refusal:
        refusal.close()


def create(host: FakeHost, place: Place, checkpoint: Checkpoint = lambda _: None) -> TabDriver:
    """Add a connection from beginning to end; the window afterwards."""
    tab = host.tab("Connections")
    tab.press("Add")
    tab.fill("Display name", ENTRY)
    tab.fill("Xero Client ID", DEMO_CLIENT_ID)
    tab.fill("Port", str(place.callback_port))
    tab.press("Authorize")
    tab.continue_until()
    tab.press("OK")
    offered = [label for label in tab.options("Tenant") if label.startswith("Bakehouse")]
    if not offered:
        raise NotSignedIn
    tab.choose("Tenant", offered[0])
    checkpoint(SAVING)
    tab.press("Save")
    return tab


def delete(host: FakeHost, checkpoint: Checkpoint = lambda _: None) -> TabDriver:
    """Delete the connection, choosing nothing at Xero; the window afterwards."""
    tab = host.tab("Connections")
    tab.row(ENTRY)
    tab.press("Delete")
    checkpoint(DELETING)
    tab.press("Delete")
    return tab


def wipe(host: FakeHost) -> TabDriver:
    """Wipe the connection, which was deleted; the window afterwards."""
    tab = host.tab("Connections")
    tab.press("Deleted connections")
    tab.tick_row(ENTRY)
    tab.press("Wipe ticked now")
    tab.press("Wipe now")
    return tab


def take_back(host: FakeHost) -> TabDriver:
    """Take the connection back, which was deleted; the window afterwards."""
    tab = host.tab("Connections")
    tab.press("Deleted connections")
    tab.press_in_row(ENTRY, "Recover")
    return tab


def deleted(host: FakeHost) -> list[str]:
    """What can be taken back."""
    tab = host.tab("Connections")
    tab.press("Deleted connections")
    return tab.table_rows()


def entries(host: FakeHost) -> list[ConnectionId]:
    """What stands in the list."""
    return [choice.connection_id for choice in host.hooks.connection_choices(ChoiceQuery(limit=100)).items]


def rotation_at(place: Place, kept: Kept, checkpoint: Checkpoint = lambda _: None) -> KeyRotation:
    """What changes the data key of an installation, one row at a time."""
    register = KeyRegister(kept.database, kept.presence)
    source = KeyFile(place.key_file)
    return KeyRotation(
        kept.vault, source, register, kept.database, random_bytes=secrets.token_bytes, checkpoint=checkpoint, batch=1
    )


def work_until(point: Point, place: Place, grant: str = "", strike: Callable[[], None] = kill_here) -> None:
    """Do what leads to a point.

    Args:
        point: Where to strike.
        place: Where to work.
        grant: What to refresh.
        strike: What happens at the point.
    """
    trap = Trap(point, strike)
    match point.doing:
        case Doing.REFRESH:
            with keeper_at(place, trap) as kept:
                kept.keeper.access_token(GrantId(grant), refused=1)
        case Doing.CREATE:
            with host_at(place, trap) as host:
                create(host, place, trap)
        case Doing.DELETE:
            with host_at(place, trap) as host:
                host.tasks.join()
                delete(host, trap)
        case Doing.WIPE:
            with host_at(place, trap) as host:
                host.tasks.join()
                wipe(host)
        case Doing.TAKE_BACK:
            with host_at(place, trap) as host:
                host.tasks.join()
                take_back(host)
        case Doing.OPEN:
            with keeper_at(place, trap) as kept:
                kept.vault.check_usable()
                kept.database.check_writable()
        case Doing.ROTATE_KEY:
            with keeper_at(place, trap) as kept:
                rotation = rotation_at(place, kept, trap)
                rotation.begin()
                rotation.switch()
                rotation.go_on()
        case _:
            assert_never(point.doing)
