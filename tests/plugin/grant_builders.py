"""What tests of grants are made of: answers, a box without ciphers, a token endpoint that can misbehave, keepers."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import SecretStr

from hostspec.errors import ProviderUnavailable, SignInNeeded, SignInRejected
from hostspec.services import Clock
from hostspec.testing import FakeClock
from tests.canaries import canary
from tests.plugin.memory_grants import MemoryGrantStore, Shelf
from xero_connections_plugin.oauth.grant import GrantId, Identity, TokenAnswer
from xero_connections_plugin.oauth.grant_ports import SealBroken, Sealed
from xero_connections_plugin.oauth.oauth_errors import OutcomeUnknown, RequestNotSent, Throttled, TokenRefused
from xero_connections_plugin.oauth.refresh_news import RefreshNews, nobody_listens
from xero_connections_plugin.oauth.token_keeper import TokenKeeper

CLIENT = "0123456789ABCDEF0123456789ABCDEF"
ADA = Identity("ada-user-id", "Ada Keeper")
SCOPES = ("offline_access", "accounting.contacts")


def answer(
    name: str,
    clock: Clock,
    *,
    seconds: float | None = 1800.0,
    refresh: bool = True,
    scopes: tuple[str, ...] | None = None,
) -> TokenAnswer:
    """An answer whose secrets are canaries named after it."""
    return TokenAnswer(
        access_token=SecretStr(canary(f"access {name}")),
        refresh_token=SecretStr(canary(f"refresh {name}")) if refresh else None,
        expires_in=seconds,
        scopes=scopes,
        id_token=None,
        asked_at=clock.now(),
        server_date=None,
    )


class OpenBox:
    """A ``SecretBox`` that binds secrets to their place, and hides them from a glance only."""

    def __init__(self) -> None:
        self.trouble: list[Exception] = []
        """What the next calls raise."""
        self.before_open: Callable[[], None] = lambda: None
        """Called before something is opened: the place to be slow."""

    def seal(self, plain: bytes, *, purpose: str, owner_id: str, generation: int) -> Sealed:
        self._fail()
        return Sealed(f"{purpose}|{owner_id}|{generation}|".encode() + _veiled(plain), "key-1")

    def open(self, sealed: bytes, *, purpose: str, owner_id: str, generation: int) -> bytes:
        self._fail()
        self.before_open()
        head = f"{purpose}|{owner_id}|{generation}|".encode()
        if not sealed.startswith(head):
            raise SealBroken("elsewhere")
        return _veiled(sealed[len(head) :])

    def _fail(self) -> None:
        if self.trouble:
            raise self.trouble.pop(0)


def _veiled(text: bytes) -> bytes:
    return bytes(byte ^ 0x5A for byte in text)


def not_sent() -> RequestNotSent:
    return RequestNotSent(ProviderUnavailable("The sign-in server cannot be reached.", code="OFFLINE"))


def unanswered() -> OutcomeUnknown:
    return OutcomeUnknown(ProviderUnavailable("The sign-in server did not answer.", code="XERO_DOWN"))


def throttled(seconds: float | None) -> Throttled:
    problem = ProviderUnavailable("Too many requests.", code="RATE_LIMITED", retry_after=seconds)
    return Throttled(problem, retry_after=seconds)


def refused(error: str = "invalid_grant") -> TokenRefused:
    if error == "invalid_grant":
        return TokenRefused(SignInNeeded("The sign-in is refused."), error=error)
    return TokenRefused(SignInRejected("The app is refused."), error=error)


class XeroInMemory:
    """A token endpoint with single-use refresh tokens, and a list of what goes wrong next.

    A spent token is taken again for ``grace_seconds``; the newest successor alone stays valid (reading G2).
    """

    def __init__(self, clock: Clock, grace_seconds: float = 1800.0) -> None:
        self.clock = clock
        self.grace_seconds = grace_seconds
        self.faults: list[Exception | None] = []
        """For the next requests: raised before the server sees them; ``None`` lets one pass."""
        self.lost_answers: list[Exception | None] = []
        """For the next rotations: raised after the server rotated."""
        self.presented: list[str] = []
        self.rotations = 0
        self.revoked: list[str] = []
        self.during: Callable[[], None] = lambda: None
        """Called while a request is under way, after the rotation or revocation."""
        self.answer_with: Callable[[str], TokenAnswer] = lambda name: answer(name, self.clock)
        self._alive: dict[str, list[str]] = {}
        self._spent: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._names = itertools.count(1)

    def gave(self, given: TokenAnswer) -> TokenAnswer:
        """This server gave that answer at a sign-in."""
        if given.refresh_token is not None:
            self._alive[given.refresh_token.get_secret_value()] = []
        return given

    def refresh(self, *, client_id: str, refresh_token: SecretStr) -> TokenAnswer:
        assert client_id == CLIENT
        token = refresh_token.get_secret_value()
        if self.faults and (fault := self.faults.pop(0)) is not None:
            raise fault
        with self._lock:
            self.presented.append(token)
            new = self._rotate(token)
        self.during()
        if self.lost_answers and (lost := self.lost_answers.pop(0)) is not None:
            raise lost
        return new

    def exchange(self, **_: object) -> TokenAnswer:
        raise AssertionError("Sign-ins happen elsewhere.")

    def revoke(self, *, client_id: str, refresh_token: SecretStr) -> None:
        assert client_id == CLIENT
        if self.faults and (fault := self.faults.pop(0)) is not None:
            raise fault
        self.revoked.append(refresh_token.get_secret_value())
        self.during()

    def end_grants(self) -> None:
        """Every refresh token is dead."""
        self._alive.clear()
        self._spent.clear()

    def kill(self, token: str) -> None:
        """One refresh token is dead."""
        self._alive.pop(token, None)
        self._spent.pop(token, None)

    def revive(self, token: str) -> None:
        """One refresh token works again, as where all successors of a token stay valid."""
        self._alive[token] = []

    def _rotate(self, token: str) -> TokenAnswer:
        if token not in self._alive:
            raise refused()
        now = self.clock.now()
        first = self._spent.setdefault(token, now)
        if (now - first).total_seconds() > self.grace_seconds:
            raise refused()
        for successor in self._alive[token]:
            self._alive.pop(successor, None)
        self.rotations += 1
        new = self.answer_with(f"{next(self._names)}")
        if new.refresh_token is not None:
            self._alive[token].append(new.refresh_token.get_secret_value())
            self._alive[new.refresh_token.get_secret_value()] = []
        return new


@dataclass
class Bench:
    """A keeper at work, with everything around it."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(datetime(2026, 3, 2, 8, tzinfo=UTC), auto_advance=True))
    shelf: Shelf = field(default_factory=Shelf)

    def __post_init__(self) -> None:
        self.xero = XeroInMemory(self.clock)
        self.box = OpenBox()
        self.store = MemoryGrantStore(self.clock, self.shelf)
        self.steps: list[str] = []
        self.keeper = self.another("one", self.store)

    def another(
        self,
        owner: str,
        store: MemoryGrantStore | None = None,
        clock: Clock | None = None,
        checkpoint: Callable[[str], None] | None = None,
        jitter: float = 0.5,
        heard: Callable[[RefreshNews], None] = nobody_listens,
    ) -> TokenKeeper:
        """Another process on the same store, perhaps one with a clock of its own."""
        ids = itertools.count(1)
        return TokenKeeper(
            store or MemoryGrantStore(self.clock, self.shelf, owner),
            self.box,
            self.xero,
            clock or self.clock,
            new_id=lambda: f"{owner}-{next(ids)}",
            jitter=lambda: jitter,
            checkpoint=checkpoint or self.steps.append,
            heard=heard,
        )

    def signed_in(self, name: str = "0", *, seconds: float | None = 1800.0) -> GrantId:
        """A grant as a sign-in leaves it."""
        given = self.xero.gave(answer(name, self.clock, seconds=seconds))
        record = self.keeper.adopt(given, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
        return record.grant_id
