import secrets
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from text_profiles import TextProfiles
from text_step import export
from text_store import TextStore

from hostspec import BatchRerun, CaptureError, Clock, FailedBatch, Hooks, Remedy, RerunBatch, Subject

PAUSE_SECONDS = 60.0


class TextQueue:
    """The business cards that wait, and those that somebody has to look at."""

    def __init__(self, folder: Path, profiles: TextProfiles, hooks: Hooks, clock: Clock) -> None:
        self._store = TextStore(folder / "queue.json", {})
        self._batches: dict[str, dict[str, Any]] = self._store.kept
        self._lock = threading.Lock()
        self._profiles = profiles
        self._hooks = hooks
        self._clock = clock

    def add(self, profile: str, names: list[str]) -> str:
        """Take business cards in; they are filed in the background."""
        batch_id = secrets.token_hex(8)
        with self._lock:
            self._batches[batch_id] = {"profile": profile, "names": names, "problem": "", "at": self._in(0.0)}
            self._store.save()
        return batch_id

    def waiting(self, profile: str) -> int:
        with self._lock:
            return sum(one["profile"] == profile and not one["problem"] for one in self._batches.values())

    def work(self) -> None:
        """File what is due; an error of one batch holds up no other."""
        now = self._in(0.0)
        with self._lock:
            due = [(key, dict(one)) for key, one in self._batches.items() if not one["problem"] and one["at"] <= now]
        for batch_id, batch in due:
            try:
                connection_id = self._profiles.connection_of(batch["profile"])
                for place, name in enumerate(batch["names"]):
                    export(self._hooks, connection_id, f"{batch_id}-{place}", name)
            except CaptureError as problem:
                self._keep(batch_id, problem)
            except Exception:
                self._keep(batch_id, CaptureError("Something went wrong, so these cards were kept. Tell support."))
            else:
                with self._lock:
                    del self._batches[batch_id]
                    self._store.save()

    def _keep(self, batch_id: str, problem: CaptureError) -> None:
        with self._lock:
            batch = self._batches[batch_id]
            if problem.remedy is Remedy.RETRY_LATER:
                batch["at"] = self._in(getattr(problem, "retry_after", None) or PAUSE_SECONDS)
            else:
                batch.update(problem=str(problem), at=self._in(0.0))
            self._store.save()

    def _in(self, seconds: float) -> str:
        return (self._clock.now() + timedelta(seconds=seconds)).isoformat(timespec="microseconds")

    def failed(self, subject: Subject) -> list[FailedBatch]:
        with self._lock:
            found = [(key, dict(one)) for key, one in self._batches.items() if one["problem"]]
        return [
            FailedBatch(
                batch_id=key,
                subject=runs_through,
                profile=one["profile"],
                step="Export",
                documents=len(one["names"]),
                failed_at=datetime.fromisoformat(one["at"]),
                problem=one["problem"],
            )
            for key, one in found
            if subject.covers(runs_through := self._profiles.subject_of(one["profile"]))
        ]

    def rerun(self, rerun: BatchRerun) -> list[RerunBatch]:
        """Put batches back into the queue; what is not ours is left to others."""
        failed = {one.batch_id for one in self.failed(rerun.subject)}
        results = []
        with self._lock:
            for batch_id in rerun.batch_ids:
                if batch_id not in self._batches:
                    continue
                starts = batch_id in failed and bool(self._batches[batch_id]["problem"])
                detail = "" if starts else "It waits already, or runs through something else."
                results.append(RerunBatch(batch_id=batch_id, started=starts, detail=detail))
                if starts:
                    self._batches[batch_id].update(problem="", at=self._in(0.0))
            self._store.save()
        return results
