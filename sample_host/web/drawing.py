"""From descriptions to HTML. Every text is escaped by the template engine; only its own output is taken as safe."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, assert_never
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import JsonValue

from hostspec.forms import (
    ActionField,
    CheckField,
    ChoiceField,
    CopyableField,
    FactsField,
    Field,
    FileField,
    Form,
    ListField,
    NoteField,
    NumberField,
    SecretField,
    Section,
    TableField,
    TextField,
)
from hostspec.messages import MessageBox
from hostspec.rows import Row
from hostspec.ui import View
from hostspec.usages import Subject
from hostspec.value import Remedy, Tone
from sample_host.web.field_values import tables
from sample_host.web.window_stack import DialogLayer, Layer, MessageLayer, Placed, Stack, UsageLayer, WaitLayer

WIDE_COLUMNS: Final = 5
"""Tables of more columns get the widest dialog."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Drawing:
    """The templates, loaded once."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters.update(
            href=safe_address, lines=lines, tone_name=tone_name, clock=clock_text, moment=moment_text, place=place_of
        )
        self._templates.globals.update(
            advice=advice,
            field_kind=field_kind,
            escape_button=escape_button,
            dialog_width=dialog_width,
            row_tone=row_tone,
        )

    def html(self, template: str, **values: object) -> str:
        """A template with values."""
        return self._templates.get_template(template).render(**values)

    def view(self, view: View) -> str:
        """What stands on a tab."""
        return self.html("view.html", view=view)

    def layers(self, stack: Stack) -> list[JsonValue]:
        """Every open layer, for the page to bring itself in line with."""
        return [self._layer(stack, placed) for placed in stack.placed]

    def _layer(self, stack: Stack, placed: Placed) -> JsonValue:
        drawn: dict[str, JsonValue] = {
            "key": placed.key,
            "version": placed.version,
            "html": self.html(template_of(placed.layer), key=placed.key, layer=placed.layer),
        }
        match placed.layer:
            case WaitLayer(wait=wait):
                drawn["secondsLeft"] = wait.seconds_left
            case MessageLayer(tab_id=tab_id, box=box):
                drawn["pageTitle"] = box.title
                dialog = stack.dialog(tab_id, box.dialog_id) if box.dialog_id is not None else None
                drawn["valuesFrom"] = None if dialog is None else dialog.key
            case DialogLayer() | UsageLayer():
                pass
            case _:
                assert_never(placed.layer)
        return drawn


def template_of(layer: Layer) -> str:
    """The template that draws a layer."""
    match layer:
        case DialogLayer():
            return "dialog.html"
        case MessageLayer():
            return "message.html"
        case WaitLayer():
            return "wait.html"
        case UsageLayer():
            return "usage.html"
        case _:
            assert_never(layer)


def field_kind(field: Field) -> str:
    """The template's word for a kind of field."""
    match field:
        case (
            TextField()
            | NumberField()
            | ChoiceField()
            | CheckField()
            | SecretField()
            | ListField()
            | FileField()
            | TableField()
            | CopyableField()
            | FactsField()
            | NoteField()
            | ActionField()
            | Section()
        ):
            return field.kind
        case _:
            assert_never(field)


def dialog_width(form: Form) -> str:
    """The style of a dialog: with tables it is wider."""
    columns = max((len(table.columns) for table in tables(form)), default=0)
    return "widest" if columns > WIDE_COLUMNS else "wide" if columns else ""


def row_tone(row: Row) -> Tone:
    """How a row's problem is meant: as the row's own state says, and as a warning where that says nothing of it."""
    tones = [cell.tone for cell in row.cells if cell.tone not in (None, Tone.GOOD)]
    return tones[0] or Tone.WARNING if tones else Tone.WARNING


def escape_button(box: MessageBox) -> int:
    """The place of the button that Esc presses: one that only closes the box, or the only one; -1: none."""
    for place, button in enumerate(box.buttons):
        if button.action_id is None:
            return place
    return 0 if len(box.buttons) == 1 else -1


def safe_address(address: str) -> str:
    """An address that may stand in a link: https, or http on this machine. Anything else becomes empty."""
    try:
        parts = urlsplit(address)
        local = parts.hostname in _LOOPBACK
    except ValueError:
        return ""
    return address if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and local)) else ""


def lines(text: str) -> list[str]:
    """The paragraphs of a text."""
    return [line for line in (part.strip() for part in text.splitlines()) if line] or [""]


def clock_text(seconds: float) -> str:
    """Minutes and seconds, as on a kitchen timer."""
    left = max(0, round(seconds))
    return f"{left // 60}:{left % 60:02d}"


def moment_text(moment: datetime) -> str:
    """A time as people write it."""
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def place_of(subject: Subject) -> str:
    """The address that leads to the tab of a subject."""
    return f"/subjects/{quote(subject.kind, safe='')}/{quote(subject.subject_id, safe='')}"


def tone_name(tone: Tone) -> str:
    """What a shape says to somebody who cannot see it."""
    match tone:
        case Tone.NEUTRAL:
            return "Note"
        case Tone.GOOD:
            return "Good"
        case Tone.WAITING:
            return "Waiting"
        case Tone.WARNING:
            return "Attention"
        case Tone.BAD:
            return "Problem"
        case _:
            assert_never(tone)


def advice(remedy: Remedy) -> str:
    """What else can be done, in one sentence; empty where the problem's own text says all."""
    match remedy:
        case Remedy.NOTHING | Remedy.RETRY_LATER:
            return ""
        case Remedy.SIGN_IN_AGAIN:
            return "Or choose another connection for this step."
        case Remedy.CHOOSE_ANOTHER:
            return "Choose another connection for this step."
        case Remedy.FIX_SETTINGS:
            return "Mend the settings named above, then try again."
        case Remedy.TELL_SUPPORT:
            return "Tell support; the log names the place."
        case _:
            assert_never(remedy)
