"""What is said to people: message boxes they answer, and notifications nobody asked for."""

from hostspec.usages import Subject
from hostspec.value import Remedy, Tone, Value


class MessageButton(Value):
    """A button of a message box; names the act that follows, if any."""

    label: str
    action_id: str | None = None
    """Sent as ``UserAct.action_id``, with the box's ``row_id`` and ``dialog_id``; ``None`` only closes the box."""
    primary: bool = False
    destructive: bool = False


class MessageBox(Value):
    """A message that a person reads and answers, drawn as an alert dialog above everything else."""

    title: str
    text: str
    """One or two sentences; a line break separates paragraphs."""
    tone: Tone = Tone.NEUTRAL
    buttons: tuple[MessageButton, ...] = (MessageButton(label="OK", primary=True),)
    row_id: str | None = None
    dialog_id: str | None = None


class Notification(Value):
    """Something that nobody asked for and somebody should know."""

    notification_id: str
    """The same event keeps the same id, so that a host may show it once."""
    title: str
    text: str
    tone: Tone
    remedy: Remedy = Remedy.NOTHING
    subject: Subject | None = None
