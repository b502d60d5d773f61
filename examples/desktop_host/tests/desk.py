"""A person at the desktop host: finds widgets by what they say, and waits for windows without holding Qt up."""

import gc
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from desktop_host.__main__ import MainWindow
from desktop_host.form_view import FormView, RowList
from desktop_host.host import Host
from desktop_host.tab_page import TabPage, Window
from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QToolButton,
    QWidget,
)

from hostspec import ChoiceQuery, ConnectionChoice
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer

W = TypeVar("W", bound=QWidget)
PATIENCE = 60_000
"""Milliseconds."""


def until(done: Callable[[], object], what: str = "it") -> None:
    """Let Qt work until something is so."""
    deadline, loop = QDeadlineTimer(PATIENCE), QEventLoop()
    # Wakes the loop up, so that nobody waits for an event that does not come.
    beat = QTimer(interval=20)
    beat.timeout.connect(loop.quit)
    beat.start()
    while not done():
        assert not deadline.hasExpired(), f"{what} did not come"
        loop.exec()


def button(within: QWidget, label: str) -> QAbstractButton:
    found = [one for one in within.findChildren(QAbstractButton) if one.text() == label and one.isVisible()]
    assert found, (label, [one.text() for one in within.findChildren(QAbstractButton) if one.isVisible()])
    return found[0]


def cells(table: RowList) -> list[list[str]]:
    """What stands in a table, row by row."""
    return [[line.text(x) for x in range(table.columnCount())] for line in table.lines.values()]


def can_press(within: QWidget, label: str) -> bool:
    found = [one for one in within.findChildren(QAbstractButton) if one.text() == label and one.isVisible()]
    return bool(found) and found[0].isEnabled()


def press(within: QWidget, label: str) -> None:
    """Press a button once it is there and can be pressed."""
    until(lambda: can_press(within, label), f"the button {label}")
    button(within, label).click()


def settle(page: TabPage) -> None:
    """Let every question be answered, and what came of it appear."""
    until(lambda: not page.questions.unanswered, "an answer")
    QApplication.processEvents()


def end(window: MainWindow) -> None:
    """Close the program, and wait until nothing is left of it."""
    ended: list[bool] = []
    window.ended.connect(lambda: ended.append(True))
    window.close()
    until(lambda: ended, "the end")
    # Widgets are to go here, in the thread of the windows: Python's collector may run in any.
    window.destroyed.connect(lambda: ended.clear())
    window.deleteLater()
    until(lambda: not ended, "the end of the window")
    gc.collect()


