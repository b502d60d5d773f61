"""Which definitions are open, and whose are they? Kept in memory: an unsaved definition ends with the program."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.forms import FieldValue
    from hostspec.providers import Connection, Draft
    from hostspec.ui import Origin

NAME_FIELD: Final = "display_name"
"""The one field that the tab itself adds to every provider's form."""

MOST_DRAFTS: Final = 500
"""Open definitions kept at a time; beyond it the oldest one is given up, since windows can vanish without a word."""


@dataclass(frozen=True)
class OpenDraft:
    """A definition in somebody's window."""

    draft: Draft
    name: str
    """As typed so far."""
    first_name: str
    """As it stood when the dialog was opened."""
    copied_from: str = ""
    """The name of the entry that a new one is a copy of; empty for one from scratch."""
    opened: int = field(default=0, compare=False)

    @property
    def connection(self) -> Connection | None:
        """The entry being edited."""
        return self.draft.connection


class OpenDrafts:
    """The open definitions by id; any thread may call."""

    def __init__(self, forget: Callable[[Draft], None]) -> None:
        """Args:
        forget: Called, outside of the lock, with a draft that was given up.
        """
        self._forget = forget
        self._open: dict[str, OpenDraft] = {}
        self._count = 0
        self._lock = threading.Lock()

    def keep(self, opened: OpenDraft) -> bool:
        """Remember a new definition; ``False`` when one with its id is open, perhaps somebody else's (R35)."""
        given_up: OpenDraft | None = None
        with self._lock:
            if opened.draft.draft_id in self._open:
                return False
            self._count += 1
            self._open[opened.draft.draft_id] = replace(opened, opened=self._count)
            if len(self._open) > MOST_DRAFTS:
                oldest = min(self._open.values(), key=lambda kept: kept.opened)
                given_up = self._open.pop(oldest.draft.draft_id)
        if given_up is not None:
            self._forget(given_up.draft)
        return True

    def find(self, draft_id: str | None, origin: Origin) -> OpenDraft | None:
        """The definition with this id, if this person opened it in this window (R35)."""
        with self._lock:
            found = self._open.get(draft_id or "")
        if found is None:
            return None
        theirs = found.draft.origin
        if (theirs.user_id, theirs.window_id) != (origin.user_id, origin.window_id):
            return None
        return found

    def fill_in(self, opened: OpenDraft, values: dict[str, FieldValue]) -> OpenDraft:
        """Take over what was typed; an act without values changes nothing.

        Pages never get a secret back, so an empty one does not take the place of one that was typed.
        """
        if not values:
            return opened
        before = opened.draft.values
        typed = {
            name: value
            for name, value in values.items()
            if name != NAME_FIELD and not (_is_secret(before.get(name)) and _is_empty_secret(value))
        }
        name = values.get(NAME_FIELD, opened.name)
        draft = opened.draft.model_copy(update={"values": {**before, **typed}})
        filled = replace(opened, draft=draft, name=name if isinstance(name, str) else opened.name)
        with self._lock:
            if draft.draft_id in self._open:
                self._open[draft.draft_id] = filled
        return filled

    def close(self, draft_id: str) -> None:
        """Forget a definition, saved or not."""
        with self._lock:
            found = self._open.pop(draft_id, None)
        if found is not None:
            self._forget(found.draft)

    def close_all(self) -> None:
        """Forget every definition, because the program ends."""
        with self._lock:
            everything = list(self._open)
        for draft_id in everything:
            self.close(draft_id)


def _is_secret(value: FieldValue) -> bool:
    return isinstance(value, SecretStr)


def _is_empty_secret(value: FieldValue) -> bool:
    return isinstance(value, SecretStr) and not value.get_secret_value()
