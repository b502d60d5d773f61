"""What happens on the Connections tab? Every act of a person ends in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.messages import MessageBox
from hostspec.permissions import Permission
from hostspec.providers import Draft
from hostspec.ui import Close, Origin, ShowMessage, ShowUsage, ShowView, TableQuery, UserAct
from hostspec.value import ConnectionId, Tone, TypeId
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.definition import clean_name, name_problem
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, NameTaken
from xero_connections_plugin.connections.removal import in_use_sentence, profiles_sentence
from xero_connections_plugin.ui import texts
from xero_connections_plugin.ui.definition_dialog import (
    agree_question,
    definition_dialog,
    type_dialog,
    unsaved_question,
)
from xero_connections_plugin.ui.drafts import OpenDraft, OpenDrafts
from xero_connections_plugin.ui.entry_dialogs import (
    DELETION,
    delete_question,
    delete_refused,
    details_dialog,
)
from xero_connections_plugin.ui.list_view import entry_query, list_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Connection, ConnectionProvider
    from hostspec.services import Hooks
    from hostspec.ui import Step, View
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.book import Book
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.listing import Listing
    from xero_connections_plugin.connections.removal import Removal
    from xero_connections_plugin.ui.deletions import Deletions

TAB_ID: Final = "connections"


class ConnectionsTab:
    """The controller behind the tab; knows no provider."""

    def __init__(
        self,
        *,
        book: Book,
        listing: Listing,
        removal: Removal,
        types: ConnectionTypes,
        access: Access,
        hooks: Hooks,
        deletions: Deletions,
        new_id: Callable[[], str],
    ) -> None:
        self._book = book
        self._listing = listing
        self._removal = removal
        self._types = types
        self._access = access
        self._hooks = hooks
        self._deletions = deletions
        self._new_id = new_id
        self._drafts = OpenDrafts(self._close_at_provider)

    def view(self, origin: Origin, query: TableQuery) -> View:
        """The list."""
        _expect(origin, Origin)
        _expect(query, TableQuery)
        self._access.require(origin.user_id, Permission.VIEW)
        return list_view(
            self._listing.page(entry_query(query)),
            query,
            types=self._types.all(),
            may_manage=self._access.allows(origin.user_id, Permission.MANAGE),
        )

    def act(self, origin: Origin, act: UserAct) -> Step:
        """What happens next."""
        _expect(origin, Origin)
        _expect(act, UserAct)
        match act.action_id:
            case "dismiss":
                return Close()
            case "show_list":
                return ShowView()
            case "details":
                return self._details(origin, act)
            case "usage":
                return self._usage(origin, act)
            case "add" | "add_type":
                self._access.require(origin.user_id, Permission.MANAGE)
                return self._add(origin, act)
            case "edit":
                return self._edit(origin, act)
            case "delete":
                return self._ask_delete(origin, act)
            case "delete_confirmed":
                return self._delete(origin, act)
            case "continue" if (act.wait_id or "").startswith(DELETION):
                return self._deletions.go_on(origin, act.wait_id or "")
            case "leave_deletion":
                return self._deletions.leave(origin, act.wait_id or "")
            case _:
                return self._act_on_draft(origin, act)

    def close(self) -> None:
        """Close every open definition, because the program ends."""
        self._drafts.close_all()

    def _details(self, origin: Origin, act: UserAct) -> Step:
        connection = self._row(origin, act, Permission.VIEW)
        found = self._types.find(connection.type_id)
        return details_dialog(
            self._listing.listed((connection,))[0],
            found.label if found else str(connection.type_id),
            found.provider.details(connection) if found else (),
            self._hooks.usages(connection_subject(connection.connection_id, connection.display_name)),
        )

    def _usage(self, origin: Origin, act: UserAct) -> Step:
        connection = self._row(origin, act, Permission.VIEW)
        return ShowUsage(subject=connection_subject(connection.connection_id, connection.display_name))

    def _add(self, origin: Origin, act: UserAct) -> Step:
        types = self._types.all()
        chosen = act.values.get("type_id") or (types[0].type_id if len(types) == 1 else None)
        if not isinstance(chosen, str):
            return type_dialog(types, f"add-{self._new_id()}")
        provider = self._types.provider(TypeId(chosen))
        # The definition takes the place of the question for the type, which had this id.
        opened = self._open_draft(origin, TypeId(chosen), None, draft_id=act.dialog_id)
        return definition_dialog(opened, provider)

    def _edit(self, origin: Origin, act: UserAct) -> Step:
        connection = self._row(origin, act, Permission.MANAGE)
        provider = self._types.provider(connection.type_id)
        return definition_dialog(self._open_draft(origin, connection.type_id, connection), provider)

    def _open_draft(
        self, origin: Origin, type_id: TypeId, connection: Connection | None, *, draft_id: str | None = None
    ) -> OpenDraft:
        name = connection.display_name if connection else ""
        draft_id = draft_id or self._new_id()
        draft = Draft(draft_id=draft_id, origin=origin, type_id=type_id, values={}, connection=connection)
        opened = OpenDraft(draft=draft, name=name, first_name=name)
        return opened if self._drafts.keep(opened) else self._open_draft(origin, type_id, connection)

    def _ask_delete(self, origin: Origin, act: UserAct) -> Step:
        connection = self._row(origin, act, Permission.MANAGE)
        usages = self._removal.usages(connection)
        if usages:
            return delete_refused(connection, in_use_sentence(connection, usages))
        return delete_question(connection, self._removal.choices(connection))

    def _delete(self, origin: Origin, act: UserAct) -> Step:
        connection_id = ConnectionId((act.dialog_id or "").removeprefix(DELETION))
        connection = self._book.get(connection_id)
        self._access.require(
            origin.user_id, Permission.MANAGE, connection_subject(connection_id, connection.display_name)
        )
        chosen = frozenset(name for name, value in act.values.items() if value is True)
        return self._deletions.delete(origin, connection, f"{DELETION}{connection_id}", chosen)

    def _row(self, origin: Origin, act: UserAct, permission: Permission) -> Connection:
        connection = self._book.get(ConnectionId(act.row_id or ""))
        self._access.require(
            origin.user_id, permission, connection_subject(connection.connection_id, connection.display_name)
        )
        return connection

    def _act_on_draft(self, origin: Origin, act: UserAct) -> Step:
        opened = self._drafts.find(act.dialog_id or act.wait_id, origin)
        if opened is None:
            return self._without_draft(origin, act)
        provider = self._types.provider(opened.draft.type_id)
        if act.dialog_id is not None:
            # A waiting window's fields are no part of the definition: an address pasted there may hold a code.
            opened = self._drafts.fill_in(opened, act.values)
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
            case _:
                self._require_manage(opened)
                return provider.act(opened.draft, act) or definition_dialog(opened, provider)

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
            saved = provider.save(draft)
            if seen is None:
                connection_id = self._book.add(draft.type_id, opened.name, saved).connection_id
            else:
                connection_id = seen.connection_id
                self._book.replace(seen, opened.name, saved)
        except NameTaken:
            return definition_dialog(opened, provider, name_error=texts.name_taken(clean_name(opened.name)))
        except EntryChanged:
            return definition_dialog(opened, provider, problem=texts.ENTRY_CHANGED)
        except EntryGone:
            return definition_dialog(opened, provider, problem=texts.ENTRY_GONE)
        self._drafts.close(draft.draft_id)
        return Close(result=connection_subject(connection_id, clean_name(opened.name)))

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


def _expect(given: object, kind: type) -> None:
    if not isinstance(given, kind):
        raise TypeError(f"a host passes a {kind.__name__} here, and no {type(given).__name__}")
