"""What keeps other websites from using this host through its person's browser.

Every request is checked before any work is done: the ``Host`` (against DNS rebinding), and for everything that may
change something the ``Origin`` and the session's own token. Every answer, errors included, carries the headers that
keep a page from being framed, sniffed, cached or scripted from elsewhere.
"""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sample_host.web.web_sessions import BrowserSessions

BODY_LIMIT: Final = 8 * 1024 * 1024
"""Largest request body in bytes: room for a file of a megabyte, every byte of it escaped."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

_STALE: Final = "This page is older than the host's present run. Nothing was changed; open the page again."


class Guard:
    """Checks requests and adds headers to answers.

    Args:
        app: What is guarded.
        sessions: Knows the tokens.
        port: The port that browsers use to reach the host.
    """

    def __init__(self, app: ASGIApp, sessions: BrowserSessions, port: int) -> None:
        self._app = app
        self._sessions = sessions
        self._hosts = frozenset(f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]"))
        self._cookie = cookie_name(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if not scope["path"].startswith("/static/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if host not in self._hosts or len(headers.getlist("host")) != 1:
            return PlainTextResponse("This host answers under its own name only.", status_code=421)
        if scope["method"] in ("GET", "HEAD"):
            return None
        if headers.get("origin") != f"http://{host}":
            return _refused("This came from another website, so nothing was done.")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _refused("Only the host's own pages may do this, so nothing was done.")
        session = self._sessions.find(cookie_parser(headers.get("cookie", "")).get(self._cookie, ""))
        if session is None or not session.fits(headers.get("x-csrf-token", "")):
            return _refused(_STALE)
        length = headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or int(length) > BODY_LIMIT:
            return JSONResponse({"problem": "This is too long. Nothing was changed."}, status_code=413)
        return None


def _refused(sentence: str) -> Response:
    return JSONResponse({"problem": sentence}, status_code=403)


def cookie_name(port: int) -> str:
    """The session cookie's name. It carries the port, because cookies are shared by all ports of a machine."""
    return f"capture-session-{port}"
