"""The program: a window with every tab that plugins describe, and a menu that says what its profiles use."""

import argparse
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

import hostspec as hs
from desktop_host.host import Host, Profiles
from desktop_host.tab_page import TabPage
from desktop_host.worker import Worker


class MainWindow(QtWidgets.QMainWindow):
    """Shows itself at once; plugins are loaded beside it, and ``pages`` fills when they are there."""

    ended = QtCore.Signal()

    def __init__(self, host: Host, sources: Iterable[hs.PluginSource] | None = None) -> None:
        super().__init__()
        self.setWindowTitle("Capture · Configuration")
        host.setParent(self)
        self._host, self.worker, self.tabs = host, Worker(self), QtWidgets.QTabWidget()
        self.pages: dict[str, TabPage] = {}
        self.setCentralWidget(self.tabs)
        self.resize(940, 560)
        self._say = partial(self.statusBar().showMessage, timeout=30_000)
        host.tab_changed.connect(lambda *_: self.worker.ask(host.hooks.tabs, self._draw, self._say))
        host.notified.connect(self._say)
        menu = self.menuBar().addMenu("Profiles")
        self.profiles = {name: menu.addMenu(name) for name in host.profiles.chosen}
        for name, offered in self.profiles.items():
            offered.aboutToShow.connect(partial(self.offer, name))
        self.worker.ask(partial(host.start, sources), self._started, self._say)

    def _started(self, problems: str) -> None:
        self._say(problems)
        self._host.tab_changed.emit("", None)

    def _draw(self, tabs: hs.Answers[hs.Tab]) -> None:
        for tab in tabs:
            if tab.tab_id not in self.pages:
                self.pages[tab.tab_id] = TabPage(self._host, tab)
                self.tabs.addTab(self.pages[tab.tab_id], tab.title)
            title = f"{tab.title} ({tab.badge})" if tab.badge else tab.title
            self.tabs.setTabText(self.tabs.indexOf(self.pages[tab.tab_id]), title)

    def offer(self, profile: str) -> None:
        """Ask which connections a profile could post through, and put them into its menu."""
        chosen = self._host.profiles.chosen[profile]
        query = hs.ChoiceQuery(selected_id=hs.ConnectionId(chosen) if chosen else None)
        self.worker.ask(partial(self._host.hooks.connection_choices, query), partial(self._fill, profile), self._say)

    def _fill(self, profile: str, choices: hs.Answers[hs.ConnectionChoice]) -> None:
        self.profiles[profile].clear()
        runs = self.profiles[profile].addAction("Enabled")
        runs.setCheckable(True)
        runs.setChecked(profile not in self._host.profiles.resting)
        runs.toggled.connect(lambda on: self._change(partial(self._host.profiles.enable, profile, on)))
        self.profiles[profile].addSection("Posts through")
        for one in choices:
            used = partial(self._host.profiles.choose, profile, one.connection_id)
            act = self.profiles[profile].addAction(one.label, partial(self._change, used))
            act.setCheckable(True)
            act.setChecked(one.connection_id == self._host.profiles.chosen[profile])
            act.setEnabled(one.selectable)

    def _change(self, change: Callable[[], None]) -> None:
        self.worker.ask(change, lambda _: self._host.tab_changed.emit("connections", None), self._say)

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:  # noqa: N802 -- Qt's name
        """Let the plugins end before the program does."""
        self.worker.ask(self._host.stop, lambda _: self.ended.emit(), self._say)
        super().closeEvent(event)


def main() -> int:
    options = argparse.ArgumentParser(prog="desktop-host")
    options.add_argument("--data-dir", type=Path, default=Path(".desktop-host"))
    options.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting for plugins")
    given = options.parse_args()
    given.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    profiles = Profiles(given.data_dir / "profiles.json", ("Supplier invoices", "Receipts"))
    application = QtWidgets.QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    settings = dict(one.partition("=")[::2] for one in given.set)
    window = MainWindow(Host(given.data_dir.absolute(), profiles, settings))
    window.ended.connect(application.quit)
    window.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
