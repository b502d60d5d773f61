"""Running a migration beside the page: progress, the result of each document, and what remains to be done."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from hostspec.connections import HttpSession
from hostspec.errors import CaptureError, PluginFailed
from hostspec.services import CancelSignal, Clock, Hooks, Tasks
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId, Remedy, Tone
from sample_host.batch_work import BatchWork
from sample_host.batches import Batch, BatchBook, BatchState
from sample_host.migration import Company, Contact, OutcomeKind, XeroMigration
from sample_host.postings import PostingBook
from sample_host.profiles import MigrationStep
from sample_host.run_records import Problem, Run, line_of
from sample_host.sample_invoices import CapturedDocument, all_documents, captured_documents

CONTACTS_SHOWN: Final = 100

_NOT_SURE: Final = "Xero did not say whether the documents arrived. They are looked for before anything is sent again."

_log = logging.getLogger("sample_host")


class MigrationRuns:
    """The runs of this host, at most one at a time for each step.

    Args:
        hooks: Opens the sessions.
        postings: What was posted before.
        batches: Remembers which documents went through what, and with what result.
        work: Shows the other processes of this host that this one is at work.
        tasks: Runs them.
        clock: Wall clock for records.
        new_key: Makes a key or an id that nobody has.
        changed: Called when a run began or ended.
    """

    def __init__(
        self,
        *,
        hooks: Hooks,
        postings: PostingBook,
        batches: BatchBook,
        work: BatchWork,
        tasks: Tasks,
        clock: Clock,
        new_key: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        self._hooks = hooks
        self._postings = postings
        self._batches = batches
        self._work = work
        self._changed = changed
        self._tasks = tasks
        self._clock = clock
        self._new_key = new_key
        self._guard = threading.Lock()
        self._runs: dict[tuple[str, str], Run] = {}

    def latest(self, profile_id: str, step_id: str) -> Run | None:
        """The run under way, or else the one that ended last."""
        with self._guard:
            run = self._runs.get((profile_id, step_id))
        return run or self._postings.latest_run(f"{profile_id}/{step_id}", Run)

    def contacts(self, connection_id: ConnectionId) -> tuple[str, tuple[Contact, ...]]:
        """The tenant's name and its first contacts.

        Raises:
            CaptureError: They cannot be had; the sentence says why.
        """
        with self._open(connection_id) as session:
            return session.tenant_name, self._migration(session).contacts(CONTACTS_SHOWN)

    def _open(self, connection_id: ConnectionId) -> HttpSession:
        session = self._hooks.open_session(connection_id)
        if not isinstance(session, HttpSession):
            session.close()
            raise PluginFailed(
                "This connection cannot be used for a migration, because it does not speak HTTP. Choose another one.",
                plugin="",
            )
        return session

    def _migration(self, session: HttpSession) -> XeroMigration:
        return XeroMigration(session, self._postings, self._clock.now, self._new_key)

    def start(self, profile_id: str, step: MigrationStep, *, only_unfinished: bool = False) -> Run:
        """Begin a run, or answer the one that is under way.

        Raises:
            CaptureError: The step has no connection yet.
        """
        connection_id = step.connection_id
        if connection_id is None:
            raise CaptureError("Choose a connection first. Nothing was posted.", code="NO_CONNECTION")
        place = (profile_id, step.step_id)
        last = self.latest(*place)
        documents = captured_documents(step.document_type)
        if only_unfinished and last is not None:
            documents = tuple(d for d in documents if d.document_id in last.unfinished) or documents
        run = self._begin(place, documents)
        if run is None:
            return self._runs[place]
        batch = new_batch(self._new_key(), place, connection_id, documents, BatchState.RUNNING, run.started_at)

        def work(cancelled: CancelSignal) -> None:
            try:
                self._run(batch, step, documents, cancelled)
            finally:
                self._work.end()

        self._work.begin()
        try:
            self._batches.add(batch)
        except BaseException:
            self._work.end()
            self._change(place, running=False)
            raise
        self._changed()
        self._tasks.start(f"migration-{profile_id}-{step.step_id}", work)
        return run

    def run_waiting(self, batch: Batch, step: MigrationStep, cancelled: CancelSignal) -> bool:
        """Run a batch of the queue to its end, here and now; whether it was its turn."""
        place = (batch.profile_id, batch.step_id)
        documents = tuple(d for d in all_documents() if d.document_id in batch.documents)
        if self._begin(place, documents) is None:
            return False
        claimed = False
        self._work.begin()
        try:
            claimed = self._batches.move_on(batch.batch_id, BatchState.WAITING, BatchState.RUNNING)
            if claimed:
                self._changed()
                # From now on no switch takes it along; one may have since it was read.
                self._run(self._batches.get(batch.batch_id) or batch, step, documents, cancelled)
        finally:
            if not claimed:
                self._change(place, running=False)
            self._work.end()
        return True

    def _begin(self, place: tuple[str, str], documents: tuple[CapturedDocument, ...]) -> Run | None:
        """A new run at a place; ``None`` while another one is under way there."""
        with self._guard:
            under_way = self._runs.get(place)
            if under_way is not None and under_way.running:
                return None
            run = Run(started_at=self._clock.now(), running=True, lines=tuple(line_of(d) for d in documents))
            self._runs[place] = run
            return run

    def _run(
        self, batch: Batch, step: MigrationStep, documents: tuple[CapturedDocument, ...], cancelled: CancelSignal
    ) -> None:
        place = (batch.profile_id, batch.step_id)
        problem: Problem | None = None
        try:
            with self._open(ConnectionId(batch.subject.subject_id)) as session:
                self._change(place, tenant_name=session.tenant_name)
                migration = self._migration(session)
                company = migration.company()
                self._change(place, tenant_name=company.name)
                self._post_all(place, migration, company, step, documents, cancelled)
        except CaptureError as error:
            problem = Problem.of(error)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page must not show a run without end
            _log.error("A migration ended with %s.", type(error).__name__)
            problem = Problem(
                text="The migration ended unexpectedly. What was posted is recorded and not posted twice; try again.",
                remedy=Remedy.TELL_SUPPORT,
            )
        finally:
            run = self._change(place, running=False, problem=problem)
            self._postings.keep_run("/".join(place), run)
            self._settle(batch, run, was_stopped=cancelled.is_set() and bool(run.unfinished))
            self._changed()

    def _settle(self, batch: Batch, run: Run, *, was_stopped: bool) -> None:
        if was_stopped:
            self._batches.move_on(batch.batch_id, BatchState.RUNNING, BatchState.WAITING)
            return
        posted = sum(line.outcome is OutcomeKind.POSTED for line in run.lines)
        done = len(run.lines) - len(run.unfinished)
        self._batches.end(
            batch.batch_id,
            left=run.to_repeat,
            problem=run.problem.text if run.problem is not None else _NOT_SURE if run.to_repeat else "",
            settled=posted,
            result=f"{done} of {len(run.lines)} posted" if run.unfinished else f"All {len(run.lines)} posted",
            tone=Tone.GOOD if not run.unfinished else Tone.WARNING if done else Tone.BAD,
            at=self._clock.now(),
        )

    def _post_all(
        self,
        place: tuple[str, str],
        migration: XeroMigration,
        company: Company,
        step: MigrationStep,
        documents: tuple[CapturedDocument, ...],
        cancelled: CancelSignal,
    ) -> None:
        for document in documents:
            if cancelled.is_set():
                raise CaptureError("The host ended before all documents were posted. Try again to post the rest.")
            outcome = migration.post(company, step, document)
            with self._guard:
                run = self._runs[place]
                lines = tuple(
                    line.model_copy(update={"outcome": outcome.kind, "text": outcome.text})
                    if line.document_id == document.document_id
                    else line
                    for line in run.lines
                )
                self._runs[place] = run.model_copy(update={"lines": lines})

    def _change(self, place: tuple[str, str], **changes: object) -> Run:
        with self._guard:
            run = self._runs[place].model_copy(update=changes)
            self._runs[place] = run
            return run


def new_batch(
    batch_id: str,
    place: tuple[str, str],
    connection_id: ConnectionId,
    documents: tuple[CapturedDocument, ...],
    state: BatchState,
    made_at: datetime,
) -> Batch:
    """A batch of documents for a migration step, bound to the connection that the step names now."""
    return Batch(
        batch_id=batch_id,
        profile_id=place[0],
        step_id=place[1],
        subject=Subject(kind=CONNECTION_KIND, subject_id=connection_id),
        documents=tuple(document.document_id for document in documents),
        state=state,
        made_at=made_at,
    )
