"""The consent page: who signs in, which organisation is opened, and the way back to the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sample_host.xero_simulator.authorize_rules import AuthorizationRefused, AuthorizationRequest, read_authorization
from sample_host.xero_simulator.control_messages import token_digest
from sample_host.xero_simulator.pages import PAGE_HEADERS, page, refusal_page
from sample_host.xero_simulator.request_gate import is_own_form, own_form_rule, read_form
from sample_host.xero_simulator.simulated_world import AuthorizationCode, RegisteredApp, TenantLink, World, XeroUser
from sample_host.xero_simulator.simulated_xero import SimulatedXero

_PENDING_SECONDS = 30 * 60
_CODE_REMEMBERED_SECONDS = 24 * 3600
_UNCERTIFIED_APPS_PER_ORGANISATION = 2


async def ask_for_consent(simulator: SimulatedXero, request: Request) -> Response:
    """Answer the authorization request of an app."""
    try:
        parameters = parse_qsl(request.url.query, keep_blank_values=True, errors="strict")
    except ValueError:
        return refusal_page("Xero could not sign you in", "The address is damaged.")
    asked = read_authorization(parameters, simulator.world.apps)
    match asked:
        case AuthorizationRefused():
            return refusal_page("Xero could not sign you in", f"{asked.error} : {asked.text}")
        case AuthorizationRequest():
            if simulator.faults.take_deny():
                return _back(simulator, asked, {"error": "access_denied"})
            return _consent_page(simulator, asked, simulator.remember_consent(asked))
        case _:
            assert_never(asked)


async def decide_consent(simulator: SimulatedXero, request: Request) -> Response:
    """Take the person's answer and send the browser back to the app."""
    if not is_own_form(request):
        return refusal_page(
            "Not from this page",
            f"This answer did not come from the simulator's own page. {own_form_rule(request)}",
            403,
        )
    fields = dict(await read_form(request) or [])
    consent_id = fields.get("consent", "")
    pending = simulator.pending.get(consent_id)
    if pending is None or simulator.now() - pending.asked_at > _PENDING_SECONDS:
        return refusal_page("This sign-in is over", "It was answered before, or it took too long. Begin again.")
    asked, world = pending.request, simulator.world
    if fields.get("answer") != "allow":
        del simulator.pending[consent_id]
        return _back(simulator, asked, {"error": "access_denied"})
    user = world.users.get(fields.get("user", ""))
    tenant_id = fields.get("organisation", "")
    if user is None:
        return _consent_page(simulator, asked, consent_id, "Choose who signs in.")
    if tenant_id not in user.organisations and (tenant_id or user.organisations):
        return _consent_page(simulator, asked, consent_id, f"{user.name} has no such organisation.", user)
    if problem := _too_many_links(world, world.apps[asked.client_id], user, tenant_id):
        return _consent_page(simulator, asked, consent_id, problem, user)
    del simulator.pending[consent_id]
    return _back(simulator, asked, {"code": _allow(simulator, asked, user, tenant_id)})


def _consent_page(
    simulator: SimulatedXero,
    asked: AuthorizationRequest,
    consent_id: str,
    problem: str | None = None,
    chosen: XeroUser | None = None,
) -> Response:
    world = simulator.world
    people = [(user, world.organisations_of(user)) for user in world.users.values()]
    return page(
        "consent.html",
        400 if problem else 200,
        app=world.apps[asked.client_id],
        consent_id=consent_id,
        scopes=asked.scopes,
        redirect_uri=asked.redirect_uri,
        people=[(user, organisations, world.labels(organisations)) for user, organisations in people],
        problem=problem,
        chosen=chosen.user_id if chosen else None,
    )


def _too_many_links(world: World, app: RegisteredApp, user: XeroUser, tenant_id: str) -> str | None:
    if not tenant_id or world.link(app.client_id, user.user_id, tenant_id):
        return None
    linked = {link.tenant_id for link in world.links.values() if link.client_id == app.client_id} | {tenant_id}
    if len(linked) > app.link_limit:
        return f"{app.name} has reached its limit of {app.link_limit} connected organisations."
    others = {
        link.client_id
        for link in world.links.values()
        if link.tenant_id == tenant_id and link.client_id != app.client_id and not world.apps[link.client_id].certified
    }
    if not app.certified and len(others) >= _UNCERTIFIED_APPS_PER_ORGANISATION:
        return "This organisation is already connected to two apps that are not certified. Disconnect one first."
    return None


def _allow(simulator: SimulatedXero, asked: AuthorizationRequest, user: XeroUser, tenant_id: str) -> str:
    world, now = simulator.world, simulator.now()
    event_id = simulator.new_id()
    if tenant_id:
        link = world.link(asked.client_id, user.user_id, tenant_id)
        if link:
            # A tenant that was linked before keeps the event it was first linked by.
            link.updated_at = now
        else:
            link_id = simulator.new_id()
            world.links[link_id] = TenantLink(
                link_id, asked.client_id, user.user_id, tenant_id, event_id, created_at=now, updated_at=now
            )
    for old in [digest for digest, code in world.codes.items() if now - code.issued_at > _CODE_REMEMBERED_SECONDS]:
        del world.codes[old]
    code = simulator.new_code()
    world.codes[token_digest(code)] = AuthorizationCode(
        client_id=asked.client_id,
        user_id=user.user_id,
        redirect_uri=asked.redirect_uri,
        challenge=asked.challenge,
        scopes=list(asked.scopes),
        nonce=asked.nonce,
        event_id=event_id,
        issued_at=now,
    )
    return code


def _back(simulator: SimulatedXero, asked: AuthorizationRequest, answer: Mapping[str, str]) -> Response:
    parameters = dict(answer)
    if "code" in answer:
        parameters["scope"] = " ".join(asked.scopes)
    if asked.state is not None:
        parameters["state"] = asked.state
    if "code" in answer:
        parameters["session_state"] = simulator.new_secret()
    if simulator.world.settings.callback_issuer:
        parameters["iss"] = simulator.addresses.issuer
    if edit := simulator.faults.take_callback_edit():
        parameters.update(edit.set)
        for name in edit.remove:
            parameters.pop(name, None)
    joint = "&" if "?" in asked.redirect_uri else "?"
    address = f"{asked.redirect_uri}{joint}{urlencode(parameters, quote_via=quote)}"
    return RedirectResponse(address, 303, PAGE_HEADERS)
