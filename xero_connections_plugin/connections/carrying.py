"""How do entries get into a file, and out of it into the list?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import CaptureError
from hostspec.provider_skills import Portable
from hostspec.providers import Connection
from hostspec.value import ConnectionId, TypeId
from xero_connections_plugin.connections import file_texts as texts
from xero_connections_plugin.connections.definition import clean_name, name_key
from xero_connections_plugin.connections.entry_changes import EntryPut, PutOutcome
from xero_connections_plugin.connections.entry_file import EntryFile, FileEntry
from xero_connections_plugin.connections.file_findings import CONFLICTS, Choice, Finding, Found, read_settings_of
from xero_connections_plugin.connections.free_names import free_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hostspec.services import Clock
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.entry_changes import ManyEntries

AT_A_TIME: Final = 200
"""Entries put into the list in one transaction."""


class Result(StrEnum):
    """What became of an entry in a file."""

    ADDED = "added"
    CHANGED = "changed"
    KEPT = "kept"
    """Nothing was to be done, or was wanted."""
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What became of one entry."""

    found: Found
    result: Result
    name: str
    """By which it is kept now."""
    connection: Connection | None = None
    """The entry that was added or changed, as it is now."""
    problem: str = ""


class Carrying:
    """Writes files, and takes them over. Uses no network."""

    def __init__(
        self,
        store: ManyEntries,
        types: ConnectionTypes,
        clock: Clock,
        announce: Callable[[ConnectionsChange], None],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._types = types
        self._clock = clock
        self._announce = announce
        self._new_id = new_id

    def write(self, connections: Sequence[Connection]) -> tuple[EntryFile, tuple[Connection, ...]]:
        """The file with these entries, and those that cannot stand in it."""
        entries: list[FileEntry] = []
        left_out: list[Connection] = []
        providers = self._providers({one.type_id for one in connections})
        for one in connections:
            provider = providers[one.type_id]
            try:
                settings = dict(provider.portable(one)) if isinstance(provider, Portable) else None
            except CaptureError:
                settings = None
            if settings is None:
                left_out.append(one)
                continue
            entries.append(FileEntry(id=one.connection_id, type=one.type_id, name=one.display_name, settings=settings))
        file = EntryFile(exported_at=self._clock.now().replace(microsecond=0), connections=tuple(entries))
        return file, tuple(left_out)

    def types_without_file(self, connections: Sequence[Connection]) -> tuple[str, ...]:
        """What people call those types of these entries that cannot be written into files at all."""
        wanted = {one.type_id for one in connections}
        found = (one for one in self._types.all() if one.type_id in wanted)
        return tuple(one.label for one in found if not isinstance(one.provider, Portable))

    def apply(
        self,
        found: Sequence[Found],
        choices: Mapping[int, Choice],
        *,
        may_change: Callable[[Connection], bool] = lambda _: True,
    ) -> Iterator[tuple[Carried, ...]]:
        """Take entries over, a part at a time: each part is kept as a whole before the next begins.

        Args:
            found: What was found in a file.
            choices: By ``Found.number``; a conflict without a choice is left as it is.
            may_change: Whether an entry that is here may be changed.

        Yields:
            What became of each entry of a part, in order; everyone has been told by then.
        """
        taken: set[str] = set()
        for start in range(0, len(found), AT_A_TIME):
            yield self._take_over(found[start : start + AT_A_TIME], choices, may_change, taken)

    def _take_over(
        self,
        part: Sequence[Found],
        choices: Mapping[int, Choice],
        may_change: Callable[[Connection], bool],
        taken: set[str],
    ) -> tuple[Carried, ...]:
        providers = self._providers({TypeId(one.entry.type) for one in part})
        planned: list[EntryPut | Carried] = []
        for one in part:
            choice = choices.get(one.number, Choice.KEEP)
            plan = self._planned(one, choice, may_change, taken, providers[TypeId(one.entry.type)])
            if isinstance(plan, EntryPut):
                taken.add(plan.name_key)
            planned.append(plan)
        puts = [one for one in planned if isinstance(one, EntryPut)]
        outcomes = iter(self._store.put(puts) if puts else ())
        carried = tuple(
            _carried(one, plan, next(outcomes)) if isinstance(plan, EntryPut) else plan
            for one, plan in zip(part, planned, strict=True)
        )
        self._tell(ChangeKind.ADDED, carried, Result.ADDED)
        self._tell(ChangeKind.CHANGED, carried, Result.CHANGED)
        return carried

    def _planned(
        self,
        one: Found,
        choice: Choice,
        may_change: Callable[[Connection], bool],
        taken: set[str],
        provider: object,
    ) -> EntryPut | Carried:
        entry, here = one.entry, one.here
        match one.finding:
            case Finding.UNUSABLE:
                return Carried(found=one, result=Result.FAILED, name=entry.name, problem=one.problem)
            case Finding.NEW:
                return self._new(one, ConnectionId(entry.id), taken)
            case Finding.IDENTICAL:
                return _kept(one)
            case Finding.SAME_ID | Finding.SAME_NAME:
                if here is None or choice not in one.choices:
                    return _kept(one)
            case _:
                assert_never(one.finding)
        match choice:
            case Choice.KEEP:
                return _kept(one)
            case Choice.ADD:
                is_free = one.finding is Finding.SAME_NAME
                return self._new(one, ConnectionId(entry.id if is_free else self._new_id()), taken)
            case Choice.TAKE:
                if not may_change(here):
                    return Carried(found=one, result=Result.FAILED, name=here.display_name, problem=texts.NOT_ALLOWED)
                return self._replaced(one, here, taken, provider)
            case _:
                assert_never(choice)

    def _new(self, one: Found, connection_id: ConnectionId, taken: set[str]) -> EntryPut | Carried:
        saved, name = one.saved, clean_name(one.entry.name)
        if saved is None:
            return Carried(found=one, result=Result.FAILED, name=name, problem=one.problem)
        if one.finding in CONFLICTS:
            name = free_name(name, texts.IMPORTED, self._store.holders_of_names, taken)
        now = self._clock.now()
        connection = Connection(
            connection_id=connection_id,
            type_id=TypeId(one.entry.type),
            display_name=name,
            saved=saved,
            created_at=now,
            changed_at=now,
        )
        return EntryPut(connection=connection, name_key=name_key(name))

    def _replaced(self, one: Found, here: Connection, taken: set[str], provider: object) -> EntryPut | Carried:
        saved, refusal = read_settings_of(provider, one.entry, connection=here)
        if saved is None:
            return Carried(found=one, result=Result.FAILED, name=here.display_name, problem=refusal)
        name = clean_name(one.entry.name)
        key = name_key(name)
        holder = self._store.holders_of_names([key]).get(key, here.connection_id)
        if holder != here.connection_id or key in taken:
            name = here.display_name
        changed_at = max(self._clock.now(), here.changed_at + timedelta(microseconds=1))
        update = {"display_name": name, "saved": saved, "changed_at": changed_at, "condition": None}
        return EntryPut(connection=here.model_copy(update=update), name_key=name_key(name), seen=here)

    def _tell(self, kind: ChangeKind, carried: Sequence[Carried], result: Result) -> None:
        ids = tuple(
            one.connection.connection_id for one in carried if one.result is result and one.connection is not None
        )
        if ids:
            self._announce(ConnectionsChange(kind=kind, connection_ids=ids))

    def _providers(self, type_ids: set[TypeId]) -> dict[TypeId, object]:
        known = {found.type_id: found.provider for found in self._types.all()}
        return {type_id: known.get(type_id) for type_id in type_ids}


def _kept(one: Found) -> Carried:
    name = one.here.display_name if one.here is not None else one.entry.name
    return Carried(found=one, result=Result.KEPT, name=name)


def _carried(one: Found, put: EntryPut, outcome: PutOutcome) -> Carried:
    name = put.connection.display_name
    match outcome:
        case PutOutcome.DONE:
            result = Result.ADDED if put.seen is None else Result.CHANGED
            return Carried(found=one, result=result, name=name, connection=put.connection)
        case PutOutcome.NAME_TAKEN:
            problem = texts.name_here(name)
        case PutOutcome.ID_TAKEN:
            problem = texts.ID_HERE
        case PutOutcome.GONE | PutOutcome.CHANGED:
            problem = texts.CHANGED_MEANWHILE
        case _:
            assert_never(outcome)
    return Carried(found=one, result=Result.FAILED, name=name, problem=problem)
