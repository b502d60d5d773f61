"""Which batches of documents wait, run, ended or failed, and through which shared object does each go?

A batch belongs to a step of a profile and is bound to what the step pointed to when the batch was made: choosing
another connection in the step sends the next batch elsewhere, never one that waits already. A switch takes the batches
of its usages along.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hostspec.usages import Subject
from hostspec.value import Tone, Value
from sample_host.kept_data import HostData

COUNTED_DAYS: Final = 30
"""Documents of so many days are counted for a usage."""

KEPT_DAYS: Final = 400
"""How long a batch that ended is remembered."""


_COLUMNS: Final = (
    "SELECT batch_id, profile_id, step_id, kind, subject_id, documents, state, made_at, ended_at, problem FROM batch"
)


class BatchState(StrEnum):
    """Where a batch stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Something is left to do, and it could be done by running the batch again."""
    REPLACED = "replaced"
    """Failed, and its documents were run again in another batch."""


class Batch(Value):
    """Documents that go through one step of a profile together."""

    batch_id: str
    profile_id: str
    step_id: str
    subject: Subject
    documents: tuple[str, ...]
    state: BatchState
    made_at: datetime
    ended_at: datetime | None = None
    problem: str = ""
    """Why it failed, as a sentence."""


@dataclass(frozen=True)
class Figures:
    """What is known about a step and one object from the batches."""

    profile_id: str
    step_id: str
    subject_id: str
    waiting: int
    running: bool
    last_used: datetime | None
    last_result: str
    last_tone: Tone
    documents: int
    """Settled in the last 30 days."""


class BatchBook:
    """The batches of this host; any thread and any process of the host may use it.

    Args:
        data: Where they are kept.
        runner: What this process is called, as the one that runs a batch.
    """

    def __init__(self, data: HostData, runner: str = "") -> None:
        self._data = data
        self._runner = runner

    def add(self, batch: Batch) -> None:
        """Keep a new batch. One that failed at the same step, with no other documents than these, is replaced by it."""
        with self._data.writing() as database:
            database.execute(
                "INSERT INTO batch (batch_id, profile_id, step_id, kind, subject_id, state, made_at, "
                "documents, runner) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    batch.batch_id,
                    batch.profile_id,
                    batch.step_id,
                    batch.subject.kind,
                    batch.subject.subject_id,
                    batch.state.value,
                    batch.made_at.isoformat(),
                    json.dumps(batch.documents),
                    self._runner,
                ),
            )
            failed = database.execute(
                "SELECT batch_id, documents FROM batch WHERE profile_id = ? AND step_id = ? AND state = 'failed'",
                (batch.profile_id, batch.step_id),
            ).fetchall()
            replaced = [(batch_id,) for batch_id, ids in failed if set(json.loads(ids)) <= set(batch.documents)]
            database.executemany("UPDATE batch SET state = 'replaced' WHERE batch_id = ?", replaced)

    def get(self, batch_id: str) -> Batch | None:
        """The batch of that id, if it is remembered."""
        return next(iter(self._read("batch_id = ?", (batch_id,))), None)

    def oldest_waiting(self) -> Batch | None:
        """What is next in the queue."""
        return next(iter(self._read("state = 'waiting' ORDER BY number LIMIT 1", ())), None)

    def waiting(self, profile_id: str, step_id: str) -> int:
        """How many batches wait at a step."""
        return len(self._read("profile_id = ? AND step_id = ? AND state = 'waiting'", (profile_id, step_id)))

    def apart(self, profile_id: str, step_id: str, subject: Subject, made_for: str) -> int:
        """How many batches ``take_queue`` is about; those that failed count where a switch took them along, because run
        again they would go to what was taken back.
        """
        found = "profile_id = ? AND step_id = ? AND kind = ? AND subject_id = ?"
        place = (profile_id, step_id, subject.kind, subject.subject_id)
        if made_for == subject.subject_id:
            return len(self._read(f"{found} AND state = 'waiting'", place))
        return len(self._read(f"{found} AND state IN ('waiting', 'failed') AND taken_from = ?", (*place, made_for)))

    def failed(self) -> tuple[Batch, ...]:
        """What failed and was not run again, the oldest first."""
        return self._read("state = 'failed' ORDER BY number", ())

    def move_on(self, batch_id: str, before: BatchState, after: BatchState) -> bool:
        """Change the state of a batch, unless it is another one by now; whether it was changed."""
        with self._data.writing() as database:
            changed = database.execute(
                "UPDATE batch SET state = ?, runner = ? WHERE batch_id = ? AND state = ?",
                (after.value, self._runner, batch_id, before.value),
            )
            return changed.rowcount == 1

    def end(
        self,
        batch_id: str,
        *,
        left: Sequence[str],
        problem: str,
        settled: int,
        result: str,
        tone: Tone,
        at: datetime,
    ) -> None:
        """Keep how a batch ended, and forget what ended long ago.

        Args:
            batch_id: Of the batch.
            left: Documents to run again; the batch failed where there are any.
            problem: Why, as a sentence.
            settled: How many documents reached the other side.
            result: What came of it, as a few words.
            tone: How that is meant.
            at: Now (UTC).
        """
        state = BatchState.FAILED if left else BatchState.DONE
        with self._data.writing() as database:
            database.execute(
                "UPDATE batch SET state = ?, ended_at = ?, settled = settled + ?, tone = ?, result = ?, problem = ?, "
                "documents = CASE WHEN ? THEN ? ELSE documents END WHERE batch_id = ?",
                (
                    *(state.value, at.isoformat(), settled, tone.value, result, problem),
                    *(bool(left), json.dumps(tuple(left)), batch_id),
                ),
            )
            database.execute(
                "DELETE FROM batch WHERE state IN ('done', 'replaced') AND ended_at < ?",
                ((at - timedelta(days=KEPT_DAYS)).isoformat(),),
            )

    def recover(self, is_at_work: Callable[[str], bool]) -> None:
        """What a killed process left running waits again: what it had posted is never posted twice.

        Args:
            is_at_work: Whether the process of that name is still at work.
        """
        with self._data.writing() as database:
            runners = database.execute("SELECT DISTINCT runner FROM batch WHERE state = 'running'").fetchall()
            database.executemany(
                "UPDATE batch SET state = 'waiting' WHERE state = 'running' AND runner = ?",
                [(runner,) for (runner,) in runners if not is_at_work(runner)],
            )

    def figures(self, kind: str, now: datetime) -> tuple[Figures, ...]:
        """What every step did with every object of a kind, in one look."""
        since = (now - timedelta(days=COUNTED_DAYS)).isoformat()
        with self._data.reading() as database:
            # SQLite takes the columns that stand by themselves from the row with the maximum.
            rows = database.execute(
                "SELECT profile_id, step_id, subject_id, sum(state = 'waiting'), sum(state = 'running'), "
                "sum(CASE WHEN ended_at >= ? THEN settled ELSE 0 END), max(ended_at), result, tone "
                "FROM batch WHERE kind = ? GROUP BY profile_id, step_id, subject_id",
                (since, kind),
            ).fetchall()
        return tuple(
            Figures(
                profile_id=profile_id,
                step_id=step_id,
                subject_id=subject_id,
                waiting=waiting,
                running=bool(running),
                last_used=datetime.fromisoformat(ended) if ended else None,
                last_result=result if ended else "",
                last_tone=Tone(tone) if ended else Tone.NEUTRAL,
                documents=documents,
            )
            for profile_id, step_id, subject_id, waiting, running, documents, ended, result, tone in rows
        )

    def _read(self, condition: str, values: Iterable[str]) -> tuple[Batch, ...]:
        with self._data.reading() as database:
            rows = database.execute(f"{_COLUMNS} WHERE {condition}", tuple(values)).fetchall()
        return tuple(
            Batch(
                batch_id=batch_id,
                profile_id=profile_id,
                step_id=step_id,
                subject=Subject(kind=kind, subject_id=subject_id),
                documents=tuple(json.loads(documents)),
                state=BatchState(state),
                made_at=datetime.fromisoformat(made_at),
                ended_at=datetime.fromisoformat(ended_at) if ended_at else None,
                problem=problem,
            )
            for batch_id, profile_id, step_id, kind, subject_id, documents, state, made_at, ended_at, problem in rows
        )


def take_along(database: sqlite3.Connection, profile_id: str, step_id: str, subject: Subject, target: Subject) -> int:
    """Bind what waits or failed at a step to another object, in the caller's transaction; how many batches."""
    return _bind(database, (profile_id, step_id), subject, target, "", None)


