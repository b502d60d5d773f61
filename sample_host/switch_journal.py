"""Which usages were switched, by whom and when? Written before and after, so that a switch can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from hostspec.ui import Origin
from hostspec.usages import Subject, Usage
from hostspec.value import UserId, Value
from sample_host.kept_data import HostData

KEPT_SWITCHES: Final = 100
_KEPT_AS: Final = "switch"


class SwitchedPlace(Value):
    """A usage that a switch is about."""

    usage_id: str
    profile: str
    step: str


class SwitchRecord(Value):
    """One switch."""

    switch_id: str
    subject: Subject
    target: Subject
    places: tuple[SwitchedPlace, ...]
    """What was to be switched; once the switch ended, what was."""
    user_id: UserId
    user_name: str
    began_at: datetime
    ended_at: datetime | None = None
    """``None``: the process ended before the switch did, so only a look at each place says what became of it."""
    undo_began_at: datetime | None = None
    """Since when it is being taken back; while ``undone_at`` is missing, a look at each place says what is back."""
    undone_at: datetime | None = None


class SwitchJournal:
    """The switches of this host; any thread and any process of the host may use it.

    Args:
        data: Where they are kept.
        new_id: Makes an id nobody has.
        now: The wall clock (UTC).
    """

    def __init__(self, data: HostData, new_id: Callable[[], str], now: Callable[[], datetime]) -> None:
        self._data = data
        self.new_id: Final = new_id
        self._now = now

    def begin(
        self, origin: Origin, subject: Subject, target: Subject, usages: Sequence[Usage], *, switch_id: str
    ) -> SwitchRecord:
        """Write down what is about to be switched. On disk when this returns.

        Raises:
            StoreUnavailable: It could not be written, so nothing may be switched.
        """
        record = SwitchRecord(
            switch_id=switch_id,
            subject=subject,
            target=target,
            places=tuple(SwitchedPlace(usage_id=u.usage_id, profile=u.profile, step=u.step) for u in usages),
            user_id=origin.user_id,
            user_name=origin.user_name,
            began_at=self._now(),
        )
        with self._data.writing() as database:
            database.execute(
                "INSERT INTO kept (kind, item_id, position, body) VALUES (?1, ?2, "
                "(SELECT coalesce(max(position), 0) + 1 FROM kept WHERE kind = ?1), ?3)",
                (_KEPT_AS, record.switch_id, record.model_dump_json()),
            )
            database.execute(
                "DELETE FROM kept WHERE kind = ?1 AND position <= "
                "(SELECT max(position) FROM kept WHERE kind = ?1) - ?2",
                (_KEPT_AS, KEPT_SWITCHES),
            )
        return record

    def end(self, record: SwitchRecord, switched: frozenset[str]) -> None:
        """Write down what was switched."""
        places = tuple(place for place in record.places if place.usage_id in switched)
        self._replace(record.model_copy(update={"places": places, "ended_at": self._now()}))

    def begin_undo(self, record: SwitchRecord) -> SwitchRecord:
        """Write down that a switch is about to be taken back. On disk when this returns.

        Raises:
            StoreUnavailable: It could not be written, so nothing may be taken back.
        """
        begun = record.model_copy(update={"undo_began_at": self._now()})
        self._replace(begun)
        return begun

    def undone(self, record: SwitchRecord) -> None:
        """Write down that a switch was taken back: it is offered no more."""
        self._replace(record.model_copy(update={"undone_at": self._now()}))

    def last(self, subject: Subject) -> SwitchRecord | None:
        """The last switch of this kind of object, while it can be taken back and is about this one."""
        for body in self._bodies():
            try:
                record = SwitchRecord.model_validate_json(body)
            except ValidationError:
                return None
            if record.subject.kind == subject.kind:
                is_open = record.undone_at is None and record.places
                is_here = subject.subject_id in (record.subject.subject_id, record.target.subject_id)
                return record if is_open and is_here else None
        return None

    def known(self) -> frozenset[str]:
        """The switches that are remembered."""
        return frozenset(item_id for item_id, _ in self._data.bodies(_KEPT_AS))

    def _bodies(self) -> list[str]:
        with self._data.reading() as database:
            rows = database.execute("SELECT body FROM kept WHERE kind = ? ORDER BY position DESC", (_KEPT_AS,))
            return [body for (body,) in rows]

    def _replace(self, record: SwitchRecord) -> None:
        with self._data.writing() as database:
            database.execute(
                "UPDATE kept SET body = ? WHERE kind = ? AND item_id = ?",
                (record.model_dump_json(), _KEPT_AS, record.switch_id),
            )
