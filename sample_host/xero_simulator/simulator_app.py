"""The simulator as an application: which address is answered by what."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sample_host.xero_simulator import today_pages
from sample_host.xero_simulator.accounting import accounting_places, answer_accounting, within_concurrency
from sample_host.xero_simulator.consent import ask_for_consent, decide_consent
from sample_host.xero_simulator.control import answer_control
from sample_host.xero_simulator.pages import STATIC
from sample_host.xero_simulator.request_gate import Handler, LoopbackOnly, Places, at, served
from sample_host.xero_simulator.simulated_xero import SimulatedXero
from sample_host.xero_simulator.tenant_links import list_tenant_links, unlink_tenant
from sample_host.xero_simulator.token_requests import answer_revocation, answer_token_request, token_places


def build_app(simulator: SimulatedXero) -> Starlette:
    """The application of one simulator."""

    def route(path: str, handler: Handler, places: Places, *methods: str) -> Route:
        return Route(path, served(simulator, handler, places), methods=list(methods))

    accounting = within_concurrency(simulator, served(simulator, answer_accounting, accounting_places))
    return Starlette(
        routes=[
            route("/identity/connect/authorize", ask_for_consent, at("authorize"), "GET"),
            route("/identity/connect/consent", decide_consent, at("consent"), "POST"),
            route("/connect/token", answer_token_request, token_places, "POST"),
            route("/connect/revocation", answer_revocation, at("revocation"), "POST"),
            route("/.well-known/openid-configuration/jwks", _jwks, at("jwks"), "GET"),
            # Xero takes either case here, and its own SDK asks for /Connections.
            *(route(path, list_tenant_links, at("connections"), "GET") for path in ("/connections", "/Connections")),
            *(
                route(f"{path}/{{link_id}}", unlink_tenant, at("connections"), "DELETE")
                for path in ("/connections", "/Connections")
            ),
            Route("/api.xro/2.0/{path:path}", accounting, methods=["GET", "PUT", "POST", "DELETE"]),
            route("/control/{command}", answer_control, at("control"), "GET", "POST"),
            route("/", today_pages.index, at("pages"), "GET"),
            route("/today", today_pages.today, at("pages"), "GET"),
            route("/today/{deed}", today_pages.do_today, at("pages"), "POST"),
            route("/bookkeeping", today_pages.bookkeeping, at("pages"), "GET"),
            route("/bookkeeping/{invoice_id}/{file_name}", today_pages.download, at("pages"), "GET"),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(LoopbackOnly, simulator=simulator)],
    )


async def _jwks(simulator: SimulatedXero, _request: Request) -> Response:
    return JSONResponse(simulator.signer.jwks())
