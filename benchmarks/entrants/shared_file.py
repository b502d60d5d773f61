"""The floor for all 32 callers: a token file, and a lock of the system that wakes those who wait at once.

Nothing is sealed, noted beforehand or kept for a process that ends in the middle, so this is no way to keep a sign-in:
it says what 32 calls and one refresh take on this machine when nobody waits for longer than needed.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.entrant import PROCESSES, THREADS, Place
from benchmarks.token_file import expired_tokens, read_tokens, save_tokens
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer


class LockedCaller:
    def __init__(self, place: Place) -> None:
        import requests

        self._place = place
        self._requests = requests

    def use(self) -> int:
        return self._call(renew=False)

    def renew(self) -> int:
        return self._call(renew=True)

    def _call(self, *, renew: bool) -> int:
        with _alone(self._place):
            tokens = read_tokens(self._place.token_file)
            if renew or tokens["expires_at"] <= time.time():
                tokens = self._renewed(tokens["refresh_token"])
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        return self._requests.get(self._place.addresses.connections_url, headers=bearer, timeout=30).status_code

    def _renewed(self, refresh_token: str) -> dict[str, Any]:
        form = {"grant_type": "refresh_token", "client_id": DEMO_CLIENT_ID, "refresh_token": refresh_token}
        answer = self._requests.post(self._place.addresses.token_url, data=form, timeout=30)
        answer.raise_for_status()
        tokens = {**answer.json(), "expires_at": time.time() + answer.json()["expires_in"]}
        save_tokens(self._place.token_file, tokens)
        return tokens


class SharedFile:
    processes = PROCESSES
    threads = THREADS
    needs_database = False

    def __init__(self, name: str, *, expired: bool) -> None:
        self.name = name
        self._expired = expired

    def why_not(self) -> str | None:
        return "there is no flock" if sys.platform == "win32" else None

    def sign_in(self, place: Place, xero: SimulatorServer) -> None:
        tokens = expired_tokens(xero)
        save_tokens(place.token_file, tokens if self._expired else {**tokens, "expires_at": time.time() + 1800})

    @contextmanager
    def open(self, place: Place) -> Iterator[LockedCaller]:
        importlib.import_module("requests")
        yield LockedCaller(place)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    import fcntl

    with (place.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
