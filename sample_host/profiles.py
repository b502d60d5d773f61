"""What a capture profile is, and which shared objects its steps point to."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, assert_never

from pydantic import Field, TypeAdapter, ValidationError

from hostspec.errors import StoredDataDamaged
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId, TypeId, Value
from sample_host.kept_data import HostData

STORAGE_KIND: Final = "storage_location"
_KEPT_AS: Final = "profile"
_ONE: Final = "SELECT body FROM kept WHERE kind = ? AND item_id = ?"


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
        examples: Kept when nothing is kept yet.
    """

    def __init__(self, data: HostData, examples: Iterable[Profile]) -> None:
        self._data = data
        self._listeners: list[Callable[[], None]] = []
        self._guard = threading.Lock()
        self._known: Mapping[str, tuple[str, Profile | None]] = {}
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
        known = self._known
        fresh = {
            profile_id: (body, _readable(known, profile_id, body)) for profile_id, body in self._data.bodies(_KEPT_AS)
        }
        self._known = fresh
        return [(profile_id, profile) for profile_id, (_, profile) in fresh.items()]

    def get(self, profile_id: str) -> Profile | None:
        """The profile of that id, if it exists and can be read."""
        with self._data.reading() as database:
            row = database.execute(_ONE, (_KEPT_AS, profile_id)).fetchone()
        try:
            return None if row is None else _PROFILE.validate_json(row[0])
        except ValidationError:
            return None

    def watch(self, listener: Callable[[], None]) -> None:
        """Call the listener after each change, from the thread that changed."""
        with self._guard:
            self._listeners.append(listener)

    @contextlib.contextmanager
    def changing(self) -> Iterator[OpenProfiles]:
        """Read and replace profiles in one transaction: all of it is kept, or nothing when the block raises."""
        with self._data.writing() as database:
            opened = OpenProfiles(database)
            yield opened
        if opened.changed:
            self.tell()

    def tell(self) -> None:
        """Say that usages changed."""
        with self._guard:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def change(self, profile_id: str, change: Callable[[Profile], Profile]) -> Profile:
        """Replace a profile by what the function makes of it, in one transaction.

        Raises:
            KeyError: There is no such profile.
            StoredDataDamaged: Its stored form cannot be understood.
        """
        with self.changing() as opened:
            return opened.put(change(opened.get(profile_id)))

    def readable(self) -> tuple[Profile, ...]:
        """Every profile.

        Raises:
            StoredDataDamaged: One cannot be read, so that nobody can say what it points to.
        """
        read = self._read()
        damaged = next((profile_id for profile_id, profile in read if profile is None), None)
        if damaged is not None:
            raise StoredDataDamaged(f"The profile {damaged} cannot be read, so its usages are not known.")
        return tuple(profile for _, profile in read if profile is not None)


def _readable(known: Mapping[str, tuple[str, Profile | None]], profile_id: str, body: str) -> Profile | None:
    """The profile; thousands are taken apart once, and then only where they have changed."""
    before = known.get(profile_id)
    if before is not None and before[0] == body:
        return before[1]
    try:
        return _PROFILE.validate_json(body)
    except ValidationError:
        return None


class OpenProfiles:
    """The profiles inside a transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database: Final = database
        self.changed = False

    def get(self, profile_id: str) -> Profile:
        """The profile of that id.

        Raises:
            KeyError: There is no such profile.
            StoredDataDamaged: Its stored form cannot be understood.
        """
        row = self.database.execute(_ONE, (_KEPT_AS, profile_id)).fetchone()
        if row is None:
            raise KeyError(profile_id)
        try:
            return _PROFILE.validate_json(row[0])
        except ValidationError:
            raise StoredDataDamaged(
                f"The profile {profile_id} cannot be read; it is kept as found. Nothing was changed."
            ) from None

    def put(self, profile: Profile) -> Profile:
        """Keep the new form of a profile."""
        body = profile.model_dump_json()
        done = self.database.execute(
            "UPDATE kept SET body = ?1 WHERE kind = ?2 AND item_id = ?3 AND body <> ?1",
            (body, _KEPT_AS, profile.profile_id),
        )
        self.changed = self.changed or done.rowcount > 0
        return profile


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
