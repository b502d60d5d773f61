"""Xero's own SDK (xero-python): one ApiClient per process, with a getter and a saver of the token set.

As the README of https://github.com/XeroAPI/xero-python has it. The SDK renews with a client secret only, so it signs in
as the simulator's Web app.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.entrant import PROCESSES, THREADS, Place
from benchmarks.token_file import expired_tokens, read_tokens, save_tokens
from sample_host.xero_simulator.addresses import WEB_CLIENT_ID, WEB_CLIENT_SECRET
from sample_host.xero_simulator.server import SimulatorServer


class XeroSdkCaller:
    def __init__(self, place: Place) -> None:
        from xero_python.api_client import ApiClient
        from xero_python.api_client.configuration import Configuration
        from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
        from xero_python.identity import IdentityApi

        class SimulatedTokenApi(TokenApi):  # type: ignore[misc]  # the SDK has no types
            refresh_token_url = place.addresses.token_url

        class SimulatedToken(OAuth2Token):  # type: ignore[misc]  # the SDK has no types
            def call_refresh_token_api(self, token_api: Any) -> Any:
                return super().call_refresh_token_api(
                    SimulatedTokenApi(token_api.api_client, self.client_id, self.client_secret)
                )

        configuration = Configuration()
        configuration.oauth2_token = SimulatedToken(client_id=WEB_CLIENT_ID, client_secret=WEB_CLIENT_SECRET)
        self._client = ApiClient(
            configuration,
            pool_threads=1,
            oauth2_token_getter=lambda: read_tokens(place.token_file),
            oauth2_token_saver=lambda tokens: save_tokens(place.token_file, tokens),
        )
        self._identity = IdentityApi(self._client)
        self._identity.base_url = place.origin

    def use(self) -> int:
        _, status, _ = self._identity.get_connections(_return_http_data_only=False)
        return int(status)

    def renew(self) -> int:
        self._client.refresh_oauth2_token()
        return self.use()


class XeroSdk:
    name = "xero-python (secret)"
    processes = PROCESSES
    threads = THREADS
    needs_database = False

    def why_not(self) -> str | None:
        return None

    def sign_in(self, place: Place, xero: SimulatorServer) -> None:
        tokens = expired_tokens(xero, client_id=WEB_CLIENT_ID, client_secret=WEB_CLIENT_SECRET)
        save_tokens(place.token_file, {**tokens, "scope": tokens["scope"].split()})

    @contextmanager
    def open(self, place: Place) -> Iterator[XeroSdkCaller]:
        yield XeroSdkCaller(place)
