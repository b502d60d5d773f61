"""What can go wrong with a sign-in, and what this project promises then: every case with its id, and the invariants.

A case is tested by every test whose name begins with ``test_`` and its id; ``case_table`` makes docs/reliability.md
of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong, and what is expected."""

    case_id: str
    case: str
    expected: str


@dataclass(frozen=True)
class Part:
    """Cases of one kind."""

    title: str
    about: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Invariant:
    """What holds after every case."""

    name: str
    promise: str


def _part(title: str, about: str, *cases: tuple[str, str, str]) -> Part:
    return Part(title, about, tuple(Case(*case) for case in cases))


_KEPT: Final = (
    "*Kept waiting* means: the visitor gets a neutral page with a 4xx status, the sign-in goes on, nothing is stored."
)

PARTS: Final = (
    _part(
        "Hostile visitors of the callback port",
        _KEPT,
        ("a1", "a code with a wrong state", "kept waiting; the true callback afterwards succeeds"),
        ("a2", "no state", "kept waiting"),
        ("a3", "the right state with neither code nor error", "kept waiting"),
        ("a5", "two codes, equal or different", "kept waiting"),
        ("a8", "access denied, with the right state", "the sign-in ends as denied; nothing was changed"),
        ("a9", "access denied, with a wrong state or none", "kept waiting"),
        (
            "a10",
            "an error text with script, quotes, closing tags, 10 kB long",
            "the sign-in ends; the text is escaped and cut, no script runs in a real browser",
        ),
        ("a13", "the name of another issuer, or two issuers", "refused before any token request"),
        ("a14", "a request line of 70,000 bytes", "414; kept waiting"),
        ("a17", "a visitor that sends one byte a second", "dropped within 10 s; the true callback is served meanwhile"),
        ("a18", "a silent connection, as browsers open ahead", "the true callback succeeds within a second"),
        ("a21", "requests for favicon, robots.txt, touch icons", "404; kept waiting"),
        ("a22", "HEAD with the right parameters, as link scanners send it", "405; the code is not spent"),
        ("a23", "POST with a form or with the right query", "405; kept waiting"),
        ("a25", "the right parameters on another spelling of the path", "404; kept waiting"),
        ("a26", "a Host header that is missing, twice, or of another name or port", "400 or 421; kept waiting"),
        ("a29", "the callback by IPv6, and by IPv4", "both accepted"),
        (
            "a32",
            "every registered port is taken",
            "said within 2 s with the ports and, where possible, the program; no browser opens",
        ),
        ("a33", "the first port is taken, the second is free", "the second is used in both requests"),
        ("a36", "a visitor from the machine's network address", "refused"),
        ("a37", "the callback comes before the browser call has returned", "the sign-in succeeds"),
        ("a38", "the same callback again after success", "a friendly page; the code is never traded twice"),
        ("a40", "two sign-ins at once for one connection", "one runs, the other is told so; one browser tab"),
        (
            "a42",
            "no browser; one that fails, says no, or blocks for a minute",
            "the address is shown to copy, and the wait goes on to its limit",
        ),
        ("a43", "the person closes the tab", "timed out at 90 s; the text offers to try again"),
        (
            "a44",
            "the callback at 89.0, 89.9, 90.0 and 90.1 s",
            "whole until the limit, expired afterwards, never half",
        ),
        ("a45", "the wall clock jumps by a day or an hour meanwhile", "no effect"),
        ("a47", "Cancel before, during and with the callback", "cancelled within a second or a complete success"),
    ),
    _part(
        "Faults of the token endpoint and the API",
        "Each ends in one named outcome with the right remedy, and the stored sign-in is right afterwards.",
        (
            "b1",
            "a refresh is refused as invalid_grant",
            "every kept token is tried, then sign-in needed; nothing deleted",
        ),
        (
            "b2",
            "a refresh is refused because another process has rotated",
            "the winner's token is used; nobody notices",
        ),
        ("b3", "the code is refused as invalid_grant", "the sign-in ends with: took too long or used twice"),
        ("b4", "the app is refused", "settings are to be checked; tokens kept; no retry"),
        ("b6", "429 with a time to wait", "waited for inside the budget, else told with the time"),
        ("b8", "500, 502, 503 or 504 once", "success, with one extra rotation at most"),
        ("b9", "503 for ever", "told inside the budget; the token is kept, the next call tries again"),
        ("b10", "200 with HTML, as a captive portal answers", "told as being offline; nothing stored"),
        ("b11", "an unreadable answer after the server rotated", "asked again inside the grace; success"),
        ("b13", "a refresh answer without a refresh token", "the old one is kept"),
        ("b15", "a sign-in answer without a refresh token", "ends naming the missing permission"),
        (
            "b17",
            "a lifetime that is missing, negative, text, true or huge",
            "a short default; the refresh token is saved",
        ),
        (
            "b20",
            "an id token that is wrong in any claim or form",
            "a sign-in discards all; a refresh never loses the grant",
        ),
        ("b21", "a redirect to another host or to http", "not followed; no secret reaches the other server"),
        ("b22", "an answer of one byte a second", "cut after 30 s in total; the outcome counts as unknown"),
        ("b23", "a body of 100 MB, and a gzip bomb", "cut at 1 MiB after decoding"),
        ("b24", "the line breaks before the request is sent", "the intent is cleared; plain retry"),
        (
            "b25",
            "the line breaks after the server rotated",
            "asked again; success without a browser, in all five readings",
        ),
        ("b29", "no name resolution, refused, no route", "told as being offline; no browser; tokens kept"),
        (
            "b30",
            "a certificate that is expired, misnamed or unknown; old TLS",
            "told, with no way around; company CA hinted",
        ),
        (
            "b31",
            "a proxy that is down, asks for a password, answers HTML or cuts",
            "told as the proxy; no credentials shown",
        ),
        (
            "b35",
            "no company, the saved one missing, 403, 5,000 companies, equal names",
            "named outcome; the list is usable",
        ),
        ("b36", "401 with a fresh token, from 256 threads", "one refresh, one retry each, then an error"),
        (
            "b37",
            "revocation: done, busy, unsupported, no answer",
            "done, queued or explained; the local state is right",
        ),
    ),
    _part(
        "Faults of storage, keys and clocks",
        "A killed process is taken over within 5 s on the same machine, and within the lease and 5 s elsewhere.",
        ("c1", "killed before the lease is taken", "usable, or needs sign-in with the cause"),
        ("c2", "killed after the lease was taken", "as c1"),
        ("c3", "killed after the intent was written", "as c1"),
        ("c4", "killed before the request is sent", "as c1"),
        ("c5", "killed after the request was sent", "as c1"),
        ("c6", "killed after the answer came", "as c1"),
        ("c7", "killed after the answer was kept as a candidate", "as c1"),
        ("c8", "killed inside the commit", "as c1"),
        ("c9", "killed after the commit", "as c1"),
        ("c10", "killed before the token is handed out", "as c1"),
        ("c11", "killed in a creation, after the sign-in was kept", "no entry; the sign-in is wiped later"),
        ("c12", "killed in a creation, inside the save", "the whole entry or none"),
        ("c13", "killed in a deletion, after the entry was hidden", "hidden, and can be taken back"),
        ("c14", "killed in a wiping, after the sign-in was wiped", "finished at the next start"),
        (
            "c16",
            "disk full before, during and after a commit; quota",
            "the new token stays in memory and is saved later",
        ),
        ("c17", "a folder or file that cannot be written", "said before the browser opens"),
        (
            "c18",
            "a database that is empty, random, torn or has a flipped page",
            "set aside, never overwritten; path shown",
        ),
        (
            "c21",
            "a link, another owner's file, a file open to everybody",
            "refused or mended with notice; victim untouched",
        ),
        ("c22", "a lock or lease of a dead process", "taken over"),
        (
            "c25",
            "a locked keychain: unlocked late, refused, never answered",
            "works, or a named code in time; no plaintext",
        ),
        ("c26", "no keychain, or one that must not be used", "refused by name before the browser opens"),
        ("c27", "a keychain that says yes and forgets", "refused; nothing half-saved"),
        (
            "c31",
            "the data key is missing, wrong, or another user's",
            "a state of the machine; rows untouched; the key heals it",
        ),
        ("c34", "a store of a newer version", "refused and untouched"),
        ("c36", "a clock that is days off, set back, or 10 min off at sign-in", "no false expiry, no endless refresh"),
        ("c39", "a deletion that is killed or cannot revoke", "finished later; never comes back to life"),
    ),
    _part(
        "Many at once",
        "With real processes; lifetimes run on a clock that the test moves.",
        ("d1", "8 processes with 32 threads each, one connection, 200 rotations", "exactly 200 refreshes, no error"),
        ("d2", "the same with 50 connections, 20 rotations each", "exactly 1,000; one that hangs slows no other"),
        ("d5", "3 workstations with wrong clocks on one PostgreSQL, 300 rotations", "exactly 300, none lost"),
        ("d9", "256 cold starts at once", "one creation of the store, all ready"),
    ),
    _part(
        "Plugins and hosts",
        "What others do in the same process.",
        (
            "e1",
            "another plugin raises before or after us in a hook",
            "our work is done, the host is told, no secret is",
        ),
        ("e3", "a host passes nothing, wrong types, odd strings, 10 MB", "a typed error; nothing stored"),
        ("e4", "the host's end of a notice raises, blocks, or calls us again", "the sign-in ends in time; no deadlock"),
        ("e7", "hook tracing is on", "no argument holds a secret"),
        ("e9", "a plugin that cannot be imported", "the host loads the others and names the broken one"),
        ("e12", "a host with older or newer hooks", "told by name"),
    ),
    _part(
        "The sample host's web pages",
        "A host on loopback with a browser in front of it.",
        ("f1", "started with defaults", "bound to loopback; the network address is refused"),
        ("f3", "the Host header of another name, and rebinding", "refused on every route before any work"),
        ("f4", "the Origin or Referer of another site, none, or null", "requests that change something are refused"),
        ("f5", "a form or plain text from another site; GET", "refused; GET never changes anything"),
        ("f6", "a form token that is missing, old, another session's, or in the address", "refused"),
        (
            "f7",
            "names with script, markup, templates, 10,000 characters, right-to-left marks",
            "shown as text everywhere",
        ),
        ("f9", "a hostile error text from Xero", "shown as text everywhere"),
        ("f10", "an address to go on to that points elsewhere", "only own paths"),
        ("f13", "headers", "the protective ones stand on all pages and errors"),
        ("f14", "cookies", "unreadable to scripts, strict, without tokens"),
        ("f15", "pages and answers", "never hold a token or verifier; the state only in the sign-in address"),
    ),
    _part(
        "Properties",
        "Hundreds of examples on every commit, ten thousand on demand.",
        ("g1", "names", "any Unicode is kept exactly or refused with the reason; names that look equal cannot coexist"),
        ("g2", "client ids", "only what Xero gives out; pasted noise is trimmed, a pasted secret is told apart"),
        ("g3", "addresses of the server", "only https with a known host; disguises are refused"),
        ("g4", "redirect URIs", "only http, loopback, a listed port, the one path"),
        ("g5", "ports", "whole numbers from 1 to 65535, written plainly"),
        ("g7", "state and verifier", "alphabet, length, no repeats and no bias in 100,000 draws"),
        ("g8", "sign-in addresses", "reading what was built gives what went in; each parameter once"),
        ("g9", "token answers", "any JSON gives a typed result or a typed error, and never leaks"),
        ("g13", "sealed tokens", "what is opened is what was sealed; any flipped bit fails"),
        ("g15", "stored data of older versions", "always loads"),
    ),
)

INVARIANTS: Final = (
    Invariant("I1", "No secret is in logs, output, errors, pages, files, arguments or environments, in any encoding."),
    Invariant("I2", "Definitions are unchanged unless the call reported success."),
    Invariant("I3", "After a restart each connection is usable, or needs a sign-in and says why."),
    Invariant("I4", "There are as many refreshes as were needed, and at most one more per fault."),
    Invariant("I5", "One browser start per sign-in; the port is closed at once and free for the next."),
    Invariant(
        "I6", "Every wait has a budget: 90 s for a person, 65 s for a refresh, 30 s for a list, 10 s for the store."
    ),
    Invariant("I7", "An error has a stable code and says plainly, within 300 characters, what to do."),
    Invariant("I8", "No thread, socket, lock or temporary file is left; files are for their owner only."),
    Invariant("I9", "What was refused for good is not tried again; other retries are few."),
    Invariant("I10", "Calling again after an error never makes it worse."),
    Invariant("I11", "A fault in one connection does not slow or change another."),
    Invariant("I12", "The hooks of other plugins still run."),
)

CASE_IDS: Final = frozenset(case.case_id for part in PARTS for case in part.cases)
