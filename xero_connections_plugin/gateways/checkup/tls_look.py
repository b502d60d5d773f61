"""Who vouches for a server's certificate, and is that somebody whom this machine trusts?"""

from __future__ import annotations

import base64
import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class SeenCertificate:
    """What a server showed."""

    issuer: str
    """Who vouches for it, as people know them."""
    trusted: bool
    reason: str = ""
    """Why not, in OpenSSL's words."""


def look_at_certificate(host: str, port: int, *, proxy: str, authorities: str, seconds: float) -> SeenCertificate:
    """Shake hands with a server, and again without trusting it when that fails; nothing is asked for.

    Args:
        host: Of the server.
        port: Of the server.
        proxy: The address of the proxy to go through; empty for none.
        authorities: A file or folder of authorities; empty for those that come with the program.
        seconds: For each step of the network.

    Raises:
        OSError: It cannot be reached.
        http.client.HTTPException: The proxy does not let anybody through.
    """
    opened = _opener(host, port, proxy, seconds)
    try:
        return SeenCertificate(_issuer(opened(), host, _strict(authorities)), trusted=True)
    except ssl.SSLCertVerificationError as refusal:
        return SeenCertificate(_issuer(opened(), host, _curious()), trusted=False, reason=refusal.verify_message)


def _opener(host: str, port: int, proxy: str, seconds: float) -> Callable[[], socket.socket]:
    if not proxy:
        return lambda: socket.create_connection((host, port), seconds)
    parts = urlsplit(proxy)
    headers = {}
    if parts.username is not None:
        known_as = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(known_as.encode()).decode()}"

    def through() -> socket.socket:
        connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=seconds)
        connection.set_tunnel(host, port, headers)
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        if connection.sock is None:
            raise HTTPException
        tunnel: socket.socket = connection.sock
        return tunnel

    return through


def _issuer(connection: socket.socket, host: str, context: ssl.SSLContext) -> str:
    from cryptography import x509

    with connection, context.wrap_socket(connection, server_hostname=host) as secured:
        shown = secured.getpeercert(binary_form=True)
    if shown is None:
        return ""
    issuer = x509.load_der_x509_certificate(shown).issuer
    for oid in (x509.NameOID.ORGANIZATION_NAME, x509.NameOID.COMMON_NAME):
        for attribute in issuer.get_attributes_for_oid(oid):
            return "".join(filter(str.isprintable, str(attribute.value)))[:80]
    return ""


def _strict(authorities: str) -> ssl.SSLContext:
    import certifi

    chosen = authorities or certifi.where()
    is_folder = Path(chosen).is_dir()
    return ssl.create_default_context(cafile=None if is_folder else chosen, capath=chosen if is_folder else None)


def _curious() -> ssl.SSLContext:
    """Trusts anybody, and is only ever used to read who vouches for them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
