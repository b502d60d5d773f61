"""What became of the last switch, and what can still be done about it? A look at each place says, not the journal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from hostspec.usages import Subject, UsageSwitch

if TYPE_CHECKING:
    from hostspec.services import HostServices
    from sample_host.switch_journal import SwitchedPlace, SwitchRecord

_MOST_SHOWN: Final = 20


class Where(StrEnum):
    """What a place of a switch points to now."""

    MOVED = "moved"
    """The object that was switched to."""
    LEFT = "left"
    """The object that was switched from."""
    ELSEWHERE = "elsewhere"
    GONE = "gone"
    """Nothing: batches that waited were done, say, or a profile was deleted."""


class Standing(StrEnum):
    """How a switch stands."""

    WHOLE = "whole"
    """It ended, or was cut off when nothing was left to do."""
    NOTHING_MOVED = "nothing moved"
    """It was cut off before it moved anything."""
    CUT_OFF = "cut off"
    """It moved some and not all."""
    UNDO_CUT_OFF = "undo cut off"
    """Some of what it moved has been moved back, and not all."""
    UNKNOWN = "unknown"
    """It was cut off, and somebody does not answer who would know what it moved."""
    UNDER_WAY = "under way"
    """Somebody is at it right now, in this process or another."""


@dataclass(frozen=True)
class LastSwitch:
    """The last switch, while there is something to be done about it."""

    record: SwitchRecord
    standing: Standing
    places: tuple[tuple[SwitchedPlace, Where], ...] = ()

    @property
    def can_undo(self) -> bool:
        """Whether what it moved can be moved back; of one that moved nothing, whether it can be put aside."""
        return self.standing not in {Standing.UNKNOWN, Standing.UNDER_WAY}

    @property
    def can_finish(self) -> bool:
        """Whether what it left can be moved too."""
        return self.standing in {Standing.CUT_OFF, Standing.NOTHING_MOVED}

    @property
    def undo_label(self) -> str:
        """What the button says that takes it back."""
        return "Dismiss" if self.standing is Standing.NOTHING_MOVED else "Undo"

    def at(self, where: Where) -> tuple[SwitchedPlace, ...]:
        """The places that point there."""
        return tuple(place for place, found in self.places if found is where)

    @property
    def text(self) -> str:
        """What it was, and how it stands."""
        record = self.record
        what = f"{self.source} to {self.target}"
        who = f"{record.user_name}, {record.began_at:%d %b %Y, %H:%M} UTC"
        count, moved = len(record.places), len(self.at(Where.MOVED))
        match self.standing:
            case Standing.WHOLE:
                return f"Last switch: {count} from {what} ({who})."
            case Standing.NOTHING_MOVED:
                return f"A switch of {count} from {what} was interrupted before it moved anything ({who})."
            case Standing.CUT_OFF:
                return f"A switch from {what} was interrupted: {moved} of {count} moved ({who}). Finish or undo it."
            case Standing.UNDO_CUT_OFF:
                return f"The undo of a switch from {what} was interrupted: {moved} of {count} not back yet ({who})."
            case Standing.UNKNOWN:
                return f"A switch of {count} from {what} was interrupted ({who}). What it moved is not known now."
            case Standing.UNDER_WAY if record.undo_began_at is not None:
                return f"The undo of a switch from {what} is being carried out right now ({who})."
            case Standing.UNDER_WAY:
                return f"A switch of {count} from {what} is being carried out right now ({who})."
            case _:
                assert_never(self.standing)

    @property
    def lines(self) -> tuple[str, ...]:
        """Where each place stands, while not all stand alike."""
        if self.standing not in {Standing.CUT_OFF, Standing.UNDO_CUT_OFF}:
            return ()
        said = {
            Where.MOVED: f"uses {self.target}",
            Where.LEFT: f"uses {self.source}",
            Where.ELSEWHERE: "was changed since",
            Where.GONE: "has nothing left to move",
        }
        lines = [f"{place.profile} ({place.step}) {said[where]}." for place, where in self.places]
        more = len(lines) - _MOST_SHOWN
        return (*lines[:_MOST_SHOWN], *((f"… and {more} more.",) if more > 0 else ()))

    @property
    def source(self) -> str:
        """What was switched from, by name."""
        return self.record.subject.label or self.record.subject.subject_id

    @property
    def target(self) -> str:
        """What was switched to, by name."""
        return self.record.target.label or self.record.target.subject_id


def look_at(host: HostServices, record: SwitchRecord, *, closely: bool = False) -> LastSwitch | None:
    """How a switch stands; ``None`` once it was taken back as a whole.

    Args:
        host: Whose hooks know who points to what.
        record: What was written down.
        closely: Look at each place also where the record says that the switch ended.
    """
    ended, undoing = record.ended_at is not None, record.undo_began_at is not None
    if ended and not undoing and not closely:
        return LastSwitch(record, Standing.WHOLE)
    source, target = host.hooks.usages(record.subject), host.hooks.usages(record.target)
    if source.failed or target.failed:
        return LastSwitch(record, Standing.WHOLE if ended and not undoing else Standing.UNKNOWN)
    here, there = ({usage.usage_id for usage in found} for found in (source, target))
    there |= _kept_by_other_names(host, record, here | there)
    elsewhere = _pointing_anywhere(host, record, here | there)
    last = LastSwitch(
        record,
        Standing.WHOLE,
        tuple((place, _where(place.usage_id, here, there, elsewhere)) for place in record.places),
    )
    moved, left = last.at(Where.MOVED), last.at(Where.LEFT)
    if undoing and not moved:
        return None
    if (ended and not undoing) or not left:
        return last
    if undoing:
        return LastSwitch(record, Standing.UNDO_CUT_OFF, last.places)
    return LastSwitch(record, Standing.CUT_OFF if moved else Standing.NOTHING_MOVED, last.places)


def _where(usage_id: str, here: set[str], there: set[str], elsewhere: set[str]) -> Where:
    if usage_id in there:
        return Where.MOVED
    if usage_id in here:
        return Where.LEFT
    return Where.ELSEWHERE if usage_id in elsewhere else Where.GONE


def _kept_by_other_names(host: HostServices, record: SwitchRecord, found: set[str]) -> set[str]:
    """Places that were moved and are listed otherwise since: batches that wait become part of a step's usage, say. Who
    holds them tells whether they could be moved back.
    """
    missing = tuple(place.usage_id for place in record.places if place.usage_id not in found)
    if not missing:
        return set()
    back = UsageSwitch(
        subject=record.target, target=record.subject, usage_ids=missing, user_id=record.user_id, dry_run=True
    )
    return {answer.usage_id for answer in host.hooks.switch_usages(back) if answer.switched}


def _pointing_anywhere(host: HostServices, record: SwitchRecord, found: set[str]) -> set[str]:
    """Of places that point to neither object: those that still point to something, or whose holder does not answer."""
    missing = {place.usage_id for place in record.places} - found
    if not missing:
        return set()
    usages = host.hooks.usages(Subject(kind=record.subject.kind, subject_id=""))
    return missing if usages.failed else missing & {usage.usage_id for usage in usages}
