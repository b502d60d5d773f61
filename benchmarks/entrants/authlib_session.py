"""Authlib's OAuth2Session: renews by itself when the token is old, and hands the new one to ``update_token``.

https://docs.authlib.org/en/latest/client/oauth2.html says to load the token from where it is kept, to pass it to a new
session, and to save what ``update_token`` is given.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.entrant import PROCESSES, THREADS, Place
from benchmarks.token_file import expired_tokens, read_tokens, save_tokens
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer


class AuthlibCaller:
    def __init__(self, place: Place) -> None:
        self._place = place

    def use(self) -> int:
        with self._session() as session:
            return int(session.get(self._place.addresses.connections_url).status_code)

    def renew(self) -> int:
        with self._session() as session:
            session.refresh_token(self._place.addresses.token_url, refresh_token=session.token["refresh_token"])
            return int(session.get(self._place.addresses.connections_url).status_code)

    def _session(self) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        def update_token(token: dict[str, Any], **_: object) -> None:
            save_tokens(self._place.token_file, dict(token))

        session = OAuth2Session(
            DEMO_CLIENT_ID,
            token_endpoint_auth_method="none",
            token_endpoint=self._place.addresses.token_url,
            token=read_tokens(self._place.token_file),
            update_token=update_token,
        )
        session.trust_env = False
        return session


class AuthlibSession:
    name = "Authlib"
    processes = PROCESSES
    threads = THREADS
    needs_database = False

    def why_not(self) -> str | None:
        return None

    def sign_in(self, place: Place, xero: SimulatorServer) -> None:
        save_tokens(place.token_file, expired_tokens(xero))

    @contextmanager
    def open(self, place: Place) -> Iterator[AuthlibCaller]:
        importlib.import_module("authlib.integrations.requests_client")
        yield AuthlibCaller(place)
