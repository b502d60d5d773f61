"""The hook specifications about documents that wait; the other groups stand in ``hostspec.hooks``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hostspec.usages import BatchRerun, FailedBatch, RerunBatch, Subject


class BatchHooks:
    """Documents that failed on a shared object, and running them again."""

    @hookspec
    def capture_failed_batches(self, subject: Subject) -> Iterable[FailedBatch]:
        """Collect the batches that failed on a subject and were not run again since.

        Implemented by: holders of batches. Called by: owners of subjects. When: a subject works again.

        Args:
            subject: The shared object, or every one of a kind.

        Returns:
            Batches that would run through the subject if they were run again.

        Example::

            @hookimpl
            def capture_failed_batches(self, subject):
                return [batch for batch in self.queue.failed() if subject.covers(batch.subject)]
        """
        return ()

    @hookspec
    def capture_rerun_batches(self, rerun: BatchRerun) -> Iterable[RerunBatch]:
        """Run failed batches again; each holder begins its own and does not wait for their end.

        Implemented by: holders of batches. Called by: owners of subjects. When: a person asks for it.

        Args:
            rerun: Which batches, and who asks.

        Returns:
            One result for each batch of the holder's own; not started where it ran, or runs, already.

        Example::

            @hookimpl
            def capture_rerun_batches(self, rerun):
                return [self.queue.start_again(batch_id) for batch_id in rerun.batch_ids if batch_id in self.queue]
        """
        return ()
