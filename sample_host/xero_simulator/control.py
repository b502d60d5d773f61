"""The control interface: what tests and hosts may do to the simulator, as small JSON commands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sample_host.xero_simulator import control_messages as messages
from sample_host.xero_simulator.faults import FAULT_READER
from sample_host.xero_simulator.request_gate import is_own_form, read_body
from sample_host.xero_simulator.simulated_world import Organisation, RegisteredApp, World
from sample_host.xero_simulator.simulated_xero import SimulatedXero
from sample_host.xero_simulator.starting_world import add_organisation

Command = TypeVar("Command", bound=BaseModel)

_LARGEST_COMMAND = 16 * 1024 * 1024


class CommandRefused(Exception):
    """The command names something that does not exist."""


async def answer_control(simulator: SimulatedXero, request: Request) -> Response:
    """Carry out one command; every command needs JSON, which no page of another site can post."""
    if "origin" in request.headers and not is_own_form(request):
        return _refused("The control interface does not answer to other pages.", 403)
    command = request.path_params["command"]
    try:
        if request.method == "GET":
            if command != "state":
                return _refused("There is no such command.", 404)
            return _json(snapshot(simulator))
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            return _refused("Commands are JSON.", 415)
        perform = _COMMANDS.get(command)
        if perform is None:
            return _refused("There is no such command.", 404)
        return _json(perform(simulator, await read_body(request, _LARGEST_COMMAND) or b"{}"))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return _refused(f"The command is not valid: {wrong}", 422)
    except CommandRefused as error:
        return _refused(str(error), 404)


def snapshot(simulator: SimulatedXero) -> messages.SimulatorState:
    """Everything that assertions may want to know; no token, no secret."""
    world = simulator.world
    grants = [
        messages.GrantState(
            user=world.users[grant.user_id].key,
            client_id=grant.client_id,
            scopes=grant.scopes,
            revoked=grant.revoked,
            refreshes=sum(family.refreshes for family in grant.families.values()),
        )
        for grant in world.grants.values()
    ]
    return messages.SimulatorState(
        now=simulator.now(),
        requests=world.request_counts,
        fault_strikes=world.fault_strikes,
        refreshes=sum(grant.refreshes for grant in grants),
        early_refreshes=world.early_refreshes,
        grants=grants,
        tokens={
            digest: messages.TokenCounters(presented=count.presented, rotated=count.rotated, refused=count.refused)
            for digest, count in world.token_counts.items()
        },
        links=[
            messages.LinkState(
                link_id=link.link_id,
                user=world.users[link.user_id].key,
                client_id=link.client_id,
                organisation=world.organisations[link.tenant_id].key,
                tenant_id=link.tenant_id,
            )
            for link in world.links.values()
        ],
        invoices=_invoices(world),
        faults=[messages.FaultState(fault_id=one, fault=fault) for one, fault in simulator.faults.active()],
    )


def _invoices(world: World) -> list[messages.InvoiceState]:
    return [
        messages.InvoiceState(
            organisation=world.organisations[tenant_id].key,
            tenant_id=tenant_id,
            invoice_id=invoice["InvoiceID"],
            type=invoice["Type"],
            status=invoice["Status"],
            invoice_number=invoice["InvoiceNumber"] or None,
            reference=invoice["Reference"] or None,
            contact=invoice["Contact"]["Name"],
            total=invoice["Total"],
            attachments=[
                messages.AttachmentState(
                    file_name=attachment.file_name,
                    mime_type=attachment.mime_type,
                    size=len(attachment.content),
                    sha256=hashlib.sha256(attachment.content).hexdigest(),
                )
                for attachment in ledger.attachments_of(invoice["InvoiceID"])
            ],
        )
        for tenant_id, ledger in world.ledgers.items()
        for invoice in ledger.invoices.values()
    ]


def revoke(simulator: SimulatedXero, user_id: str | None, client_id: str | None) -> int:
    """End sign-ins from Xero's side: tokens dead at once, links gone; answers how many."""
    world = simulator.world
    ended = [
        grant
        for grant in world.grants.values()
        if not grant.revoked and user_id in (None, grant.user_id) and client_id in (None, grant.client_id)
    ]
    for grant in ended:
        world.revoke(grant)
        world.expire_access_tokens(grant.client_id, grant.user_id)
    return len(ended)


def unlink(simulator: SimulatedXero, tenant_id: str, user_id: str | None, client_id: str | None) -> int:
    """Cut the links to an organisation from Xero's side; the app is not told. Answers how many were cut."""
    cut = [
        link.link_id
        for link in simulator.world.links.values()
        if link.tenant_id == tenant_id and user_id in (None, link.user_id) and client_id in (None, link.client_id)
    ]
    for link_id in cut:
        del simulator.world.links[link_id]
    return len(cut)


