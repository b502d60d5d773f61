"""What is said to people: message boxes they answer, and notifications nobody asked for."""

from hostspec.usages import Subject
from hostspec.value import Remedy, Tone, Value


class MessageButton(Value):
    """A button of a message box; names the act that follows, if any."""

    label: str
    """What stands on it."""
    action_id: str | None = None
    """Sent as ``UserAct.action_id``, with the box's ``row_id`` and ``dialog_id``; ``None`` only closes the box."""
    primary: bool = False
    """The one that Enter presses."""
    destructive: bool = False
    """Takes something away that is hard to get back."""


class MessageBox(Value):
    """A message that a person reads and answers, drawn as an alert dialog above everything else."""

    title: str
    """What stands above the text."""
    text: str
    """One or two sentences; a line break separates paragraphs."""
    tone: Tone = Tone.NEUTRAL
    """How it is meant."""
    buttons: tuple[MessageButton, ...] = (MessageButton(label="OK", primary=True),)
    """From left to right; Esc presses the one without an act."""
    row_id: str | None = None
    """Sent back with the act of a button."""
    dialog_id: str | None = None
    """Sent back with the act of a button."""
    code: str = ""
    """The code of the error that it tells of, for tools that no person reads; empty where nothing failed."""
    remedy: Remedy = Remedy.NOTHING
    """What a person should do next about that error."""


class Notification(Value):
    """Something that nobody asked for and somebody should know."""

    notification_id: str
    """The same event keeps the same id, so that a host may show it once."""
    title: str
    """What happened, in a few words."""
    text: str
    """What it means, and what to do."""
    tone: Tone
    """How it is meant."""
    remedy: Remedy = Remedy.NOTHING
    """What a person should do next."""
    subject: Subject | None = None
    """What it is about, so that a host can lead there."""
    replaces: tuple[str, ...] = ()
    """Ids of earlier notifications that are over with this one: a host that still shows them takes them down."""
