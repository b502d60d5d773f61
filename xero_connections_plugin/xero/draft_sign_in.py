"""What has an open definition learned from Xero? Its sign-in and the companies it reaches, kept while it is open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.errors import CaptureError
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord
    from xero_connections_plugin.xero.preparation import Preparation
    from xero_connections_plugin.xero.tenants import TenantOption


@dataclass(frozen=True)
class SignedIn:
    """A finished sign-in: stored already, bound to nothing yet."""

    record: GrantRecord
    tenants: tuple[TenantOption, ...]
    problem: str = ""
    """Why the companies could not be listed; empty when they were."""
    not_granted: tuple[str, ...] = ()
    """Scopes that were asked for and not granted (R29)."""
    users: Mapping[str, str] = field(default_factory=dict)
    """By tenant id: an entry that uses the company already."""
    repaired: tuple[str, ...] = ()
    """Other entries that work again by it, by name."""


@dataclass(frozen=True)
class DraftSignIn:
    """What one open definition knows."""

    tried: bool = False
    """Whether Authorize was pressed: from then on empty fields are marked too."""
    preparation: Preparation | None = None
    """The press of Authorize whose outcome nobody has seen yet."""
    signed_in: SignedIn | None = None
    lent: GrantRecord | None = None
    """The sign-in of another entry that this new one begins with."""
    users: Mapping[str, str] = field(default_factory=dict)
    """By tenant id: an entry that uses the company already."""
    round: int = 0
    """How many sign-ins there were: a company chosen from an earlier one's list must be chosen again."""
    tenants: tuple[TenantOption, ...] | None = None
    """Companies that were asked for again."""
    tenants_of: GrantId | None = None
    """Whose companies they are: with another client id, another sign-in counts."""
    asking: bool = False
    """Whether Xero is being asked for companies right now."""
    asked_until: float = 0.0
    """Monotonic time by which that ends."""
    ask_problem: CaptureError | None = None
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By field: the value that Xero or this machine refused, and the sentence about it."""


class DraftSignIns:
    """What the open definitions know, by draft id; any thread may call."""

    def __init__(self) -> None:
        self._known: dict[str, DraftSignIn] = {}
        self._lock = ProcessLock()

    def get(self, draft_id: str) -> DraftSignIn:
        """What is known; nothing at first."""
        with self._lock.own:
            return self._known.get(draft_id, DraftSignIn())

    def change(self, draft_id: str, change: Callable[[DraftSignIn], DraftSignIn]) -> None:
        """Replace what is known by what the function makes of it."""
        with self._lock.own:
            self._known[draft_id] = change(self._known.get(draft_id, DraftSignIn()))

    def begin(self, draft_id: str, preparation: Preparation) -> Preparation:
        """Keep a press of Authorize, unless an earlier one is still under way; the one that is."""
        with self._lock.own:
            known = self._known.get(draft_id, DraftSignIn())
            if known.preparation is not None and not known.preparation.is_over:
                return known.preparation
            self._known[draft_id] = replace(known, preparation=preparation)
            return preparation

    def seen(self, draft_id: str, preparation: Preparation) -> None:
        """What became of a press of Authorize was shown, or is of no interest any more."""
        with self._lock.own:
            known = self._known.get(draft_id)
            if known is not None and known.preparation is preparation:
                self._known[draft_id] = replace(known, preparation=None)

    def signed_in(self, draft_id: str, signed_in: SignedIn) -> None:
        """Keep a finished sign-in, if the definition is still open."""
        self._learn(
            draft_id,
            lambda known: replace(
                known, signed_in=signed_in, users=signed_in.users, round=known.round + 1, tenants=None, refused={}
            ),
        )

    def keep_earlier(self, draft_id: str) -> None:
        """Let the definition go on with the sign-in that it had; the new one is wiped as any that nobody saved."""
        self._learn(draft_id, lambda known: replace(known, signed_in=None, round=known.round + 1, tenants=None))

    def lend(self, draft_id: str, record: GrantRecord) -> None:
        """Let a new definition begin with the sign-in of another entry."""
        self.change(draft_id, lambda known: replace(known, lent=record))

    def listed(
        self,
        draft_id: str,
        grant_id: GrantId,
        tenants: tuple[TenantOption, ...] | None,
        problem: CaptureError | None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        """Xero was asked for the companies of a sign-in: keep what it answered, if the definition is still open."""

        def with_list(known: DraftSignIn) -> DraftSignIn:
            known = replace(known, asking=False, ask_problem=problem)
            if tenants is None:
                return known
            return replace(known, tenants=tenants, tenants_of=grant_id, users=users or {})

        self._learn(draft_id, with_list)

    def _learn(self, draft_id: str, change: Callable[[DraftSignIn], DraftSignIn]) -> None:
        # A task may end after its definition was closed; nobody would ever forget what it learned then.
        with self._lock.own:
            if draft_id in self._known:
                self._known[draft_id] = change(self._known[draft_id])

    def grant_ids(self) -> frozenset[GrantId]:
        """The grants that open definitions were signed in to; nobody may wipe them before the definition is closed."""
        with self._lock.own:
            records = (one for known in self._known.values() for one in (known.lent, known.signed_in) if one)
            return frozenset((one.record if isinstance(one, SignedIn) else one).grant_id for one in records)

    def forget(self, draft_id: str) -> None:
        """The definition was closed."""
        with self._lock.own:
            self._known.pop(draft_id, None)
