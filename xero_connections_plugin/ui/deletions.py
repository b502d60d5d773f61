"""Which entries are being deleted right now, and how does it end? What was chosen at the other side may take long."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, ConnectionInUse, PluginFailed
from hostspec.messages import Notification
from hostspec.ui import Close, ShowView
from hostspec.value import Tone
from xero_connections_plugin.connections.history import Actor
from xero_connections_plugin.ui.deletion_dialogs import delete_refused, deleted_with_remarks, deleting_wait
from xero_connections_plugin.ui.texts import deletion_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Connection
    from hostspec.services import Clock, Hooks, Tasks
    from hostspec.ui import Origin, Step
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.removal import Removal

DELETING_SECONDS: Final = 160.0
"""Renewing the sign-in, listing, unlinking and revoking, each at its slowest."""

_NO_WINDOW_SECONDS: Final = 0.4
"""A deletion that takes no longer than this (real seconds) comes without a window of its own."""


@dataclass
class _Deletion:
    """One entry on its way out."""

    origin: Origin
    connection: Connection
    until: float
    over: threading.Event = field(default_factory=threading.Event)
    remarks: tuple[str, ...] = ()
    problem: CaptureError | None = None
    was_left: bool = False
    """Whether its window was closed before the end."""


class Deletions:
    """Deletes entries in tasks of the host. Any thread may call."""

    def __init__(
        self, removal: Removal, hooks: Hooks, tasks: Tasks, clock: Clock, changed: Callable[[str], None]
    ) -> None:
        """Args:
        changed: Called with a wait id when its wait has news.
        """
        self._removal = removal
        self._hooks = hooks
        self._tasks = tasks
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._running: dict[str, _Deletion] = {}

    def delete(self, origin: Origin, connection: Connection, wait_id: str, choices: frozenset[str]) -> Step:
        """Delete an entry, and say what became of it, or that the other side takes a while.

        Raises:
            CaptureError: It was not deleted, or not to the end.
        """
        deletion = _Deletion(origin, connection, self._clock.monotonic() + DELETING_SECONDS)
        if not choices:
            try:
                deletion.remarks = self._removal.remove(connection.connection_id, choices, actor=Actor.of(origin))
            except ConnectionInUse as used:
                deletion.problem = used
            return _told(deletion)
        with self._lock:
            under_way = self._running.setdefault(wait_id, deletion)
        if under_way is deletion:
            self._tasks.start("delete connection", lambda _cancel: self._work(wait_id, deletion, choices))
        under_way.over.wait(_NO_WINDOW_SECONDS)
        return self.go_on(origin, wait_id)

    def go_on(self, origin: Origin, wait_id: str) -> Step:
        """How a deletion stands; its end is told once, to the window that began it.

        Raises:
            CaptureError: It was not deleted, or not to the end.
        """
        with self._lock:
            deletion = self._running.get(wait_id)
            if deletion is None or not _is_theirs(deletion, origin):
                return Close()
            is_over = deletion.over.is_set()
            if is_over:
                del self._running[wait_id]
        if is_over:
            return _told(deletion)
        left = deletion.until - self._clock.monotonic()
        return deleting_wait(deletion.connection, wait_id, left, DELETING_SECONDS)

    def leave(self, origin: Origin, wait_id: str) -> Step:
        """Close the window; the deletion goes on, and what it could not do is told as a notification."""
        with self._lock:
            deletion = self._running.get(wait_id)
            if deletion is not None and _is_theirs(deletion, origin) and not deletion.over.is_set():
                deletion.was_left = True
                return ShowView()
        return self.go_on(origin, wait_id)

    def _work(self, wait_id: str, deletion: _Deletion, choices: frozenset[str]) -> None:
        connection_id = deletion.connection.connection_id
        problem: CaptureError | None = PluginFailed(texts.DELETE_FAILED, plugin=deletion.connection.type_id)
        try:
            deletion.remarks = self._removal.remove(connection_id, choices, actor=Actor.of(deletion.origin))
            problem = None
        except CaptureError as trouble:
            problem = trouble
        finally:
            deletion.problem = problem
            with self._lock:
                deletion.over.set()
                was_left = deletion.was_left
                if was_left:
                    self._running.pop(wait_id, None)
            if was_left:
                self._notify(connection_id, deletion)
            else:
                self._changed(wait_id)

    def _notify(self, connection_id: ConnectionId, deletion: _Deletion) -> None:
        said = (str(deletion.problem),) if deletion.problem is not None else deletion.remarks
        if not said:
            return
        name = deletion.connection.display_name
        deleted = deletion.problem is None
        self._hooks.notify(
            Notification(
                notification_id=f"deleted-{connection_id}",
                title=texts.DELETED_TITLE if deleted else texts.NOT_DELETED_TITLE,
                text=texts.deleted_with_remarks(name, said) if deleted else said[0],
                tone=Tone.WARNING,
            )
        )


def _told(deletion: _Deletion) -> Step:
    if isinstance(deletion.problem, ConnectionInUse):
        return delete_refused(deletion.connection, str(deletion.problem))
    if deletion.problem is not None:
        raise deletion.problem
    return deleted_with_remarks(deletion.connection, deletion.remarks) if deletion.remarks else ShowView()


def _is_theirs(deletion: _Deletion, origin: Origin) -> bool:
    return (deletion.origin.user_id, deletion.origin.window_id) == (origin.user_id, origin.window_id)
