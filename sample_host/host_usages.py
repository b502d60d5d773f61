"""Who in this host points to which shared object, and what is moved when a usage is switched?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, assert_never

from hostspec.errors import StoredDataDamaged
from hostspec.usages import Subject, SwitchedUsage, Usage, UsageSwitch
from hostspec.value import TypeId
from sample_host.batches import BatchBook, Figures, take_along, take_queue
from sample_host.profiles import (
    MigrationStep,
    OpenProfiles,
    Profile,
    ProfileBook,
    StorageStep,
    pointed,
    points_to,
    with_step,
)

_QUEUE: Final = "queue"

_NEEDS: Final = {
    TypeId("xero"): (
        "accounting.invoices",
        "accounting.contacts",
        "accounting.settings.read",
        "accounting.attachments",
    )
}
"""What the requests of a migration take, by the connection's type."""


class HostUsages:
    """The usages of this host; satisfies ``hostspec.services.Profiles``.

    Args:
        profiles: Hold what points to shared objects.
        batches: Hold it too, while they wait.
        host_id: Goes into the ids of usages, which are unique in the installation.
        now: The wall clock (UTC).
    """

    def __init__(self, profiles: ProfileBook, batches: BatchBook, host_id: str, now: Callable[[], datetime]) -> None:
        self._profiles = profiles
        self._batches = batches
        self._host_id = host_id
        self._now = now

    def watch(self, listener: Callable[[], None]) -> None:
        """Call the listener after each change, from the thread that changed."""
        self._profiles.watch(listener)

    def usages(self, kind: str) -> tuple[Usage, ...]:
        """Every place that points to an object of this kind: in disabled profiles too, and batches that wait.

        Raises:
            StoredDataDamaged: A profile cannot be read, so that nobody can say what it points to.
        """
        figures = {(f.profile_id, f.step_id, f.subject_id): f for f in self._batches.figures(kind, self._now())}
        found: list[Usage] = []
        for profile in self._profiles.readable():
            for step in profile.steps:
                subject = points_to(step)
                if subject is not None and subject.kind == kind:
                    known = figures.pop((profile.profile_id, step.step_id, subject.subject_id), None)
                    found.append(self._usage(profile, step, subject, known))
        # What is left was made before the step was pointed elsewhere.
        found.extend(self._queued(one, kind) for one in figures.values() if one.waiting or one.running)
        return tuple(found)

    def _usage(
        self, profile: Profile, step: MigrationStep | StorageStep, subject: Subject, known: Figures | None
    ) -> Usage:
        place = Usage(
            usage_id=f"{self._host_id}/{profile.profile_id}/{step.step_id}",
            subject=subject,
            profile=profile.name,
            step=step.name,
            enabled=profile.enabled,
            documents=0 if isinstance(step, MigrationStep) else None,
            needs=_needs(step),
        )
        return place if known is None else place.model_copy(update=_figures(known))

    def _queued(self, known: Figures, kind: str) -> Usage:
        profile = self._profiles.get(known.profile_id)
        step = profile.step(known.step_id) if profile is not None else None
        place = Usage(
            usage_id=f"{self._host_id}/{known.profile_id}/{known.step_id}/{_QUEUE}/{known.subject_id}",
            subject=Subject(kind=kind, subject_id=known.subject_id),
            profile=known.profile_id if profile is None else profile.name,
            step=f"{known.step_id if step is None else step.name} (waiting batches)",
            enabled=profile is not None and profile.enabled,
            needs=() if step is None else _needs(step),
        )
        return place.model_copy(update=_figures(known))

    def switch(self, order: UsageSwitch) -> tuple[SwitchedUsage, ...]:
        """Move those usages of the order that are this host's own, with their batches; a dry run changes nothing.

        All of them in one transaction: a process that is killed meanwhile has moved all or none.
        """
        own = [usage_id for usage_id in order.usage_ids if usage_id.startswith(f"{self._host_id}/")]
        if not own:
            return ()
        with self._profiles.changing() as opened:
            return tuple(self._switch_one(opened, order, usage_id) for usage_id in own)

    def _switch_one(self, opened: OpenProfiles, order: UsageSwitch, usage_id: str) -> SwitchedUsage:
        _, profile_id, step_id, *queued = (*usage_id.split("/"), "", "")
        if any(queued):
            return self._switch_queued(opened, order, usage_id)
        try:
            profile = opened.get(profile_id)
        except KeyError:
            return SwitchedUsage(usage_id=usage_id, switched=False, detail="The profile no longer exists.")
        except StoredDataDamaged as damage:
            return SwitchedUsage(usage_id=usage_id, switched=False, detail=str(damage))
        step = profile.step(step_id)
        subject = points_to(step) if step is not None else None
        if step is None or subject is None or not _same(subject, order.subject):
            return SwitchedUsage(usage_id=usage_id, switched=False, detail="It points elsewhere by now.")
        if not order.dry_run:
            opened.put(with_step(profile, pointed(step, order.target.subject_id)))
            take_along(opened.database, profile_id, step_id, order.subject, order.target)
        return SwitchedUsage(usage_id=usage_id, switched=True)

    def _switch_queued(self, opened: OpenProfiles, order: UsageSwitch, usage_id: str) -> SwitchedUsage:
        _, profile_id, step_id, _, made_for = (*usage_id.split("/", 4), "")[:5]
        if not self._batches.apart(profile_id, step_id, order.subject, made_for):
            return SwitchedUsage(usage_id=usage_id, switched=False, detail="No batch waits there any more.")
        if not order.dry_run:
            take_queue(opened.database, profile_id, step_id, order.subject, order.target, made_for)
            opened.changed = True
        return SwitchedUsage(usage_id=usage_id, switched=True)

    def names(self, profile_id: str, step_id: str) -> tuple[str, str]:
        """What people call a profile and its step."""
        profile = self._profiles.get(profile_id)
        step = profile.step(step_id) if profile is not None else None
        return (profile_id if profile is None else profile.name, step_id if step is None else step.name)


def _same(one: Subject, other: Subject) -> bool:
    return (one.kind, one.subject_id) == (other.kind, other.subject_id)


def _figures(known: Figures) -> dict[str, object]:
    return {
        "running": known.running,
        "waiting": known.waiting,
        "last_used": known.last_used,
        "last_result": known.last_result,
        "last_tone": known.last_tone,
        "documents": known.documents,
    }


def _needs(step: MigrationStep | StorageStep) -> tuple[str, ...]:
    match step:
        case MigrationStep():
            return _NEEDS.get(step.type_id, ())
        case StorageStep():
            return ()
        case _:
            assert_never(step)
