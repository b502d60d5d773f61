"""Where may a process end? Every point by name, and a trap that strikes when a process comes to it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.oauth.grant import TokenAnswer
from xero_connections_plugin.oauth.grant_ports import Sealed, SecretBox
from xero_connections_plugin.oauth.token_ports import TokenEndpoint


class Doing(StrEnum):
    """What a process does when it ends."""

    REFRESH = "refresh"
    CREATE = "create"
    DELETE = "delete"
    WIPE = "wipe"
    """A deleted entry, before its time."""
    TAKE_BACK = "take back"
    """A deleted entry."""
    OPEN = "open"
    """The store for the first time."""
    ROTATE_KEY = "rotate key"


@dataclass(frozen=True)
class Point:
    """A point, and the names that a process comes by on its way there; the last one is the point itself."""

    case: str
    title: str
    doing: Doing
    way: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.case} {self.title}" if self.case else self.title


REQUEST_OUT: Final = "request out"
"""The server has answered, and nobody here has heard it yet."""

SAVING: Final = "saving"
"""The person has pressed Save."""

DELETING: Final = "deleting"
"""The person has pressed Delete in the question."""

PROGRAMME: Final = (
    Point("c1", "before lease", Doing.REFRESH, ("before TakeLease",)),
    Point("c2", "after lease", Doing.REFRESH, ("after TakeLease",)),
    Point("c3", "after intent", Doing.REFRESH, ("after NoteIntent",)),
    Point("c4", "before send", Doing.REFRESH, ("before Send",)),
    Point("c5", "after send", Doing.REFRESH, (REQUEST_OUT,)),
    Point("c6", "after answer", Doing.REFRESH, ("after Send",)),
    Point("c7", "after candidate insert", Doing.REFRESH, ("after KeepCandidate",)),
    Point("c8", "inside commit", Doing.REFRESH, ("before Commit", "store:before-commit")),
    Point("c9", "after commit", Doing.REFRESH, ("after Commit",)),
    Point("c10", "before hand-out", Doing.REFRESH, ("before hand-out",)),
    Point("c11", "create: sign-in kept, entry not saved", Doing.CREATE, ("adopted",)),
    Point("c12", "create: inside the save", Doing.CREATE, (SAVING, "store:before-commit")),
    Point("c13", "delete: hidden", Doing.DELETE, ("removal: hidden",)),
    Point("c14", "delete: sign-in forgotten", Doing.WIPE, ("removal: forgotten",)),
)
"""The fourteen of the programme."""

BESIDES: Final = (
    Point("", "lease committed, not told", Doing.REFRESH, ("before TakeLease", "store:after-commit")),
    Point("", "inside the candidate's insert", Doing.REFRESH, ("before KeepCandidate", "store:before-commit")),
    Point("", "candidate committed, not told", Doing.REFRESH, ("before KeepCandidate", "store:after-commit")),
    Point("", "rotation committed, not told", Doing.REFRESH, ("before Commit", "store:after-commit")),
    Point("", "create: saved, not told", Doing.CREATE, (SAVING, "store:after-commit")),
    Point("", "delete: inside the commit", Doing.DELETE, (DELETING, "store:before-commit")),
    Point("", "delete: hidden, not told", Doing.DELETE, (DELETING, "store:after-commit")),
    Point("", "delete: given up", Doing.WIPE, ("wipe: given up",)),
    Point("", "delete: gone, not told", Doing.WIPE, ("removal: forgotten", "store:after-commit")),
    Point("", "take back: inside the commit", Doing.TAKE_BACK, ("recovery: asked", "store:before-commit")),
    Point("", "take back: there, not told", Doing.TAKE_BACK, ("recovery: asked", "store:after-commit")),
    Point("", "store: tables made", Doing.OPEN, ("store: tables made",)),
    Point("", "store: file made", Doing.OPEN, ("store: file made",)),
    Point("", "store: file checked", Doing.OPEN, ("store: file checked",)),
    Point("", "store: file in place", Doing.OPEN, ("store: file in place",)),
    Point("", "key: first kept", Doing.OPEN, ("key: first kept",)),
    Point("", "key: first registered", Doing.OPEN, ("key: first registered",)),
    Point("", "key: kept", Doing.ROTATE_KEY, ("key: kept",)),
    Point("", "key: registered", Doing.ROTATE_KEY, ("key: registered",)),
    Point("", "key: switched", Doing.ROTATE_KEY, ("key: switched",)),
    Point("", "key: batch read", Doing.ROTATE_KEY, ("key: batch read",)),
    Point("", "key: batch sealed", Doing.ROTATE_KEY, ("key: batch sealed",)),
    Point("", "key: resealed", Doing.ROTATE_KEY, ("key: resealed",)),
    Point("", "key: retired", Doing.ROTATE_KEY, ("key: retired",)),
)
"""Further ones: at which a commit is done and not yet told of, and those of the store's and the keys' making."""

FILE_ONLY: Final = frozenset({"store: file made", "store: file checked", "store: file in place"})
"""Points that a server's database does not have."""


class Planted(Exception):
    """A mistake in the program, made on purpose."""


class Trap:
    """A checkpoint that strikes once, when a process has come all the way to a point.

    Args:
        point: Where.
        strike: What happens there.
    """

    def __init__(self, point: Point, strike: Callable[[], None]) -> None:
        self._way = list(point.way)
        self._strike = strike
        self.has_struck = False

    def __call__(self, name: str) -> None:
        if self._way and name == self._way[0]:
            del self._way[0]
            if not self._way:
                self.has_struck = True
                self._strike()


def kill_here() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_soon(seconds: float) -> None:
    """End this process so much later, while it goes on: within a commit, say, of which no point can tell."""
    threading.Timer(seconds, kill_here).start()


def planted() -> None:
    """Raise what nobody expects."""
    raise Planted


@dataclass(frozen=True)
class TellingEndpoint:
    """A ``TokenEndpoint`` that comes by the point between the server's answer and our hearing it."""

    inner: TokenEndpoint
    checkpoint: Callable[[str], None]

    def refresh(self, **request: object) -> TokenAnswer:
        answer = self.inner.refresh(**request)  # type: ignore[arg-type]  # passed on as it came
        self.checkpoint(REQUEST_OUT)
        return answer

    def exchange(self, **request: object) -> TokenAnswer:
        return self.inner.exchange(**request)  # type: ignore[arg-type]  # as above

    def revoke(self, **request: object) -> None:
        self.inner.revoke(**request)  # type: ignore[arg-type]  # as above


class Keychain:
    """What a person may lock, and unlock."""

    def __init__(self) -> None:
        self.is_locked = False

    def check(self) -> None:
        """Raise what a locked one comes to."""
        if self.is_locked:
            raise SecretStoreUnavailable("The keychain is locked. Unlock it, then try again.", code="KEYRING_LOCKED")


class LockableBox:
    """A ``SecretBox`` whose key is out of reach while the keychain is locked."""

    def __init__(self, inner: SecretBox, keychain: Keychain) -> None:
        self._inner = inner
        self._keychain = keychain

    def seal(self, plain: bytes, *, purpose: str, owner_id: str, generation: int) -> Sealed:
        self._check()
        return self._inner.seal(plain, purpose=purpose, owner_id=owner_id, generation=generation)

    def open(self, sealed: bytes, *, purpose: str, owner_id: str, generation: int) -> bytes:
        self._check()
        return self._inner.open(sealed, purpose=purpose, owner_id=owner_id, generation=generation)

    def _check(self) -> None:
        self._keychain.check()
