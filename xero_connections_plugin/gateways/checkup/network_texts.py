"""Every sentence that a checkup tells about the way to Xero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROXY_UNUSABLE: Final = "A proxy is set whose address cannot be read."
PROXY_REMEDY: Final = "Check HTTPS_PROXY and NO_PROXY: address, user name and password."
OWN_AUTHORITIES: Final = "Certificates are checked with the public authorities that come with the program."
AUTHORITIES_REMEDY: Final = "Put the file there, or correct the variable."
NOT_HEEDED_REMEDY: Final = "Set REQUESTS_CA_BUNDLE to that file instead."


def direct(hosts: Sequence[str]) -> str:
    return f"No proxy is used for {', '.join(hosts)}."


def proxied(proxy: str, hosts: Sequence[str]) -> str:
    return f"The proxy {proxy} is used for {', '.join(hosts)}."


def authorities(name: str, path: Path) -> str:
    return f"Certificates are checked with the authorities in {path} ({name})."


def authorities_missing(name: str, path: Path) -> str:
    return f"{name} names {path}, which is not there, so nothing can be sent."


def not_heeded(names: Sequence[str]) -> str:
    return f"{' and '.join(names)} has no effect on this program."


NAME_REMEDY: Final = "Check the network and its name servers, or set HTTPS_PROXY if this network has a proxy."
WAY_REMEDY: Final = "Check the network and its firewall, or set HTTPS_PROXY if this network has a proxy."
CERTIFICATE_REMEDY: Final = (
    "If your company inspects traffic, set REQUESTS_CA_BUNDLE to the file with its authority; never switch checks off."
)
LATER_REMEDY: Final = "Try again later; nothing here is wrong."
FOREIGN_REMEDY: Final = "Sign in to the network (a hotel's page, say), or ask who filters its traffic."
CLOCK_UNKNOWN: Final = "The identity server does not say what time it is."
CLOCK_FINE: Final = "The clock agrees with that of the identity server."
CLOCK_REMEDY: Final = "Set the clock right, and let it be kept by the network (NTP)."


def name_unknown(host: str) -> str:
    return f"The name {host} is not known on this network."


def no_way(host: str, port: int, why: str) -> str:
    return f"{host} cannot be reached on port {port}{f' ({why})' if why else ''}."


def proxy_refuses(host: str) -> str:
    return f"The proxy does not let requests through to {host}."


def handshake_failed(host: str) -> str:
    return f"No secure connection to {host} comes about."


def certificate_fine(host: str, issuer: str) -> str:
    return f"The certificate of {host} is vouched for by {issuer or 'an authority without a name'}."


def certificate_untrusted(host: str, issuer: str, why: str) -> str:
    told = f"{issuer or 'nobody'} vouches for it" + (f": {why[:80]}" if why else "")
    return f"The certificate of {host} is not trusted ({told})."


def no_answer(host: str, code: str) -> str:
    return f"{host} does not answer ({code})."


def server_in_trouble(host: str, status: int) -> str:
    return f"{host} answers with an error of its own (HTTP {status})."


def foreign_answer(host: str) -> str:
    return f"Something else answers in place of {host}."


def answers(host: str, status: int) -> str:
    return f"{host} answers (HTTP {status})."


def clock_wrong(minutes: int) -> str:
    size, which = abs(minutes), "ahead" if minutes > 0 else "behind"
    return f"The clock of this machine is {size} minute{'' if size == 1 else 's'} {which}."
