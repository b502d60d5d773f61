"""What does the browser show at the end of a sign-in? Pages without scripts, links or anything loaded."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final

from xero_connections_plugin.oauth.callback_verdict import Page

_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f4f5f7,#15171a);"
    "color:light-dark(#1c1f23,#e8eaed);font:1rem/1.55 system-ui,sans-serif}"
    "main{box-sizing:border-box;max-width:30rem;margin:1.5rem;padding:2rem 2.25rem;border-radius:.75rem;"
    "background:light-dark(#fff,#1f2226);border:1px solid light-dark(#dfe2e6,#33383e)}"
    "h1{margin:0 0 .75rem;font-size:1.35rem;line-height:1.3;font-weight:600}"
    "p{margin:0;overflow-wrap:anywhere}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

SECURITY_HEADERS: Final = (
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
"""Sent with every answer: nothing is loaded, framed, kept or told to others (R24, R36, R60)."""


def render_page(page: Page, *, app_label: str, host_name: str) -> bytes:
    """The page as UTF-8; the names are text, whatever they hold."""
    title, text = _words(page, app_label, host_name)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></body></html>"
    ).encode("utf-8", "replace")


def _words(page: Page, app: str, host: str) -> tuple[str, str]:
    match page:
        case Page.RECEIVED:
            return "Access received", (
                f"Access was received for {app}. The result is shown in {host}; you may close this page."
            )
        case Page.DENIED:
            return "Access was not allowed", (
                f"{app} was given no access, and nothing was changed. You may close this page and go back to {host}."
            )
        case Page.FAILED:
            return "The sign-in did not succeed", (
                f"What happened is shown in {host}, and nothing was changed. You may close this page."
            )
        case Page.ALREADY:
            return "Already done", f"This answer was received before. The result is shown in {host}; close this page."
        case Page.EXPIRED:
            return "This sign-in is over", f"It was cancelled or took too long. Go back to {host} to start it again."
        case Page.NEUTRAL:
            return "Nothing to see here", "This address has nothing to show. A sign-in that is under way goes on."
