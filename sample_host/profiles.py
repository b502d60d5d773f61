"""What a capture profile is, and which shared objects its steps point to."""

import threading
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Annotated, Final, Literal, assert_never

from pydantic import Field, TypeAdapter, ValidationError

from hostspec.errors import StoredDataDamaged
from hostspec.usages import CONNECTION_KIND, Subject, SwitchedUsage, Usage, UsageSwitch
from hostspec.value import ConnectionId, TypeId, Value
from sample_host.kept_data import HostData

STORAGE_KIND: Final = "storage_location"
_KEPT_AS: Final = "profile"


class DocumentType(StrEnum):
    """What documents become on the other side."""

    PAYABLE = "payable"
    RECEIVABLE = "receivable"


class FieldTarget(StrEnum):
    """Where an index field goes."""

    NOWHERE = "nowhere"
    REFERENCE = "reference"
    DESCRIPTION = "description"


class FieldMapping(Value):
    """Where the index fields go that have no fixed place."""

    purchase_order: FieldTarget = FieldTarget.REFERENCE
    cost_center: FieldTarget = FieldTarget.DESCRIPTION


class MigrationStep(Value):
    """The end of a workflow that posts documents through a connection."""

    kind: Literal["migration"] = "migration"
    step_id: str
    name: str
    type_id: TypeId
    connection_id: ConnectionId | None = None
    document_type: DocumentType = DocumentType.PAYABLE
    mapping: FieldMapping = FieldMapping()


class StorageStep(Value):
    """A step that writes documents to a storage location."""

    kind: Literal["storage"] = "storage"
    step_id: str
    name: str
    location_id: str | None = None


ProfileStep = Annotated[MigrationStep | StorageStep, Field(discriminator="kind")]


class Profile(Value):
    """How documents of one sort are captured and where they go."""

    profile_id: str
    name: str
    enabled: bool = True
    steps: tuple[ProfileStep, ...] = ()

    def step(self, step_id: str) -> MigrationStep | StorageStep | None:
        """The step of that id, if the profile has it."""
        return next((step for step in self.steps if step.step_id == step_id), None)


_PROFILE: Final = TypeAdapter(Profile)


