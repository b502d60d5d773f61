"""What answers whoever asks with whose token the request came? A process of its own, so that no peer shares its time.

``python -m benchmarks.mirror_server`` prints its port and ends with its input. Tokens name the sign-in that they belong
to; a refresh token is spent by its use. It is asked by hundreds of threads, so it reads requests and no more.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs

ROUND_TRIP: Final = 0.02
"""Seconds that the token endpoint takes, so that renewals of many sign-ins are under way together."""


class MirrorServer:
    """Such a process; a context manager."""

    def __enter__(self) -> Self:
        self._running = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.mirror_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._running.stdout is not None
        self.origin = f"http://127.0.0.1:{int(self._running.stdout.readline())}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # It ends with its input.
        self._running.communicate()


def refresh_token(owner: str, number: int = 0) -> str:
    """The refresh token of a sign-in that was renewed so often."""
    return f"refresh.{owner}.{number}"


def owner_of(bearer: str) -> str:
    """Whose access token that is, given an ``Authorization`` header; nobody's if it is none."""
    _, _, token = bearer.partition(" ")
    return token.split(".")[1] if token.startswith("access.") else ""


class _Mirror:
    def __init__(self) -> None:
        self.serving: set[asyncio.Task[None]] = set()
        self._spent: set[str] = set()

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer on one connection until it is closed."""
        serving = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self.serving.add(serving)
        serving.add_done_callback(self.serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").splitlines()
                headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                answer = await self._renewed(body) if first.startswith("POST") else (200, _seen(headers))
                _write(writer, *answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # whoever asked is gone
        finally:
            writer.close()

    async def _renewed(self, body: bytes) -> tuple[int, dict[str, object]]:
        (token,) = parse_qs(body.decode())["refresh_token"]
        _, owner, number = token.split(".")
        is_spent = token in self._spent
        self._spent.add(token)
        await asyncio.sleep(ROUND_TRIP)
        if is_spent:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": f"access.{owner}.{int(number) + 1}",
            "refresh_token": refresh_token(owner, int(number) + 1),
            "token_type": "Bearer",
            "expires_in": 1800,
            "scope": "offline_access",
        }


def _seen(headers: dict[str, str]) -> dict[str, object]:
    return {"owner": owner_of(headers.get("authorization", "")), "tenant": headers.get("xero-tenant-id")}


def _write(writer: asyncio.StreamWriter, status: int, told: dict[str, object]) -> None:
    body = json.dumps(told).encode()
    head = f"HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)


async def _run() -> None:
    mirror = _Mirror()
    server = await asyncio.start_server(mirror.serve, "127.0.0.1", 0, backlog=256)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.close()
    for serving in mirror.serving:
        serving.cancel()
    await asyncio.gather(*mirror.serving, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(_run())
