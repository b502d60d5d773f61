"""What does this host give to plugins, and what does it hear from them?"""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6 import QtCore

import hostspec as hs
from hostspec import hosting

OWNER = hs.UserId("owner")
READING = (hs.Permission.VIEW, hs.Permission.USE)


class Host(QtCore.QObject):
    """A host with its services. All its signals are emitted in the thread of the windows."""

    tab_changed = QtCore.Signal(str, object)
    notified = QtCore.Signal(str)
    _handed_over = QtCore.Signal(object)

    def __init__(self, data_dir: Path, settings: Mapping[str, str], browser: hs.Browser | None = None) -> None:
        super().__init__()
        self._handed_over.connect(self._do)
        self.questions = hosting.AskedBeside(self._handed_over.emit)
        self.profiles = hosting.UsageFile(data_dir / "profiles.json", step="Migration")
        self.plugins = hosting.PluginLife(profiles=self.profiles, windows=self)
        self.services = hosting.ReadyServices(
            host_id=self.profiles.host_id,
            host_name="Desktop host",
            data_dir=data_dir,
            settings=settings,
            profiles=self.profiles,
            hooks=self.plugins.hooks,
            allows=self.may,
            browser=browser or hosting.SystemBrowser(),
        )

    def may(self, user_id: hs.UserId, permission: hs.Permission, subject: hs.Subject | None) -> bool:
        return user_id == OWNER or (user_id == hs.SERVICE_USER and permission in READING)

    @QtCore.Slot(object)
    def _do(self, call: Callable[[], None]) -> None:
        call()

    @hs.hookimpl
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        self._handed_over.emit(lambda: self.tab_changed.emit(tab_id, wait_id))

    @hs.hookimpl
    def capture_notify(self, notification: hs.Notification) -> None:
        self._handed_over.emit(lambda: self.notified.emit(f"{notification.title}: {notification.text}"))
