"""How do entries that a file or the environment configures get into the list, and stay as that says?

What another host configures is left alone, and nothing is ever deleted: an entry that its file no longer names becomes
an ordinary one. A file that cannot be read leaves everything as it was.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.messages import Notification
from hostspec.providers import Connection
from hostspec.value import ConnectionId, Remedy, Tone, TypeId
from xero_connections_plugin.connections import file_texts as texts
from xero_connections_plugin.connections.definition import clean_name, name_key, plain_text
from xero_connections_plugin.connections.entry_changes import EntryPut, PutOutcome
from xero_connections_plugin.connections.entry_file import FileRefused, is_id, read_entry_file
from xero_connections_plugin.connections.file_findings import is_as_written, problems_of, read_settings_of
from xero_connections_plugin.connections.history import SERVICE, EventKind
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hostspec.services import Clock
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.entry_changes import ManyEntries
    from xero_connections_plugin.connections.entry_file import EntryFile, FileEntry
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.connections.notices import Notices

AT_A_TIME: Final = 200
MOST_TOLD: Final = 20
"""Entries that the history names one by one."""

_EVENT: Final = "configured|"
_TRIES: Final = 3


class EntrySource(Protocol):
    """Where entries are configured."""

    @property
    def place(self) -> str:
        """What people call it: a path, or the name of a variable."""

    def text(self) -> str:
        """What stands there now.

        Raises:
            FileRefused: It cannot be read.
        """


@dataclass
class _Round:
    """What one look at the file came to."""

    problems: list[str] = field(default_factory=list)
    clashes: set[ConnectionId] = field(default_factory=set)
    """Entries that another host configures otherwise."""
    is_settled: bool = True


class Provisioning:
    """Keeps the list as one file (or variable) of this host says. Any thread may call; uses no network."""

    def __init__(
        self,
        source: EntrySource | None,
        host_name: str,
        *,
        store: ManyEntries,
        types: ConnectionTypes,
        clock: Clock,
        announce: Callable[[ConnectionsChange], None],
        changed: Callable[[], None],
        history: History,
        notices: Notices,
    ) -> None:
        """Args:
        source: Where entries are configured, if anywhere.
        host_name: What people call this host.
        store: The list.
        types: Who reads the settings of a type.
        clock: Time.
        announce: Tells everyone about entries.
        changed: Called when ``problem`` is another one.
        history: Hears what was done.
        notices: Tells administrators.
        """
        self._source = source
        self._host = f" on {host_name}"
        self._store = store
        self._types = types
        self._clock = clock
        self._announce = announce
        self._changed = changed
        self._history = history
        self._notices = notices
        self._lock = ProcessLock()
        self._settled = ""
        self._clashed: set[ConnectionId] = set()
        self._problem = ""

    @property
    def label(self) -> str:
        """What ``Connection.source`` says of this host's entries; empty where it has none."""
        return f"{self._source.place}{self._host}" if self._source is not None else ""

    @property
    def problem(self) -> str:
        """What is wrong with the file now, as a sentence or two; empty while all is well."""
        return self._problem

    def sync(self) -> None:
        """Look at the file, and take over what is new in it.

        Raises:
            StoreUnavailable: The list cannot be reached; the next look tries again.
        """
        if self._source is None:
            return
        with self._lock.own:
            try:
                text = self._source.text()
                seen = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
                if seen == self._settled:
                    return
                file = read_entry_file(text)
            except FileRefused as refusal:
                self._settled = ""
                self._tell(texts.file_refused(self._source.place, str(refusal)))
                return
            found = self._take_over(file)
            for _ in range(_TRIES - 1):
                if found.is_settled:
                    break
                found = self._take_over(file)
            self._settled = seen if found.is_settled and not found.problems and not found.clashes else ""
            self._clashed = found.clashes
            more = texts.and_more(len(found.problems) - 1) if len(found.problems) > 1 else ""
            self._tell(found.problems[0] + more if found.problems else "")

    def release(self, connection: Connection) -> None:
        """Let an entry go that another file configures: it is an ordinary one from now on."""
        self._store.release(connection.source, [connection.connection_id])
        with self._lock.own:
            self._settled = ""
        self._announce(ConnectionsChange(kind=ChangeKind.CHANGED, connection_ids=(connection.connection_id,)))

    def _take_over(self, file: EntryFile) -> _Round:
        found = _Round()
        ids = [ConnectionId(one.id) for one in file.connections if is_id(one.id)]
        here = {one.connection_id: one for one in self._store.many(ids)}
        providers = {known.type_id: known.provider for known in self._types.all()}
        puts: list[EntryPut] = []
        for entry, problem in zip(file.connections, problems_of(file), strict=True):
            put = self._put(entry, here.get(ConnectionId(entry.id)), providers.get(TypeId(entry.type)), found, problem)
            if put is not None:
                puts.append(put)
        for start in range(0, len(puts), AT_A_TIME):
            self._keep(puts[start : start + AT_A_TIME], found)
        self._let_go(frozenset(ids))
        return found

    def _put(
        self, entry: FileEntry, here: Connection | None, provider: object, found: _Round, problem: str
    ) -> EntryPut | None:
        if not problem and here is not None and here.type_id != entry.type:
            problem = texts.OTHER_TYPE
        if not problem and here is not None and not self._is_ours(here):
            if is_as_written(provider, entry, here, here.source):
                return None
            # Files change on one host after the other: only what stays so is worth a word.
            found.clashes.add(here.connection_id)
            if here.connection_id not in self._clashed:
                return None
            problem = texts.other_source(here.source)
        is_known = here is not None and here.source == self.label
        if not problem and here is not None and is_known and is_as_written(provider, entry, here, self.label):
            return None
        saved = None
        if not problem:
            saved, problem = read_settings_of(provider, entry, connection=here, source=self.label)
        if saved is None:
            found.problems.append(self._not_applied(entry.name, problem))
            return None
        now = self._clock.now()
        name = clean_name(entry.name)
        if here is None:
            connection = Connection(
                connection_id=ConnectionId(entry.id),
                type_id=TypeId(entry.type),
                display_name=name,
                saved=saved,
                created_at=now,
                changed_at=now,
                source=self.label,
            )
            return EntryPut(connection=connection, name_key=name_key(name))
        changed_at = max(now, here.changed_at + timedelta(microseconds=1))
        update = {
            "display_name": name,
            "saved": saved,
            "changed_at": changed_at,
            "source": self.label,
            "condition": None,
        }
        return EntryPut(connection=here.model_copy(update=update), name_key=name_key(name), seen=here)

    def _keep(self, puts: Sequence[EntryPut], found: _Round) -> None:
        done: list[EntryPut] = []
        for put, outcome in zip(puts, self._store.put(puts), strict=True):
            name = put.connection.display_name
            match outcome:
                case PutOutcome.DONE:
                    done.append(put)
                case PutOutcome.NAME_TAKEN:
                    found.problems.append(self._not_applied(name, texts.name_here(name)))
                case PutOutcome.ID_TAKEN:
                    if self._store.many([put.connection.connection_id]):
                        # Another host with the same file was quicker.
                        found.is_settled = False
                    else:
                        found.problems.append(self._not_applied(name, texts.ID_HERE))
                case PutOutcome.GONE | PutOutcome.CHANGED:
                    found.is_settled = False
                case _:
                    assert_never(outcome)
        self._told(ChangeKind.ADDED, [put.connection for put in done if put.seen is None], texts.taken_over)
        self._told(ChangeKind.CHANGED, [put.connection for put in done if put.seen is not None], texts.taken_over)

    def _let_go(self, named: frozenset[ConnectionId]) -> None:
        gone = [one for one in self._store.configured() if one.source == self.label and one.connection_id not in named]
        if not gone or self._source is None:
            return
        self._store.release(self.label, [one.connection_id for one in gone])
        self._told(ChangeKind.CHANGED, gone, texts.released)
        shown = ", ".join(one.display_name for one in gone[:3]) + (texts.others(len(gone) - 3) if gone[3:] else "")
        digest = hashlib.sha256("\n".join(one.connection_id for one in gone).encode()).hexdigest()[:16]
        self._notices.tell(
            Notification(
                notification_id=f"{_EVENT}let-go|{digest}|{self._clock.now():%Y%m%d%H%M%S}",
                title=texts.LET_GO_TITLE,
                text=texts.let_go(shown, self._source.place),
                tone=Tone.NEUTRAL,
            )
        )

    def _told(self, kind: ChangeKind, entries: Sequence[Connection], text: Callable[[str], str]) -> None:
        if not entries:
            return
        for one in entries[:MOST_TOLD]:
            self._history.record(EventKind.PROVISIONED, actor=SERVICE, connection=one, text=text(self.label))
        if entries[MOST_TOLD:]:
            label = texts.further_entries(len(entries) - MOST_TOLD)
            self._history.record(EventKind.PROVISIONED, actor=SERVICE, label=label, text=text(self.label))
        self._announce(ConnectionsChange(kind=kind, connection_ids=tuple(one.connection_id for one in entries)))

    def _is_ours(self, connection: Connection) -> bool:
        # A file that was moved on this host is still this host's.
        return not connection.source or connection.source.endswith(self._host)

    def _not_applied(self, name: str, why: str) -> str:
        place = self._source.place if self._source is not None else ""
        return texts.not_applied(place, plain_text(name, 40), why)

    def _tell(self, problem: str) -> None:
        if problem == self._problem:
            return
        self._problem = problem
        self._changed()
        if not problem:
            self._notices.forget(_EVENT + "problem")
            return
        digest = hashlib.sha256(problem.encode()).hexdigest()[:16]
        self._notices.tell_once(
            Notification(
                notification_id=f"{_EVENT}problem|{digest}|{self._clock.now():%Y%m%d%H%M%S}",
                title=texts.CONFIGURED_TITLE,
                text=problem,
                tone=Tone.WARNING,
                remedy=Remedy.FIX_SETTINGS,
            ),
            event=f"{_EVENT}problem|{digest}",
        )
