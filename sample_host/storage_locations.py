"""The host's own shared object beside connections: places where profiles store documents."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from pydantic import TypeAdapter, ValidationError

from hostspec.usages import Subject
from hostspec.value import Value
from sample_host.kept_data import HostData
from sample_host.profiles import STORAGE_KIND

_KEPT_AS: Final = "storage_location"


class StorageLocation(Value):
    """A named folder."""

    location_id: str
    name: str
    folder: str

    @property
    def subject(self) -> Subject:
        return Subject(kind=STORAGE_KIND, subject_id=self.location_id, label=self.name)


_LOCATION: Final = TypeAdapter(StorageLocation)


def _readable(body: str) -> StorageLocation | None:
    try:
        return _LOCATION.validate_json(body)
    except ValidationError:
        return None


class NameTaken(Exception):
    """Another location has this name already."""


def same_name(one: str, other: str) -> bool:
    """Whether two names look the same to people: blanks around, letter case and Unicode form do not count."""

    def plain(name: str) -> str:
        return unicodedata.normalize("NFKC", name).strip().casefold()

    return plain(one) == plain(other)


class StorageBook:
    """The storage locations; any thread and any process of the host may use it.

    Args:
        data: Where they are kept.
        new_id: Makes an id nobody has.
        examples: Kept when nothing was ever kept.
    """

    def __init__(self, data: HostData, new_id: Callable[[], str], examples: Iterable[StorageLocation]) -> None:
        self._data = data
        self._new_id = new_id
        with data.writing() as database:
            begun = database.execute("SELECT 1 FROM kept WHERE kind = 'storage_begun'").fetchone()
            if begun is None:
                database.execute("INSERT INTO kept VALUES ('storage_begun', '1', 0, '{}')")
                database.executemany(
                    "INSERT OR IGNORE INTO kept (kind, item_id, position, body) VALUES (?, ?, ?, ?)",
                    [(_KEPT_AS, x.location_id, n, x.model_dump_json()) for n, x in enumerate(examples)],
                )

    def all(self) -> tuple[StorageLocation, ...]:
        """Every location that can be read, in the order of making."""
        read = (_readable(body) for _, body in self._data.bodies(_KEPT_AS))
        return tuple(location for location in read if location is not None)

    def get(self, location_id: str) -> StorageLocation | None:
        """The location of that id, if it exists."""
        return next((location for location in self.all() if location.location_id == location_id), None)

    def save(self, location_id: str | None, name: str, folder: str) -> StorageLocation:
        """Keep a new location (no id) or new values of one.

        Raises:
            NameTaken: Another one has that name.
        """
        location = StorageLocation(location_id=location_id or self._new_id(), name=name.strip(), folder=folder.strip())
        with self._data.writing() as database:
            for (body,) in database.execute("SELECT body FROM kept WHERE kind = ?", (_KEPT_AS,)):
                other = _readable(body)
                if (
                    other is not None
                    and other.location_id != location.location_id
                    and same_name(other.name, location.name)
                ):
                    raise NameTaken(location.name)
            database.execute(
                "INSERT INTO kept (kind, item_id, position, body) VALUES (?1, ?2, "
                "(SELECT coalesce(max(position), 0) + 1 FROM kept WHERE kind = ?1), ?3) "
                "ON CONFLICT (kind, item_id) DO UPDATE SET body = excluded.body",
                (_KEPT_AS, location.location_id, location.model_dump_json()),
            )
        return location

    def remove(self, location_id: str) -> None:
        """Forget a location; removing it twice is harmless."""
        with self._data.writing() as database:
            database.execute("DELETE FROM kept WHERE kind = ? AND item_id = ?", (_KEPT_AS, location_id))
