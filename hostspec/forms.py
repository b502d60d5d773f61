"""The fields that forms are made of. Hosts draw them; nothing here says how they look."""

from typing import Annotated, Literal

from pydantic import Field as PydanticField
from pydantic import SecretStr

from hostspec.rows import Column, Row
from hostspec.value import Text, Tone, Value

FieldValue = bool | int | Text | tuple[Text, ...] | SecretStr | None
"""What a field may hold; empty fields are ``""``, ``None`` or ``()``."""


class Link(Value):
    """A place to read on or to go to, opened in a new window: an absolute https (or loopback http) address."""

    label: str
    """What is read."""
    address: str
    """Where it leads."""


class _Input(Value):
    field_id: str
    """The name of the value in ``UserAct.values``."""
    label: str
    """What stands above or beside the field."""
    hint: str = ""
    """What belongs in the field, said before it is typed wrong."""
    error: str = ""
    """What is wrong with the present value and how to mend it; the host moves the focus to the first one."""
    disabled_reason: str = ""
    """Not empty: the field is disabled, and this says why."""
    on_change: str | None = None
    """Act that the host sends when the value changes; it answers with the form to draw in place.

    Debounced: about 300 ms after the last key, and at once where something was chosen or ticked. A press of a button
    carries the same values, so a change that is still due is dropped then.
    """
    links: tuple[Link, ...] = ()
    """Where to read on about the field."""


class TextField(_Input):
    """A line of text."""

    kind: Literal["text"] = "text"
    value: str = ""
    """What stands in it."""
    placeholder: str = ""
    """An example, shown while it is empty."""
    monospace: bool = False
    """Whether every character counts, as in an id."""
    required: bool = False
    """Marked as such; whether it is missing is decided by the plugin."""
    max_length: int = 1000
    """Characters; hosts take no more."""


class NumberField(_Input):
    """A whole number. What cannot be read as one arrives as the text that was typed."""

    kind: Literal["number"] = "number"
    value: int | None = None
    """``None`` while it is empty."""
    shown: str = ""
    """The text to show instead of ``value``: what was typed and could not be read."""
    minimum: int | None = None
    """A hint for the widget; what is out of range is refused by the plugin."""
    maximum: int | None = None
    """As ``minimum``."""
    required: bool = False
    """Marked as such."""


class ChoiceOption(Value):
    """One of the values of a ``ChoiceField``."""

    value: str
    """What arrives when it is chosen."""
    label: str
    """What is read."""
    mark: str = ""
    """A short word beside the label, such as "just approved"."""
    disabled_reason: str = ""
    """Not empty: it cannot be chosen, and this says why."""


class ChoiceField(_Input):
    """One of several; ``value`` is ``""`` while nothing is chosen."""

    kind: Literal["choice"] = "choice"
    value: str = ""
    """The ``ChoiceOption.value`` that is chosen."""
    options: tuple[ChoiceOption, ...] = ()
    """In the order in which they are shown."""
    placeholder: str = ""
    """Shown while nothing is chosen."""
    required: bool = False
    """Marked as such."""


class CheckField(_Input):
    """A box to tick."""

    kind: Literal["check"] = "check"
    value: bool = False
    """Whether it is ticked."""


class SecretField(_Input):
    """Typed unseen; it arrives as ``SecretStr`` and is never sent back to the page."""

    kind: Literal["secret"] = "secret"
    stored: bool = False
    """Whether a value is kept already: leaving the field empty keeps it."""
    required: bool = False
    """Marked as such."""


class ListField(_Input):
    """Several short texts, one a line."""

    kind: Literal["list"] = "list"
    value: tuple[str, ...] = ()
    """The lines."""
    monospace: bool = False
    """Whether every character counts."""


class FileField(_Input):
    """A text file of the person's; its content arrives as text, ``""`` while none is chosen.

    Hosts refuse what is longer than ``max_bytes`` or no UTF-8 themselves, and say so.
    """

    kind: Literal["file"] = "file"
    accept: tuple[str, ...] = ()
    """Endings of file names, such as ``.json``; empty takes any."""
    max_bytes: int = 1_000_000
    """Bytes of the file."""
    required: bool = False
    """Marked as such."""


class TableField(Value):
    """Rows to read, and to tick where ``tickable``; a row's ``repair`` is its button, sent with the ``row_id``."""

    kind: Literal["table"] = "table"
    field_id: str
    """The name of the ticked rows in ``UserAct.values``."""
    label: str
    """What the table lists."""
    label_shown: bool = True
    """``False`` where the title above says the same: then only screen readers are told the label."""
    columns: tuple[Column, ...]
    """None of them is sorted by the host: ``sortable`` is for tabs."""
    rows: tuple[Row, ...]
    """All of them; there is no paging inside a form."""
    tickable: bool = False
    """Whether each row has a box to tick."""
    value: tuple[str, ...] = ()
    """The ticked rows' ids; arrives like this where ``tickable``."""
    empty: str = ""
    """Shown where there are no rows."""


class CopyableField(Value):
    """A text to copy exactly as it is."""

    kind: Literal["copyable"] = "copyable"
    field_id: str
    """Names the field within its form."""
    label: str
    """What is to be copied."""
    value: str
    """``""`` while there is nothing to copy; the hint then says what is missing."""
    hint: str = ""
    """What it is for."""


class Fact(Value):
    """A line of a facts list."""

    label: str
    """What it is about."""
    text: str
    """What is so."""
    exact: str = ""
    """The precise form, such as the exact time behind a date; hosts show it on demand."""
    monospace: bool = False
    """Whether every character counts, as in an id."""


class FactsField(Value):
    """Facts to read, in order."""

    kind: Literal["facts"] = "facts"
    field_id: str
    """Names the field within its form."""
    facts: tuple[Fact, ...]
    """From top to bottom."""


class NoteField(Value):
    """A sentence or two of advice, with links."""

    kind: Literal["note"] = "note"
    text: str
    """What is read."""
    tone: Tone = Tone.NEUTRAL
    """How it is meant."""
    links: tuple[Link, ...] = ()
    """Where to read on."""
    copy_texts: tuple[str, ...] = ()
    """Exact texts named by the note, each to be copied."""


class ActionField(Value):
    """A button inside a form, with what stands beside it."""

    kind: Literal["action"] = "action"
    action_id: str
    """Sent as ``UserAct.action_id``, with all values of the dialog."""
    label: str
    """What stands on the button."""
    text: str = ""
    """What stands beside it."""
    primary: bool = False
    """The step that comes next."""
    disabled_reason: str = ""
    """Not empty: disabled, and this says why."""


class Section(Value):
    """Fields that belong together; ``collapsed`` ones are rarely needed."""

    kind: Literal["section"] = "section"
    section_id: str
    """Names the section within its form."""
    label: str
    """What stands above the fields, and opens them."""
    fields: "tuple[Field, ...]"
    """From top to bottom."""
    collapsed: bool = True
    """Whether the fields are folded away at first."""


Field = Annotated[
    TextField
    | NumberField
    | ChoiceField
    | CheckField
    | SecretField
    | ListField
    | FileField
    | TableField
    | CopyableField
    | FactsField
    | NoteField
    | ActionField
    | Section,
    PydanticField(discriminator="kind"),
]
"""Whatever a form may hold."""


class Form(Value):
    """Fields, drawn from top to bottom."""

    fields: tuple[Field, ...]
    """From top to bottom; their ``field_id`` differ."""


Section.model_rebuild()
Form.model_rebuild()
