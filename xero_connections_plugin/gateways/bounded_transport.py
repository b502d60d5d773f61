"""How is one request kept within its limits, and how is it known whether it left? Imported on first use only."""

from __future__ import annotations

import ipaddress
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from urllib3 import PoolManager, ProxyManager


class TransportGuard:
    """Watches the sockets of one request: says whether anything of it left, and cuts it off from another thread.

    Socket timeouts count from byte to byte, so a server that sends one byte per second is only stopped from outside.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._twins: list[socket.socket] = []
        self._cut = False
        self._left = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            for twin in self._twins:
                twin.close()
            self._twins.clear()

    @property
    def may_have_left(self) -> bool:
        """Whether a byte of the request itself (not of a proxy's CONNECT, not of TLS) was given to a socket."""
        return self._left

    @property
    def is_cut(self) -> bool:
        return self._cut

    def watch(self, connected: socket.socket) -> socket.socket:
        # TLS takes the socket object over and leaves it empty; a duplicate still ends the same connection.
        with self._lock:
            if self._cut:
                connected.close()
                raise TimeoutError
            self._twins.append(connected.dup())
        return connected

    def request_leaves(self) -> None:
        self._left = True

    def cut(self) -> None:
        """End every connection of the request now; blocked reads and writes return."""
        with self._lock:
            self._cut = True
            for twin in self._twins:
                with suppress(OSError):
                    twin.shutdown(socket.SHUT_RDWR)


class _WatchedConnection(HTTPConnection):
    guard: TransportGuard
    _is_connecting = False

    def _new_conn(self) -> socket.socket:
        return self.guard.watch(super()._new_conn())

    def connect(self) -> None:
        self._is_connecting = True
        try:
            super().connect()
        finally:
            self._is_connecting = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        # A proxy's CONNECT passes here too, while connecting; the server has seen nothing by then.
        if not self._is_connecting:
            self.guard.request_leaves()
        super().send(data)


class _WatchedTlsConnection(_WatchedConnection, HTTPSConnection):
    pass


def _watch_pools(manager: PoolManager, guard: TransportGuard) -> None:
    plain = type("WatchedConnection", (_WatchedConnection,), {"guard": guard})
    tls = type("WatchedTlsConnection", (_WatchedTlsConnection,), {"guard": guard})
    manager.pool_classes_by_scheme = {
        "http": type("WatchedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("WatchedTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }


class GuardedAdapter(HTTPAdapter):
    """Sends without retries, each connection under the eyes of the guard."""

    def __init__(self, guard: TransportGuard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        _watch_pools(self.poolmanager, self._guard)

    def proxy_manager_for(self, proxy: str, **options: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **options)
        _watch_pools(manager, self._guard)
        return manager


class NoNetrc(requests.auth.AuthBase):
    """An auth object that adds nothing: with one present, requests leaves the user's netrc file alone."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


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
        if verify is False:
            raise ValueError("certificates are always checked")
        settings = super().merge_environment_settings(url, proxies, stream, verify, cert)
        if is_loopback_address(str(url)):
            settings["proxies"] = {}
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


def guarded_session(guard: TransportGuard, headers: Mapping[str, str]) -> OutboundSession:
    """A session for one request under the guard."""
    session = OutboundSession()
    adapter = GuardedAdapter(guard)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    ours: MutableMapping[str, str | bytes] = session.headers
    ours.update(headers)
    return session