def take_queue(
    database: sqlite3.Connection, profile_id: str, step_id: str, subject: Subject, target: Subject, made_for: str
) -> int:
    """Bind what waits or failed apart from its step, which points elsewhere; in the caller's transaction.

    Args:
        database: In a transaction.
        profile_id: Of the step.
        step_id: Of the step.
        subject: What it is bound to now.
        target: What it is to be bound to.
        made_for: What it was bound to before any switch; where that is not ``subject``, only what a switch took from
            there is meant.

    Returns:
        How many batches.
    """
    if made_for == subject.subject_id:
        return _bind(database, (profile_id, step_id), subject, target, made_for, None)
    back = "" if made_for == target.subject_id else made_for
    return _bind(database, (profile_id, step_id), subject, target, back, made_for)


def _bind(
    database: sqlite3.Connection,
    place: tuple[str, str],
    subject: Subject,
    target: Subject,
    taken_from: str,
    only_from: str | None,
) -> int:
    return database.execute(
        "UPDATE batch SET subject_id = ?, taken_from = ? WHERE profile_id = ? AND step_id = ? AND kind = ? "
        "AND subject_id = ? AND state IN ('waiting', 'failed') AND (? IS NULL OR taken_from = ?)",
        (target.subject_id, taken_from, *place, subject.kind, subject.subject_id, only_from, only_from),
    ).rowcount
