"""Recognizable secrets, and a search for them in whatever a program leaves behind.

A test gives the code under test canaries instead of random secrets, lets it work, and then searches logs, files, pages
and error texts. The search knows the disguises in which secrets usually escape, and finds truncated ones too.

All secrets of tests hold one mark, so that whatever a test leaves behind can be searched quickly for any of them.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sample_host.xero_simulator.simulated_xero import SECRET_MARK

MARK: Final = SECRET_MARK
"""Stands in every canary, in whatever ``marked_bytes`` makes, and in the simulator's codes and refresh tokens."""

JWT_HEAD: Final = base64.b64encode(b'{"alg":"RS256","kid":"')[:28].decode()
"""How every access token and id token of the simulator begins."""

_CHUNK: Final = 16 * 1024 * 1024
_LONGEST_FORM: Final = 256
# Below this length a half is too short to tell a leak from chance.
_SHORTEST_WITH_HALVES = 32


@dataclass(frozen=True)
class Leak:
    """One place where a secret was found; never holds the secret itself."""

    name: str
    form: str
    position: int

    def __str__(self) -> str:
        return f"{self.name} as {self.form} at byte {self.position}"


def canary(name: str) -> str:
    """Returns the secret body for `name`: always the same, URL-safe, 47 characters, unlike any other name's."""
    digest = hashlib.sha256(f"canary {name}".encode()).digest()
    return MARK + base64.urlsafe_b64encode(digest).decode()[: 47 - len(MARK)]


def marked_bytes(count: int) -> bytes:
    """Random bytes that begin with the mark when they are long enough for a secret; their base64 begins with it too."""
    mark = base64.b64decode(MARK)
    return mark + os.urandom(count - len(mark)) if count >= 2 * len(mark) else os.urandom(count)


def find_marks(data: bytes | str) -> list[str]:
    """The forms in which a mark, thus some secret, stands in the data; empty when there is none."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    lowered = raw.lower()
    return [form for form, pattern, ignores_case in _MARK_FORMS if pattern in (lowered if ignores_case else raw)]


def find_marks_in_file(path: Path) -> list[str]:
    """The same for a file of any size; empty when it is gone."""
    found: list[str] = []
    try:
        with path.open("rb") as file:
            kept = b""
            while chunk := file.read(_CHUNK):
                found += find_marks(kept + chunk)
                kept = chunk[-_LONGEST_FORM:]
    except FileNotFoundError:
        return []
    return list(dict.fromkeys(found))


def assert_no_marks(where: Path | bytes | str) -> None:
    """Fails, naming places and forms, when any secret of a test stands in the data, the file or below the folder."""
    if isinstance(where, Path):
        files = sorted(path for path in where.rglob("*") if path.is_file()) if where.is_dir() else [where]
        found = [f"{path}: {form}" for path in files for form in find_marks_in_file(path) + find_marks(path.name)]
    else:
        found = find_marks(where)
    if found:
        raise AssertionError("Secrets were found:\n" + "\n".join(found))


def find_leaks(data: bytes | str, secrets: Mapping[str, str]) -> list[Leak]:
    """Searches `data` for each secret, whole and by halves, in every disguise.

    Args:
        data: What was written or shown; text is searched as UTF-8.
        secrets: Names to say, and the bodies to look for; bodies have at least 8 characters.

    Returns:
        The leaks found, each secret at most once per form.
    """
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    lowered = raw.lower()
    leaks: list[Leak] = []
    for name, body in secrets.items():
        if len(body) < 8:
            raise ValueError(f"{name} is too short to be searched for")
        whole = [Leak(name, form, position) for form, position in _occurrences(raw, lowered, body)]
        leaks += whole
        if not whole and len(body) >= _SHORTEST_WITH_HALVES:
            middle = len(body) // 2
            for half, piece in (("first half", body[:middle]), ("second half", body[middle:])):
                leaks += [Leak(name, f"{half} as {form}", at) for form, at in _occurrences(raw, lowered, piece)]
    return leaks


def assert_no_leaks(where: Path | bytes | str, secrets: Mapping[str, str]) -> None:
    """Fails, naming places and forms, when a secret stands in the data, the file or any file below the folder."""
    if isinstance(where, Path):
        files = sorted(path for path in where.rglob("*") if path.is_file()) if where.is_dir() else [where]
        found = [f"{path}: {leak}" for path in files for leak in find_leaks(path.read_bytes(), secrets)]
        found += [f"a file name below {where}: {leak}" for path in files for leak in find_leaks(path.name, secrets)]
    else:
        found = [str(leak) for leak in find_leaks(where, secrets)]
    if found:
        raise AssertionError("Secrets were found:\n" + "\n".join(found))


def _occurrences(raw: bytes, lowered: bytes, text: str) -> Iterator[tuple[str, int]]:
    tried: set[bytes] = set()
    for form, pattern, ignores_case in _disguises(text):
        if pattern in tried:
            continue
        tried.add(pattern)
        position = lowered.find(pattern.lower()) if ignores_case else raw.find(pattern)
        if position >= 0:
            yield form, position


def _disguises(text: str) -> Iterator[tuple[str, bytes, bool]]:
    """Yields the name of a form, the bytes to look for, and whether letter case is to be ignored."""
    encoded = text.encode()
    yield "plain text", encoded, False
    yield "UTF-16 little endian", text.encode("utf-16-le"), False
    yield "UTF-16 big endian", text.encode("utf-16-be"), False
    yield "hex", encoded.hex().encode(), True
    yield "spaced hex", encoded.hex(" ").encode(), True
    yield "URL-encoded text", quote(text, safe="").encode(), True
    yield "doubly URL-encoded text", quote(quote(text, safe=""), safe="").encode(), True
    yield "fully URL-encoded text", "".join(f"%{byte:02x}" for byte in encoded).encode(), True
    yield "JSON text", json.dumps(text)[1:-1].encode(), False
    yield "JSON escapes", "".join(f"\\u{ord(character):04x}" for character in text).encode(), True
    yield "reversed text", text[::-1].encode(), False
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + encoded)
        # Characters that also carry bits of the neighboring bytes cannot be predicted, so they are left out.
        stable = whole[-(-offset * 8 // 6) : (offset + len(encoded)) * 8 // 6]
        yield f"base64 (offset {offset})", stable, False
        yield f"base64url (offset {offset})", stable.translate(bytes.maketrans(b"+/", b"-_")), False


def _mark_forms() -> Iterator[tuple[str, bytes, bool]]:
    seen: set[bytes] = set()
    for name, mark in (("a secret", MARK), ("an access token", JWT_HEAD)):
        for form, pattern, ignores_case in _disguises(mark):
            if pattern not in seen:
                seen.add(pattern)
                yield f"{name} as {form}", pattern.lower() if ignores_case else pattern, ignores_case
    yield "a key as plain bytes", base64.b64decode(MARK), False


_MARK_FORMS: Final = tuple(_mark_forms())
