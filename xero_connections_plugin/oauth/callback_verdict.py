"""Which of the requests that reach the callback may end the wait, and what is each one answered?

Any local page and any program on this machine can send requests here, so only the one with the pending state counts;
all else is answered neutrally and the wait goes on (R11). A pasted address is read by the same rules.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import SecretStr

from xero_connections_plugin.oauth.authorization import CALLBACK_PATH
from xero_connections_plugin.oauth.token_messages import clean_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xero_connections_plugin.oauth.authorization import Attempt

_PARAMETERS: Final = frozenset({"code", "state", "error", "error_description", "error_uri", "iss"})
"""Of these, each may stand at most once (RFC 6749 section 3.1)."""
_MOST_PARAMETERS: Final = 50
_CODE: Final = re.compile(r"[\x20-\x7e]+")
"""RFC 6749 appendix A.11; the listener's cap on the request line is the only one on its length (R48)."""
_TARGET: Final = re.compile(r"[!-~]+")
"""URIs are ASCII without spaces (RFC 3986); whatever else a target holds, no browser sent it."""
_PASTE_LIMIT: Final = 64 * 1024


class Page(StrEnum):
    """What the browser is shown."""

    RECEIVED = "received"
    DENIED = "denied"
    FAILED = "failed"
    ALREADY = "already"
    EXPIRED = "expired"
    NEUTRAL = "neutral"


CLEAN_PATHS: Final[Mapping[Page, str]] = {
    Page.RECEIVED: f"{CALLBACK_PATH}/done",
    Page.DENIED: f"{CALLBACK_PATH}/denied",
    Page.FAILED: f"{CALLBACK_PATH}/failed",
    Page.EXPIRED: f"{CALLBACK_PATH}/expired",
}
"""Where the browser is sent after its answer, so that the code leaves the address bar (R25)."""


class Refusal(StrEnum):
    """Why a request changed nothing."""

    ELSEWHERE = "elsewhere"
    METHOD = "method"
    MALFORMED = "malformed"
    OTHER_SIGN_IN = "other_sign_in"
    NO_ANSWER = "no_answer"
    ALREADY_TAKEN = "already_taken"
    TOO_LATE = "too_late"


_NOT_THE_END: Final = (
    "This is not the address that the sign-in ends on: that one begins with {}?code=. Finish the sign-in in the "
    "browser, then copy the whole address of the error page."
)
_EXPLAINED: Final[Mapping[Refusal, str]] = {
    Refusal.ELSEWHERE: _NOT_THE_END,
    Refusal.METHOD: _NOT_THE_END,
    Refusal.MALFORMED: _NOT_THE_END,
    Refusal.OTHER_SIGN_IN: (
        "This address belongs to another sign-in, perhaps an earlier one. Open the sign-in address again."
    ),
    Refusal.NO_ANSWER: "This address holds no answer. Copy the whole address of the error page, to its very end.",
    Refusal.ALREADY_TAKEN: "The answer to this sign-in was received already.",
    Refusal.TOO_LATE: "This sign-in is over. Please start it again.",
}


@dataclass(frozen=True)
class IncomingRequest:
    """A request as it stood on the wire."""

    method: str
    target: str = field(repr=False)
    """Undecoded; may hold the code."""
    hosts: tuple[str, ...]
    """Every ``Host`` header."""


@dataclass(frozen=True)
class CodeReceived:
    """The person allowed access."""

    code: SecretStr


@dataclass(frozen=True)
class ErrorReceived:
    """The server sent the person back without a code."""

    error: str
    """Such as ``access_denied``; allowed characters only."""


@dataclass(frozen=True)
class ForeignAnswer:
    """The answer names another issuer: a mix-up, whose code must go nowhere (RFC 9207 section 2.4)."""


CallbackOutcome = CodeReceived | ErrorReceived | ForeignAnswer


@dataclass(frozen=True)
class Taken:
    """The one request that ended the wait; or the first that would have, if it had come in time."""

    target: SecretStr
    page: Page


@dataclass(frozen=True)
class Verdict:
    """What to answer, and what the request means for the attempt: nothing, unless there is an outcome."""

    status: int
    page: Page
    outcome: CallbackOutcome | None = None
    refusal: Refusal | None = None

    @property
    def location(self) -> str | None:
        """The clean path that a 303 leads to."""
        return CLEAN_PATHS[self.page] if self.status == 303 else None


TOO_LATE: Final = Verdict(410, Page.EXPIRED, refusal=Refusal.TOO_LATE)
"""For whatever comes after the end of an attempt, when the port is about to close."""