def _user_id(world: World, wanted: str | None) -> str | None:
    if wanted is None:
        return None
    if user := world.find_user(wanted):
        return user.user_id
    raise CommandRefused(f"There is no user {wanted!r}.")


def _register_app(simulator: SimulatedXero, command: messages.AppToRegister) -> messages.Done:
    simulator.world.apps[command.client_id] = RegisteredApp(**command.model_dump())
    return messages.Done(made=command.client_id)


def _add_redirect_uri(simulator: SimulatedXero, command: messages.RedirectUriToAdd) -> messages.Done:
    app = simulator.world.apps.get(command.client_id)
    if app is None:
        raise CommandRefused("There is no such app.")
    if command.redirect_uri not in app.redirect_uris:
        app.redirect_uris.append(command.redirect_uri)
    return messages.Done()


def _add_organisation(simulator: SimulatedXero, command: messages.OrganisationToAdd) -> messages.Done:
    user = simulator.world.find_user(command.user)
    if user is None:
        raise CommandRefused(f"There is no user {command.user!r}.")
    tenant_id = simulator.new_id()
    organisation = Organisation(tenant_id, tenant_id, command.name, command.tenant_type, command.demo)
    add_organisation(simulator.world, organisation, simulator.now())
    user.organisations.append(tenant_id)
    return messages.Done(made=tenant_id)


def _change(simulator: SimulatedXero, command: messages.SettingsChange) -> messages.Done:
    changes = command.model_dump(exclude_none=True)
    for name, value in changes.items():
        setattr(simulator.world.settings, name, value)
    return messages.Done(changed=len(changes))


def _move_clock(simulator: SimulatedXero, command: messages.ClockChange) -> messages.Done:
    if command.frozen is True:
        simulator.clock.freeze()
    simulator.clock.advance(command.advance_seconds)
    if command.frozen is False:
        simulator.clock.unfreeze()
    return messages.Done()


def _set_fault(simulator: SimulatedXero, body: bytes) -> messages.Done:
    return messages.Done(made=simulator.faults.add(FAULT_READER.validate_json(body)))


def _clear_faults(simulator: SimulatedXero, _body: bytes) -> messages.Done:
    count = len(simulator.faults.active())
    simulator.faults.clear()
    return messages.Done(changed=count)


def _revoke(simulator: SimulatedXero, command: messages.WhoseTokens) -> messages.Done:
    return messages.Done(changed=revoke(simulator, _user_id(simulator.world, command.user), command.client_id))


def _expire(simulator: SimulatedXero, command: messages.WhoseTokens) -> messages.Done:
    user_id = _user_id(simulator.world, command.user)
    return messages.Done(changed=simulator.world.expire_access_tokens(command.client_id, user_id))


def _unlink(simulator: SimulatedXero, command: messages.LinksToCut) -> messages.Done:
    organisation = simulator.world.find_organisation(command.organisation)
    if organisation is None:
        raise CommandRefused(f"There is no organisation {command.organisation!r}.")
    user_id = _user_id(simulator.world, command.user)
    return messages.Done(changed=unlink(simulator, organisation.tenant_id, user_id, command.client_id))


def _reset(simulator: SimulatedXero, _body: bytes) -> messages.Done:
    simulator.reset()
    return messages.Done()


def _typed(
    model: type[Command], perform: Callable[[SimulatedXero, Command], messages.Done]
) -> Callable[[SimulatedXero, bytes], messages.Done]:
    return lambda simulator, body: perform(simulator, model.model_validate_json(body))


_COMMANDS: dict[str, Callable[[SimulatedXero, bytes], messages.Done]] = {
    "apps": _typed(messages.AppToRegister, _register_app),
    "redirect-uris": _typed(messages.RedirectUriToAdd, _add_redirect_uri),
    "organisations": _typed(messages.OrganisationToAdd, _add_organisation),
    "settings": _typed(messages.SettingsChange, _change),
    "clock": _typed(messages.ClockChange, _move_clock),
    "faults": _set_fault,
    "clear": _clear_faults,
    "revoke": _typed(messages.WhoseTokens, _revoke),
    "expire-access-tokens": _typed(messages.WhoseTokens, _expire),
    "unlink": _typed(messages.LinksToCut, _unlink),
    "reset": _reset,
}


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(), media_type="application/json")


def _refused(message: str, status: int) -> Response:
    return JSONResponse({"message": message}, status)
