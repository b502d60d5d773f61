"""Who uses what, as a page about everything of a kind and as files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from hostspec.permissions import Permission
from hostspec.usages import CONNECTION_KIND, Subject
from sample_host.profiles import STORAGE_KIND
from sample_host.usage_csv import MEDIA_TYPE, usages_csv
from sample_host.usage_desk import incomplete_sentence
from sample_host.web.route_part import RoutePart
from sample_host.web.web_sessions import BrowserSession

TITLE: Final = "Usage of all"
PAGE_ROWS: Final = 200
PARAMETERS: Final = ("kind", "subject", "offset")
KINDS: Final = {CONNECTION_KIND: "Connections", STORAGE_KIND: "Storage locations"}


class UsageRoutes(RoutePart):
    """Shows and exports the usages of every object of a kind."""

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/usages", self.page),
            Route("/usages/body", self.body),
            Route("/usages.csv", self.file),
        )

    def page(self, request: Request) -> Response:
        """Every usage of a kind, as a page."""
        session = self._web.session(request)
        # Its own parameters only: whatever else stands in an address must not come back in a page.
        query = urlencode({name: request.query_params[name] for name in PARAMETERS if name in request.query_params})
        return self._web.page(
            request,
            session,
            title=TITLE,
            draw=lambda: self._draw(request, session),
            body_address=f"/usages/body?{query}" if query else "/usages/body",
        )

    def body(self, request: Request) -> Response:
        """Every usage of a kind."""
        return HTMLResponse(self._draw(request, self._web.session(request)))

    def _draw(self, request: Request, session: BrowserSession) -> str:
        subject = _asked(request)
        if not self._may_see(session, subject):
            return self._web.drawing.html(
                "missing.html", heading="Not allowed", what="Your user may not see who uses what."
            )
        usages = self._web.host.hooks.usages(subject)
        start = request.query_params.get("offset", "")
        offset = int(start) // PAGE_ROWS * PAGE_ROWS if start.isascii() and start.isdigit() and len(start) < 9 else 0
        return self._web.drawing.html(
            "usages.html",
            title=TITLE,
            kinds=KINDS,
            kind=subject.kind,
            usages=usages.items[offset : offset + PAGE_ROWS],
            total=len(usages.items),
            offset=offset,
            page_rows=PAGE_ROWS,
            labels=self._labels(subject.kind),
            incomplete=incomplete_sentence(usages.failed),
        )

    def file(self, request: Request) -> Response:
        """The usages of one object, or of every object of a kind, for a spreadsheet."""
        subject = _asked(request)
        if not self._may_see(self._web.session(request), subject):
            return PlainTextResponse("Your user may not see who uses what.", status_code=403)
        usages = self._web.host.hooks.usages(subject)
        today = self._web.host.clock.now().date()
        name = f"usage-of-{subject.kind.replace('_', '-')}{'' if subject.subject_id else 's'}-{today}.csv"
        return Response(
            usages_csv(usages, self._labels(subject.kind)),
            media_type=MEDIA_TYPE,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _may_see(self, session: BrowserSession, subject: Subject) -> bool:
        return self._web.host.services.is_allowed(session.user.user_id, Permission.VIEW, subject)

    def _labels(self, kind: str) -> dict[str, str]:
        every = self._web.host.hooks.subject_targets(Subject(kind=kind, subject_id=""))
        return {one.subject_id: one.label for one in every}


def _asked(request: Request) -> Subject:
    asked = request.query_params
    kind = asked.get("kind", "")
    return Subject(kind=kind if kind in KINDS else CONNECTION_KIND, subject_id=asked.get("subject", ""))
