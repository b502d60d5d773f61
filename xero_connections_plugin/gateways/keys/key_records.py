"""What does the history say about acts on keys? The ids of keys are no secret; keys never come here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from xero_connections_plugin.connections.history_events import EventKind

if TYPE_CHECKING:
    from xero_connections_plugin.connections.history_events import Actor


class Recording(Protocol):
    """Keeps what happened, and never raises; ``History`` does."""

    def record(self, kind: EventKind, *, actor: Actor, text: str) -> None: ...


class KeyRecords:
    """One line of the history for each act that changed something."""

    def __init__(self, history: Recording) -> None:
        self._history = history

    def exported(self, actor: Actor, key_ids: tuple[str, ...]) -> None:
        self._history.record(EventKind.KEY_EXPORTED, actor=actor, text=_EXPORTED.format(_named(key_ids)))

    def imported(self, actor: Actor, key_ids: tuple[str, ...]) -> None:
        self._changed(actor, _IMPORTED, key_ids)

    def begun(self, actor: Actor, key_id: str) -> None:
        self._changed(actor, _BEGUN, (key_id,))

    def withdrawn(self, actor: Actor, key_id: str) -> None:
        self._changed(actor, _WITHDRAWN, (key_id,))

    def switched(self, actor: Actor, key_id: str) -> None:
        self._changed(actor, _SWITCHED, (key_id,))

    def retired(self, actor: Actor, key_ids: tuple[str, ...]) -> None:
        """None may have been: then nothing is said."""
        if not key_ids:
            return
        self._changed(actor, _RETIRED, key_ids)

    def discarded(self, actor: Actor, key_id: str) -> None:
        self._changed(actor, _DISCARDED, (key_id,))

    def _changed(self, actor: Actor, sentence: str, key_ids: tuple[str, ...]) -> None:
        self._history.record(EventKind.KEY_CHANGED, actor=actor, text=sentence.format(_named(key_ids)))


def _named(key_ids: tuple[str, ...]) -> str:
    return f"{'key' if len(key_ids) == 1 else 'keys'} {', '.join(key_ids)}"


_EXPORTED: Final = "Handed on in a file: {}."
_IMPORTED: Final = "Taken from a file: {}."
_BEGUN: Final = "Made, and seals once somebody switches to it: {}."
_WITHDRAWN: Final = "Withdrawn before anything was sealed with it: {}."
_SWITCHED: Final = "Seals from now on: {}."
_RETIRED: Final = "Retired, since nothing is sealed with it any more: {}."
_DISCARDED: Final = "Let go from this machine: {}."
