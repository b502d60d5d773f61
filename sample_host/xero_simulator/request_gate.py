"""What every request passes: who may ask at all, counting, faults, and saving before the answer leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from email.utils import formatdate
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sample_host.xero_simulator.fault_answers import answer_through
from sample_host.xero_simulator.fault_places import known_place
from sample_host.xero_simulator.simulated_xero import SimulatedXero

Handler = Callable[[SimulatedXero, Request], Awaitable[Response]]
Places = Callable[[Request], Awaitable[Sequence[str]]]
Endpoint = Callable[[Request], Awaitable[Response]]

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class RequestTooLarge(Exception):
    """The body is larger than this endpoint takes."""


def at(place: str) -> Places:
    """The one place that a route is known under to faults and counters.

    Raises:
        ValueError: It is none of ``PLACES``.
    """
    known_place(place)

    async def places(_request: Request) -> Sequence[str]:
        return (place,)

    return places


def served(simulator: SimulatedXero, handler: Handler, places: Places) -> Endpoint:
    """An endpoint that counts, suffers the faults of its places, and saves what it changed."""

    async def handle(request: Request) -> Response:
        response = await handler(simulator, request)
        if request.method not in ("GET", "HEAD"):
            simulator.save()
        return response

    async def endpoint(request: Request) -> Response:
        try:
            where = await places(request)
            simulator.count_request(where)
            faults = simulator.faults.take_http(where, request.method)
            response = await answer_through(faults, lambda: handle(request), simulator.closing)
            simulator.world.fault_strikes += bool(faults)
            return response
        except RequestTooLarge:
            return PlainTextResponse("The request is too large.", 413)

    return endpoint


async def read_body(request: Request, limit: int = 1024 * 1024) -> bytes:
    """The body of a request, kept for a second reading.

    Raises:
        RequestTooLarge: the body has more bytes than ``limit``.
    """
    kept: bytes | None = getattr(request.state, "body", None)
    if kept is None:
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > limit:
                raise RequestTooLarge
        kept = bytes(content)
        request.state.body = kept
    return kept


async def read_form(request: Request) -> list[tuple[str, str]] | None:
    """The fields of a form post, repeated ones included; None when the body is no such form."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return None
    try:
        return parse_qsl((await read_body(request)).decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        return None


def own_form_rule(request: Request) -> str:
    """What a program that posts a form has to send, as a sentence."""
    return f"A program that posts this form sends the header Origin: http://{request.headers.get('host', 'localhost')}."


def is_own_form(request: Request) -> bool:
    """Whether a form came from a page of this simulator; browsers send Origin with every post."""
    origin = urlsplit(request.headers.get("origin", ""))
    return (
        f"{origin.scheme}://{origin.netloc}" == f"http://{request.headers.get('host')}"
        and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    )


class LoopbackOnly:
    """Refuses requests under a name that is not this machine's own (DNS rebinding), and dates every answer.

    The Date header follows the simulator's clock, since clients judge token times against it.
    """

    def __init__(self, app: ASGIApp, simulator: SimulatedXero) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Date"] = formatdate(self._simulator.now(), usegmt=True)
            await send(message)

        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and self._is_own_name(hosts[0]):
            await self._app(scope, receive, send_dated)
        else:
            refusal = PlainTextResponse("This simulator answers to localhost only.", 421)
            await refusal(scope, receive, send_dated)

    def _is_own_name(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            port = parts.port or 80
        except ValueError:
            return False
        own_port = urlsplit(self._simulator.origin).port or 80
        return parts.hostname in _LOOPBACK_NAMES and port == own_port and parts.username is None and not parts.path
