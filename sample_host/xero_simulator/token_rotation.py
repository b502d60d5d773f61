"""What becomes of a refresh token that is presented: the rules alone, without clock, storage or network.

Xero documents that an old token may be used again for 30 minutes when the answer was lost, but not what becomes of its
first successor. Each reading that clients must survive is a ``GraceReading``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never


class GraceReading(StrEnum):
    """What a replay inside the grace does to the successors given before."""

    EVERY_SUCCESSOR = "G1"
    NEWEST_SUCCESSOR = "G2"
    BRANCH_CANCELLED = "G2c"
    SAME_SUCCESSOR = "G3"
    LATE_REPLAY_CANCELS = "G4"


class RefusalReason(StrEnum):
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"
    IDLE = "idle"
    REVOKED = "revoked"


@dataclass
class RefreshTokenRecord:
    """One refresh token of a family; the token itself is never kept, only its digest elsewhere."""

    serial: int
    parent: int | None
    issued_at: float
    first_presented_at: float | None = None
    cancelled: bool = False


@dataclass
class TokenFamily:
    """All refresh tokens that descend from one sign-in."""

    family_id: str
    event_id: str
    records: dict[int, RefreshTokenRecord] = field(default_factory=dict)
    revoked: bool = False
    refreshes: int = 0
    newest_access: str | None = None
    """The id of the access token that was given last."""
    faults_before: int = 0
    """How many faults had struck when it was made."""


@dataclass(frozen=True)
class RotationRules:
    """Seconds that a replay is allowed for, seconds that an unused token lives, and the reading of the grace."""

    reading: GraceReading = GraceReading.EVERY_SUCCESSOR
    grace_seconds: float = 30 * 60
    idle_seconds: float = 60 * 24 * 3600


@dataclass(frozen=True)
class NewSuccessor:
    """Hand out a new token; the named ones die."""

    cancels: frozenset[int] = frozenset()


@dataclass(frozen=True)
class SameSuccessor:
    """Hand out the token that was given before."""

    serial: int


@dataclass(frozen=True)
class Refusal:
    reason: RefusalReason
    cancels_family: bool = False


Decision = NewSuccessor | SameSuccessor | Refusal


def decide(family: TokenFamily, serial: int, now: float, rules: RotationRules) -> Decision:
    """What presenting this token now leads to; changes nothing."""
    record = family.records[serial]
    if family.revoked:
        return Refusal(RefusalReason.REVOKED)
    if record.cancelled:
        return Refusal(RefusalReason.SUPERSEDED)
    if record.first_presented_at is None:
        if now - record.issued_at > rules.idle_seconds:
            return Refusal(RefusalReason.IDLE)
        return NewSuccessor()
    if now - record.first_presented_at > rules.grace_seconds:
        return Refusal(RefusalReason.SUPERSEDED, rules.reading is GraceReading.LATE_REPLAY_CANCELS)
    children = [child.serial for child in family.records.values() if child.parent == serial]
    match rules.reading:
        case GraceReading.EVERY_SUCCESSOR:
            return NewSuccessor()
        case GraceReading.NEWEST_SUCCESSOR | GraceReading.LATE_REPLAY_CANCELS:
            return NewSuccessor(frozenset(children))
        case GraceReading.BRANCH_CANCELLED:
            return NewSuccessor(_branch(family, children))
        case GraceReading.SAME_SUCCESSOR:
            return SameSuccessor(children[0])
        case _:
            assert_never(rules.reading)


def apply(family: TokenFamily, serial: int, decision: Decision, now: float) -> int | None:
    """Carry a decision out; answers the serial of the token to hand out, or None when refused."""
    match decision:
        case Refusal():
            family.revoked = family.revoked or decision.cancels_family
            return None
        case SameSuccessor():
            family.refreshes += 1
            return decision.serial
        case NewSuccessor():
            record = family.records[serial]
            if record.first_presented_at is None:
                record.first_presented_at = now
            for cancelled in decision.cancels:
                family.records[cancelled].cancelled = True
            family.refreshes += 1
            return issue(family, serial, now)
        case _:
            assert_never(decision)


def issue(family: TokenFamily, parent: int | None, now: float) -> int:
    """Add a token to the family and answer its serial."""
    serial = len(family.records)
    family.records[serial] = RefreshTokenRecord(serial=serial, parent=parent, issued_at=now)
    return serial


def _branch(family: TokenFamily, tops: list[int]) -> frozenset[int]:
    branch = set(tops)
    # A child's serial is always above its parent's, so one pass in order finds every descendant.
    for serial in sorted(family.records):
        if family.records[serial].parent in branch:
            branch.add(serial)
    return frozenset(branch)
