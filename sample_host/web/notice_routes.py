"""The page of notices, putting them away, and the way from a notice to what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hostspec.connections import ChoiceQuery
from hostspec.usages import CONNECTION_KIND
from hostspec.value import ConnectionId, Value
from sample_host.profiles import STORAGE_KIND
from sample_host.storage_tab import TAB_ID as STORAGE_TAB
from sample_host.web.frame import NOTICES_PATH, NOTICES_TITLE, read_body, unreadable
from sample_host.web.route_part import RoutePart
from sample_host.web.web_sessions import BrowserSession

_ABOUT: Final = "What happened that nobody asked for, the newest first. The last 100 stay here."


class _PutAway(Value):
    number: int | None = None
    """Without it, all."""


class NoticeRoutes(RoutePart):
    """Shows what was told."""

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route(NOTICES_PATH, self.page),
            Route(f"{NOTICES_PATH}/body", self.body),
            Route(f"{NOTICES_PATH}/put-away", self.put_away, methods=["POST"]),
            Route("/subjects/{kind}/{subject_id:path}", self.subject),
        )

    def page(self, request: Request) -> Response:
        """All notices, as a page."""
        session = self._web.session(request)
        return self._web.page(
            request,
            session,
            title=NOTICES_TITLE,
            draw=lambda: self._draw(session),
            body_address=f"{NOTICES_PATH}/body",
        )

    def body(self, request: Request) -> Response:
        """All notices."""
        return HTMLResponse(self._draw(self._web.session(request)))

    def _draw(self, session: BrowserSession) -> str:
        user_id, board = session.user.user_id, self._web.host.news.board
        return self._web.drawing.html(
            "notices.html",
            title=NOTICES_TITLE,
            about=_ABOUT,
            heard=board.latest(),
            fresh_ones=board.new_for(user_id),
            user_id=user_id,
        )

    async def put_away(self, request: Request) -> Response:
        """Take one notice, or all, off a person's pages."""
        posted = await read_body(request, _PutAway)
        if posted is None:
            return unreadable()
        user = self._web.session(request).user
        await run_in_threadpool(self._web.host.news.board.put_away, user.user_id, posted.number)
        return JSONResponse({})

    def subject(self, request: Request) -> Response:
        """The tab on which something stands, under its present name, with its row selected."""
        kind, subject_id = request.path_params["kind"], request.path_params["subject_id"]
        tab_id, name = self._place(kind, subject_id)
        if tab_id is None:
            return self._web.missing(request, "No tab shows this.")
        query = urlencode({"search": name, "select": subject_id} if name else {})
        return RedirectResponse(f"/tabs/{quote(tab_id, safe='')}" + (f"?{query}" if query else ""), status_code=303)

    def _place(self, kind: str, subject_id: str) -> tuple[str | None, str]:
        host = self._web.host
        if kind == STORAGE_KIND:
            location = host.storage.get(subject_id)
            return STORAGE_TAB, "" if location is None else location.name
        if kind != CONNECTION_KIND:
            return None, ""
        wanted = ConnectionId(subject_id)
        asked = host.hooks.connection_choices(ChoiceQuery(selected_id=wanted, limit=1)).items
        found = next((one for one in asked if one.connection_id == wanted and one.type_id is not None), None)
        types = host.hooks.connection_types()
        fitting = [one for one in types if found is None or one.type_id == found.type_id]
        return (fitting[0].add.tab_id if fitting else None), "" if found is None else found.label
