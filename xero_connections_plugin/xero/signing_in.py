"""How does an administrator get from Authorize to a list of companies? The acts of an open definition at Xero."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from hostspec.errors import (
    CallbackPortBusy,
    CaptureError,
    SignInCancelled,
    SignInFailed,
    SignInRejected,
)
from hostspec.value import ConnectionId
from xero_connections_plugin.oauth.sign_in import SignInPhase, SignInRequest
from xero_connections_plugin.xero.app_definition import CLIENT_ID, PORT
from xero_connections_plugin.xero.draft_sign_in import SignedIn
from xero_connections_plugin.xero.preparation import PREPARING_SECONDS, Preparation
from xero_connections_plugin.xero.sign_in_windows import (
    PASTED,
    failure_message,
    preparing_wait,
    sign_in_wait,
    success_message,
)
from xero_connections_plugin.xero.texts import xero_texts as texts
from xero_connections_plugin.xero.xero_tokens import read_identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Draft
    from hostspec.services import Clock, Tasks
    from hostspec.ui import Step, UserAct
    from xero_connections_plugin.oauth.grant import AccessToken, GrantId, GrantRecord, Identity, TokenAnswer
    from xero_connections_plugin.oauth.id_token import IdTokenClaims
    from xero_connections_plugin.oauth.sign_in import SignInDesk
    from xero_connections_plugin.xero.app_definition import AppDefinition
    from xero_connections_plugin.xero.company_listing import CompanyListing
    from xero_connections_plugin.xero.draft_reading import DraftReader
    from xero_connections_plugin.xero.draft_sign_in import DraftSignIns
    from xero_connections_plugin.xero.siblings import Siblings
    from xero_connections_plugin.xero.tenants import TenantOption

_NO_WINDOW_SECONDS = 0.4
"""Checks that take no longer than this (real seconds) come without a window of their own."""


class GrantKeeping(Protocol):
    """What a sign-in needs from the token keeper."""

    def adopt(
        self, answer: TokenAnswer, *, client_id: str, identity: Identity, requested_scopes: tuple[str, ...]
    ) -> GrantRecord: ...

    def access_token(self, grant_id: GrantId, *, refused: int | None = None) -> AccessToken: ...

    def record(self, grant_id: GrantId) -> GrantRecord | None: ...


class SigningIn:
    """Runs the sign-ins of open definitions."""

    def __init__(
        self,
        *,
        desk: SignInDesk[SignedIn],
        grants: GrantKeeping,
        listing: CompanyListing,
        reader: DraftReader,
        sign_ins: DraftSignIns,
        siblings: Siblings,
        clock: Clock,
        tasks: Tasks,
        changed: Callable[[str], None],
        new_id: Callable[[], str],
        authorize_url: str,
    ) -> None:
        """Args:
        changed: Called with a draft id when its wait has news.
        """
        self._desk = desk
        self._grants = grants
        self._listing = listing
        self._reader = reader
        self._sign_ins = sign_ins
        self._siblings = siblings
        self._clock = clock
        self._tasks = tasks
        self._changed = changed
        self._new_id = new_id
        self._authorize_url = authorize_url

    def act(self, draft: Draft, act: UserAct) -> Step | None:
        """The next step, or ``None`` to draw the definition again."""
        match act.action_id:
            case "authorize":
                return self._authorize(draft)
            case "refresh_tenants" | "extended":
                return self._listing.ask(draft)
            case "redraw":
                self._listing.look_at_chosen(draft)
                return None
            case "keep_earlier_sign_in":
                self._sign_ins.keep_earlier(draft.draft_id)
                return None
            case "cancel_sign_in":
                self._stop_preparing(draft.draft_id)
                self._desk.cancel(draft.draft_id)
                # It may have ended a moment before: then the end is what counts.
                return None if self._desk.progress(draft.draft_id) is None else self._continue(draft)
            case "paste":
                return self._paste(draft, act)
            case "continue":
                return self._continue(draft)
            case _:
                return None

    def close(self, draft_id: str) -> None:
        """The definition was closed: nothing of it goes on."""
        self._stop_preparing(draft_id)
        self._desk.discard(draft_id)
        self._sign_ins.forget(draft_id)

    def entries_signing_in(self) -> frozenset[str]:
        """The connections that somebody is signing in for right now."""
        return self._desk.subjects()

    def _authorize(self, draft: Draft) -> Step | None:
        self._sign_ins.change(draft.draft_id, lambda known: replace(known, tried=True, refused={}))
        definition = self._reader.read(draft).definition
        if definition is None:
            return None
        request = SignInRequest(
            draft_id=draft.draft_id,
            owner=draft.origin.user_name,
            owner_id=draft.origin.user_id,
            subject_id=draft.connection.connection_id if draft.connection else None,
            app_label=texts.app_named(definition.client_id),
            client_id=definition.client_id,
            application_url=definition.application_url,
            ports=definition.ports,
            scopes=definition.scopes,
            authorize_url=self._authorize_url,
            open_browser=draft.origin.is_local,
        )
        preparation = Preparation(self._clock.monotonic() + PREPARING_SECONDS)
        under_way = self._sign_ins.begin(draft.draft_id, preparation)
        if under_way is preparation:
            self._tasks.start("prepare sign-in", lambda _cancel: self._prepare(preparation, request, definition))
        under_way.wait(_NO_WINDOW_SECONDS)
        return self._continue(draft)

    def _prepare(self, preparation: Preparation, request: SignInRequest, definition: AppDefinition) -> None:
        draft_id = request.draft_id
        edited = ConnectionId(request.subject_id) if request.subject_id is not None else None
        problem: CaptureError | None = SignInFailed(texts.PREPARING_FAILED)
        try:
            self._desk.start(
                request,
                adopt=lambda answer, claims: self._adopt(definition, answer, claims, edited),
                changed=lambda: self._changed(draft_id),
                wanted=preparation.go_on,
            )
            problem = None
        except CaptureError as trouble:
            problem = trouble
        finally:
            preparation.end(problem)
            self._changed(draft_id)

    def _stop_preparing(self, draft_id: str) -> None:
        preparation = self._sign_ins.get(draft_id).preparation
        if preparation is not None:
            preparation.drop()
            self._sign_ins.seen(draft_id, preparation)

    def _adopt(
        self,
        definition: AppDefinition,
        answer: TokenAnswer,
        claims: IdTokenClaims | None,
        edited: ConnectionId | None,
    ) -> SignedIn:
        """Seal and commit first; whatever comes after cannot lose the sign-in any more."""
        identity = read_identity(
            answer.access_token,
            account=(claims.name or claims.email) if claims else "",
            unknown_user=f"unknown-{self._new_id()}",
        )
        worked_before = self._siblings.works_already(definition.client_id, identity.user_id)
        record = self._grants.adopt(
            answer, client_id=definition.client_id, identity=identity, requested_scopes=definition.scopes
        )
        problem = ""
        options: tuple[TenantOption, ...] = ()
        try:
            options = self._listing.after_sign_in(answer.access_token, identity.event_id)
        except CaptureError as trouble:
            problem = str(trouble)
        granted = set(record.scopes)
        return SignedIn(
            record=record,
            tenants=options,
            problem=problem,
            not_granted=tuple(scope for scope in definition.scopes if scope not in granted),
            users=self._siblings.users(definition.client_id, edited=edited),
            repaired=self._siblings.repair(record, options, worked_before=worked_before, edited=edited),
        )

    def _continue(self, draft: Draft) -> Step | None:
        preparation = self._sign_ins.get(draft.draft_id).preparation
        if preparation is not None and not preparation.is_over:
            return preparing_wait(draft, preparation.deadline - self._clock.monotonic(), PREPARING_SECONDS)
        if preparation is not None:
            self._sign_ins.seen(draft.draft_id, preparation)
            problem = preparation.take_problem()
            if problem is not None:
                return self._failed(draft, problem)
        progress = self._desk.progress(draft.draft_id)
        if progress is None:
            return self._listing.go_on(draft)
        match progress.phase:
            case SignInPhase.WAITING | SignInPhase.EXCHANGING:
                return sign_in_wait(draft, progress)
            case SignInPhase.DONE:
                self._desk.discard(draft.draft_id)
                return None if progress.result is None else self._succeeded(draft, progress.result)
            case SignInPhase.FAILED:
                self._desk.discard(draft.draft_id)
                return None if progress.problem is None else self._failed(draft, progress.problem)

    def _succeeded(self, draft: Draft, signed_in: SignedIn) -> Step:
        # Only now, not when the tokens were kept: a sign-in that was cancelled meanwhile leaves nothing behind here.
        self._sign_ins.signed_in(draft.draft_id, signed_in)
        kept = self._reader.read(draft).kept
        before = self._grants.record(kept.grant_id) if kept and kept.grant_id is not None else None
        return success_message(
            draft,
            signed_in,
            kept,
            before,
            works_before=self._siblings.works(before),
            is_demo=partial(self._reader.is_demo, kept=kept),
        )

    def _failed(self, draft: Draft, problem: CaptureError) -> Step | None:
        if isinstance(problem, SignInCancelled) and problem.code == "SIGN_IN_CANCELLED":
            return None
        field_id = PORT if isinstance(problem, CallbackPortBusy) else None
        if isinstance(problem, SignInRejected) and problem.code == "APP_CONFIG":
            field_id = CLIENT_ID
        if field_id is not None:
            refused = str(self._reader.read(draft).values.get(field_id, ""))
            marked = {field_id: (refused, str(problem))}
            self._sign_ins.change(draft.draft_id, lambda known: replace(known, refused=marked))
        return failure_message(draft, problem)

    def _paste(self, draft: Draft, act: UserAct) -> Step | None:
        typed = act.values.get(PASTED)
        said = self._desk.paste(draft.draft_id, typed if isinstance(typed, str) else "")
        progress = self._desk.progress(draft.draft_id)
        if progress is None or progress.phase not in {SignInPhase.WAITING, SignInPhase.EXCHANGING}:
            return self._continue(draft)
        return sign_in_wait(draft, progress, paste_error=said, pasted=typed if said and isinstance(typed, str) else "")
