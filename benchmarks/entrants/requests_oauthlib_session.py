"""requests-oauthlib's OAuth2Session: renews by itself with ``auto_refresh_url``, and hands the token to a saver.

https://requests-oauthlib.readthedocs.io/en/latest/oauth2_workflow.html, "Refreshing tokens", third way.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.entrant import PROCESSES, THREADS, Place
from benchmarks.token_file import expired_tokens, read_tokens, save_tokens
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer


class RequestsOauthlibCaller:
    def __init__(self, place: Place) -> None:
        self._place = place

    def use(self) -> int:
        with self._session() as session:
            return int(session.get(self._place.addresses.connections_url).status_code)

    def renew(self) -> int:
        with self._session() as session:
            self._save(session.refresh_token(self._place.addresses.token_url))
            return int(session.get(self._place.addresses.connections_url).status_code)

    def _session(self) -> Any:
        from requests_oauthlib import OAuth2Session

        token = read_tokens(self._place.token_file)
        # oauthlib trusts "expires_in" of a stored token more than "expires_at", so the documentation keeps it current.
        token["expires_in"] = token["expires_at"] - time.time()
        session = OAuth2Session(
            DEMO_CLIENT_ID,
            token=token,
            auto_refresh_url=self._place.addresses.token_url,
            auto_refresh_kwargs={"client_id": DEMO_CLIENT_ID},
            token_updater=self._save,
        )
        session.trust_env = False
        return session

    def _save(self, token: dict[str, Any]) -> None:
        save_tokens(self._place.token_file, dict(token))


class RequestsOauthlibSession:
    name = "requests-oauthlib"
    processes = PROCESSES
    threads = THREADS
    needs_database = False

    def why_not(self) -> str | None:
        return None

    def sign_in(self, place: Place, xero: SimulatorServer) -> None:
        save_tokens(place.token_file, expired_tokens(xero))

    @contextmanager
    def open(self, place: Place) -> Iterator[RequestsOauthlibCaller]:
        # Both are for servers on loopback: plain HTTP, and scopes that come back in another order.
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
        os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"
        importlib.import_module("requests_oauthlib")
        yield RequestsOauthlibCaller(place)
