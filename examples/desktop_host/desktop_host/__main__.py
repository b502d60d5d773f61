"""The program: a window with the profiles of this host and every tab that plugins describe."""

import argparse
import sys
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

import hostspec as hs
from desktop_host.host import Host, Profiles
from desktop_host.own_tabs import ProfilesTab
from desktop_host.tab_page import TabPage
from desktop_host.worker import Worker


class MainWindow(QtWidgets.QMainWindow):
    """Shows itself at once; plugins are loaded beside it, and ``pages`` fills when they are there."""

    ended = QtCore.Signal()

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.setWindowTitle("Capture · Configuration")
        self._host, self._worker, self.tabs, self.pages = (
            host,
            Worker(self),
            QtWidgets.QTabWidget(),
            dict[str, TabPage](),
        )
        self._own = hs.Tab(tab_id="profiles", title="Capture Profiles", order=0, controller=ProfilesTab(host))
        self.setCentralWidget(self.tabs)
        self.resize(940, 560)
        host.news.tab_changed.connect(lambda *_: self._refresh())
        host.news.notified.connect(self._say)
        self._worker.ask(host.start, self._started, self._say)

    def _say(self, text: str) -> None:
        self.statusBar().showMessage(text, 30_000)

    def _started(self, problems: str) -> None:
        self._say(problems)
        self._refresh()

    def _refresh(self) -> None:
        self._worker.ask(lambda: (self._own, *self._host.hooks.tabs().items), self._draw, self._say)

    def _draw(self, tabs: tuple[hs.Tab, ...]) -> None:
        for tab in tabs:
            if tab.tab_id not in self.pages:
                self.pages[tab.tab_id] = TabPage(self._host, tab)
                self.tabs.addTab(self.pages[tab.tab_id], tab.title)
            title = f"{tab.title} ({tab.badge})" if tab.badge else tab.title
            self.tabs.setTabText(self.tabs.indexOf(self.pages[tab.tab_id]), title)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802 -- Qt's name
        """Let the plugins end before the program does."""
        self.hide()
        self._worker.ask(self._host.stop, lambda _: self.ended.emit(), self._say)
        event.accept()


def main() -> int:
    options = argparse.ArgumentParser(prog="desktop-host")
    options.add_argument("--data-dir", type=Path, default=Path(".desktop-host"))
    options.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting for plugins")
    given = options.parse_args()
    given.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    profiles = Profiles(given.data_dir / "profiles.json", ("Supplier invoices", "Receipts"))
    application = QtWidgets.QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    host = Host(
        given.data_dir.absolute(),
        profiles,
        {name: value for name, _, value in (one.partition("=") for one in given.set)},
    )
    window = MainWindow(host)
    window.ended.connect(application.quit)
    window.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
