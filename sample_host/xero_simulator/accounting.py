"""The accounting API's front: who may call, how often, with which headers, and which resource answers."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from sample_host.xero_simulator.accounting_resources import RESOURCES, Call, answer_call
from sample_host.xero_simulator.attachment_rules import LARGEST_BYTES
from sample_host.xero_simulator.bearer_check import Caller, check_bearer, check_scope, check_tenant
from sample_host.xero_simulator.gateway_errors import AccountingError, GatewayError
from sample_host.xero_simulator.rate_limits import LimitProblem, Limits, Remaining
from sample_host.xero_simulator.request_gate import read_body
from sample_host.xero_simulator.simulated_world import RememberedAnswer
from sample_host.xero_simulator.simulated_xero import SimulatedXero

_KEY_KEPT_SECONDS = 6 * 60
_LONGEST_KEY = 128
_LONGEST_BODY = 4 * 1024 * 1024


async def accounting_places(request: Request) -> Sequence[str]:
    """The places of a call: in general, and by its resource (attachments are one of their own)."""
    segments = request.path_params["path"].split("/")
    resource = "Attachments" if len(segments) > 2 and segments[2] == "Attachments" else segments[0]
    return ("accounting", f"accounting:{resource}")


def within_concurrency(
    simulator: SimulatedXero, endpoint: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that refuses a sixth call while five of the same app and tenant are being answered."""

    async def limited(request: Request) -> Response:
        try:
            caller = check_bearer(simulator, request)
            tenant_id = check_tenant(simulator, request, caller)
        except GatewayError:
            return await endpoint(request)
        limits = simulator.limits
        problem = limits.begin(caller.client_id, tenant_id, simulator.world.settings.concurrent_limit)
        if problem:
            return _too_many(problem)
        try:
            return await endpoint(request)
        finally:
            limits.end(caller.client_id, tenant_id)

    return limited


async def answer_accounting(simulator: SimulatedXero, request: Request) -> Response:
    """Answer one call as the accounting API does, refusals included."""
    try:
        caller = check_bearer(simulator, request)
        tenant_id = check_tenant(simulator, request, caller)
        segments = request.path_params["path"].split("/")
        place = (await accounting_places(request))[1].removeprefix("accounting:")
        resource = RESOURCES.get(place)
        if resource is None or simulator.world.organisations[tenant_id].tenant_type != "ORGANISATION":
            raise GatewayError(
                404 if resource is None else 403, "AuthenticationUnsuccessful" if resource else "NotFound"
            )
        check_scope(caller, resource.read_scopes if request.method == "GET" else resource.write_scopes)
        if place != "Attachments" and "application/json" not in request.headers.get("accept", ""):
            raise GatewayError(406, "Accept must contain application/json.")
        counted = simulator.limits.count(caller.client_id, tenant_id, simulator.now(), _limits(simulator, caller))
        if isinstance(counted, LimitProblem):
            return _too_many(counted)
    except GatewayError as error:
        return error.response(simulator)
    body = await read_body(request, LARGEST_BYTES + 1024 if place == "Attachments" else _LONGEST_BODY)
    call = Call(
        method=request.method,
        segments=tuple(segments),
        query=dict(request.query_params),
        body=body,
        content_type=request.headers.get("content-type", ""),
        organisation=simulator.world.organisations[tenant_id],
        ledger=simulator.world.ledger(tenant_id),
        now=simulator.now(),
    )
    try:
        response = _once(simulator, request, caller, call)
    except AccountingError as refusal:
        response = refusal.response()
    return _with_headers(simulator, response, counted)


def _once(simulator: SimulatedXero, request: Request, caller: Caller, call: Call) -> Response:
    """Answer a call; one that repeats an idempotency key gets the first answer again."""
    key = request.headers.get("idempotency-key")
    if key is None or call.method == "GET":
        return answer_call(simulator, call)
    if not 0 < len(key) <= _LONGEST_KEY:
        raise AccountingError(f"The Idempotency-Key must have 1 to {_LONGEST_KEY} characters.")
    remembered = simulator.world.remembered
    for old in [name for name, answer in remembered.items() if call.now - answer.kept_at > _KEY_KEPT_SECONDS]:
        del remembered[old]
    name = _digest(caller.client_id, call.organisation.tenant_id, key)
    asked = _digest(call.method, "/".join(call.segments), str(sorted(call.query.items())), call.body.hex())
    known = remembered.get(name)
    if known is not None:
        if known.request_digest != asked:
            raise AccountingError("The Idempotency-Key was used for another request.", kind="IdempotencyException")
        return Response(known.body, known.status, media_type="application/json")
    try:
        response = answer_call(simulator, call)
    except AccountingError as refusal:
        response = refusal.response()
    remembered[name] = RememberedAnswer(asked, response.status_code, bytes(response.body), call.now)
    return response


def _limits(simulator: SimulatedXero, caller: Caller) -> Limits:
    settings = simulator.world.settings
    app_day_limit = simulator.world.apps[caller.client_id].day_limit
    return Limits(
        minute=settings.minute_limit,
        app_minute=settings.app_minute_limit,
        day=app_day_limit if settings.day_limit is None else settings.day_limit,
        concurrent=settings.concurrent_limit,
    )


def _too_many(problem: LimitProblem) -> Response:
    headers = {"X-Rate-Limit-Problem": problem.problem}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    return Response("", 429, headers)


def _with_headers(simulator: SimulatedXero, response: Response, remaining: Remaining) -> Response:
    response.headers.update(remaining.headers())
    response.headers["Xero-Correlation-Id"] = simulator.new_id()
    return response


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
