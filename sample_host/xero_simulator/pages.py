"""Pages of the simulator: one renderer, one set of protective headers."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

_ROOM = Path(__file__).parent
STATIC = _ROOM / "static"

# form-action applies to redirects as well: without localhost here a browser would block the way back to the callback.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' http://localhost:* http://127.0.0.1:*"
)
# "same-origin", as "no-referrer" would make browsers send "Origin: null" with the pages' own forms.
PAGE_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(_ROOM / "templates"), autoescape=True, undefined=StrictUndefined)


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A rendered page; every value is shown as text."""
    return HTMLResponse(_templates().get_template(template).render(values), status, PAGE_HEADERS)


def refusal_page(title: str, text: str, status: int = 400) -> HTMLResponse:
    """A page that says why this goes no further."""
    return page("refusal.html", status, title=title, text=text)
