"""A browser's part in a conversation with the host, without a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from copy import copy
from typing import Any

import httpx
from starlette.types import ASGIApp

from sample_host.app import SampleHost
from sample_host.web.web_app import make_web_app
from tests.canaries import find_marks
from tests.secret_watch import without_sign_in_addresses

PORT = 8000
ORIGIN = f"http://localhost:{PORT}"


class InProcess(httpx.BaseTransport):
    """Hands requests to an application without a network."""

    def __init__(self, app: ASGIApp) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._handle(request))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(request)
        content = await answer.aread()
        _check_for_secrets(request, answer.headers, content)
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


def _check_for_secrets(request: httpx.Request, headers: httpx.Headers, content: bytes) -> None:
    """No answer holds a secret, except the address that its own person is to open."""
    shown = without_sign_in_addresses(f"{headers!r}\n{content.decode('utf-8', 'replace')}")
    if found := find_marks(shown):
        raise AssertionError(f"{request.method} {request.url.path} answered secrets: {found}")


def client_of(host: SampleHost, origin: str = ORIGIN) -> httpx.Client:
    """A browser that has not opened anything yet, and a new application around the host."""
    return httpx.Client(transport=InProcess(make_web_app(host, PORT)), base_url=origin)


class PageClient:
    """Opens a page and acts on it as the host's own script does."""

    def __init__(self, host: SampleHost) -> None:
        self._app = InProcess(make_web_app(host, PORT))
        self.http = httpx.Client(transport=self._app, base_url=ORIGIN)
        self.window = "w1"
        self.token = ""
        self.layers: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {}

    def beside(self) -> PageClient:
        """Another browser at the same application."""
        other = copy(self)
        other.http = httpx.Client(transport=self._app, base_url=ORIGIN)
        other.token = ""
        other.layers = []
        return other

    def open(self, path: str) -> str:
        html = self.http.get(path).text
        found = re.search(r'name="csrf-token" content="([^"]+)"', html)
        if found is not None:
            self.token = found[1]
        return html

    def headers(self, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
        headers: dict[str, str | None] = {"Origin": ORIGIN, "X-CSRF-Token": self.token, "X-Window": self.window}
        headers.update(changes or {})
        return {name: value for name, value in headers.items() if value is not None}

    def post(self, path: str, body: object) -> dict[str, Any]:
        response = self.http.post(path, json=body, headers=self.headers())
        answer: dict[str, Any] = response.json()
        if "layers" in answer:
            self.layers = answer["layers"]
        self.answer = answer
        return answer

    def act(self, action: str, *, tab: str = "everything", row: str | None = None) -> str:
        """An act of the tab itself; answers the HTML of the topmost layer."""
        self.post("/act", {"layer": None, "tab": tab, "action": action, "row": row})
        return self.top

    def press(self, action: str, values: Mapping[str, object] | None = None) -> str:
        """An act of the topmost layer."""
        self.post("/act", {"layer": self.layers[-1]["key"], "action": action, "values": dict(values or {})})
        return self.top

    @property
    def top(self) -> str:
        return str(self.layers[-1]["html"]) if self.layers else ""
