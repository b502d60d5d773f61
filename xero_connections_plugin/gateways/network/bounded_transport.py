"""How does a request travel under the eyes of a guard, over connections of ours? Imported on first use only."""

from __future__ import annotations

import ipaddress
import threading
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, MutableMapping

    from urllib3 import PoolManager, ProxyManager

    from xero_connections_plugin.gateways.network.transport_guard import TransportGuard


class _CurrentGuard(threading.local):
    """Whose request the present thread carries out: connections outlive requests and serve one after the other."""

    guard: TransportGuard | None = None


class _WatchedConnection(HTTPConnection):
    def __init__(self, *args: Any, current: _CurrentGuard, **options: Any) -> None:
        self._current = current
        self._twin: socket.socket | None = None
        self._is_connecting = False
        super().__init__(*args, **options)

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        try:
            self._forget_twin()
            self._twin = connected.dup()
            self._watch()
        except BaseException:
            connected.close()
            raise
        return connected

    def connect(self) -> None:
        self._is_connecting = True
        try:
            super().connect()
        finally:
            self._is_connecting = False

    def putrequest(self, method: str, url: str, *args: Any, **options: Any) -> None:
        if self.sock is not None:
            # Kept alive from an earlier request, under another guard.
            self._watch()
        super().putrequest(method, url, *args, **options)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        # A proxy's CONNECT passes here too, while connecting; the server has seen nothing by then.
        if not self._is_connecting and self._current.guard is not None:
            self._current.guard.request_leaves()
        super().send(data)

    def close(self) -> None:
        self._forget_twin()
        super().close()

    def _watch(self) -> None:
        if self._current.guard is not None and self._twin is not None:
            self._current.guard.watch(self._twin)

    def _forget_twin(self) -> None:
        twin, self._twin = self._twin, None
        if twin is not None:
            twin.close()


class _WatchedTlsConnection(_WatchedConnection, HTTPSConnection):
    pass


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


class GuardedAdapter(HTTPAdapter):
    """Sends without retries, each request under the eyes of a guard; keeps connections alive from one to the next."""

    def __init__(self) -> None:
        self._current = _CurrentGuard()
        super().__init__(max_retries=0)

    def send_guarded(
        self, guard: TransportGuard, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        """As ``HTTPAdapter.send``, in the present thread."""
        self._current.guard = guard
        try:
            return super().send(request, **options)
        finally:
            self._current.guard = None

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self._watch_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **options)
        self._watch_pools(manager)
        return manager

    def _watch_pools(self, manager: PoolManager) -> None:
        # What a pool does not know itself it gives to its connections.
        manager.pool_classes_by_scheme = {
            "http": partial(_WatchedPool, current=self._current),  # type: ignore[dict-item]  # only ever called
            "https": partial(_WatchedTlsPool, current=self._current),  # type: ignore[dict-item]  # likewise
        }


class NoNetrc(requests.auth.AuthBase):
    """An auth object that adds nothing: with one present, requests leaves the user's netrc file alone."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _MaskedAddress(str):
    """The address of a proxy, whose password is masked where a program prints it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"


class OutboundSession(requests.Session):
    """A requests session as this plugin uses it: proxies and CA bundle from the environment, but no netrc, no
    proxy towards loopback, no certificate check switched off, no redirect followed unless asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.auth = NoNetrc()

    def merge_environment_settings(
        self,
        url: str | bytes | None,
        proxies: Any,
        stream: bool | None,
        verify: bool | str | None,
        cert: Any,
    ) -> Any:
        is_loopback = is_loopback_address(str(url))
        # So named, requests does not search the whole environment for a proxy that is not used.
        searched = {"no_proxy": urlsplit(str(url)).hostname or ""} if is_loopback else proxies
        settings = super().merge_environment_settings(url, searched, stream, verify, cert)
        if not settings["verify"]:
            # Not only False: requests takes 0 and the empty text for it.
            raise ValueError("certificates are always checked")
        if is_loopback:
            settings["proxies"] = {}
        for found in (proxies, settings["proxies"]):
            # The first is a local of requests' own, which has put the proxies of the environment into it.
            for scheme, address in (found or {}).items():
                found[scheme] = _MaskedAddress(address)
        return settings

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        options.setdefault("allow_redirects", False)
        return super().request(method, url, *args, **options)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        options.setdefault("allow_redirects", False)
        return super().send(request, **options)


def is_loopback_address(url: str) -> bool:
    """Whether the address names this machine, by its usual name or by number."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_proxied(url: str) -> bool:
    """Whether the environment sends requests for this address through a proxy."""
    return not is_loopback_address(url) and bool(select_proxy(url, get_environ_proxies(url)))


class _OneGuardAdapter(GuardedAdapter):
    def __init__(self, guard: TransportGuard) -> None:
        super().__init__()
        self._guard = guard

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # as sessions call it
        return self.send_guarded(self._guard, request, **options)


def guarded_session(guard: TransportGuard, headers: Mapping[str, str]) -> OutboundSession:
    """A session for one request under the guard."""
    session = OutboundSession()
    adapter = _OneGuardAdapter(guard)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    ours: MutableMapping[str, str | bytes] = session.headers
    ours.update(headers)
    return session
