"""The user interface, described and not drawn: any host shows it with its own means.

A tab answers two questions: what stands on it (``TabController.view``) and what happens when somebody does
something (``TabController.act``). The host sends a ``UserAct`` and draws the ``Step`` that comes back. Texts are
plain text, never markup.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import Field as PydanticField

from hostspec.forms import FieldValue, Form, Link
from hostspec.messages import MessageBox
from hostspec.rows import Action as Action
from hostspec.rows import Cell as Cell
from hostspec.rows import Column as Column
from hostspec.rows import Row as Row
from hostspec.rows import Table as Table
from hostspec.rows import TableQuery as TableQuery
from hostspec.usages import Subject
from hostspec.value import Text, Tone, UserId, Value


class Origin(Value):
    """Who acts and where; made by the host, passed with every act."""

    user_id: UserId
    user_name: str
    window_id: str
    """Names the window, so that the end of a long act reaches the window that began it."""
    is_local: bool
    """Whether the person sits at this machine: only then may a browser be opened here."""


class UserAct(Value):
    """What a person did: pressed a button, chose a row, closed a dialog, or let a waiting window ask again.

    From the tab it carries the selected row; from a dialog its id and all its values (folded and disabled fields
    too); from a waiting window its ``wait_id`` and values, without a ``dialog_id``. ``action_id`` is ``"continue"``,
    with the ``wait_id`` alone, when the host asks how a ``Wait`` goes on.
    """

    action_id: Text
    row_id: Text | None = None
    dialog_id: Text | None = None
    wait_id: Text | None = None
    values: dict[str, FieldValue] = PydanticField(default_factory=dict)
    """The values of the dialog's (or the waiting window's) fields, by ``field_id``."""


class EmptyState(Value):
    """What a tab shows instead of an empty table."""

    title: str
    text: str
    action: Action | None = None
    second_action: Action | None = None
    links: tuple[Link, ...] = ()


class Notice(Value):
    """A line above the table about the whole tab."""

    text: str
    tone: Tone
    action: Action | None = None


class Filter(Value):
    """A part of the rows that a person may ask for; sent as ``TableQuery.filter_id``."""

    filter_id: str
    """Empty: all rows."""
    label: str
    count: int | None = None
    """How many rows it holds, where that is known without work."""


class View(Value):
    """All that stands on a tab."""

    title: str
    intro: str = ""
    actions: tuple[Action, ...] = ()
    more: tuple[Action, ...] = ()
    """What is rarely needed; drawn one level deeper, behind a button "More"."""
    filters: tuple[Filter, ...] = ()
    """Drawn beside the search; the one named by the table's query is chosen."""
    search_label: str = ""
    """Not empty: a search field with this label."""
    notices: tuple[Notice, ...] = ()
    table: Table | None = None
    empty: EmptyState | None = None
    """Drawn instead of the table."""


class Dialog(Value):
    """A form in a window of its own. A dialog with the id of an open one replaces it in place."""

    dialog_id: str
    title: str
    form: Form
    primary: Action
    cancel: Action | None = None
    """Sent by Esc too, with the values, so that the plugin decides whether to ask; ``None``: Esc sends the primary."""
    alert: bool = False
    """Asks before something that is hard to undo; drawn as an alert dialog."""
    intro: str = ""
    problem: str = ""
    """What went wrong with the last act, where it belongs to no field."""
    copy_text: str = ""
    """Not empty: a button "Copy" that copies this text."""


class ShowView(Value):
    """Close every dialog and draw the tab anew."""

    kind: Literal["show_view"] = "show_view"
    select_row_id: str | None = None


class ShowDialog(Value):
    """Open a dialog above what is open, or replace the one with its id in place: form, values and all."""

    kind: Literal["show_dialog"] = "show_dialog"
    dialog: Dialog


class ShowMessage(Value):
    """Show a message box above what is open."""

    kind: Literal["show_message"] = "show_message"
    message: MessageBox


class ShowUsage(Value):
    """Open the host's standard usage dialog."""

    kind: Literal["show_usage"] = "show_usage"
    subject: Subject


class Wait(Value):
    """A window that waits for something outside.

    The host sends ``UserAct("continue", wait_id=…)`` when ``capture_tab_changed`` names the id, and at least every
    second; the answer is ``Wait`` again or the next step. The limit runs in the plugin, never on the polling. A wait
    with the id of an open one replaces it in place; any other answer, an error too, closes the waiting window first.
    """

    kind: Literal["wait"] = "wait"
    wait_id: str
    dialog_id: str | None = None
    """The dialog that began the wait; it stays as it is beneath."""
    title: str
    text: str
    seconds_left: float
    """Seconds until the limit, at the moment of this answer."""
    seconds_total: float
    address: str = ""
    """An address to open or to copy, for a person whose browser did not open."""
    address_label: str = ""
    links: tuple[Link, ...] = ()
    form: Form = Form(fields=())
    """Fields whose values come with an ``ActionField``'s act, never with "continue"."""
    cancel: Action


class Download(Value):
    """Hand a file to the person; everything that is open stays as it is."""

    kind: Literal["download"] = "download"
    file_name: str
    """Without a folder; fit for every file system."""
    media_type: str
    """Such as ``text/csv``; the text is written as UTF-8."""
    text: str


class Close(Value):
    """Close the dialog that the act came from; for an act of a waiting window, the dialog that began the wait."""

    kind: Literal["close"] = "close"
    result: Subject | None = None
    """What was made or changed, for a window that opened the dialog to get it."""


Step = Annotated[
    ShowView | ShowDialog | ShowMessage | ShowUsage | Wait | Download | Close,
    PydanticField(discriminator="kind"),
]
"""What the user interface does next."""


class TabController(Protocol):
    """What stands behind a tab. Any thread may call it; both raise ``CaptureError`` only."""

    def view(self, origin: Origin, query: TableQuery) -> View:
        """What stands on the tab. Cheap: no network.

        Raises:
            NotAllowed: The person may not see it.
        """

    def act(self, origin: Origin, act: UserAct) -> Step:
        """What happens next. Prompt: long work answers ``Wait`` and goes on in ``HostServices.tasks``.

        Raises:
            CaptureError: A problem that belongs to no dialog; the host shows its sentence in a message box.
        """


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A tab of the root Configuration."""

    tab_id: str
    title: str
    order: int
    controller: TabController
    badge: str = ""
    """A short text beside the title, such as the number of entries that need attention."""

    @property
    def label(self) -> str:
        """Sorts tabs of the same order."""
        return self.title
