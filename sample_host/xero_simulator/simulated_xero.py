"""One running simulator: its world, clock, faults and limits, and what happens to them on every request."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from sample_host.xero_simulator.access_tokens import TokenSigner
from sample_host.xero_simulator.addresses import SimulatorAddresses
from sample_host.xero_simulator.authorize_rules import AuthorizationRequest
from sample_host.xero_simulator.control_messages import token_digest
from sample_host.xero_simulator.faults import FaultBoard
from sample_host.xero_simulator.rate_limits import RateLimiter
from sample_host.xero_simulator.simulated_world import Grant, TokenCount, TokenPlace, World
from sample_host.xero_simulator.simulator_clock import SimulatorClock
from sample_host.xero_simulator.starting_world import starting_world
from sample_host.xero_simulator.state_file import StateFile
from sample_host.xero_simulator.token_rotation import TokenFamily, issue

SECRET_MARK: Final = "XeroSimToken"
"""Stands twice in every code and refresh token, so that one that leaks is found, even a part of it."""

_PENDING_AT_ONCE = 1000
_UNKNOWN_TOKENS_COUNTED = 10_000


@dataclass(frozen=True)
class PendingConsent:
    request: AuthorizationRequest
    asked_at: float


@dataclass
class SimulatedXero:
    """Everything the routes need; all of it is touched by one event loop only, so each step is atomic."""

    world: World
    clock: SimulatorClock
    origin: str
    state_file: StateFile | None = None
    entropy: Callable[[int], bytes] = os.urandom
    faults: FaultBoard = field(default_factory=FaultBoard)
    limits: RateLimiter = field(default_factory=RateLimiter)
    pending: dict[str, PendingConsent] = field(default_factory=dict)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.addresses = SimulatorAddresses.at(self.origin)
        self.signer = TokenSigner(self.world, self.addresses.issuer)

    @classmethod
    def load(
        cls,
        origin: str,
        *,
        state_file: StateFile | None = None,
        clock: SimulatorClock | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> SimulatedXero:
        """A simulator with the world of its state file, or with a fresh one.

        Raises:
            StateFileDamaged: the file could not be read; it was set aside.
        """
        clock = clock or SimulatorClock()
        world = state_file.load() if state_file else None
        if world is None:
            world = starting_world(urlsafe_b64encode(entropy(32)).decode(), clock.now())
        elif world.clock_offset:
            clock.set_offset(world.clock_offset)
        return cls(world, clock, origin, state_file=state_file, entropy=entropy)

    def now(self) -> float:
        return self.clock.now()

    def save(self) -> None:
        """Write the world to its file, when there is one."""
        if self.state_file:
            self.world.clock_offset = self.clock.offset_seconds
            self.state_file.save(self.world)

    def reset(self) -> None:
        """Everything as new, except the signing key: making one is slow, and nothing depends on its age."""
        key = self.world.signing_key
        self.clock.set_offset(0.0)
        self.world = starting_world(self.new_secret(), self.clock.now())
        self.world.signing_key = key
        self.signer = TokenSigner(self.world, self.addresses.issuer)
        self.faults.clear()
        self.limits = RateLimiter()
        self.pending.clear()

    def new_secret(self) -> str:
        """256 random bits as text that is safe in addresses."""
        return urlsafe_b64encode(self.entropy(32)).rstrip(b"=").decode()

    def new_code(self) -> str:
        """An authorization code."""
        return _marked(self.new_secret())

    def new_id(self) -> str:
        return str(uuid.UUID(bytes=self.entropy(16), version=4))

    def count_request(self, places: Iterable[str]) -> None:
        counts = self.world.request_counts
        for place in places:
            counts[place] = counts.get(place, 0) + 1

    def token_count(self, token: str) -> TokenCount:
        """The counters of a refresh token, kept under its digest; of unknown ones only so many are remembered."""
        counts = self.world.token_counts
        digest = token_digest(token)
        if digest not in counts and digest not in self.world.token_places and len(counts) > _UNKNOWN_TOKENS_COUNTED:
            return TokenCount()
        return counts.setdefault(digest, TokenCount())

    def begin_family(self, grant: Grant, event_id: str) -> TokenFamily:
        family = TokenFamily(family_id=self.entropy(16).hex(), event_id=event_id)
        grant.families[family.family_id] = family
        return family

    def first_token(self, grant: Grant, family: TokenFamily) -> str:
        return self.token_for(grant, family, issue(family, None, self.now()))

    def token_for(self, grant: Grant, family: TokenFamily, serial: int) -> str:
        """The text of a refresh token: derived, so that none is stored and the same one can be given again."""
        key = self.world.token_secret.encode()
        mac = hmac.new(key, f"{family.family_id}.{serial}".encode(), hashlib.sha256).digest()
        token = _marked(urlsafe_b64encode(mac).rstrip(b"=").decode())
        grant_key = f"{grant.client_id}:{grant.user_id}"
        self.world.token_places[token_digest(token)] = TokenPlace(grant_key, family.family_id, serial)
        return token

    def remember_consent(self, request: AuthorizationRequest) -> str:
        while len(self.pending) >= _PENDING_AT_ONCE:
            del self.pending[next(iter(self.pending))]
        consent_id = self.new_secret()
        self.pending[consent_id] = PendingConsent(request, self.now())
        return consent_id


def _marked(secret: str) -> str:
    half = len(secret) // 2
    return f"{SECRET_MARK}{secret[:half]}{SECRET_MARK}{secret[half:]}"
