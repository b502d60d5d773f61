"""Tenant links: which organisations a user opened to an app (Xero's own word for them is "connections")."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sample_host.xero_simulator.bearer_check import check_bearer
from sample_host.xero_simulator.gateway_errors import GatewayError
from sample_host.xero_simulator.ms_dates import to_zoneless
from sample_host.xero_simulator.simulated_world import TenantLink
from sample_host.xero_simulator.simulated_xero import SimulatedXero


async def list_tenant_links(simulator: SimulatedXero, request: Request) -> Response:
    """The links of this user and app, oldest first; an event filter leaves those that this sign-in made."""
    try:
        caller = check_bearer(simulator, request)
    except GatewayError as error:
        return error.response(simulator)
    links = simulator.world.links_of(caller.client_id, caller.user_id)
    event_id = request.query_params.get("authEventId")
    return JSONResponse([_described(simulator, link) for link in links if event_id in (None, link.event_id)])


async def unlink_tenant(simulator: SimulatedXero, request: Request) -> Response:
    """Remove one link by its own id; a tenant id is refused as Xero does."""
    wanted = request.path_params["link_id"].lower()
    try:
        caller = check_bearer(simulator, request)
        if wanted in simulator.world.organisations:
            raise GatewayError(403, "AuthenticationUnsuccessful")
        link = simulator.world.links.get(wanted)
        if link is None or (link.client_id, link.user_id) != (caller.client_id, caller.user_id):
            raise GatewayError(404, "NotFound")
    except GatewayError as error:
        return error.response(simulator)
    del simulator.world.links[link.link_id]
    return Response(status_code=204)


def _described(simulator: SimulatedXero, link: TenantLink) -> dict[str, str | None]:
    organisation = simulator.world.organisations[link.tenant_id]
    described = {
        "id": link.link_id,
        "authEventId": link.event_id,
        "tenantId": link.tenant_id,
        "tenantType": organisation.tenant_type,
        "tenantName": organisation.name,
        "createdDateUtc": to_zoneless(link.created_at),
        "updatedDateUtc": to_zoneless(link.updated_at),
    }
    if not simulator.world.settings.event_ids:
        del described["authEventId"]
    return described
