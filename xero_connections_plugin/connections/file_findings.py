"""How do the entries of a file stand to the list? Looked at before anything is done; uses no network."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError
from hostspec.provider_skills import Portable
from hostspec.value import ConnectionId, TypeId
from xero_connections_plugin.connections import file_texts as texts
from xero_connections_plugin.connections.definition import clean_name, name_key, name_problem
from xero_connections_plugin.connections.entry_file import is_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hostspec.providers import Connection, SavedConnection
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.entry_changes import ManyEntries
    from xero_connections_plugin.connections.entry_file import EntryFile, FileEntry

_log = logging.getLogger(__name__)


class Finding(StrEnum):
    """How an entry in a file stands to the list."""

    NEW = "new"
    IDENTICAL = "identical"
    SAME_ID = "same_id"
    """An entry with its id is here, and differs."""
    SAME_NAME = "same_name"
    """Another entry has its name."""
    UNUSABLE = "unusable"


CONFLICTS: Final = frozenset({Finding.SAME_ID, Finding.SAME_NAME})


class Choice(StrEnum):
    """What a person wants done about a conflict."""

    KEEP = "keep"
    """Leave the entry that is here as it is."""
    TAKE = "take"
    """Give the entry that is here the settings from the file."""
    ADD = "add"
    """Add the file's entry beside it, under another name."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """An entry in a file, held against the list."""

    number: int
    """Its place in the file, from 1."""
    entry: FileEntry
    finding: Finding
    here: Connection | None = None
    """The entry that it is, or that it conflicts with."""
    saved: SavedConnection | None = None
    """What would be kept for it as a new entry; ``None`` for an unusable one."""
    problem: str = ""
    """Why it is unusable, or why ``here`` stays as it is."""
    differing: tuple[str, ...] = ()
    """The settings that are others here, by the names that the file uses."""

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What may be chosen; nothing where there is no conflict."""
        if self.finding not in CONFLICTS:
            return ()
        return (Choice.KEEP, Choice.ADD) if self.problem else (Choice.KEEP, Choice.TAKE, Choice.ADD)


class FileLook:
    """Holds files against the list."""

    def __init__(self, store: ManyEntries, types: ConnectionTypes) -> None:
        self._store = store
        self._types = types

    def look(self, file: EntryFile) -> tuple[Found, ...]:
        """How each entry stands to the list as it is now."""
        by_id, by_name = self._here(file)
        providers = {type_id: self._types.find(TypeId(type_id)) for type_id in {one.type for one in file.connections}}
        found: list[Found] = []
        for number, (entry, wrong) in enumerate(zip(file.connections, problems_of(file), strict=True), start=1):
            problem = wrong
            known = providers[entry.type]
            provider = known.provider if known is not None else None
            mine = by_id.get(ConnectionId(entry.id))
            if not problem and mine is not None and is_as_written(provider, entry, mine, mine.source):
                found.append(Found(number=number, entry=entry, finding=Finding.IDENTICAL, here=mine, saved=mine.saved))
                continue
            saved = None
            if not problem:
                saved, problem = read_settings_of(provider, entry)
            if saved is None:
                found.append(Found(number=number, entry=entry, finding=Finding.UNUSABLE, problem=problem))
                continue
            found.append(_held_against(number, entry, saved, mine, by_name.get(name_key(entry.name)), provider))
        return tuple(found)

    def _here(self, file: EntryFile) -> tuple[Mapping[ConnectionId, Connection], Mapping[str, Connection]]:
        ids = [ConnectionId(one.id) for one in file.connections if is_id(one.id)]
        holders = self._store.holders_of_names(sorted({name_key(one.name) for one in file.connections} - {""}))
        here = {one.connection_id: one for one in self._store.many(sorted({*ids, *holders.values()}))}
        return here, {key: here[holder] for key, holder in holders.items() if holder in here}


def read_settings_of(
    provider: object, entry: FileEntry, *, connection: Connection | None = None, source: str = ""
) -> tuple[SavedConnection | None, str]:
    """What an entry's provider makes of its settings, or why it cannot."""
    if provider is None:
        return None, texts.unknown_type(entry.type[:40])
    if not isinstance(provider, Portable):
        return None, texts.not_portable(entry.type[:40])
    try:
        return provider.from_portable(entry.settings, connection=connection, source=source), ""
    except CaptureError as refusal:
        return None, str(refusal)
    except Exception as mistake:  # noqa: BLE001 -- one provider's mistake must not cost the whole file
        _log.error("The provider of %s failed to read an entry: %s", entry.type[:40], type(mistake).__name__)
        return None, texts.PROVIDER_FAILED


def is_as_written(provider: object, entry: FileEntry, here: Connection, source: str) -> bool:
    """Whether an entry is here exactly as the file says."""
    if here.type_id != entry.type or here.display_name != clean_name(entry.name):
        return False
    saved, _ = read_settings_of(provider, entry, connection=here, source=source)
    return saved is not None and saved == here.saved


def problems_of(file: EntryFile) -> tuple[str, ...]:
    """For each entry of a file, why nobody could keep it like this; empty where somebody could."""
    ids: dict[str, int] = {}
    names: dict[str, int] = {}
    problems: list[str] = []
    for number, entry in enumerate(file.connections, start=1):
        key = name_key(entry.name)
        problems.append(_problem(entry, key, ids, names))
        ids.setdefault(entry.id, number)
        names.setdefault(key, number)
    return tuple(problems)


def _problem(entry: FileEntry, key: str, ids: Mapping[str, int], names: Mapping[str, int]) -> str:
    if not is_id(entry.id):
        return texts.BAD_ID
    if wrong := name_problem(entry.name):
        return wrong
    if entry.id in ids:
        return texts.id_twice(ids[entry.id])
    return texts.name_twice(names[key]) if key in names else ""


def _held_against(
    number: int,
    entry: FileEntry,
    saved: SavedConnection,
    mine: Connection | None,
    holder: Connection | None,
    provider: object,
) -> Found:
    here = mine or holder
    if here is None:
        return Found(number=number, entry=entry, finding=Finding.NEW, saved=saved)
    problem = ""
    if here.type_id != entry.type:
        problem = texts.OTHER_TYPE
    elif here.source:
        problem = texts.kept_as_configured(here.source)
    finding = Finding.SAME_ID if mine is not None else Finding.SAME_NAME
    differing = _differing(provider, entry, mine) if mine is not None else ()
    return Found(
        number=number,
        entry=entry,
        finding=finding,
        here=here,
        saved=saved,
        problem=problem,
        differing=differing,
    )


def _differing(provider: object, entry: FileEntry, here: Connection) -> tuple[str, ...]:
    if not isinstance(provider, Portable) or here.type_id != entry.type:
        return ()
    try:
        settings = provider.portable(here)
    except CaptureError:
        return ()
    return tuple(name for name, value in entry.settings.items() if settings.get(name) != value)
