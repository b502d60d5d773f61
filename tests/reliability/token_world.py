"""An installation for races: a simulated Xero whose clock the test holds, a store, and grants that were signed in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.control_messages import SimulatorState
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.keeper_process import Kept, keeping
from tests.postgresql_server import PostgresqlServer
from tests.reliability.file_clock import SharedTime
from tests.reliability.process_crowd import Crowd, Station
from tests.reliability.server_clock import ServerClock
from tests.simulator.signed_in_client import exchange
from xero_connections_plugin.oauth.grant import GrantId, Identity, TokenAnswer
from xero_connections_plugin.oauth.token_keeper import TokenKeeper

LIFETIME: Final = 2
"""Seconds (virtual) that an access token lives."""


@dataclass
class TokenWorld:
    """What a race happens in."""

    folder: Path
    xero: SimulatorServer
    shared_time: SharedTime
    database_url: str | None
    data_key: Path
    _kept: Kept
    grants: list[GrantId] = field(default_factory=list)

    def sign_in(self, count: int) -> list[GrantId]:
        """That many grants, each of another app, since a user and an app have one grant."""
        for number in range(len(self.grants), len(self.grants) + count):
            client_id = DEMO_CLIENT_ID if number == 0 else f"{number:032X}"
            if number:
                self.xero.control.register_app(client_id, ["http://localhost:8888/callback"])
            given = exchange(self.xero, client_id=client_id)
            answer = TokenAnswer(
                access_token=SecretStr(given["access_token"]),
                refresh_token=SecretStr(given["refresh_token"]),
                expires_in=float(given["expires_in"]),
                scopes=tuple(given["scope"].split()),
                id_token=None,
                asked_at=self.shared_time.clock().now(),
                server_date=None,
            )
            record = self._kept.keeper.adopt(answer, client_id=client_id, identity=Identity("ada"), requested_scopes=())
            self.grants.append(record.grant_id)
        return self.grants

    def crowd(self, processes: int, threads: int) -> Crowd:
        """Processes of one machine, ready to race."""
        station = Station(
            folder=self.folder,
            origin=self.xero.origin,
            clock_file=self.shared_time.path,
            data_key=self.data_key,
            threads=threads,
        )
        return Crowd([station] * processes, self.database_url)

    @contextmanager
    def restarted(self) -> Iterator[TokenKeeper]:
        """A keeper of a process that has just started, and remembers nothing."""
        with keeping(
            self.folder,
            self.xero.origin,
            database_url=self.database_url,
            clock=self.shared_time.clock(),
            data_key=self.data_key,
        ) as kept:
            yield kept.keeper

    def is_held(self, grant: GrantId) -> bool:
        """Whether somebody is renewing this grant."""
        return self._kept.store.is_held(grant)

    def wait_until_held(self, grant: GrantId) -> None:
        """Return when somebody has begun to renew this grant."""
        until = time.monotonic() + 60.0
        while not self.is_held(grant):
            assert time.monotonic() < until, "nobody began"
            threading.Event().wait(0.01)

    def state(self) -> SimulatorState:
        """What the simulator counted."""
        return self.xero.control.state()


@contextmanager
def token_world(
    folder: Path, database_url: str | None = None, postgresql: PostgresqlServer | None = None
) -> Iterator[TokenWorld]:
    """An installation in a folder, or on a shared database whose clock is moved along."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        xero = stack.enter_context(SimulatorServer())
        xero.control.freeze()
        xero.control.change(access_token_seconds=LIFETIME, minute_limit=1_000_000, app_minute_limit=1_000_000)
        start = datetime.fromtimestamp(xero.control.state().now, UTC)
        movers = [xero.control.advance]
        if database_url is not None and postgresql is not None:
            movers.append(ServerClock(postgresql, database_url, start).advance)
        shared_time = SharedTime(folder / "the-time", start, *movers)
        data_key = folder / "connections.key"
        data = folder / "data"
        kept = stack.enter_context(
            keeping(data, xero.origin, database_url=database_url, clock=shared_time.clock(), data_key=data_key)
        )
        yield TokenWorld(data, xero, shared_time, database_url, data_key, kept)


def refused_tokens(state: SimulatorState) -> int:
    """How often a refresh token was presented that the server no longer takes."""
    return sum(token.refused for token in state.tokens.values())
