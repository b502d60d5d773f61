"""A world in which processes are killed, and what must hold in it afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from hostspec.testing import FakeClock
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.canaries import marked_bytes
from tests.free_ports import free_port
from tests.plugin.keeper_process import Kept
from tests.postgresql_server import PostgresqlServer
from tests.reliability.crash_jobs import (
    ENTRY,
    Place,
    create,
    delete,
    deleted,
    entries,
    host_at,
    keeper_at,
    take_back,
    wipe,
)
from tests.reliability.crash_points import Point
from tests.reliability.invariants import USABLE, check_grants, check_refreshes
from tests.reliability.world_check import check_entries
from tests.simulator.signed_in_client import exchange
from xero_connections_plugin.oauth.grant import GrantId, Identity, TokenAnswer

TAKEOVER_SECONDS: Final = 5.0
"""In which the next process on the same machine goes on, a renewal included."""

ANSWER_KEPT: Final = frozenset({"after KeepCandidate", "before Commit", "after Commit", "before hand-out"})
"""Whoever has come by one of these names has kept the server's answer: nobody need ask again."""


@dataclass
class CrashWorld:
    """A simulated Xero, and places where installations lie."""

    folder: Path
    xero: SimulatorServer
    postgresql: PostgresqlServer | None

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._shared: dict[str, Place] = {}
        self._port = free_port()
        self.xero.control.add_redirect_uri(DEMO_CLIENT_ID, f"http://localhost:{self._port}/callback")
        self.xero.control.change(minute_limit=1_000_000, app_minute_limit=1_000_000, day_limit=1_000_000)

    def new_place(self, database: str) -> Place:
        """A machine of its own, with an empty store in a file or on the server."""
        folder = self.folder / f"machine-{next(self._numbers)}"
        folder.mkdir(mode=0o700)
        key = folder / "data.key"
        url = self._new_database() if database == "postgresql" else None
        return Place(folder, self.xero.origin, url, self._port, key)

    def shared_place(self, database: str) -> Place:
        """A machine that many runs use one after the other, each with a sign-in of its own."""
        if database not in self._shared:
            self._shared[database] = self.new_place(database)
        return self._shared[database]

    def another_machine(self, place: Place) -> Place:
        """A machine with the same store and a copy of the key."""
        other = self.folder / f"machine-{next(self._numbers)}"
        other.mkdir(mode=0o700)
        key = other / "data.key"
        key.touch(0o600)
        key.write_bytes(place.key_file.read_bytes())
        return replace(place, folder=other, data_key=key)

    def signed_in(self, place: Place) -> GrantId:
        """A grant as a sign-in leaves it."""
        with keeper_at(place) as kept:
            return self.sign_in(kept)

    def sign_in(self, kept: Kept) -> GrantId:
        """Likewise, by a keeper at work."""
        given = exchange(self.xero)
        answer = TokenAnswer(
            access_token=SecretStr(given["access_token"]),
            refresh_token=SecretStr(given["refresh_token"]),
            expires_in=float(given["expires_in"]),
            scopes=tuple(given["scope"].split()),
            id_token=None,
            asked_at=datetime.now(UTC),
            server_date=None,
        )
        who = Identity(marked_bytes(16).hex())
        return kept.keeper.adopt(answer, client_id=DEMO_CLIENT_ID, identity=who, requested_scopes=()).grant_id

    def use(self, token: str) -> int:
        """The HTTP status of an API call with a token."""
        address = urlsplit(self.xero.addresses.connections_url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
        try:
            connection.request("GET", address.path, headers={"Authorization": f"Bearer {token}"})
            return connection.getresponse().status
        finally:
            connection.close()

    def goes_on(self, place: Place, grant: GrantId, point: Point | None = None) -> None:
        """The next process on the machine has a newer token at once, and can renew it.

        It asks the server once at most; not at all when the process that ended had come to a point after its answer was
        kept.
        """
        before = self.xero.control.state()
        clock = FakeClock(datetime.now(UTC), auto_advance=True)
        with keeper_at(place, clock=clock) as kept:
            began, virtually = time.monotonic(), clock.monotonic()
            kept.keeper.recover()
            token = kept.keeper.access_token(grant, refused=1)
            assert time.monotonic() - began <= TAKEOVER_SECONDS
            assert clock.monotonic() - virtually <= TAKEOVER_SECONDS
            assert token.generation == 2
            assert check_grants(kept.keeper, [grant], self.use) == {grant: USABLE}
            asked = 0 if point is not None and ANSWER_KEPT.intersection(point.way) else 1
            check_refreshes(before, self.xero.control.state(), needed=0, faults=asked)
            assert kept.store.with_intents() == {}
            assert self.use(kept.keeper.access_token(grant, refused=2).value.get_secret_value()) == 200

    def is_made(self, place: Place, count: int = 1) -> None:
        """A host that starts anew finds so many entries, all of which work, and can add one."""
        with host_at(place) as host:
            host.tasks.join()
            assert list(check_entries(host).values()) == [USABLE] * count
            if count == 0:
                create(host, place)
                assert list(check_entries(host).values()) == [USABLE]

    def is_gone(self, place: Place) -> None:
        """A host that starts anew finishes a removal that began: nothing is left of the entry and its sign-in."""
        for _ in range(2):
            with host_at(place) as host:
                host.tasks.join()
                assert entries(host) == []
        with keeper_at(place) as kept:
            assert kept.entries.unfinished_removals() == ()
            assert kept.store.signed_in_before(datetime.max.replace(tzinfo=UTC)) == ()

    def is_deleted(self, place: Place) -> None:
        """A host that starts anew shows the entry to nobody, and can take it back: then it works as before."""
        with host_at(place) as host:
            host.tasks.join()
            assert entries(host) == []
            assert deleted(host) == [ENTRY]
            take_back(host)
            assert list(check_entries(host).values()) == [USABLE]
            delete(host)
            assert entries(host) == []
        with host_at(place) as host:
            wipe(host)
        self.is_gone(place)

    def _new_database(self) -> str:
        assert self.postgresql is not None, "this run has no server"
        return self.postgresql.new_database()
