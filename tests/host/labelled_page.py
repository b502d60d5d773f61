"""A person at a page of the sample host: reads, presses and types by labels, and does what the page's script does."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from tests.host.page_client import PageClient

if TYPE_CHECKING:
    from sample_host.app import SampleHost

VOID: Final = {"input", "br", "img", "meta", "link", "hr", "wbr"}


class ReadPage(HTMLParser):
    """What stands in a piece of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.buttons: dict[str, str] = {}
        self.rows: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        self.options: dict[str, str] = {}
        self.values: dict[str, object] = {}
        self.on_change: dict[str, str] = {}
        self.escape = ""
        self._labels: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._select = ""
        self.feed(html)
        self.fields = {self._labels[one]: field for one, field in self._ids.items() if one in self._labels}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        here = dict(attrs)
        self.escape = here.get("data-escape") or self.escape
        field = here.get("data-field")
        if field:
            self._ids[here.get("id") or ""] = field
            if act := here.get("data-on-change"):
                self.on_change[field] = act
            ticked = "checked" in here
            self.values[field] = ticked if here.get("type") == "checkbox" else here.get("value") or ""
        if tag == "select":
            self._select = field or ""
        if tag == "option" and "selected" in here:
            self.values[self._select] = here.get("value") or ""
        if tag not in VOID:
            self._open.append((tag, here))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text:
            return
        self.texts.append(text)
        for tag, here in self._open:
            match tag:
                case "label":
                    self._labels.setdefault(here.get("for") or "", text)
                case "button" if here.get("data-act") is not None:
                    self.buttons.setdefault(text, here["data-act"] or "")
                case "tr" if here.get("data-row"):
                    self.rows.setdefault(text, here["data-row"] or "")
                case "option":
                    self.options[text] = here.get("value") or ""
                case "textarea":
                    self.values[here.get("data-field") or ""] = data
                case _:
                    pass


class LabelledPage:
    """Satisfies ``hostspec.testing.host_subject.HostWindow``."""

    def __init__(self, host: SampleHost, tab_id: str) -> None:
        self._page = PageClient(host)
        self._tab_id = tab_id
        self._row: str | None = None
        self._typed: dict[str, object] = {}
        self._files: dict[str, object] = {}
        self._page.open(f"/tabs/{tab_id}")

    def read(self) -> str:
        """All texts, one a line."""
        pieces = [self._beneath(), *(str(layer["html"]) for layer in self._page.layers)]
        return "\n".join(text for piece in pieces for text in ReadPage(piece).texts)

    def press(self, label: str) -> None:
        """Press a button of the topmost layer, or of the tab."""
        if self._page.layers:
            shown = ReadPage(self._page.top)
            self._page.press(shown.buttons[label], {**shown.values, **self._typed, **self._files})
        else:
            self._page.act(ReadPage(self._beneath()).buttons[label], tab=self._tab_id, row=self._row)
        self._typed = {}

    def select(self, row: str) -> None:
        """Click a row."""
        self._row = ReadPage(self._beneath()).rows[row]

    def fill(self, label: str, text: str) -> None:
        """Type into a field, or choose, or tick."""
        shown = ReadPage(self._page.top)
        field = shown.fields[label]
        ticked = isinstance(shown.values[field], bool)
        self._typed[field] = text == "yes" if ticked else shown.options.get(text, text)
        if act := shown.on_change.get(field):
            # What the answer draws holds what was sent.
            self._page.press(act, {**shown.values, **self._typed, **self._files})
            self._typed = {}

    def escape(self) -> None:
        """The page's script sends what the layer says."""
        shown = ReadPage(self._page.top)
        self._page.press(shown.escape, {**shown.values, **self._typed})
        self._typed = {}

    def choose_file(self, label: str, text: str) -> None:
        """The page's script reads the file, and sends its text also after the form was drawn anew."""
        self._files[ReadPage(self._page.top).fields[label]] = text

    def pass_time(self) -> None:
        """The page's script asks every second how a wait goes on."""
        if self._page.layers and 'class="layer wait' in self._page.top:
            self._page.press("continue")

    def _beneath(self) -> str:
        return self._page.http.get(f"/tabs/{self._tab_id}/body").text
