"""The pages of tabs, and what is done in any window."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from hostspec.errors import CaptureError
from hostspec.ui import Tab, TableQuery, UserAct
from hostspec.value import Value
from sample_host.users import HostUser
from sample_host.web.acting import Pressed, act_beneath, act_in_layer, box_of, take_result
from sample_host.web.frame import read_body, unreadable
from sample_host.web.profile_changes import select_connection
from sample_host.web.route_part import RoutePart
from sample_host.web.web_sessions import BrowserSession, Window
from sample_host.web.window_stack import Outcome


class _Opened(Value):
    page: str


class _Person(Value):
    user: HostUser


class TabRoutes(RoutePart):
    """Draws tabs and passes acts on to them."""

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/tabs/{tab_id}", self.page),
            Route("/tabs/{tab_id}/body", self.body),
            Route("/news", self.news),
            Route("/window", self.opened, methods=["POST"]),
            Route("/act", self.act, methods=["POST"]),
            Route("/user", self.person, methods=["POST"]),
        )

    def page(self, request: Request) -> Response:
        """A tab as a whole page."""
        tab = self._web.tab(request.path_params["tab_id"])
        if tab is None:
            return self._web.missing(request, "This tab does not exist, or its plugin is not loaded.")
        session = self._web.session(request)
        return self._web.page(
            request,
            session,
            title=tab.title,
            draw=lambda: self._draw(tab, session, request, _asked(request)),
            body_address=f"/tabs/{tab.tab_id}/body",
            tab_id=tab.tab_id,
        )

    def body(self, request: Request) -> Response:
        """What stands on a tab, for the part of its table that is asked for."""
        tab = self._web.tab(request.path_params["tab_id"])
        if tab is None:
            return HTMLResponse(self._web.drawing.html("missing.html", what="This tab is gone."), status_code=404)
        return HTMLResponse(self._draw(tab, self._web.session(request), request, _asked(request)))

    def _draw(self, tab: Tab, session: BrowserSession, request: Request, query: TableQuery) -> str:
        origin = session.origin(request.headers.get("x-window", ""))
        try:
            view = tab.controller.view(origin, query)
        except CaptureError as error:
            return self._web.drawing.html("refused.html", title=tab.title, box=box_of(error))
        except Exception:  # noqa: BLE001 -- a plugin's mistake costs its own tab only
            sentence = f"{tab.title} cannot be shown right now. Everything else goes on; tell support."
            return self._web.drawing.html("refused.html", title=tab.title, box=box_of(CaptureError(sentence)))
        return self._web.drawing.view(view)

    def news(self, request: Request) -> Response:
        """Versions of what is shown, so that a page knows when to draw itself anew."""
        tab_id, page = request.query_params.get("tab", ""), request.query_params.get("page", "")
        session = self._web.session(request)
        notices = self._web.new_notices(session, page)
        return JSONResponse(
            {
                "version": self._web.host.news.version(tab_id),
                "notifications": self._web.drawing.html("notifications.html", notifications=notices),
                "nav": self._web.drawing.html("nav.html", nav=self._web.nav(page, session)),
            }
        )

    async def opened(self, request: Request) -> Response:
        """A window shows a page (anew)."""
        posted = await read_body(request, _Opened)
        if posted is None:
            return unreadable()
        window = self._web.window(request, self._web.session(request))
        return await run_in_threadpool(self._web.opened, window, posted.page)

    async def act(self, request: Request) -> Response:
        """Somebody did something in a window."""
        pressed = await read_body(request, Pressed)
        if pressed is None:
            return unreadable()
        session = self._web.session(request)
        window = self._web.window(request, session)
        # Plugins are called in a thread, so that pages answer while one of them thinks.
        return await run_in_threadpool(self._act, session, window, pressed)

    def _act(self, session: BrowserSession, window: Window, pressed: Pressed) -> Response:
        tabs = self._web.tabs()
        desk = self._web.host.usage_desk
        if pressed.layer is not None:
            outcome = act_in_layer(desk, session, window, tabs, pressed)
        else:
            tab = next((one for one in tabs if one.tab_id == pressed.tab), None)
            if tab is None:
                return self._web.state(window, Outcome(window.stack, redraw=True))
            act = UserAct(action_id=pressed.action, row_id=pressed.row)
            outcome = act_beneath(desk, session, window, tab, act)
        result = take_result(window, outcome)
        if result is not None:
            place, subject = result
            select_connection(self._web.host, session.user, place, subject.subject_id)
        return self._web.state(window, outcome)

    async def person(self, request: Request) -> Response:
        """Another person takes over."""
        posted = await read_body(request, _Person)
        if posted is None:
            return unreadable()
        session = self._web.sessions.replace(self._web.session(request), posted.user)
        response = JSONResponse({"reload": True})
        self._web.keep(response, session)
        return response


def _asked(request: Request) -> TableQuery:
    """The part of a table that an address asks for; the first part where that cannot be read."""
    asked = request.query_params
    try:
        return TableQuery.model_validate(
            {name: asked[name] for name in TableQuery.model_fields if name in asked}, strict=False
        )
    except ValidationError:
        return TableQuery()
