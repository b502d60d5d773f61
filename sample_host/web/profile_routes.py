"""The pages of capture profiles: the host's own, drawn without any plugin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hostspec.connections import ConnectionChoice
from hostspec.errors import CaptureError
from hostspec.value import TypeId, Value
from sample_host.profiles import DocumentType, FieldMapping, FieldTarget, MigrationStep, Profile, StorageStep
from sample_host.run_records import Problem, Run
from sample_host.storage_locations import StorageLocation
from sample_host.web.acting import act_beneath
from sample_host.web.frame import PROFILES_TITLE, read_body, unreadable
from sample_host.web.profile_changes import (
    MOST_LISTED,
    choice_of,
    choices_for,
    configure,
    migration_step,
    point_to_location,
    require_use,
)
from sample_host.web.queue_routes import tried
from sample_host.web.route_part import RoutePart
from sample_host.web.web_sessions import BrowserSession, StepPlace, Window


@dataclass(frozen=True)
class MigrationPanel:
    """A migration step as its page shows it."""

    step: MigrationStep
    choices: tuple[ConnectionChoice, ...]
    selected: ConnectionChoice | None
    can_add: bool
    run: Run | None
    waiting: int
    """Batches of this step in the queue."""
    queue_stopped: bool

    @property
    def searchable(self) -> bool:
        """Whether there are too many choices to lay them out."""
        return len(self.choices) > MOST_LISTED


@dataclass(frozen=True)
class StoragePanel:
    """A storage step as its page shows it."""

    step: StorageStep
    locations: tuple[StorageLocation, ...]


class _Settings(Value):
    connection_id: str
    document_type: DocumentType
    mapping: FieldMapping


class _Location(Value):
    location_id: str


class _Migrate(Value):
    only_unfinished: bool = False


class _Nothing(Value):
    pass


class ProfileRoutes(RoutePart):
    """Shows profiles, changes their steps, looks up contacts and migrates."""

    def routes(self) -> Sequence[BaseRoute]:
        step = "/profiles/{profile_id}/steps/{step_id}"
        return (
            Route("/", self.start),
            Route("/profiles", self.list_page),
            Route("/profiles/body", self.list_body),
            Route("/profiles/{profile_id}", self.page),
            Route("/profiles/{profile_id}/body", self.body),
            Route(step + "/run", self.run),
            Route(step + "/settings", self.settings, methods=["POST"]),
            Route(step + "/location", self.location, methods=["POST"]),
            Route(step + "/new", self.new, methods=["POST"]),
            Route(step + "/contacts", self.contacts, methods=["POST"]),
            Route(step + "/migrate", self.migrate, methods=["POST"]),
        )

    def start(self, request: Request) -> Response:
        """Where the host's address leads."""
        del request
        return RedirectResponse("/profiles", status_code=303)

    def list_page(self, request: Request) -> Response:
        """All profiles, as a page."""
        return self._web.page(
            request,
            self._web.session(request),
            title=PROFILES_TITLE,
            draw=self._draw_list,
            body_address="/profiles/body",
        )

    def list_body(self, request: Request) -> Response:
        """All profiles."""
        del request
        return HTMLResponse(self._draw_list())

    def _draw_list(self) -> str:
        lines = [
            (profile, [self._panel(profile, step, with_choices=False) for step in profile.steps])
            for profile in self._web.host.profiles.all()
        ]
        return self._web.drawing.html("profiles.html", title=PROFILES_TITLE, lines=lines)

    def page(self, request: Request) -> Response:
        """A profile, as a page."""
        profile = self._web.host.profiles.get(request.path_params["profile_id"])
        if profile is None:
            return self._web.missing(request, "This profile does not exist.")
        return self._web.page(
            request,
            self._web.session(request),
            title=profile.name,
            draw=lambda: self._draw(profile),
            body_address=f"/profiles/{profile.profile_id}/body",
        )

    def body(self, request: Request) -> Response:
        """A profile."""
        profile = self._web.host.profiles.get(request.path_params["profile_id"])
        if profile is None:
            return HTMLResponse(self._web.drawing.html("missing.html", what="This profile is gone."), status_code=404)
        return HTMLResponse(self._draw(profile))

    def _draw(self, profile: Profile) -> str:
        return self._web.drawing.html(
            "profile.html",
            profile=profile,
            panels=[self._panel(profile, step) for step in profile.steps],
            document_types=tuple(DocumentType),
            targets=tuple(FieldTarget),
            tabs={t.type_id: t.add.tab_id for t in self._web.host.hooks.connection_types()},
        )

    def _panel(
        self, profile: Profile, step: MigrationStep | StorageStep, *, with_choices: bool = True
    ) -> MigrationPanel | StoragePanel:
        host = self._web.host
        if isinstance(step, StorageStep):
            return StoragePanel(step, host.storage.all())
        return MigrationPanel(
            step=step,
            choices=choices_for(host, step.type_id, step.connection_id) if with_choices else (),
            selected=choice_of(host, step.type_id, step.connection_id),
            can_add=self._add(step.type_id) is not None,
            run=host.runs.latest(profile.profile_id, step.step_id),
            waiting=host.batches.waiting(profile.profile_id, step.step_id),
            queue_stopped=host.queue.is_stopped,
        )

    def _add(self, type_id: TypeId) -> object:
        return next((t.add for t in self._web.host.hooks.connection_types() if t.type_id == type_id), None)

    def run(self, request: Request) -> Response:
        """How a migration goes."""
        place = _place(request)
        run = self._web.host.runs.latest(place.profile_id, place.step_id)
        html = self._web.drawing.html("run.html", run=run, key=place.step_id)
        return JSONResponse({"html": html, "running": run is not None and run.running})

    async def settings(self, request: Request) -> Response:
        """Change a migration step."""
        posted = await read_body(request, _Settings)
        if posted is None:
            return unreadable()
        user, place, host = self._web.session(request).user, _place(request), self._web.host
        return await run_in_threadpool(
            tried,
            lambda: configure(host, user, place, posted.connection_id, posted.document_type, posted.mapping),
        )

    async def location(self, request: Request) -> Response:
        """Change a storage step."""
        posted = await read_body(request, _Location)
        if posted is None:
            return unreadable()
        user, place, host = self._web.session(request).user, _place(request), self._web.host
        return await run_in_threadpool(tried, lambda: point_to_location(host, user, place, posted.location_id))

    async def new(self, request: Request) -> Response:
        """Open the definition of a new connection over the profile's page."""
        if await read_body(request, _Nothing) is None:
            return unreadable()
        session = self._web.session(request)
        return await run_in_threadpool(self._new, session, self._web.window(request, session), _place(request))

    def _new(self, session: BrowserSession, window: Window, place: StepPlace) -> Response:
        try:
            step = migration_step(self._web.host, place)
        except CaptureError as error:
            return JSONResponse({"problem": str(error)}, 400)
        kind = next((t for t in self._web.host.hooks.connection_types() if t.type_id == step.type_id), None)
        tab = None if kind is None else self._web.tab(kind.add.tab_id)
        if kind is None or tab is None:
            return JSONResponse({"problem": "No plugin can add such a connection right now."}, 400)
        with window.guard:
            window.awaiting = place
        return self._web.state(window, act_beneath(self._web.host.usage_desk, session, window, tab, kind.add.act))

    async def contacts(self, request: Request) -> Response:
        """Look up contacts through the step's connection."""
        if await read_body(request, _Nothing) is None:
            return unreadable()
        return await run_in_threadpool(self._contacts, self._web.session(request), _place(request))

    def _contacts(self, session: BrowserSession, place: StepPlace) -> Response:
        host = self._web.host
        try:
            require_use(host, session.user)
            step = migration_step(host, place)
            if step.connection_id is None:
                raise CaptureError("Choose a connection first.", code="NO_CONNECTION")
            tenant_name, contacts = host.runs.contacts(step.connection_id)
        except CaptureError as error:
            html = self._web.drawing.html("contacts.html", problem=Problem.of(error), tenant_name="", contacts=())
        else:
            html = self._web.drawing.html("contacts.html", problem=None, tenant_name=tenant_name, contacts=contacts)
        return JSONResponse({"html": html})

    async def migrate(self, request: Request) -> Response:
        """Begin a migration."""
        posted = await read_body(request, _Migrate)
        if posted is None:
            return unreadable()
        user, place, host = self._web.session(request).user, _place(request), self._web.host

        def start() -> None:
            require_use(host, user)
            step = migration_step(host, place)
            host.runs.start(place.profile_id, step, only_unfinished=posted.only_unfinished)

        return await run_in_threadpool(tried, start)


def _place(request: Request) -> StepPlace:
    return StepPlace(request.path_params["profile_id"], request.path_params["step_id"])