class ProfileBook:
    """The profiles of this host; any thread and any process of the host may use it.

    Args:
        data: Where they are kept.
        host_id: Goes into the ids of usages, which are unique in the installation.
        examples: Kept when nothing is kept yet.
    """

    def __init__(self, data: HostData, host_id: str, examples: Iterable[Profile]) -> None:
        self._data = data
        self._host_id = host_id
        self._listeners: list[Callable[[], None]] = []
        self._guard = threading.Lock()
        with data.writing() as database:
            if database.execute("SELECT 1 FROM kept WHERE kind = ?", (_KEPT_AS,)).fetchone() is None:
                database.executemany(
                    "INSERT INTO kept (kind, item_id, position, body) VALUES (?, ?, ?, ?)",
                    [(_KEPT_AS, p.profile_id, n, p.model_dump_json()) for n, p in enumerate(examples)],
                )

    def all(self) -> tuple[Profile, ...]:
        """Every profile that can be read, in order."""
        return tuple(profile for _, profile in self._read() if profile is not None)

    def unreadable(self) -> tuple[str, ...]:
        """Ids of profiles whose stored form cannot be understood; they are kept as found."""
        return tuple(profile_id for profile_id, profile in self._read() if profile is None)

    def _read(self) -> list[tuple[str, Profile | None]]:
        found: list[tuple[str, Profile | None]] = []
        for profile_id, body in self._data.bodies(_KEPT_AS):
            try:
                found.append((profile_id, _PROFILE.validate_json(body)))
            except ValidationError:
                found.append((profile_id, None))
        return found

    def get(self, profile_id: str) -> Profile | None:
        """The profile of that id, if it exists."""
        return next((profile for profile in self.all() if profile.profile_id == profile_id), None)

    def watch(self, listener: Callable[[], None]) -> None:
        """Call the listener after each change, from the thread that changed."""
        with self._guard:
            self._listeners.append(listener)

    def change(self, profile_id: str, change: Callable[[Profile], Profile]) -> Profile:
        """Replace a profile by what the function makes of it, in one transaction.

        Raises:
            KeyError: There is no such profile.
            StoredDataDamaged: Its stored form cannot be understood.
        """
        with self._data.writing() as database:
            row = database.execute(
                "SELECT body FROM kept WHERE kind = ? AND item_id = ?", (_KEPT_AS, profile_id)
            ).fetchone()
            if row is None:
                raise KeyError(profile_id)
            try:
                profile = _PROFILE.validate_json(row[0])
            except ValidationError:
                raise StoredDataDamaged(
                    f"The profile {profile_id} cannot be read; it is kept as found. Nothing was changed."
                ) from None
            changed = change(profile)
            if changed != profile:
                database.execute(
                    "UPDATE kept SET body = ? WHERE kind = ? AND item_id = ?",
                    (changed.model_dump_json(), _KEPT_AS, profile_id),
                )
        if changed != profile:
            with self._guard:
                listeners = tuple(self._listeners)
            for listener in listeners:
                listener()
        return changed

    def usages(self, kind: str) -> tuple[Usage, ...]:
        """Every place in a profile that points to a subject of this kind, disabled profiles included.

        Raises:
            StoredDataDamaged: A profile cannot be read, so that nobody can say what it points to.
        """
        read = self._read()
        damaged = [profile_id for profile_id, profile in read if profile is None]
        if damaged:
            raise StoredDataDamaged(f"The profile {damaged[0]} cannot be read, so its usages are not known.")
        return tuple(
            Usage(
                usage_id=f"{self._host_id}/{profile.profile_id}/{step.step_id}",
                subject=subject,
                profile=profile.name,
                step=step.name,
                enabled=profile.enabled,
            )
            for _, profile in read
            if profile is not None
            for step in profile.steps
            if (subject := points_to(step)) is not None and subject.kind == kind
        )

    def switch(self, order: UsageSwitch) -> tuple[SwitchedUsage, ...]:
        """Move those usages of the order that are this host's own; a dry run changes nothing."""
        results: list[SwitchedUsage] = []
        for usage_id in order.usage_ids:
            host_id, _, place = usage_id.partition("/")
            profile_id, _, step_id = place.partition("/")
            if host_id == self._host_id:
                results.append(self._switch_one(order, usage_id, profile_id, step_id))
        return tuple(results)

    def _switch_one(self, order: UsageSwitch, usage_id: str, profile_id: str, step_id: str) -> SwitchedUsage:
        moved = False

        def move(profile: Profile) -> Profile:
            nonlocal moved
            step = profile.step(step_id)
            subject = points_to(step) if step is not None else None
            if step is None or subject is None or _place(subject) != _place(order.subject):
                return profile
            moved = True
            return profile if order.dry_run else with_step(profile, pointed(step, order.target.subject_id))

        try:
            self.change(profile_id, move)
        except KeyError:
            return SwitchedUsage(usage_id=usage_id, switched=False, detail="The profile no longer exists.")
        if not moved:
            return SwitchedUsage(usage_id=usage_id, switched=False, detail="It points elsewhere by now.")
        return SwitchedUsage(usage_id=usage_id, switched=True)


def _place(subject: Subject) -> tuple[str, str]:
    return subject.kind, subject.subject_id


def points_to(step: MigrationStep | StorageStep) -> Subject | None:
    """The shared object that a step points to, if any."""
    kind: str
    subject_id: str | None
    match step:
        case MigrationStep():
            kind, subject_id = CONNECTION_KIND, step.connection_id
        case StorageStep():
            kind, subject_id = STORAGE_KIND, step.location_id
        case _:
            assert_never(step)
    return None if subject_id is None else Subject(kind=kind, subject_id=subject_id)


def pointed(step: MigrationStep | StorageStep, subject_id: str | None) -> MigrationStep | StorageStep:
    """The step, pointing to another object of the kind it points to."""
    match step:
        case MigrationStep():
            return step.model_copy(update={"connection_id": subject_id})
        case StorageStep():
            return step.model_copy(update={"location_id": subject_id})
        case _:
            assert_never(step)


def with_step(profile: Profile, step: MigrationStep | StorageStep) -> Profile:
    """The profile with the step of the same id replaced."""
    steps = tuple(step if old.step_id == step.step_id else old for old in profile.steps)
    return profile.model_copy(update={"steps": steps})
