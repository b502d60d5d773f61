"""Queueing documents from a profile's page, and stopping the queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from hostspec.errors import CaptureError
from hostspec.value import Value
from sample_host.web.frame import read_body, unreadable
from sample_host.web.profile_changes import migration_step, require_use
from sample_host.web.route_part import RoutePart
from sample_host.web.web_sessions import StepPlace


class _Nothing(Value):
    pass


class _Wanted(Value):
    running: bool


class QueueRoutes(RoutePart):
    """What people do with the queue."""

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/profiles/{profile_id}/steps/{step_id}/queue", self.put, methods=["POST"]),
            Route("/queue", self.change, methods=["POST"]),
        )

    async def put(self, request: Request) -> Response:
        """Queue the documents of a step."""
        if await read_body(request, _Nothing) is None:
            return unreadable()
        host, user = self._web.host, self._web.session(request).user
        place = StepPlace(request.path_params["profile_id"], request.path_params["step_id"])

        def put() -> None:
            require_use(host, user)
            host.queue.put(place.profile_id, migration_step(host, place))

        return await run_in_threadpool(tried, put)

    async def change(self, request: Request) -> Response:
        """Stop the queue, or start it."""
        posted = await read_body(request, _Wanted)
        if posted is None:
            return unreadable()
        host, user = self._web.host, self._web.session(request).user

        def change() -> None:
            require_use(host, user)
            if posted.running:
                host.queue.go()
            else:
                host.queue.stop()

        return await run_in_threadpool(tried, change)


def tried(change: Callable[[], None]) -> Response:
    """The answer to a post: nothing, or the problem in words."""
    try:
        change()
    except CaptureError as error:
        return JSONResponse({"problem": str(error)}, 400)
    return JSONResponse({})
