"""Batches that failed in a fake host, and what was run again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hostspec.testing.fake_clock import START
from hostspec.usages import FailedBatch, RerunBatch

if TYPE_CHECKING:
    from datetime import datetime

    from hostspec.usages import BatchRerun, Subject


class FakeBatches:
    """Holds failed batches and starts them again when asked to."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        """Raised by every question, if set: the queue is down."""
        self._failed: dict[str, FailedBatch] = {}
        self._stuck: dict[str, str] = {}
        self._started: list[str] = []
        self._lock = threading.Lock()

    def fail(
        self,
        batch_id: str,
        subject: Subject,
        *,
        profile: str,
        step: str = "Xero migration",
        documents: int = 1,
        problem: str = "Sign in again.",
        failed_at: datetime = START,
    ) -> FailedBatch:
        """Let a batch fail on a subject and wait."""
        batch = FailedBatch(
            batch_id=batch_id,
            subject=subject,
            profile=profile,
            step=step,
            documents=documents,
            failed_at=failed_at,
            problem=problem,
        )
        with self._lock:
            self._failed[batch_id] = batch
        return batch

    def refuse_rerun(self, batch: FailedBatch, why: str) -> None:
        """Make every attempt to run this batch again fail with the sentence."""
        self._stuck[batch.batch_id] = why

    @property
    def started(self) -> tuple[str, ...]:
        """Ids of the batches that were started again so far, in order."""
        with self._lock:
            return tuple(self._started)

    def failed(self, subject: Subject) -> tuple[FailedBatch, ...]:
        """What failed on a subject (or on every one of a kind) and was not started again."""
        self._answer()
        with self._lock:
            found = tuple(self._failed.values())
        return tuple(batch for batch in found if subject.covers(batch.subject))

    def rerun(self, rerun: BatchRerun) -> tuple[RerunBatch, ...]:
        """Start what is held here, and say what became of each."""
        self._answer()
        results = []
        with self._lock:
            for batch_id in rerun.batch_ids:
                if batch_id in self._started and batch_id not in self._failed:
                    results.append(RerunBatch(batch_id=batch_id, started=False, detail="It was started before."))
                if batch_id not in self._failed:
                    continue
                why = self._stuck.get(batch_id, "")
                results.append(RerunBatch(batch_id=batch_id, started=not why, detail=why))
                if not why:
                    self._started.append(batch_id)
                    del self._failed[batch_id]
        return tuple(results)

    def _answer(self) -> None:
        if self.error is not None:
            raise self.error
