"""The tab "Storage": the host's own list, described by the same contract as any plugin's tab."""

from collections.abc import Callable, Mapping
from typing import Final

from hostspec.errors import CaptureError, ConnectionInUse, NotAllowed
from hostspec.forms import FieldValue, Form, TextField
from hostspec.messages import MessageBox, MessageButton
from hostspec.permissions import Permission
from hostspec.services import HostServices
from hostspec.ui import (
    Action,
    Cell,
    Close,
    Column,
    Dialog,
    EmptyState,
    Origin,
    Row,
    ShowDialog,
    ShowMessage,
    ShowUsage,
    ShowView,
    Step,
    Table,
    TableQuery,
    UserAct,
    View,
)
from hostspec.usages import Subject, Usage
from hostspec.value import Tone
from sample_host.profiles import STORAGE_KIND
from sample_host.storage_locations import NameTaken, StorageBook, StorageLocation

TAB_ID: Final = "storage"
_DEFINITION: Final = "storage-definition"
_NOT_ALLOWED: Final = "Your user may view storage locations and not change them. An administrator can."


class StorageTab:
    """What stands on the tab, and what its buttons do.

    Args:
        book: The locations.
        host: Asked for permissions and usages.
    """

    def __init__(self, book: StorageBook, host: HostServices) -> None:
        self._book = book
        self._host = host

    def view(self, origin: Origin, query: TableQuery) -> View:
        """The list of locations.

        Raises:
            NotAllowed: The person may not see it.
        """
        if not self._allowed(origin, Permission.VIEW, None):
            raise NotAllowed("Your user may not see storage locations. An administrator can.")
        change = "" if self._allowed(origin, Permission.MANAGE, None) else _NOT_ALLOWED
        add = Action(action_id="add", label="Add", primary=True, disabled_reason=change)
        locations = self._book.all()
        found = _arranged(locations, query)
        offset = query.offset if query.offset < len(found) else 0
        return View(
            title="Storage",
            intro="Folders that capture profiles store documents in.",
            actions=(
                add,
                Action(
                    action_id="edit", label="Edit", needs_row="Select a storage location first.", disabled_reason=change
                ),
                Action(
                    action_id="ask-delete",
                    label="Delete",
                    destructive=True,
                    needs_row="Select a storage location first.",
                    disabled_reason=change,
                ),
                Action(action_id="usage", label="Usage", needs_row="Select a storage location first."),
            ),
            search_label="Search storage locations",
            table=Table(
                table_id="storage",
                label="Storage locations",
                columns=(
                    Column(column_id="name", label="Name", sortable=True),
                    Column(column_id="folder", label="Folder", sortable=True),
                ),
                rows=tuple(
                    Row(row_id=x.location_id, label=x.name, cells=(Cell(text=x.name), Cell(text=x.folder)))
                    for x in found[offset : offset + query.limit]
                ),
                total=len(found),
                query=query.model_copy(update={"offset": offset}),
            ),
            empty=None
            if locations
            else EmptyState(
                title="No storage locations yet",
                text="A profile needs a place before it can store documents.",
                action=add,
            ),
        )

    def act(self, origin: Origin, act: UserAct) -> Step:
        """What happens next.

        Raises:
            CaptureError: What was asked for is not possible.
        """
        acts: Mapping[str, Callable[[Origin, UserAct], Step]] = {
            "add": self._add,
            "edit": self._edit,
            "save": self._save,
            "cancel": lambda _origin, _act: Close(),
            "usage": self._usage,
            "ask-delete": self._ask_delete,
            "delete": self._delete,
        }
        if act.action_id not in acts:
            raise CaptureError("That button is not known here any more. Nothing was changed; open the page again.")
        return acts[act.action_id](origin, act)

    def _allowed(self, origin: Origin, permission: Permission, subject: Subject | None) -> bool:
        return self._host.is_allowed(origin.user_id, permission, subject)

    def _require_manage(self, origin: Origin, subject: Subject | None) -> None:
        if not self._allowed(origin, Permission.MANAGE, subject):
            raise NotAllowed(_NOT_ALLOWED)

    def _location(self, act: UserAct) -> StorageLocation:
        location = self._book.get(act.row_id) if act.row_id is not None else None
        if location is None:
            raise CaptureError("This storage location no longer exists. Select another one.")
        return location

    def _add(self, origin: Origin, _act: UserAct) -> Step:
        self._require_manage(origin, None)
        return _definition(None, "", "")

    def _edit(self, origin: Origin, act: UserAct) -> Step:
        location = self._location(act)
        self._require_manage(origin, location.subject)
        return _definition(location.location_id, location.name, location.folder)

    def _save(self, origin: Origin, act: UserAct) -> Step:
        self._require_manage(origin, None)
        name, folder = _text(act.values.get("name")), _text(act.values.get("folder"))
        location_id = (act.dialog_id or "").removeprefix(_DEFINITION).removeprefix(":") or None
        name_error = "" if name.strip() else "Give it a name, such as Archive."
        folder_error = "" if folder.strip() else "Say which folder, such as /srv/archive."
        if name_error or folder_error:
            return _definition(location_id, name, folder, name_error, folder_error)
        try:
            saved = self._book.save(location_id, name, folder)
        except NameTaken:
            return _definition(location_id, name, folder, "Another storage location has this name. Choose another one.")
        return Close(result=saved.subject)

    def _usage(self, origin: Origin, act: UserAct) -> Step:
        location = self._location(act)
        if not self._allowed(origin, Permission.VIEW, location.subject):
            raise NotAllowed("Your user may not see usages. An administrator can.")
        return ShowUsage(subject=location.subject)

    def _users(self, location: StorageLocation) -> tuple[Usage, ...]:
        usages = self._host.hooks.usages(location.subject)
        if usages.failed:
            raise CaptureError(
                f"Nobody can say who uses {location.name}, because {usages.failed[0]} did not answer. Nothing was "
                "deleted."
            )
        return usages.items

    def _ask_delete(self, origin: Origin, act: UserAct) -> Step:
        location = self._location(act)
        self._require_manage(origin, location.subject)
        users = self._users(location)
        if users:
            return ShowMessage(message=_in_use(location, users))
        return ShowMessage(
            message=MessageBox(
                title="Delete storage location?",
                text=f"{location.name} is removed from the list. The folder and what lies in it stay as they are.",
                tone=Tone.WARNING,
                buttons=(
                    MessageButton(label="Cancel"),
                    MessageButton(label="Delete", action_id="delete", destructive=True),
                ),
                row_id=location.location_id,
            )
        )

    def _delete(self, origin: Origin, act: UserAct) -> Step:
        location = self._location(act)
        self._require_manage(origin, location.subject)
        users = self._users(location)
        if users:
            raise ConnectionInUse(_in_use(location, users).text, usages=users)
        self._book.remove(location.location_id)
        return ShowView()


