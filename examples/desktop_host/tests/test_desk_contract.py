"""The desktop host keeps what every host promises: the suite that comes with the contract, with nothing left out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from desk import cells, end, press, settle, until
from desktop_host.__main__ import MainWindow
from desktop_host.form_view import FileButton, RowList
from desktop_host.host import Host
from desktop_host.tab_page import TabPage, Window
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from hostspec import Subject
from hostspec.testing import HostContract


@dataclass(frozen=True)
class Source:
    """A plugin that is there already; satisfies ``hostspec.PluginSource``."""

    name: str
    plugin: object

    def load(self) -> Callable[[], object]:
        return lambda: self.plugin


def plain(html: str) -> str:
    """What is read in a label or a tip."""
    return QTextDocumentFragment.fromHtml(html).toPlainText()


class PersonAtDesk:
    """Somebody at a tab; satisfies ``hostspec.testing.HostWindow``."""

    def __init__(self, page: TabPage) -> None:
        self._page = page

    @property
    def _top(self) -> TabPage | Window:
        return next(reversed(self._page.windows.values()), self._page)

    def read(self) -> str:
        settle(self._page)
        texts = [text for shown in (self._page, *self._page.windows.values()) for text in self._texts(shown)]
        return "\n".join(texts)

    def press(self, label: str) -> None:
        settle(self._page)
        press(self._top, label)
        settle(self._page)

    def select(self, row: str) -> None:
        settle(self._page)
        lines = list(self._page.table.lines.values())
        self._page.table.setCurrentItem(next(one for one in lines if one.text(0) == row))

    def fill(self, label: str, text: str) -> None:
        settle(self._page)
        match self._field(label):
            case QLineEdit() as line:
                line.setText(text)
                line.textEdited.emit(text)
            case QPlainTextEdit() as area:
                area.setPlainText(text)
            case QComboBox() as box:
                box.setCurrentIndex(box.findText(text))
                box.activated.emit(box.currentIndex())
            case QCheckBox() as tick:
                tick.setChecked(text == "yes")
            case other:
                raise LookupError(f"{label} is a {type(other).__name__}")
        settle(self._page)

    def escape(self) -> None:
        settle(self._page)
        QTest.keyClick(self._top, Qt.Key.Key_Escape)
        settle(self._page)

    def choose_file(self, label: str, text: str) -> None:
        settle(self._page)
        chosen = self._field(label)
        assert isinstance(chosen, FileButton)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "chosen.txt"
            file.write_text(text, "utf-8")
            chosen.take(str(file))
        settle(self._page)

    def search(self, text: str) -> None:
        settle(self._page)
        line = self._page.form.widgets["search"]
        assert isinstance(line, QLineEdit)
        line.setText(text)
        line.textEdited.emit(text)

    def filter(self, label: str) -> None:
        settle(self._page)
        box = self._page.form.widgets["filter_id"]
        assert isinstance(box, QComboBox)
        box.setCurrentIndex(box.findText(label))
        box.activated.emit(box.currentIndex())

    def pass_time(self) -> None:
        loop = QEventLoop()
        QTimer.singleShot(60, loop.quit)
        loop.exec()
        settle(self._page)

    def _field(self, label: str) -> QWidget:
        for widget in self._top.form.widgets.values():
            parent = widget.parentWidget()
            layout = parent.layout() if parent else None
            shown = layout.labelForField(widget) if isinstance(layout, QFormLayout) else None
            if isinstance(shown, QLabel) and plain(shown.text()) == label:
                return widget
        raise LookupError(f"There is no field {label}.")

    def _texts(self, shown: QWidget) -> Iterator[str]:
        yield shown.windowTitle()
        for part in shown.findChildren(QWidget):
            match part:
                case _ if not part.isVisibleTo(shown):
                    continue
                case QLabel():
                    yield plain(part.text())
                case QLineEdit() | QPlainTextEdit():
                    yield part.text() if isinstance(part, QLineEdit) and not part.echoMode().value else ""
                case QAbstractButton():
                    yield part.text()
                    yield plain(part.toolTip())
                case RowList():
                    head = part.headerItem()
                    yield from (head.text(x) for x in range(part.columnCount()))
                    yield from (text for row in cells(part) for text in row)
                case _:
                    continue  # only holds others


class DeskUnderTest:
    """Satisfies ``hostspec.testing.HostUnderTest``."""

    def __init__(self, data_dir: Path, plugins: Mapping[str, object]) -> None:
        self._host = Host(data_dir, {})
        self._window = MainWindow(self._host, [Source(name, plugin) for name, plugin in plugins.items()])
        self._window.show()
        until(lambda: not self._host.questions.unanswered, "the tabs")

    def stop(self) -> None:
        end(self._window)

    def use(self, subject: Subject, profile: str, *, enabled: bool) -> None:
        self._host.profiles.put(profile, subject, enabled=enabled)

    def window(self, tab_id: str) -> PersonAtDesk:
        page = self._window.pages[tab_id]
        self._window.tabs.setCurrentWidget(page)
        return PersonAtDesk(page)


@pytest.mark.usefixtures("application")
class TestDesktopHost(HostContract):
    def start_host(self, data_dir: Path, plugins: Mapping[str, object]) -> DeskUnderTest:
        return DeskUnderTest(data_dir, plugins)
