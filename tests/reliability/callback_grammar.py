"""Requests to the callback that are almost right, and what an exact one is: read here by rules of their own.

Strategies make templates; ``Template.rendered`` puts port and state in, and then lets the mutations loose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import strategies as st

STATE = b"{STATE}"
PORT = b"{PORT}"

_METHODS = (b"GET", b"GET", b"GET", b"GET", b"HEAD", b"POST", b"get", b"GETT", b"")
_PATHS = (
    *(b"/callback",) * 8,
    *(b"/", b"//callback", b"/callback/", b"/Callback", b"/c%61llback", b"/callback/done", b"/favicon.ico"),
    b"http://localhost:" + PORT + b"/callback",
)
_NAMES = (b"code", b"state", b"error", b"iss", b"error_description", b"scope", b"STATE", b"c%6Fde", b"", b"st\xc3\xa9")
_VALUES = (
    STATE,
    STATE,
    b"a-code",
    b"access_denied",
    b"",
    b"%00",
    b"%ff",
    b"%",
    b"+",
    b"https://evil.example",
    b"x" * 300,
)
_HOSTS = (
    *(b"localhost:" + PORT,) * 6,
    *(b"LOCALHOST:" + PORT, b"localhost", b"localhost:1", b"127.0.0.1:" + PORT, b"evil.example", b""),
)
_VERSIONS = (*(b"HTTP/1.1",) * 6, b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"", b"http/1.1")
_HEADERS = (
    b"Accept: */*",
    b"X: y",
    b"Host : evil.example",
    b" folded",
    b"Content-Length: 5",
    b"nonsense",
    b": x",
    b"X:\rY: z",
)


@dataclass(frozen=True)
class Mutation:
    """One change to the bytes of a request."""

    kind: str
    place: float
    """Where, as a part of the whole."""
    piece: bytes

    def of(self, data: bytes) -> bytes:
        at = int(self.place * len(data))
        match self.kind:
            case "insert":
                return data[:at] + self.piece + data[at:]
            case "replace":
                return data[:at] + self.piece + data[at + len(self.piece) :]
            case "delete":
                return data[:at] + data[at + len(self.piece) :]
            case "repeat":
                return data[:at] + data[at : at + 40] * 2 + data[at + 40 :]
            case _:
                return data[:at]


@dataclass(frozen=True)
class Template:
    """A request with places for port and state."""

    data: bytes
    mutations: tuple[Mutation, ...]

    def rendered(self, port: int, state: str) -> bytes:
        """The bytes to send."""
        data = self.data.replace(PORT, str(port).encode()).replace(STATE, state.encode())
        for mutation in self.mutations:
            data = mutation.of(data)
        return data


def _query(pairs: list[tuple[bytes, bytes]]) -> bytes:
    return b"&".join(name + b"=" + value for name, value in pairs)


_right_queries = st.sampled_from(
    [
        b"code=a-code&state=" + STATE,
        b"state=" + STATE + b"&code=a-code",
        b"error=access_denied&state=" + STATE,
        b"code=a-code&state=" + STATE + b"&scope=x&session_state=y",
    ]
)
queries = (
    _right_queries
    | st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(_VALUES)), max_size=6).map(_query)
    | st.tuples(_right_queries, st.sampled_from(_NAMES), st.sampled_from(_VALUES)).map(
        lambda drawn: drawn[0] + b"&" + drawn[1] + b"=" + drawn[2]
    )
)
targets = st.builds(lambda path, query: path + b"?" + query, st.sampled_from(_PATHS), queries)
_mutations = st.lists(
    st.builds(
        Mutation,
        st.sampled_from(["insert", "replace", "delete", "repeat", "cut"]),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=3)
        | st.sampled_from([b"\r\n", b"\r", b"\n", b" ", b"\x00", b"&", b"=", b"%", b"#"]),
    ),
    max_size=3,
).map(tuple)


def _request(method: bytes, target: bytes, version: bytes, hosts: list[bytes], others: list[bytes]) -> bytes:
    lines = [b" ".join((method, target, version)).rstrip(b" "), *(b"Host: " + host for host in hosts), *others]
    return b"\r\n".join(lines) + b"\r\n\r\n"


templates = st.builds(
    Template,
    st.builds(
        _request,
        st.sampled_from(_METHODS),
        targets,
        st.sampled_from(_VERSIONS),
        st.lists(st.sampled_from(_HOSTS), min_size=1, max_size=1) | st.lists(st.sampled_from(_HOSTS), max_size=2),
        st.lists(st.sampled_from(_HEADERS), max_size=2) | st.just([]),
    )
    | st.binary(max_size=200),
    _mutations,
)
"""Whole requests, byte by byte."""


def is_exact_request(data: bytes, port: int, state: str) -> bool:
    """Whether these bytes begin with the one request that may change something: nothing else may."""
    head = re.match(rb"GET /callback\?([!-~]*) HTTP/1\.[01]\r?\n((?:.+\r?\n|\r)*?)\r?\n", data)
    if head is None:
        return False
    hosts = re.findall(rb"(?im)^host[ \t]*:[ \t]*(.*?)[ \t\r]*$", head[2].replace(b"\r", b"\n"))
    return [host.lower() for host in hosts] == [b"localhost:%d" % port] and is_exact_answer(head[1], state)


def is_exact_answer(query: bytes, state: str) -> bool:
    """Whether a query holds the state once, and one of code and error once."""
    found: dict[bytes, list[bytes]] = {}
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        found.setdefault(_decoded(name), []).append(_decoded(value))
    return (
        found.get(b"state") == [state.encode()]
        and all(len(found.get(name, [])) <= 1 for name in (b"code", b"error", b"iss"))
        and (found.get(b"code", [b""])[0] == b"") != (found.get(b"error", [b""])[0] == b"")
    )


def _decoded(text: bytes) -> bytes:
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), text.replace(b"+", b" "))
