"""What a step may choose, a search at a time: for lists too long to be laid out at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from hostspec.connections import ChoiceQuery
from hostspec.errors import CaptureError
from sample_host.web.profile_changes import MOST_LISTED, migration_step
from sample_host.web.route_part import RoutePart
from sample_host.web.web_sessions import StepPlace

SEARCH_LENGTH: Final = 200


class ChoiceRoutes(RoutePart):
    """Answers what a person types into a step's choice."""

    def routes(self) -> Sequence[BaseRoute]:
        return (Route("/profiles/{profile_id}/steps/{step_id}/choices", self.choices),)

    def choices(self, request: Request) -> Response:
        """The first choices that fit a search, as the options of a list."""
        place = StepPlace(request.path_params["profile_id"], request.path_params["step_id"])
        search = request.query_params.get("search", "")[:SEARCH_LENGTH]
        try:
            step = migration_step(self._web.host, place)
            query = ChoiceQuery(type_ids=(step.type_id,), search=search, limit=MOST_LISTED + 1)
        except (CaptureError, ValidationError):
            return JSONResponse({"html": "", "count": 0, "more": False})
        found = self._web.host.hooks.connection_choices(query).items
        html = self._web.drawing.html(
            "choice_options.html",
            choices=found[:MOST_LISTED],
            chosen=step.connection_id,
            search=search,
            key=step.step_id,
        )
        return JSONResponse({"html": html, "count": min(len(found), MOST_LISTED), "more": len(found) > MOST_LISTED})
