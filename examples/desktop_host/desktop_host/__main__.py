"""The program: a window with every tab that plugins describe."""

import argparse
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

import hostspec as hs
from desktop_host.form_view import plain
from desktop_host.host import Host
from desktop_host.tab_page import TabPage


class MainWindow(QtWidgets.QMainWindow):
    """Shows itself at once; plugins are loaded beside it, and ``pages`` fills when they are there."""

    ended = QtCore.Signal()

    def __init__(self, host: Host, sources: Iterable[hs.PluginSource] | None = None) -> None:
        super().__init__()
        self.setWindowTitle("Capture · Configuration")
        host.setParent(self)
        self._host, self.tabs, self.pages = host, QtWidgets.QTabWidget(), dict[str, TabPage]()
        self.setCentralWidget(self.tabs)
        self.resize(940, 560)
        self._say = partial(self.statusBar().showMessage, timeout=30_000)
        host.tab_changed.connect(lambda *_: host.questions.ask(host.services.hooks.tabs, self._draw, self._say))
        host.notified.connect(self._say)
        host.questions.ask(partial(host.plugins.start, host.services, sources), self._started, self._say)

    def _started(self, problems: tuple[str, ...]) -> None:
        self._say(" ".join(problems))
        self._host.tab_changed.emit("", None)

    def _draw(self, tabs: hs.Answers[hs.Tab]) -> None:
        for tab in tabs:
            if tab.tab_id not in self.pages:
                self.pages[tab.tab_id] = TabPage(self._host, tab)
                self.tabs.addTab(self.pages[tab.tab_id], "")
            title = f"{tab.title} ({tab.badge})" if tab.badge else tab.title
            self.tabs.setTabText(self.tabs.indexOf(self.pages[tab.tab_id]), plain(title))

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802 -- Qt's name
        """Let the plugins end before the program does."""
        stop = partial(self._host.plugins.stop, self._host.services)
        self._host.questions.ask(stop, lambda _: self.ended.emit(), self._say)
        self._host.questions.end()
        super().closeEvent(event)


def main() -> int:
    options = argparse.ArgumentParser(prog="desktop-host")
    options.add_argument("--data-dir", type=Path, default=Path(".desktop-host"))
    options.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting for plugins")
    given = options.parse_args()
    given.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    application = QtWidgets.QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    window = MainWindow(Host(given.data_dir.absolute(), dict(one.partition("=")[::2] for one in given.set)))
    window.ended.connect(application.quit)
    window.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
