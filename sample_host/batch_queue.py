"""The queue: batches wait in it and are processed one at a time, unless somebody stopped it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from hostspec.errors import CaptureError
from hostspec.services import CancelSignal, Clock, Tasks
from hostspec.usages import BatchRerun, FailedBatch, RerunBatch, Subject
from hostspec.value import Tone
from sample_host.batch_work import BatchWork
from sample_host.batches import Batch, BatchBook, BatchState
from sample_host.host_usages import HostUsages
from sample_host.kept_data import HostData
from sample_host.migration_runs import MigrationRuns, new_batch
from sample_host.profiles import MigrationStep, ProfileBook
from sample_host.sample_invoices import captured_documents

_RETRY_SECONDS: Final = 0.2
"""How soon a batch is looked at again whose step is at work on another one."""

_STOPPED: Final = "The queue of this host is stopped. The batch waits in it; start the queue on the profile’s page."


class BatchQueue:
    """Any thread may call.

    Args:
        data: Remembers whether the queue is stopped.
        batches: What waits.
        profiles: Whose steps they go through.
        usages: Knows what people call the steps, and tells what changed.
        runs: Processes them.
        work: Who is at work on which.
        tasks: Runs the queue.
        clock: Wall clock for records.
        new_id: Makes an id nobody has.
    """

    def __init__(
        self,
        *,
        data: HostData,
        batches: BatchBook,
        profiles: ProfileBook,
        usages: HostUsages,
        runs: MigrationRuns,
        work: BatchWork,
        tasks: Tasks,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._data = data
        self._batches = batches
        self._profiles = profiles
        self._usages = usages
        self._runs = runs
        self._work = work
        self._tasks = tasks
        self._clock = clock
        self._new_id = new_id
        self._guard = threading.Lock()
        self._is_at_work = False
        self._wanted = False

    @property
    def is_stopped(self) -> bool:
        """Whether somebody stopped it; remembered over a restart."""
        return bool(self._data.bodies("queue_stopped"))

    def begin(self) -> None:
        """Go on where the last process of this host ended."""
        self._batches.recover(self._work.is_at_work)
        self._wake()

    def stop(self) -> None:
        """Begin with no further batch; the one at work goes on to its end."""
        with self._data.writing() as database:
            database.execute("INSERT OR IGNORE INTO kept VALUES ('queue_stopped', '1', 0, '{}')")
        self._profiles.tell()

    def go(self) -> None:
        """Process what waits."""
        with self._data.writing() as database:
            database.execute("DELETE FROM kept WHERE kind = 'queue_stopped'")
        self._profiles.tell()
        self._wake()

    def put(self, profile_id: str, step: MigrationStep) -> Batch:
        """Queue the documents that were captured for a step.

        Raises:
            CaptureError: The step has no connection yet.
        """
        if step.connection_id is None:
            raise CaptureError("Choose a connection first. Nothing was queued.", code="NO_CONNECTION")
        documents = captured_documents(step.document_type)
        place = (profile_id, step.step_id)
        batch = new_batch(self._new_id(), place, step.connection_id, documents, BatchState.WAITING, self._clock.now())
        self._batches.add(batch)
        self._profiles.tell()
        self._wake()
        return batch

    def failed(self, subject: Subject) -> tuple[FailedBatch, ...]:
        """The batches that failed on a subject and would go through it again."""
        found = [batch for batch in self._batches.failed() if subject.covers(batch.subject)]
        named = [(batch, *self._usages.names(batch.profile_id, batch.step_id)) for batch in found]
        return tuple(
            FailedBatch(
                batch_id=batch.batch_id,
                subject=batch.subject,
                profile=profile,
                step=step,
                documents=len(batch.documents),
                failed_at=batch.ended_at or batch.made_at,
                problem=batch.problem,
            )
            for batch, profile, step in named
        )

    def run_again(self, order: BatchRerun) -> tuple[RerunBatch, ...]:
        """Put failed batches into the queue again; those of other holders are left out."""
        results = tuple(
            result for batch_id in order.batch_ids if (result := self._again(order.subject, batch_id)) is not None
        )
        if results:
            self._profiles.tell()
            self._wake()
        return results

    def _again(self, subject: Subject, batch_id: str) -> RerunBatch | None:
        batch = self._batches.get(batch_id)
        if batch is None:
            return None
        if not subject.covers(batch.subject):
            return RerunBatch(batch_id=batch_id, started=False, detail="It goes through another connection by now.")
        if not self._batches.move_on(batch_id, BatchState.FAILED, BatchState.WAITING):
            return RerunBatch(batch_id=batch_id, started=False, detail="It was run again already.")
        if self.is_stopped:
            return RerunBatch(batch_id=batch_id, started=False, detail=_STOPPED)
        return RerunBatch(batch_id=batch_id, started=True)

    def _wake(self) -> None:
        with self._guard:
            self._wanted = True
            if self._is_at_work:
                return
            self._is_at_work = True
        self._tasks.start("queue", self._run)

    def _run(self, cancelled: CancelSignal) -> None:
        try:
            while not cancelled.is_set() and self._go_on(cancelled):
                pass
        finally:
            with self._guard:
                self._is_at_work = False
                again = self._wanted and not cancelled.is_set()
        if again:
            self._wake()

    def _go_on(self, cancelled: CancelSignal) -> bool:
        """Process one batch; whether there may be another one."""
        with self._guard:
            self._wanted = False
        batch = self._batches.oldest_waiting()
        # In this order: what is queued after a stop is not begun by a look from before it.
        if batch is None or self.is_stopped:
            return False
        self._process(batch, cancelled)
        return True

    def _process(self, batch: Batch, cancelled: CancelSignal) -> None:
        profile = self._profiles.get(batch.profile_id)
        step = profile.step(batch.step_id) if profile is not None else None
        if isinstance(step, MigrationStep):
            if not self._runs.run_waiting(batch, step, cancelled):
                cancelled.wait(_RETRY_SECONDS)
            return
        self._batches.end(
            batch.batch_id,
            left=(),
            problem="",
            settled=0,
            result="The step no longer exists",
            tone=Tone.BAD,
            at=self._clock.now(),
        )
        self._profiles.tell()
