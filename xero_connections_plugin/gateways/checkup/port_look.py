"""Could a sign-in hold its ports now, and which addresses must be registered for them?"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from xero_connections_plugin.gateways.checkup import checkup_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, fine, problem, warning
from xero_connections_plugin.gateways.sign_in.callback_server import LOOPBACK, NO_SUCH_FAMILY
from xero_connections_plugin.gateways.sign_in.callback_visitors import sole_holder_option
from xero_connections_plugin.gateways.sign_in.port_holders import programs_on
from xero_connections_plugin.oauth.authorization import compose_redirect_uri
from xero_connections_plugin.xero.app_definition import DEFAULT_PORT, DEFAULT_URL, AppDefinition
from xero_connections_plugin.xero.kept_settings import KeptSettings
from xero_connections_plugin.xero.xero_provider import XERO

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from xero_connections_plugin.gateways.checkup.store_look import SeenEntry

PORTS: Final = "ports"
LOOPBACK_FAMILIES: Final = "ports.loopback"
REDIRECTS: Final = "redirects"


def look_at_ports(
    entries: Sequence[SeenEntry], programs: Callable[[Collection[int]], tuple[str, ...]] = programs_on
) -> tuple[Finding, ...]:
    """Every port of every entry, and the default one, on both loopback families. Each is given back at once.

    Args:
        entries: The list.
        programs: Answers which programs listen on ports.
    """
    families = [address for family, address in LOOPBACK if _is_there(family, address)]
    if not families:
        return (problem(LOOPBACK_FAMILIES, texts.NO_LOOPBACK, texts.NO_LOOPBACK_REMEDY),)
    found = [fine(LOOPBACK_FAMILIES, texts.loopback(families))]
    sets = {one.ports for definitions in _definitions(entries).values() for one in definitions} or {(DEFAULT_PORT,)}
    for ports in sorted(sets):
        taken = {port: where for port in ports if (where := _taken(port))}
        for port, where in taken.items():
            told = texts.port_taken(port, where, programs((port,)))
            grade = problem if len(taken) == len(ports) else warning
            found.append(grade(PORTS, told, texts.PORT_REMEDY))
        if not taken:
            found.append(fine(PORTS, texts.ports_free(ports)))
    return tuple(found)


def look_at_redirects(entries: Sequence[SeenEntry]) -> tuple[Finding, ...]:
    """The redirect addresses that each app must have at Xero, letter for letter."""
    by_app = _definitions(entries)
    if not by_app:
        example = compose_redirect_uri(DEFAULT_URL, DEFAULT_PORT)
        return (fine(REDIRECTS, texts.REDIRECT_DEFAULT, copy_texts=(example,)),)
    found = []
    for client_id, definitions in by_app.items():
        lines = dict.fromkeys(
            compose_redirect_uri(one.application_url, port) for one in definitions for port in one.ports
        )
        found.append(fine(REDIRECTS, texts.redirects(client_id), copy_texts=tuple(lines)))
    return tuple(found)


def _definitions(entries: Sequence[SeenEntry]) -> dict[str, list[AppDefinition]]:
    """By client id."""
    found: dict[str, list[AppDefinition]] = {}
    for entry in entries:
        if entry.type_id == XERO and (definition := _definition(entry.settings)) is not None:
            found.setdefault(definition.client_id, []).append(definition)
    return found


def _definition(settings: dict[str, Any]) -> AppDefinition | None:
    try:
        return KeptSettings.model_validate(settings).definition
    except ValidationError:
        return None


def _is_there(family: socket.AddressFamily, address: str) -> bool:
    return _held(family, address, 0) in {None, ""}


def _taken(port: int) -> tuple[str, ...]:
    """On which addresses somebody else holds it."""
    return tuple(address for family, address in LOOPBACK if _held(family, address, port))


def _held(family: socket.AddressFamily, address: str, port: int) -> str | None:
    """The address when somebody holds the port there; empty when this machine does not have it."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, sole_holder_option(socket), 1)
            if family == socket.AF_INET6:
                trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            trial.bind((address, port))
            trial.listen(1)
    except OSError as refusal:
        return "" if refusal.errno in NO_SUCH_FAMILY else address
    return None