class Desk:
    """A running desktop host, and what its person does."""

    def __init__(self, window: MainWindow, host: Host, port: int) -> None:
        self.window, self.host, self._port = window, host, port
        assert isinstance(host.services.browser, SimulatedBrowser)
        self.browser = host.services.browser
        self.window.show()
        until(lambda: "connections" in window.pages, "the Connections tab")
        self.page: TabPage = window.pages["connections"]
        window.tabs.setCurrentWidget(self.page)
        until(lambda: self.page.findChildren(QAbstractButton), "its buttons")

    @property
    def dialog(self) -> Window:
        """The window on top, once there is one."""
        until(lambda: self.page.windows, "a window")
        return list(self.page.windows.values())[-1]

    @property
    def form(self) -> FormView:
        return self.dialog.form

    def message(self, title: str) -> Window:
        until(lambda: title in self.titles, f"the message {title}")
        return list(self.page.windows.values())[self.titles.index(title)]

    @property
    def titles(self) -> list[str]:
        """Of the open windows, the one on top last."""
        return [one.windowTitle() for one in self.page.windows.values()]

    def fill(self, name: str, text: str) -> None:
        line = self.form.widgets[name]
        assert isinstance(line, QLineEdit), name
        line.setText(text)
        line.textEdited.emit(text)

    def choose(self, name: str, label: str) -> None:
        """Choose the option that begins so, once it is there."""

        def place() -> tuple[QComboBox, int] | None:
            box = self.form.widgets.get(name)
            texts = [box.itemText(at) for at in range(box.count())] if isinstance(box, QComboBox) else []
            found = next((at for at, text in enumerate(texts) if text.startswith(label)), None)
            return (box, found) if isinstance(box, QComboBox) and found is not None else None

        until(place, f"the option {label}")
        chosen = place()
        assert chosen is not None
        chosen[0].setCurrentIndex(chosen[1])
        chosen[0].activated.emit(chosen[1])

    def rows(self) -> list[str]:
        return [row[0] for row in cells(self.page.table)]

    def cells_of(self, name: str) -> list[str]:
        """What stands in the row of that name; nothing while there is none."""
        return next((row for row in cells(self.page.table) if row[0] == name), [])

    def select(self, name: str) -> None:
        until(lambda: name in self.rows(), f"the row {name}")
        self.page.table.setCurrentItem(list(self.page.table.lines.values())[self.rows().index(name)])

    def more(self) -> dict[str, QAction]:
        """What stands behind More."""
        until(lambda: can_press(self.page, "More"), "More")
        more = button(self.page, "More")
        assert isinstance(more, QToolButton)
        menu = more.defaultAction().menu()
        assert isinstance(menu, QMenu)
        return {one.text(): one for one in menu.actions()}

    def choice(self, label: str) -> ConnectionChoice:
        """What a step's dropdown says about the connection of that name."""
        return next(one for one in self.host.services.hooks.connection_choices(ChoiceQuery()) if one.label == label)

    def begin(self, name: str) -> None:
        """Fill in a definition that fits the simulated Xero."""
        press(self.page, "Add")
        if "display_name" not in self.form.widgets:
            self.choose("type_id", "Xero")
            press(self.dialog, "Continue")
            until(lambda: "display_name" in self.form.widgets, "the definition")
        self.fill("display_name", name)
        self.fill("client_id", DEMO_CLIENT_ID)
        self.fill("port", str(self._port))
        until(lambda: can_press(self.dialog, "Authorize"), "Authorize")

    def add(self, name: str) -> None:
        """Add a connection to the simulated Xero, from beginning to end."""
        self.begin(name)
        press(self.dialog, "Authorize")
        press(self.message("Connection successful"), "OK")
        self.choose("tenant", "Bakehouse Ltd")
        press(self.dialog, "Save")
        until(lambda: not self.page.windows and name in self.rows(), "the new row")


class SimulatedBrowser:
    """Allows access at the simulated Xero, as the person would."""

    def __init__(self, xero: SimulatorServer) -> None:
        self._xero = xero
        self.is_absent = False
        """Nobody is at the browser."""

    def open(self, address: str) -> bool:
        if self.is_absent:
            return True
        self.visit(self._xero.approve(address, user="ada", organisation="bakehouse"))
        return True

    def visit(self, address: str) -> None:
        try:
            with build_opener(ProxyHandler({})).open(address, timeout=10) as page:
                page.read()
        except HTTPError as refusal:
            refusal.close()


@contextmanager
def desk_at(data_dir: Path) -> Iterator[Desk]:
    """The host with every installed plugin, a simulated Xero, and somebody at the browser."""
    with SimulatorServer() as xero:
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port: int = reserved.getsockname()[1]
        xero.control.add_redirect_uri(DEMO_CLIENT_ID, f"http://localhost:{port}/callback")
        addresses = xero.addresses
        settings = {
            "authorize_url": addresses.authorize_url,
            "token_url": addresses.token_url,
            "revocation_url": addresses.revocation_url,
            "connections_url": addresses.connections_url,
            "api_url": addresses.api_url,
            "issuer": addresses.issuer,
            "jwks_url": addresses.jwks_url,
            "key_file": str(data_dir / "connections.key"),
        }
        host = Host(data_dir, settings, SimulatedBrowser(xero))
        window = MainWindow(host)
        try:
            yield Desk(window, host, port)
        finally:
            end(window)
