"""The web application around a host."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from sample_host.app import SampleHost
from sample_host.web.choice_routes import ChoiceRoutes
from sample_host.web.drawing import Drawing
from sample_host.web.frame import Badge, WebHost
from sample_host.web.guard import Guard
from sample_host.web.notice_routes import NoticeRoutes
from sample_host.web.profile_routes import ProfileRoutes
from sample_host.web.queue_routes import QueueRoutes
from sample_host.web.tab_routes import TabRoutes
from sample_host.web.usage_routes import UsageRoutes
from sample_host.web.web_sessions import BrowserSessions

_STATIC: Final = Path(__file__).parent / "static"


def make_web_app(host: SampleHost, port: int, badge: Badge | None = None) -> ASGIApp:
    """The pages of a started host.

    Args:
        host: Started.
        port: The port that browsers use; goes into the names of hosts that are answered and of the cookie.
        badge: What the header of a demonstration says.
    """
    sessions = BrowserSessions(lambda: secrets.token_urlsafe(32))
    web = WebHost(host, sessions, Drawing(), port, badge)

    async def not_found(request: Request, problem: Exception) -> Response:
        del problem
        return web.missing(request, "There is no such page.")

    async def failed(request: Request, problem: Exception) -> Response:
        del request, problem
        html = web.drawing.html(
            "missing.html",
            heading="Not possible right now",
            what="Something went wrong. What was saved is safe; try again.",
        )
        return HTMLResponse(html, status_code=500)

    app = Starlette(
        routes=[
            *ProfileRoutes(web).routes(),
            *ChoiceRoutes(web).routes(),
            *TabRoutes(web).routes(),
            *NoticeRoutes(web).routes(),
            *UsageRoutes(web).routes(),
            *QueueRoutes(web).routes(),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        exception_handlers={404: not_found, 500: failed},
    )
    # Around everything, so that even the answer to a failure carries the headers.
    return Guard(app, sessions, port)