def _in_use(location: StorageLocation, users: tuple[Usage, ...]) -> MessageBox:
    names = ", ".join(dict.fromkeys(usage.profile for usage in users))
    return MessageBox(
        title="Storage location in use",
        text=f"{location.name} is used by: {names}.\nSwitch them to another place under Usage, then delete it.",
        tone=Tone.WARNING,
        row_id=location.location_id,
        buttons=(
            MessageButton(label="OK", primary=True),
            MessageButton(label="Usage", action_id="usage"),
        ),
    )


def _text(value: FieldValue) -> str:
    return value if isinstance(value, str) else ""


def _definition(
    location_id: str | None, name: str, folder: str, name_error: str = "", folder_error: str = ""
) -> ShowDialog:
    return ShowDialog(
        dialog=Dialog(
            dialog_id=_DEFINITION if location_id is None else f"{_DEFINITION}:{location_id}",
            title="Storage Location",
            form=Form(
                fields=(
                    TextField(
                        field_id="name", label="Name", value=name, error=name_error, required=True, max_length=100
                    ),
                    TextField(
                        field_id="folder",
                        label="Folder",
                        value=folder,
                        error=folder_error,
                        hint="A folder that this host can write to.",
                        placeholder="/srv/archive",
                        monospace=True,
                        required=True,
                    ),
                )
            ),
            primary=Action(action_id="save", label="Save", primary=True),
            cancel=Action(action_id="cancel", label="Cancel"),
        )
    )


def _arranged(locations: tuple[StorageLocation, ...], query: TableQuery) -> list[StorageLocation]:
    wanted = query.search.strip().casefold()
    found = [x for x in locations if wanted in x.name.casefold() or wanted in x.folder.casefold()]
    match query.sort:
        case "folder":
            found.sort(key=lambda x: (x.folder.casefold(), x.name.casefold()), reverse=query.descending)
        case "name":
            found.sort(key=lambda x: x.name.casefold(), reverse=query.descending)
        case _:
            pass
    return found


def storage_targets(book: StorageBook, subject: Subject) -> tuple[Subject, ...]:
    """The other locations that usages of this one could be switched to; all of them where none is meant."""
    if subject.kind != STORAGE_KIND:
        return ()
    return tuple(x.subject for x in book.all() if x.location_id != subject.subject_id)
