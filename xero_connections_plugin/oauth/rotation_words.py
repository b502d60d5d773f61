"""What may happen during a refresh, and what may be done: the events and acts of ``rotation``.

All are small, frozen and hashable, so that every interleaving can be enumerated. They hold no secret and no time:
tokens are named by where they are kept, ages arrive as booleans.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a refresh token is kept."""

    CURRENT = "current"
    CANDIDATE = "candidate"
    PREDECESSOR = "predecessor"


@dataclass(frozen=True)
class Token:
    """A refresh token, by where it is kept."""

    place: Place
    generation: int
    """Of the token set that it came with."""
    candidate_id: str = ""


@dataclass(frozen=True)
class View:
    """A stored grant, as far as decisions need it."""

    generation: int
    usable: bool
    """Whether the grant is not known to need a new sign-in."""
    candidates: tuple[Token, ...] = ()
    """Newest first."""
    predecessor: Token | None = None
    """Only while it may still be presented."""
    intent: Token | None = None
    """What somebody was about to present and did not finish."""
    intent_in_grace: bool = True
    """Whether the noted token was first presented so lately that the server still takes it again."""
    answer: Token | None = None
    """A candidate that came for what was noted last, and was kept by somebody who ended before the commit."""

    @property
    def current(self) -> Token:
        return Token(Place.CURRENT, self.generation)


class Ending(StrEnum):
    """How a run ended."""

    ROTATED = "rotated"
    MOVED = "moved"
    """Somebody else rotated meanwhile; theirs is stored."""
    GONE = "gone"
    SIGN_IN_NEEDED = "sign_in_needed"
    NOT_SENT = "not_sent"
    UNANSWERED = "unanswered"
    """The server may have rotated; the intent stays noted and is replayed by the next run."""
    THROTTLED = "throttled"
    APP_REFUSED = "app_refused"
    UNSAVED = "unsaved"
    """Answered, and the answer could not be committed; the keeper holds it in memory."""
    OTHERS_BUSY = "others_busy"


@dataclass(frozen=True)
class LeaseTaken:
    view: View


@dataclass(frozen=True)
class LeaseHeld:
    """Somebody else holds the lease."""


@dataclass(frozen=True)
class OwnerDone:
    """The other owner let go, died, or ran out of time."""


@dataclass(frozen=True)
class MovedOn:
    """While waiting: a token newer than the unwanted one is stored."""


@dataclass(frozen=True)
class WaitedTooLong:
    pass


@dataclass(frozen=True)
class GrantGone:
    pass


@dataclass(frozen=True)
class IntentNoted:
    pass


@dataclass(frozen=True)
class LeaseLost:
    """An act that needs the lease found it taken by somebody else."""


@dataclass(frozen=True)
class Extended:
    """The pause before another send is over and the lease begins anew."""


@dataclass(frozen=True)
class Unreadable:
    """A token does not open: damaged where it lies."""

    token: Token


@dataclass(frozen=True)
class NotSent:
    again: bool
    """Whether the time budget allows another send; likewise below."""


@dataclass(frozen=True)
class Unanswered:
    again: bool


@dataclass(frozen=True)
class Throttled:
    again: bool


@dataclass(frozen=True)
class GrantRefused:
    """``invalid_grant``: a definitive answer about this token (RFC 6749 section 5.2)."""


@dataclass(frozen=True)
class AppRefused:
    """Any other OAuth error: says nothing about the grant."""


@dataclass(frozen=True)
class ReadAgain:
    view: View


@dataclass(frozen=True)
class Answered:
    pass


@dataclass(frozen=True)
class CandidateKept:
    pass


@dataclass(frozen=True)
class WriteFailed:
    again: bool


@dataclass(frozen=True)
class Committed:
    pass


@dataclass(frozen=True)
class Conflict:
    """Lease or generation no longer match: ours stays a candidate."""


@dataclass(frozen=True)
class Marked:
    pass


@dataclass(frozen=True)
class LetGoDone:
    pass


Event = (
    LeaseTaken
    | LeaseHeld
    | OwnerDone
    | MovedOn
    | WaitedTooLong
    | GrantGone
    | IntentNoted
    | LeaseLost
    | Extended
    | Unreadable
    | NotSent
    | Unanswered
    | Throttled
    | GrantRefused
    | AppRefused
    | ReadAgain
    | Answered
    | CandidateKept
    | WriteFailed
    | Committed
    | Conflict
    | Marked
    | LetGoDone
)


@dataclass(frozen=True)
class TakeLease:
    """Take the lease and, in the same transaction, note the intent of the next act; not when that is to let go."""


@dataclass(frozen=True)
class WaitForOwner:
    pass


@dataclass(frozen=True)
class NoteIntent:
    token: Token


@dataclass(frozen=True)
class Send:
    token: Token
    replay: bool
    """Whether it may have been presented before."""


@dataclass(frozen=True)
class PauseAndExtend:
    pass


@dataclass(frozen=True)
class ReadGrant:
    pass


@dataclass(frozen=True)
class KeepCandidate:
    retry: bool = False
    """Whether a write failed just before: pause first."""


@dataclass(frozen=True)
class Commit:
    retry: bool = False


@dataclass(frozen=True)
class Promote:
    """Make a kept candidate current without asking the server: it is the answer to the noted intent."""

    candidate: Token
    spent: Token


@dataclass(frozen=True)
class MarkSignInNeeded:
    late: bool
    """Whether a noted token was presented again only after the server's grace."""
    damaged: bool
    """Whether a token could not be read."""


@dataclass(frozen=True)
class LetGo:
    clear_intent: bool


@dataclass(frozen=True)
class Finish:
    ending: Ending


Deed = (
    TakeLease
    | WaitForOwner
    | NoteIntent
    | Send
    | PauseAndExtend
    | ReadGrant
    | KeepCandidate
    | Commit
    | Promote
    | MarkSignInNeeded
    | LetGo
)
Act = Deed | Finish
