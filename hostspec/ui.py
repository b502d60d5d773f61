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
    """Asked about with ``HostServices.is_allowed``."""
    user_name: str
    """What people call them; written into histories."""
    window_id: str
    """Names the window, so that the end of a long act reaches the window that began it.

    Each window that shows the tab has an id of its own, which no other has or had since the host began: what a
    person has not finished belongs to the window of that id.
    """
    is_local: bool
    """Whether the person sits at this machine: only then may a browser be opened here."""


class UserAct(Value):
    """What a person did: pressed a button, chose a row, closed a dialog, or let a waiting window ask again.

    From the tab it carries the selected row; from a dialog its id and all its values (folded and disabled fields
    too); from a waiting window its ``wait_id`` and values, without a ``dialog_id``. ``action_id`` is ``"continue"``,
    with the ``wait_id`` alone, when the host asks how a ``Wait`` goes on.
    """

    action_id: Text
    """Of the button, or ``"continue"``."""
    row_id: Text | None = None
    """The row that is selected, or whose button was pressed."""
    dialog_id: Text | None = None
    """The dialog that it was done in."""
    wait_id: Text | None = None
    """The waiting window that it was done in, or that asks how it goes on."""
    values: dict[str, FieldValue] = PydanticField(default_factory=dict)
    """The values of the dialog's (or the waiting window's) fields, by ``field_id``."""


class EmptyState(Value):
    """What a tab shows instead of an empty table."""

    title: str
    """What is missing."""
    text: str
    """Why that matters, and what to do."""
    action: Action | None = None
    """The first thing to do."""
    second_action: Action | None = None
    """Another way to begin."""
    links: tuple[Link, ...] = ()
    """Where to read on."""


class Notice(Value):
    """A line above the table about the whole tab."""

    text: str
    """What is so."""
    tone: Tone
    """How it is meant."""
    action: Action | None = None
    """What can be done about it."""


class Filter(Value):
    """A part of the rows that a person may ask for; sent as ``TableQuery.filter_id``."""

    filter_id: str
    """Empty: all rows."""
    label: str
    """What is read."""
    count: int | None = None
    """How many rows it holds, where that is known without work."""


class View(Value):
    """All that stands on a tab."""

    title: str
    """What stands above everything."""
    intro: str = ""
    """A sentence below the title."""
    actions: tuple[Action, ...] = ()
    """The buttons, from left to right."""
    more: tuple[Action, ...] = ()
    """What is rarely needed; drawn one level deeper, behind a button "More"."""
    filters: tuple[Filter, ...] = ()
    """Drawn beside the search; the one named by the table's query is chosen."""
    search_label: str = ""
    """Not empty: a search field with this label."""
    notices: tuple[Notice, ...] = ()
    """From top to bottom."""
    table: Table | None = None
    """The list, if there is one."""
    empty: EmptyState | None = None
    """Drawn instead of the table."""


class Dialog(Value):
    """A form in a window of its own. A dialog with the id of an open one replaces it in place."""

    dialog_id: str
    """Sent back with every act of the dialog."""
    title: str
    """What stands above the form."""
    form: Form
    """The fields."""
    primary: Action
    """The button that Enter presses."""
    cancel: Action | None = None
    """Sent by Esc too, with the values, so that the plugin decides whether to ask; ``None``: Esc sends the primary."""
    alert: bool = False
    """Asks before something that is hard to undo; drawn as an alert dialog."""
    intro: str = ""
    """A sentence above the form."""
    problem: str = ""
    """What went wrong with the last act, where it belongs to no field."""
    copy_text: str = ""
    """Not empty: a button "Copy" that copies this text."""
    focus: str = ""
    """The ``field_id`` or ``action_id`` of what has the keyboard focus once this dialog is drawn.

    A field with an error goes first. Empty: a dialog that opens has it where the host thinks best, and one that
    replaces another in place keeps it where it is.
    """


class ShowView(Value):
    """Close every dialog and draw the tab anew."""

    kind: Literal["show_view"] = "show_view"
    select_row_id: str | None = None
    """The row to select and to bring into view.

    Where it is not on the page that is shown, nothing is selected; a host may turn to its page instead.
    """


class ShowDialog(Value):
    """Open a dialog above what is open, or replace the one with its id in place: form, values and all."""

    kind: Literal["show_dialog"] = "show_dialog"
    dialog: Dialog
    """What to open."""


class ShowMessage(Value):
    """Show a message box above what is open."""

    kind: Literal["show_message"] = "show_message"
    message: MessageBox
    """What to say."""


class ShowUsage(Value):
    """Open the host's standard usage dialog."""

    kind: Literal["show_usage"] = "show_usage"
    subject: Subject
    """Whose usages; with an empty ``subject_id`` those of every subject of its kind."""


class Wait(Value):
    """A window that waits for something outside.

    The host sends ``UserAct("continue", wait_id=…)`` when ``capture_tab_changed`` names the id, and at least every
    second; the answer is ``Wait`` again or the next step. The limit runs in the plugin, never on the polling. A wait
    with the id of an open one replaces it in place; any other answer, an error too, closes the waiting window first.
    """

    kind: Literal["wait"] = "wait"
    wait_id: str
    """Sent back when the host asks how it goes on."""
    dialog_id: str | None = None
    """The dialog that began the wait; it stays as it is beneath."""
    title: str
    """What stands above the text."""
    text: str
    """What is waited for, and what the person can do."""
    seconds_left: float
    """Seconds until the limit, at the moment of this answer."""
    seconds_total: float
    """Seconds from the beginning to the limit, for a bar that shows how much is left."""
    address: str = ""
    """An address to open or to copy, for a person whose browser did not open."""
    address_label: str = ""
    """What stands on the link to the address."""
    links: tuple[Link, ...] = ()
    """Where to read on."""
    form: Form = Form(fields=())
    """Fields whose values come with an ``ActionField``'s act, never with "continue"."""
    cancel: Action
    """The button that ends the wait; Esc presses it."""


class Download(Value):
    """Hand a file to the person; everything that is open stays as it is."""

    kind: Literal["download"] = "download"
    file_name: str
    """Without a folder; fit for every file system."""
    media_type: str
    """Such as ``text/csv``; the text is written as UTF-8."""
    text: str
    """What the file holds."""


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
    """Unique among all tabs; stays the same over restarts."""
    title: str
    """What stands in the list of tabs."""
    order: int
    """Tabs with smaller numbers come first."""
    controller: TabController
    """Answers what stands on the tab, and what happens next."""
    badge: str = ""
    """A short text beside the title, such as the number of entries that need attention."""

    @property
    def label(self) -> str:
        """Sorts tabs of the same order."""
        return self.title