LATE_ANSWER: Final = Verdict(303, Page.EXPIRED, refusal=Refusal.TOO_LATE)
"""For the right answer just after the time limit: the port lives on for a clean page that says so."""


def judge(attempt: Attempt, request: IncomingRequest, taken: Taken | None) -> Verdict:
    """What this request is answered and means; pure.

    Args:
        attempt: What is waited for.
        request: What came in.
        taken: What was accepted before, if anything: then nothing has an outcome any more (R26).
    """
    if len(request.hosts) != 1 or not _TARGET.fullmatch(request.target):
        return _refused(400, Refusal.MALFORMED)
    if request.hosts[0].lower() not in _hosts_of(attempt.redirect_uri):
        return _refused(421, Refusal.ELSEWHERE)
    path, _, query = request.target.partition("?")
    if taken is not None and path == CLEAN_PATHS[taken.page]:
        if request.method != "GET":
            return _refused(405, Refusal.METHOD)
        return Verdict(200, taken.page, refusal=Refusal.TOO_LATE if taken.page is Page.EXPIRED else None)
    if path != CALLBACK_PATH:
        return _refused(404, Refusal.ELSEWHERE)
    if request.method != "GET":
        return _refused(405, Refusal.METHOD)
    if taken is not None:
        same = hmac.compare_digest(request.target.encode(), taken.target.get_secret_value().encode())
        if same and taken.page is Page.EXPIRED:
            return LATE_ANSWER
        return Verdict(200 if same else 400, Page.ALREADY if same else Page.NEUTRAL, refusal=Refusal.ALREADY_TAKEN)
    return _read_answer(attempt, query)


def judge_pasted(attempt: Attempt, address: str, taken: Taken | None) -> Verdict:
    """The same for the address of the error page that a browser elsewhere ended on."""
    pasted = address.strip().strip("<>\"'").strip()
    # Browsers hide the scheme of an address that they could not reach.
    if "://" not in pasted:
        pasted = f"http://{pasted}"
    try:
        parts = urlsplit(pasted)
    except ValueError:
        return _refused(400, Refusal.MALFORMED)
    if len(pasted) > _PASTE_LIMIT or not pasted.isascii() or not pasted.isprintable():
        return _refused(400, Refusal.MALFORMED)
    if parts.scheme != "http":
        return _refused(404, Refusal.ELSEWHERE)
    return judge(attempt, IncomingRequest("GET", f"{parts.path}?{parts.query}", (parts.netloc,)), taken)


def explain_paste(verdict: Verdict, redirect_uri: str) -> str:
    """What to tell the person who pasted; empty when the address was accepted."""
    return "" if verdict.refusal is None else _EXPLAINED[verdict.refusal].format(redirect_uri)


def _hosts_of(redirect_uri: str) -> frozenset[str]:
    netloc = urlsplit(redirect_uri).netloc
    # Browsers leave the default port out of the Host header.
    return frozenset({netloc, netloc.removesuffix(":80")})


def _refused(status: int, refusal: Refusal) -> Verdict:
    return Verdict(status, Page.NEUTRAL, refusal=refusal)


def _read_answer(attempt: Attempt, query: str) -> Verdict:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return _refused(400, Refusal.MALFORMED)
    known = [pair for pair in pairs if pair[0] in _PARAMETERS]
    found = {name: value for name, value in known if value}
    if len(known) != len({name for name, _ in known}):
        return _refused(400, Refusal.MALFORMED)
    state = found.get("state", "")
    if not hmac.compare_digest(state.encode(), attempt.state.get_secret_value().encode()):
        return _refused(400, Refusal.OTHER_SIGN_IN if state else Refusal.NO_ANSWER)
    code, error = found.get("code"), found.get("error")
    if (code is None) == (error is None):
        return _refused(400, Refusal.NO_ANSWER)
    # Checked for errors too: what another server says is not passed on as this one's word (R42).
    if "iss" in found and found["iss"] != attempt.issuer:
        return Verdict(303, Page.FAILED, outcome=ForeignAnswer())
    if error is not None:
        page = Page.DENIED if error == "access_denied" else Page.FAILED
        return Verdict(303, page, outcome=ErrorReceived(clean_error(error) or "unknown_error"))
    if code is None or not _CODE.fullmatch(code):
        return _refused(400, Refusal.MALFORMED)
    return Verdict(303, Page.RECEIVED, outcome=CodeReceived(SecretStr(code)))
