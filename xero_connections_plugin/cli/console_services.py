"""What is particular about the console as a host: its browser gets no settings, and it runs no profiles."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hostspec.hosting import SystemBrowser
from xero_connections_plugin.settings import ENVIRONMENT_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hostspec.permissions import Permission
    from hostspec.usages import Subject, Usage
    from hostspec.value import UserId


class DefaultBrowser(SystemBrowser):
    """The default browser, started without the settings of this program."""

    def open(self, address: str) -> bool:
        """Show an address; may block for as long as a text browser runs."""
        # A browser needs none of the settings, and some are secret: the key, or a password of the database.
        ours = {name: value for name, value in os.environ.items() if name.upper().startswith(ENVIRONMENT_PREFIX)}
        for name in ours:
            del os.environ[name]
        try:
            return super().open(address)
        finally:
            os.environ.update(ours)


class NoProfiles:
    """A console runs no capture profiles."""

    def usages(self, kind: str) -> Iterable[Usage]:
        """None."""
        del kind
        return ()

    def watch(self, listener: Callable[[], None]) -> None:
        """There is nothing that could change."""


def whoever_is_here(user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
    """Yes: whoever may read the data folder and the key on this system is the administrator."""
    del user_id, permission, subject
    return True
