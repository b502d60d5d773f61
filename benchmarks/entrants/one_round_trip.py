"""The floor: one caller that renews and calls, with nothing kept and nobody beside it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.entrant import Place
from benchmarks.token_file import expired_tokens, read_tokens, save_tokens
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer


class BareCaller:
    def __init__(self, place: Place) -> None:
        self._place = place

    def use(self) -> int:
        return self.renew()

    def renew(self) -> int:
        import requests

        kept = read_tokens(self._place.token_file)
        form = {"grant_type": "refresh_token", "client_id": DEMO_CLIENT_ID, "refresh_token": kept["refresh_token"]}
        with requests.Session() as http:
            http.trust_env = False
            answer = http.post(self._place.addresses.token_url, data=form, timeout=30)
            answer.raise_for_status()
            save_tokens(self._place.token_file, answer.json())
            bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            return http.get(self._place.addresses.connections_url, headers=bearer, timeout=30).status_code


class OneRoundTrip:
    name = "one caller, bare requests"
    processes = 1
    threads = 1
    needs_database = False

    def why_not(self) -> str | None:
        return None

    def sign_in(self, place: Place, xero: SimulatorServer) -> None:
        save_tokens(place.token_file, expired_tokens(xero))

    @contextmanager
    def open(self, place: Place) -> Iterator[BareCaller]:
        importlib.import_module("requests")
        yield BareCaller(place)
