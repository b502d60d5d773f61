"""MSAL with its file cache (msal-extensions): one PublicClientApplication per process on a PersistedTokenCache.

As https://github.com/AzureAD/microsoft-authentication-extensions-for-python says for several processes. MSAL wants an
authority over TLS that describes itself, so the HTTP client that it is given (a documented argument) answers the
description and carries the rest to the simulator.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.entrant import PROCESSES, THREADS, Place
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import REDIRECT_URI, callback_parameters

AUTHORITY = "https://login.simulated-xero.example/xero"
SCOPES = ["accounting.settings.read", "accounting.contacts", "accounting.invoices", "accounting.attachments"]


@dataclass(frozen=True)
class Described:
    """An answer as MSAL takes it from an HTTP client."""

    text: str
    status_code: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def raise_for_status(self) -> None:
        """It was answered."""


class WayToSimulator:
    """An HTTP client for MSAL."""

    def __init__(self, origin: str) -> None:
        import requests

        self._origin = origin
        self._http = requests.Session()
        self._http.trust_env = False

    def get(self, _url: str, **_: object) -> Described:
        """What the authority says about itself; nothing else is fetched."""
        addresses = {
            "issuer": AUTHORITY,
            "authorization_endpoint": f"{AUTHORITY}/identity/connect/authorize",
            "token_endpoint": f"{AUTHORITY}/connect/token",
        }
        return Described(json.dumps(addresses))

    def post(self, url: str, data: Any = None, headers: Any = None, **_: object) -> Any:
        """A token request."""
        fields = {name: value for name, value in (data or {}).items() if name != "client_info"}
        return self._http.post(url.replace(AUTHORITY, self._origin), data=fields, headers=headers, timeout=30)

    def close(self) -> None:
        """Let go of every connection."""
        self._http.close()


def msal_app(origin: str, cache: Any = None) -> Any:
    """The application of one process, on a cache of its own unless one is given."""
    import msal

    return msal.PublicClientApplication(
        DEMO_CLIENT_ID,
        oidc_authority=AUTHORITY,
        instance_discovery=False,
        http_client=WayToSimulator(origin),
        token_cache=cache,
    )


def cached_app(place: Place) -> Any:
    """The application of one process, on the cache that all share."""
    from msal_extensions import FilePersistence, PersistedTokenCache

    return msal_app(place.origin, PersistedTokenCache(FilePersistence(str(place.folder / "msal-cache.json"))))


def sign_in(app: Any, xero: SimulatorServer) -> None:
    """Somebody signs in with a browser.

    Raises:
        MsalHasNoToken: It did not work.
    """
    with warnings.catch_warnings():
        # MSAL would rather have the answer as a posted form; Xero answers with a redirect, and so does the simulator.
        warnings.filterwarnings("ignore", message="response_mode='form_post'", category=UserWarning)
        flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT_URI)
    back = xero.approve(flow["auth_uri"].replace(AUTHORITY, xero.origin))
    said = app.acquire_token_by_auth_code_flow(flow, callback_parameters(back))
    if "access_token" not in said:
        raise MsalHasNoToken(str(said.get("error")))


class MsalHasNoToken(Exception):
    """What MSAL says instead of a token."""


class MsalCaller:
    def __init__(self, place: Place) -> None:
        import requests

        self._place = place
        self._app = cached_app(place)
        # None left: MSAL drops an account whose refresh token was refused, so the sign-in is lost.
        self._account = next(iter(self._app.get_accounts()), None)
        self._get = requests.get

    def use(self, *, anew: bool = False) -> int:
        if self._account is None:
            raise MsalHasNoToken("no account")
        said = self._app.acquire_token_silent_with_error(SCOPES, self._account, force_refresh=anew)
        if not said or "access_token" not in said:
            raise MsalHasNoToken(str((said or {}).get("error")))
        bearer = {"Authorization": f"Bearer {said['access_token']}"}
        return self._get(self._place.addresses.connections_url, headers=bearer, timeout=30).status_code

    def renew(self) -> int:
        return self.use(anew=True)

    def close(self) -> None:
        self._app.http_client.close()


class MsalFileCache:
    name = "MSAL, file cache"
    processes = PROCESSES
    threads = THREADS
    needs_database = False

    def why_not(self) -> str | None:
        return None

    def sign_in(self, place: Place, xero: SimulatorServer) -> None:
        app = cached_app(place)
        sign_in(app, xero)
        app.http_client.close()
        _let_expire(place.folder / "msal-cache.json")

    @contextmanager
    def open(self, place: Place) -> Iterator[MsalCaller]:
        caller = MsalCaller(place)
        try:
            yield caller
        finally:
            caller.close()


def _let_expire(cache: Path) -> None:
    kept = json.loads(cache.read_text("utf-8"))
    for token in kept["AccessToken"].values():
        token.update(cached_at="1", expires_on="2", extended_expires_on="2")
    cache.write_text(json.dumps(kept), "utf-8")
