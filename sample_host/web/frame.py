"""What surrounds every page: the tab list, the person, the notices; and what every route needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import JsonValue, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from hostspec.ui import Tab
from hostspec.value import Value
from sample_host.app import SampleHost
from sample_host.notice_board import HeardNotice
from sample_host.users import HostUser
from sample_host.web.acting import reset
from sample_host.web.drawing import Drawing
from sample_host.web.file_names import handed_out
from sample_host.web.guard import cookie_name
from sample_host.web.web_sessions import BrowserSession, BrowserSessions, Window
from sample_host.web.window_stack import Outcome

PROFILES_TITLE: Final = "Capture Profiles"
NOTICES_TITLE: Final = "Notices"
NOTICES_PATH: Final = "/notices"
_WINDOW_ID_LENGTH: Final = 64

V = TypeVar("V", bound=Value)


@dataclass(frozen=True)
class Badge:
    """What says in the page's header that this is a demonstration."""

    text: str
    address: str
    note: str


@dataclass(frozen=True)
class NavItem:
    """A line of the tab list."""

    label: str
    address: str
    badge: str
    badge_says: str
    """What the badge means, read out behind the label."""
    current: bool


def badge_says(badge: str) -> str:
    """A tab's badge in words."""
    if not badge.isdecimal():
        return badge
    return f"{badge} needs attention" if badge == "1" else f"{badge} need attention"


@dataclass(frozen=True)
class WebHost:
    """What routes work with.

    Args:
        host: The host.
        sessions: The browsers.
        drawing: The templates.
        port: The port that browsers use.
        new_token: Makes an unguessable text.
        badge: Shown in the header of a demonstration.
    """

    host: SampleHost
    sessions: BrowserSessions
    drawing: Drawing
    port: int
    badge: Badge | None = None

    def session(self, request: Request) -> BrowserSession:
        """The browser's session, or a new one that ``page`` hands to it."""
        return self._known(request) or self.sessions.begin()

    def _known(self, request: Request) -> BrowserSession | None:
        return self.sessions.find(request.cookies.get(cookie_name(self.port), ""))

    def window(self, request: Request, session: BrowserSession) -> Window:
        """The window that a page says it is."""
        name = request.headers.get("x-window", "")
        plain = name.replace("-", "").replace("_", "")
        fits = len(name) <= _WINDOW_ID_LENGTH and plain.isascii() and plain.isalnum()
        return self.sessions.window(session, name if fits else "unnamed")

    def tabs(self) -> tuple[Tab, ...]:
        """The tabs of plugins, the host's own among them."""
        return self.host.hooks.tabs().items

    def tab(self, tab_id: str) -> Tab | None:
        """One tab."""
        return next((tab for tab in self.tabs() if tab.tab_id == tab_id), None)

    def new_notices(self, session: BrowserSession, path: str) -> tuple[HeardNotice, ...]:
        """What stands above a page; nothing on the page that lists all notices."""
        return () if path == NOTICES_PATH else self.host.news.board.new_for(session.user.user_id)

    def nav(self, path: str, session: BrowserSession) -> tuple[NavItem, ...]:
        """The tab list, as seen from a page."""
        fresh = len(self.host.news.board.new_for(session.user.user_id))
        return (
            NavItem(PROFILES_TITLE, "/profiles", "", "", path.startswith("/profiles")),
            *(
                NavItem(t.title, f"/tabs/{t.tab_id}", t.badge, badge_says(t.badge), path == f"/tabs/{t.tab_id}")
                for t in self.tabs()
            ),
            NavItem(NOTICES_TITLE, NOTICES_PATH, str(fresh or ""), f"{fresh} new", path == NOTICES_PATH),
        )

    def page(
        self,
        request: Request,
        session: BrowserSession,
        *,
        title: str,
        draw: Callable[[], str],
        body_address: str,
        tab_id: str = "",
        status: int = 200,
    ) -> Response:
        """A whole page around a body."""
        if request.headers.get("sec-fetch-site") == "cross-site" and self._known(request) is None:
            # A link on another website: the browser kept the cookie back, and a new session would end the old one.
            # The page that this leads to is asked for by ourselves, with the cookie.
            return HTMLResponse('<!doctype html><meta http-equiv="refresh" content="0"><title>Capture</title>')
        # Before the body is drawn, so that no change between the two is missed.
        version = self.host.news.version(tab_id)
        html = self.drawing.html(
            "page.html",
            title=title,
            body=draw(),
            version=version,
            tab_id=tab_id,
            body_address=body_address,
            nav=self.nav(request.url.path, session),
            csrf_token=session.csrf_token,
            user=session.user,
            users=tuple(HostUser),
            badge=self.badge,
            notices=self.host.notices,
            notifications=self.new_notices(session, request.url.path),
            host_name=self.host.services.host_name,
        )
        response = HTMLResponse(html, status_code=status)
        self.keep(response, session)
        return response

    def keep(self, response: Response, session: BrowserSession) -> None:
        """Hand the session to the browser."""
        response.set_cookie(
            cookie_name(self.port), session.session_id, path="/", httponly=True, samesite="strict", secure=False
        )

    def missing(self, request: Request, what: str) -> Response:
        """The page for what does not exist."""
        return self.page(
            request,
            self.session(request),
            title="Not found",
            draw=lambda: self.drawing.html("missing.html", what=what),
            body_address="",
            status=404,
        )

    def state(self, window: Window, outcome: Outcome | None = None) -> Response:
        """What lies open in a window, for its page to bring itself in line with."""
        with window.guard:
            stack, revision = window.stack, window.revision
        answer: dict[str, JsonValue] = {
            "revision": revision,
            "layers": self.drawing.layers(stack),
            "redraw": outcome is not None and outcome.redraw,
            "download": None if outcome is None or outcome.download is None else handed_out(outcome.download),
            "select": None if outcome is None else outcome.select,
        }
        return JSONResponse(answer)

    def opened(self, window: Window, page: str) -> Response:
        """What lies open in a window that shows a page (anew)."""
        reset(window, page)
        return self.state(window)


async def read_body(request: Request, kind: type[V]) -> V | None:
    """The posted value; ``None`` when it is no such value."""
    try:
        posted = json.loads(await request.body())
        # Half of a surrogate pair, which an escape may spell, can be written down nowhere.
        json.dumps(posted, ensure_ascii=False).encode()
        return kind.model_validate(posted)
    except (ValidationError, ValueError, RecursionError):
        return None


def unreadable() -> Response:
    """The answer to a post that no page of the host would send."""
    return JSONResponse({"problem": "This could not be understood. Nothing was changed; open the page again."}, 400)
