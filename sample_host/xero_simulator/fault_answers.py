"""How each fault looks on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, assert_never

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from sample_host.xero_simulator.faults import (
    Answer,
    CutOff,
    Drip,
    EditAnswer,
    HttpFault,
    Huge,
    RateLimited,
    Reset,
    Slow,
    Stage,
    TokenError,
    Truncated,
)

_CHUNK = 64 * 1024


class ResetResponse(Response):
    """Sends what it is given, then resets the TCP connection instead of ending the message."""

    def __init__(self, sent: Response | None = None) -> None:
        super().__init__()
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = scope["state"]["transport"]
        if self._sent is not None:
            body = bytes(self._sent.body)
            headers = [(k, v) for k, v in self._sent.raw_headers if k != b"content-length"]
            # The whole length is promised, so that the client knows that it got a part.
            headers.append((b"content-length", str(max(2, len(body))).encode()))
            await send({"type": "http.response.start", "status": self._sent.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            # A reset discards what the kernel has not sent yet; on loopback a moment is enough.
            await asyncio.sleep(0.02)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            # Linger zero makes close() send RST; Windows declares the two members as short.
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


async def answer_through(
    faults: Sequence[HttpFault], handle: Callable[[], Awaitable[Response]], closing: asyncio.Event
) -> Response:
    """Handle a request as the faults want it: delayed, replaced, spoiled or not at all."""
    spoil = next((fault for fault in faults if not isinstance(fault, Slow)), None)
    delays = [fault for fault in faults if isinstance(fault, Slow)]
    await _wait(sum(fault.seconds for fault in delays if fault.stage is Stage.BEFORE), closing)
    response: Response | None = None
    if spoil is None or spoil.stage is Stage.AFTER or isinstance(spoil, CutOff | Truncated | Drip | EditAnswer):
        response = await handle()
    await _wait(sum(fault.seconds for fault in delays if fault.stage is Stage.AFTER), closing)
    if spoil is not None:
        return _spoiled(spoil, response or Response(), closing)
    return response or Response()


def _spoiled(fault: HttpFault, response: Response, closing: asyncio.Event) -> Response:
    match fault:
        case Answer():
            return Response(fault.body, fault.status, {**fault.headers, "Content-Type": fault.content_type})
        case TokenError():
            error = {"error": fault.error}
            if fault.description is not None:
                error["error_description"] = fault.description
            return _json(error, fault.status)
        case Reset():
            return ResetResponse()
        case CutOff():
            return ResetResponse(response)
        case Truncated():
            body = bytes(response.body)
            return Response(body[: len(body) // 2], response.status_code, media_type="application/json")
        case Huge():
            return _huge(fault)
        case Drip():
            return _dripping(bytes(response.body), response, fault.seconds_per_byte, closing)
        case EditAnswer():
            return _edited(fault, response)
        case RateLimited():
            headers = {"X-Rate-Limit-Problem": fault.problem}
            if fault.retry_after is not None:
                headers["Retry-After"] = str(fault.retry_after)
            return Response("", 429, headers)
        case Slow():
            return response
        case _:
            assert_never(fault)


def _edited(fault: EditAnswer, response: Response) -> Response:
    try:
        content: Any = json.loads(bytes(response.body))
    except ValueError:
        return response
    for item in content if isinstance(content, list) else [content]:
        if isinstance(item, dict):
            item.update(fault.set)
            for name in fault.remove:
                item.pop(name, None)
    edited = _json(content, response.status_code)
    for name, value in response.headers.items():
        if name.lower() not in ("content-length", "content-type"):
            edited.headers[name] = value
    return edited


def _huge(fault: Huge) -> Response:
    async def content() -> AsyncIterator[bytes]:
        left = fault.size
        while left > 0:
            yield b"a" * min(_CHUNK, left)
            left -= _CHUNK
            await asyncio.sleep(0)

    if fault.gzip:
        packed = gzip.compress(b'{"padding": "' + b"a" * fault.size, compresslevel=6)
        return Response(packed, media_type="application/json", headers={"Content-Encoding": "gzip"})
    return StreamingResponse(content(), media_type="application/json", headers={"Content-Length": str(fault.size)})


def _dripping(body: bytes, response: Response, seconds: float, closing: asyncio.Event) -> Response:
    async def content() -> AsyncIterator[bytes]:
        for position in range(len(body)):
            yield body[position : position + 1]
            await _wait(seconds, closing)
            if closing.is_set():
                return

    headers = {"Content-Type": "application/json"}
    return StreamingResponse(content(), response.status_code, headers)


async def _wait(seconds: float, closing: asyncio.Event) -> None:
    if seconds > 0:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), seconds)


def _json(content: object, status: int) -> Response:
    return Response(json.dumps(content), status, media_type="application/json")
