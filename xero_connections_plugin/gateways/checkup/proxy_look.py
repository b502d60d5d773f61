"""Which proxies and which certificate authorities do requests go by?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from xero_connections_plugin.gateways.checkup import network_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, fine, problem, warning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROXY: Final = "network.proxy"
AUTHORITIES: Final = "network.authorities"

HEEDED: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The first that is set names the file."""
_NOT_HEEDED: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def look_at_proxies(urls: Sequence[str], environment: Mapping[str, str]) -> tuple[Finding, ...]:
    """The proxy of each server, and the file of trusted authorities.

    Args:
        urls: Of the servers.
        environment: The variables that are set.
    """
    by_proxy: dict[str, list[str]] = {}
    for url in urls:
        by_proxy.setdefault(proxy_of(url), []).append(urlsplit(url).hostname or "")
    found = []
    for proxy, hosts in by_proxy.items():
        names = tuple(dict.fromkeys(hosts))
        if proxy and urlsplit(proxy).hostname is None:
            found.append(problem(PROXY, texts.PROXY_UNUSABLE, texts.PROXY_REMEDY))
        else:
            found.append(fine(PROXY, texts.proxied(without_password(proxy), names) if proxy else texts.direct(names)))
    found.append(_authorities(environment))
    ignored = [name for name in _NOT_HEEDED if environment.get(name)]
    if ignored and not authorities_file(environment):
        found.append(warning(AUTHORITIES, texts.not_heeded(ignored), texts.NOT_HEEDED_REMEDY))
    return tuple(found)


def proxy_of(url: str) -> str:
    """The address of the proxy that requests to a server go by, with its password; empty for none."""
    from requests.utils import get_environ_proxies, select_proxy

    from xero_connections_plugin.gateways.network.bounded_transport import is_loopback_address

    return "" if is_loopback_address(url) else select_proxy(url, get_environ_proxies(url)) or ""


def without_password(address: str) -> str:
    """An address as scheme, host and port alone: user name, password, path and query may be secret."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def authorities_file(environment: Mapping[str, str]) -> str:
    """The file of authorities that is set; empty for those that come with the program."""
    return next((environment[name] for name in HEEDED if environment.get(name)), "")


def _authorities(environment: Mapping[str, str]) -> Finding:
    name = next((name for name in HEEDED if environment.get(name)), "")
    if not name:
        return fine(AUTHORITIES, texts.OWN_AUTHORITIES)
    path = Path(environment[name])
    if not path.exists():
        return problem(AUTHORITIES, texts.authorities_missing(name, path), texts.AUTHORITIES_REMEDY)
    return fine(AUTHORITIES, texts.authorities(name, path))
