"""This project's TokenKeeper: on its SQLite file, or on a PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from benchmarks.entrant import PROCESSES, THREADS, Place
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.outside_programs import why_missing
from tests.plugin.keeper_process import Kept, keeping
from tests.simulator.signed_in_client import exchange
from xero_connections_plugin.oauth.grant import AccessToken, GrantId, Identity, TokenAnswer


class KeeperCaller:
    def __init__(self, place: Place, kept: Kept) -> None:
        import requests

        self._place = place
        self._kept = kept
        self._get = requests.get
        # Opens the store, as a host does when it starts.
        self._kept.store.with_intents()

    def use(self) -> int:
        return self._call(self._kept.keeper.access_token(self._grant()))

    def renew(self) -> int:
        known = self._kept.keeper.record(self._grant())
        return self._call(self._kept.keeper.access_token(self._grant(), refused=known.generation if known else None))

    def _grant(self) -> GrantId:
        return GrantId((self._place.folder / "grant").read_text())

    def _call(self, token: AccessToken) -> int:
        bearer = {"Authorization": f"Bearer {token.value.get_secret_value()}"}
        return self._get(self._place.addresses.connections_url, headers=bearer, timeout=30).status_code


class OwnKeeper:
    processes = PROCESSES
    threads = THREADS

    def __init__(self, name: str, *, needs_database: bool) -> None:
        self.name = name
        self.needs_database = needs_database

    def why_not(self) -> str | None:
        return why_missing("postgresql") if self.needs_database else None

    def sign_in(self, place: Place, xero: SimulatorServer) -> None:
        given = exchange(xero)
        with _kept(place) as kept:
            answer = TokenAnswer(
                access_token=SecretStr(given["access_token"]),
                refresh_token=SecretStr(given["refresh_token"]),
                expires_in=1800.0,
                scopes=tuple(given["scope"].split()),
                id_token=None,
                asked_at=datetime.now(UTC) - timedelta(hours=1),
                server_date=None,
            )
            record = kept.keeper.adopt(answer, client_id=DEMO_CLIENT_ID, identity=Identity("ada"), requested_scopes=())
        (place.folder / "grant").write_text(record.grant_id)

    @contextmanager
    def open(self, place: Place) -> Iterator[KeeperCaller]:
        with _kept(place) as kept:
            yield KeeperCaller(place, kept)


@contextmanager
def _kept(place: Place) -> Iterator[Kept]:
    url = place.database_url.get_secret_value() if place.database_url is not None else None
    with keeping(place.folder / "data", place.origin, database_url=url) as kept:
        yield kept
