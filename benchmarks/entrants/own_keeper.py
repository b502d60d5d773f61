"""This project's TokenKeeper: on its SQLite file, or on a PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from benchmarks.entrant import PROCESSES, THREADS, Place
from benchmarks.kept_token import keep_token, token_answer
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.outside_programs import why_missing
from tests.plugin.keeper_process import Kept, keeping
from tests.simulator.signed_in_client import exchange
from xero_connections_plugin.oauth.grant import AccessToken, GrantId, Identity, TokenAnswer
from xero_connections_plugin.oauth.token_ports import TokenEndpoint


class KeeperCaller:
    def __init__(self, place: Place, kept: Kept) -> None:
        import requests

        self._place = place
        self._kept = kept
        self._get = requests.get

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
        asked_at = datetime.now(UTC) - timedelta(hours=1)
        answer = token_answer(given["access_token"], given["refresh_token"], asked_at)
        with _kept(place) as kept:
            record = kept.keeper.adopt(answer, client_id=DEMO_CLIENT_ID, identity=Identity("ada"), requested_scopes=())
        (place.folder / "grant").write_text(record.grant_id)

    @contextmanager
    def open(self, place: Place) -> Iterator[KeeperCaller]:
        warm: list[_WarmEndpoint] = []

        def endpoint(inner: TokenEndpoint) -> TokenEndpoint:
            warm.append(_WarmEndpoint(inner))
            return warm[-1]

        with _kept(place, endpoint) as kept:
            # A host at work has renewed other sign-ins before: its store is open, its statements are put together.
            kept.keeper.access_token(keep_token(kept, user=secrets.token_hex(8)), refused=1)
            warm[-1].asks = True
            yield KeeperCaller(place, kept)


class _WarmEndpoint:
    """Renews sign-ins that no server knows, until it is told to ask the server."""

    def __init__(self, inner: TokenEndpoint) -> None:
        self.asks = False
        self._inner = inner
        self.exchange = inner.exchange
        self.revoke = inner.revoke

    def refresh(self, *, client_id: str, refresh_token: SecretStr) -> TokenAnswer:
        return self._inner.refresh(client_id=client_id, refresh_token=refresh_token) if self.asks else token_answer()


@contextmanager
def _kept(place: Place, endpoint: Callable[[TokenEndpoint], TokenEndpoint] = lambda inner: inner) -> Iterator[Kept]:
    url = place.database_url.get_secret_value() if place.database_url is not None else None
    with keeping(place.folder / "data", place.origin, database_url=url, endpoint=endpoint) as kept:
        yield kept
