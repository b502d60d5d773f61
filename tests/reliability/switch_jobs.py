"""A host whose profiles are switched, together with the boxes of another program, by processes that are killed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final, assert_never

from hostspec.markers import hookimpl
from hostspec.ui import Origin
from hostspec.usages import CONNECTION_KIND, Subject, SwitchedUsage, Usage, UsageSwitch
from hostspec.value import ConnectionId
from sample_host.app import HostOptions, SampleHost
from sample_host.batches import BatchState
from sample_host.migration_runs import new_batch
from sample_host.profiles import DocumentType, MigrationStep, Profile, pointed, with_step
from sample_host.sample_invoices import captured_documents
from sample_host.usage_dialog import UsageDialog, chosen
from sample_host.users import HostUser
from tests.host.running_host import InstalledPlugin
from tests.reliability.crash_points import kill_here

OLD, NEW = (Subject(kind=CONNECTION_KIND, subject_id=name, label=name.title()) for name in ("bakery", "kiosk"))
ADMIN: Final = Origin(user_id=HostUser.ADMINISTRATOR.user_id, user_name="Admin", window_id="window-1", is_local=True)
PLACES: Final = (("supplier-invoices", "xero"), ("sales-invoices", "xero"), ("expenses-2025", "xero"))
BOXES: Final = ("boxes/red", "boxes/blue")


class Act(StrEnum):
    """What a process does when it ends."""

    SWITCH = "switch"
    FINISH = "finish"
    UNDO = "undo"


STEPS: Final = {
    Act.SWITCH: (
        "data: before commit",
        "data: after commit",
        "data: before commit",
        "data: after commit",
        "boxes: asked",
        "boxes: one moved",
        "boxes: both moved",
        "data: before commit",
        "data: after commit",
        "data: before commit",
        "data: after commit",
    ),
    Act.UNDO: (
        "data: before commit",
        "data: after commit",
        "boxes: asked",
        "boxes: one moved",
        "boxes: both moved",
        "data: before commit",
        "data: after commit",
        "data: before commit",
        "data: after commit",
    ),
}
"""What a process comes by: the last look at the plan, the journal, the boxes, the profiles, and the journal again."""


class Boxes:
    """Another program's plugin: owns the two connections, and two boxes that point to one of them, each by itself.

    Args:
        file: Where it remembers them.
        checkpoint: Called as it goes.
    """

    def __init__(self, file: Path, checkpoint: Callable[[str], None]) -> None:
        self._file = file
        self._checkpoint = checkpoint

    def held(self) -> dict[str, str]:
        """What each box points to."""
        if not self._file.exists():
            return dict.fromkeys(BOXES, OLD.subject_id)
        found: dict[str, str] = json.loads(self._file.read_text("utf-8"))
        return found

    def put(self, box: str, subject: Subject) -> None:
        """Point one to something else."""
        fresh = self._file.with_suffix(".fresh")
        fresh.write_text(json.dumps({**self.held(), box: subject.subject_id}), "utf-8")
        fresh.rename(self._file)

    @hookimpl
    def capture_subject_targets(self, subject: Subject) -> Iterable[Subject]:
        return [one for one in (OLD, NEW) if one.subject_id != subject.subject_id]

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        for box, points_to in self.held().items():
            found = Subject(kind=CONNECTION_KIND, subject_id=points_to)
            if subject.covers(found):
                yield Usage(usage_id=box, subject=found, profile=box.title(), step="Scan", enabled=True)

    @hookimpl
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        own = [box for box in BOXES if box in switch.usage_ids]
        if not switch.dry_run:
            self._checkpoint("boxes: asked")
        for number, box in enumerate(own):
            fits = self.held()[box] == switch.subject.subject_id
            if fits and not switch.dry_run:
                self.put(box, switch.target)
                self._checkpoint("boxes: both moved" if number else "boxes: one moved")
            yield SwitchedUsage(usage_id=box, switched=fits, detail="" if fits else "It points elsewhere.")


class Steps:
    """A checkpoint that notes what a process comes by once it is armed, and strikes at one of them.

    Args:
        number: Which one, from 1; 0 for none.
    """

    def __init__(self, number: int = 0) -> None:
        self._number = number
        self._armed = False
        self.seen: list[str] = []

    def arm(self) -> None:
        """What comes from now on counts."""
        self._armed = True

    def __call__(self, name: str) -> None:
        if not self._armed:
            return
        self.seen.append(name)
        if len(self.seen) == self._number:
            kill_here()


@dataclass(frozen=True)
class Switching:
    """A host at work, and the other program's boxes."""

    host: SampleHost
    boxes: Boxes

    def points_to(self) -> dict[str, str]:
        """What everything points to, read where it is kept."""
        found = self.boxes.held()
        for profile_id, step_id in PLACES:
            profile = self.host.profiles.get(profile_id)
            step = profile.step(step_id) if profile is not None else None
            assert isinstance(step, MigrationStep)
            found[f"{profile_id}/{step_id}"] = str(step.connection_id)
        return found

    def waiting_for(self) -> list[str]:
        """What the batches in the queue go through."""
        figures = self.host.batches.figures(CONNECTION_KIND, self.host.clock.now())
        return [one.subject_id for one in figures if one.waiting]

    def opened(self, subject: Subject = OLD) -> UsageDialog:
        return self.host.usage_desk.open(ADMIN, subject)

    def do(self, act: Act, subject: Subject = OLD, *, ready: Callable[[], None] = lambda: None) -> UsageDialog:
        """Do it from beginning to end, as a person does in the dialog of one of the two.

        Args:
            act: What.
            subject: Whose dialog.
            ready: Called before the last button is pressed.
        """
        desk, dialog = self.host.usage_desk, self.opened(subject)
        match act:
            case Act.UNDO:
                ready()
                return desk.undo(ADMIN, dialog)
            case Act.FINISH:
                shown = desk.finish(ADMIN, dialog)
            case Act.SWITCH:
                shown = desk.preview(ADMIN, chosen(dialog, NEW.subject_id, frozenset()))
            case _:
                assert_never(act)
        ready()
        return desk.apply(ADMIN, shown)


@contextmanager
def switching(folder: Path, steps: Steps) -> Iterator[Switching]:
    """A host on its data, as it starts."""
    boxes = Boxes(folder / "boxes.json", steps)
    options = HostOptions(
        data_dir=folder / "data", host_name="Test host", settings={}, entry_points=(InstalledPlugin("boxes", boxes),)
    )
    host = SampleHost(options, checkpoint=steps)
    host.start()
    try:
        yield Switching(host, boxes)
    finally:
        host.stop(1.0)


def lay_out(folder: Path) -> None:
    """Everything points to the old one, and a batch waits for it."""
    with switching(folder, Steps()) as at:
        at.host.queue.stop()
        for profile_id, step_id in PLACES:
            at.host.profiles.change(profile_id, partial(_pointing_to_old, step_id))
        documents = captured_documents(DocumentType.PAYABLE)
        now = at.host.clock.now()
        at.host.batches.add(
            new_batch("batch-1", PLACES[0], ConnectionId(OLD.subject_id), documents, BatchState.WAITING, now)
        )


def _pointing_to_old(step_id: str, profile: Profile) -> Profile:
    step = profile.step(step_id)
    assert step is not None
    return with_step(profile, pointed(step, ConnectionId(OLD.subject_id)))


def act_until(number: int, act: Act, folder: Path) -> None:
    """Do something and end at a step of it."""
    steps = Steps(number)
    with switching(folder, steps) as at:
        at.do(act, ready=steps.arm)
