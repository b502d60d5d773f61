"""How is a definition opened, filled in, authorized and saved? The dialog around what a provider describes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from hostspec.errors import CaptureError
from hostspec.messages import MessageBox
from hostspec.permissions import Permission
from hostspec.providers import Draft
from hostspec.ui import Close, Origin, ShowMessage, UserAct
from hostspec.value import Tone
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.definition import clean_name, name_problem
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, NameTaken
from xero_connections_plugin.connections.history import Actor, EventKind
from xero_connections_plugin.connections.removal import profiles_sentence
from xero_connections_plugin.ui.definition_dialog import (
    agree_question,
    definition_dialog,
    open_values,
    unsaved_question,
)
from xero_connections_plugin.ui.drafts import NAME_FIELD, OpenDraft, OpenDrafts
from xero_connections_plugin.ui.history_dialog import what_changed
from xero_connections_plugin.ui.texts import tab_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.forms import FieldValue
    from hostspec.providers import Connection, ConnectionProvider
    from hostspec.services import Hooks
    from hostspec.ui import Step
    from hostspec.value import ConnectionId, TypeId
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.book import Book
    from xero_connections_plugin.connections.connection_types import ConnectionTypes


class Definitions:
    """The open definitions of all windows; knows no provider."""

    def __init__(
        self,
        *,
        book: Book,
        types: ConnectionTypes,
        access: Access,
        hooks: Hooks,
        new_id: Callable[[], str],
        after_save: Callable[[Origin, Connection, str], Step | None] = lambda *_: None,
    ) -> None:
        """Args:
        after_save: What takes the place of a definition (named by its dialog's id) that was saved, if anything.
        """
        self._book = book
        self._after_save = after_save
        self._types = types
        self._access = access
        self._hooks = hooks
        self._new_id = new_id
        self._drafts = OpenDrafts(self._close_at_provider)

    def open(
        self,
        origin: Origin,
        type_id: TypeId,
        connection: Connection | None = None,
        *,
        draft_id: str | None = None,
        name: str = "",
        prepare: Callable[[Draft], Mapping[str, FieldValue]] | None = None,
        copied_from: str = "",
        begin: str = "",
        focus: str = "",
    ) -> Step:
        """Open the dialog, for a new entry or for one that is there.

        Args:
            origin: Who opens it, and where.
            type_id: Of the entry.
            connection: The entry to edit.
            draft_id: The dialog to take the place of.
            name: What stands in the name's field of a new entry.
            prepare: Gives the values to begin with, once the draft is known.
            copied_from: The name of the entry that a new one is a copy of.
            begin: An act that the provider is to do at once.
            focus: The field or button of the form that has the focus first.

        Raises:
            CaptureError: The type's plugin is missing, or what ``prepare`` raises; nothing is open then.
        """
        provider = self._types.provider(type_id)
        opened = self._open_draft(origin, type_id, connection, draft_id=draft_id)
        if prepare is not None:
            try:
                values = prepare(opened.draft)
            except BaseException:
                self._drafts.close(opened.draft.draft_id)
                raise
            begun = replace(opened, copied_from=copied_from)
            opened = self._drafts.fill_in(begun, {**values, NAME_FIELD: name})
        first = provider.act(opened.draft, UserAct(action_id=begin)) if begin else None
        return first or definition_dialog(opened, provider, focus=focus)

    def act(self, origin: Origin, act: UserAct) -> Step:
        """An act in an open definition, or in a window that outlived it."""
        opened = self._drafts.find(act.dialog_id or act.wait_id, origin)
        if opened is None:
            return self._without_draft(origin, act)
        provider = self._types.provider(opened.draft.type_id)
        if act.dialog_id is not None:
            # A waiting window's fields are no part of the definition: an address pasted there may hold a code.
            opened = self._drafts.fill_in(opened, open_values(opened, provider, act.values))
        match act.action_id:
            case "save":
                return self._save(opened, provider, agreed=False)
            case "save_agreed":
                return self._save(opened, provider, agreed=True)
            case "cancel":
                unsaved = clean_name(opened.name) != opened.first_name or provider.unsaved(opened.draft)
                return unsaved_question(opened) if unsaved else self._discard(opened)
            case "discard":
                return self._discard(opened)
            case "name_typed":
                return definition_dialog(opened, provider, name_error=self._seen_in_name(opened))
            case _:
                self._require_manage(opened)
                shown = provider.act(self._with_secret(opened.draft), act)
                return shown or definition_dialog(opened, provider, name_error=self._seen_in_name(opened))

    def close_all(self) -> None:
        """Close every open definition, because the program ends."""
        self._drafts.close_all()

    def _open_draft(
        self, origin: Origin, type_id: TypeId, connection: Connection | None, *, draft_id: str | None = None
    ) -> OpenDraft:
        name = connection.display_name if connection else ""
        draft_id = draft_id or self._new_id()
        draft = Draft(draft_id=draft_id, origin=origin, type_id=type_id, values={}, connection=connection)
        opened = OpenDraft(draft=draft, name=name, first_name=name)
        return opened if self._drafts.keep(opened) else self._open_draft(origin, type_id, connection)

    def _without_draft(self, origin: Origin, act: UserAct) -> Step:
        """An act on no open definition: a type's guide, or a window that outlived its definition."""
        if act.action_id in {"cancel", "discard"}:
            return Close()
        self._access.require(origin.user_id, Permission.VIEW)
        guided = next((f for f in self._types.all() if f.guide and f.guide.action_id == act.action_id), None)
        if guided is not None:
            draft = Draft(draft_id=self._new_id(), origin=origin, type_id=guided.type_id, values={})
            shown = guided.provider.act(draft, act)
            if shown is not None:
                return shown
        box = MessageBox(title=texts.DEFINITION_TITLE, text=texts.DRAFT_GONE, tone=Tone.WARNING)
        return ShowMessage(message=box)

    def _save(self, opened: OpenDraft, provider: ConnectionProvider, *, agreed: bool) -> Step:
        self._require_manage(opened)
        draft, seen = opened.draft, opened.connection
        name_error = name_problem(opened.name) or self._taken(opened)
        obstacles = provider.obstacles(draft)
        if name_error or obstacles:
            return definition_dialog(opened, provider, name_error=name_error, problem=" ".join(obstacles))
        consequences = provider.consequences(draft)
        if consequences and not agreed:
            return agree_question(opened, consequences, self._used_by(seen))
        try:
            if seen is not None:
                # What was kept secret so far: the provider says what stays of it.
                seen = self._book.opened(seen)
                draft = draft.model_copy(update={"connection": seen})
            saved = provider.save(draft)
            actor = Actor.of(draft.origin)
            if seen is None:
                source = opened.copied_from
                kind = EventKind.DUPLICATED if source else EventKind.ADDED
                text = texts.copied_from(source) if source else ""
                added = self._book.add(draft.type_id, opened.name, saved, actor=actor, kind=kind, text=text)
                connection_id = added.connection_id
            else:
                connection_id = seen.connection_id
                self._book.replace(seen, opened.name, saved, actor=actor, text=what_changed(seen, opened.name, saved))
        except NameTaken:
            return definition_dialog(opened, provider, name_error=texts.name_taken(clean_name(opened.name)))
        except EntryChanged:
            return definition_dialog(opened, provider, problem=texts.ENTRY_CHANGED)
        except EntryGone:
            return definition_dialog(opened, provider, problem=texts.ENTRY_GONE)
        self._drafts.close(draft.draft_id)
        return self._left_to_do(draft, connection_id) or Close(
            result=connection_subject(connection_id, clean_name(opened.name))
        )

    def _left_to_do(self, draft: Draft, connection_id: ConnectionId) -> Step | None:
        # Whatever becomes of it: the entry is saved, and its window closes.
        with suppress(Exception):
            return self._after_save(draft.origin, self._book.get(connection_id), draft.draft_id)
        return None

    def _with_secret(self, draft: Draft) -> Draft:
        if draft.connection is None or not draft.connection.has_secret:
            return draft
        # Most acts do well without it; the provider says so where one does not.
        with suppress(CaptureError):
            return draft.model_copy(update={"connection": self._book.opened(draft.connection)})
        return draft

    def _seen_in_name(self, opened: OpenDraft) -> str:
        """What is wrong with a name while the form is filled in; nothing before one was typed."""
        if not clean_name(opened.name):
            return ""
        try:
            return name_problem(opened.name) or self._taken(opened)
        except CaptureError:
            # Only a courtesy here: a store that does not answer is told where it matters, at Save.
            return ""

    def _taken(self, opened: OpenDraft) -> str:
        own = opened.connection.connection_id if opened.connection else None
        taken = self._book.name_is_taken(opened.name, by_other_than=own)
        return texts.name_taken(clean_name(opened.name)) if taken else ""

    def _used_by(self, connection: Connection | None) -> str:
        if connection is None:
            return texts.USED_BY_NOBODY
        usages = self._hooks.usages(connection_subject(connection.connection_id, connection.display_name))
        if usages.failed:
            return texts.USAGE_UNCERTAIN
        return texts.used_by(profiles_sentence(usages.items)) if usages.items else texts.USED_BY_NOBODY

    def _discard(self, opened: OpenDraft) -> Step:
        self._drafts.close(opened.draft.draft_id)
        return Close()

    def _require_manage(self, opened: OpenDraft) -> None:
        connection = opened.connection
        subject = connection_subject(connection.connection_id, connection.display_name) if connection else None
        self._access.require(opened.draft.origin.user_id, Permission.MANAGE, subject)

    def _close_at_provider(self, draft: Draft) -> None:
        found = self._types.find(draft.type_id)
        if found is not None:
            found.provider.close(draft.draft_id)
