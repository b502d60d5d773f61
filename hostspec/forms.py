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
    address: str


class _Input(Value):
    field_id: str
    label: str
    hint: str = ""
    """What belongs in the field, said before it is typed wrong."""
    error: str = ""
    """What is wrong with the present value and how to mend it; the host moves the focus to the first one."""
    disabled_reason: str = ""
    """Not empty: the field is disabled, and this says why."""
    on_change: str | None = None
    """Act that the host sends, debounced, when the value changes; it answers with the form to draw in place."""
    links: tuple[Link, ...] = ()


class TextField(_Input):
    kind: Literal["text"] = "text"
    value: str = ""
    placeholder: str = ""
    monospace: bool = False
    required: bool = False
    max_length: int = 1000


class NumberField(_Input):
    """A whole number. What cannot be read as one arrives as the text that was typed."""

    kind: Literal["number"] = "number"
    value: int | None = None
    shown: str = ""
    """The text to show instead of ``value``: what was typed and could not be read."""
    minimum: int | None = None
    maximum: int | None = None
    required: bool = False


class ChoiceOption(Value):
    value: str
    label: str
    mark: str = ""
    """A short word beside the label, such as "just approved"."""
    disabled_reason: str = ""


class ChoiceField(_Input):
    """One of several; ``value`` is ``""`` while nothing is chosen."""

    kind: Literal["choice"] = "choice"
    value: str = ""
    options: tuple[ChoiceOption, ...] = ()
    placeholder: str = ""
    required: bool = False


class CheckField(_Input):
    kind: Literal["check"] = "check"
    value: bool = False


class SecretField(_Input):
    """Typed unseen; it arrives as ``SecretStr`` and is never sent back to the page."""

    kind: Literal["secret"] = "secret"
    stored: bool = False
    """Whether a value is kept already: leaving the field empty keeps it."""
    required: bool = False


class ListField(_Input):
    """Several short texts, one a line."""

    kind: Literal["list"] = "list"
    value: tuple[str, ...] = ()
    monospace: bool = False


class FileField(_Input):
    """A text file of the person's; its content arrives as text, ``""`` while none is chosen.

    Hosts refuse what is longer than ``max_bytes`` or no UTF-8 themselves, and say so.
    """

    kind: Literal["file"] = "file"
    accept: tuple[str, ...] = ()
    """Endings of file names, such as ``.json``; empty takes any."""
    max_bytes: int = 1_000_000
    required: bool = False


class TableField(Value):
    """Rows to read, and to tick where ``tickable``; a row's ``repair`` is its button, sent with the ``row_id``."""

    kind: Literal["table"] = "table"
    field_id: str
    label: str
    columns: tuple[Column, ...]
    """None of them is sorted by the host: ``sortable`` is for tabs."""
    rows: tuple[Row, ...]
    tickable: bool = False
    value: tuple[str, ...] = ()
    """The ticked rows' ids; arrives like this where ``tickable``."""
    empty: str = ""
    """Shown where there are no rows."""


class CopyableField(Value):
    """A text to copy exactly as it is."""

    kind: Literal["copyable"] = "copyable"
    field_id: str
    label: str
    value: str
    """``""`` while there is nothing to copy; the hint then says what is missing."""
    hint: str = ""


class Fact(Value):
    """A line of a facts list."""

    label: str
    text: str
    exact: str = ""
    """The precise form, such as the exact time behind a date; hosts show it on demand."""
    monospace: bool = False


class FactsField(Value):
    """Facts to read, in order."""

    kind: Literal["facts"] = "facts"
    field_id: str
    facts: tuple[Fact, ...]


class NoteField(Value):
    """A sentence or two of advice, with links."""

    kind: Literal["note"] = "note"
    text: str
    tone: Tone = Tone.NEUTRAL
    links: tuple[Link, ...] = ()
    copy_texts: tuple[str, ...] = ()
    """Exact texts named by the note, each to be copied."""


class ActionField(Value):
    """A button inside a form, with what stands beside it."""

    kind: Literal["action"] = "action"
    action_id: str
    label: str
    text: str = ""
    primary: bool = False
    disabled_reason: str = ""


class Section(Value):
    """Fields that belong together; ``collapsed`` ones are rarely needed."""

    kind: Literal["section"] = "section"
    section_id: str
    label: str
    fields: "tuple[Field, ...]"
    collapsed: bool = True


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


class Form(Value):
    """Fields, drawn from top to bottom."""

    fields: tuple[Field, ...]


Section.model_rebuild()
Form.model_rebuild()
