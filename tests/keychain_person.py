"""The one whom gnome-keyring asks for a password, in a desktop session without a desktop."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.keychain_session import KeychainSession

_PROMPTER: Final = "org.gnome.keyring.SystemPrompter"
_CALLBACK: Final = "org.gnome.keyring.internal.Prompter.Callback"


class Person:
    """Sees the window that asks for a password, and does nothing about it until told.

    Args:
        session: Whose window it is.
    """

    def __init__(self, session: KeychainSession) -> None:
        from jeepney import message_bus
        from jeepney.io.blocking import open_dbus_connection

        self.is_asked = threading.Event()
        self._connection = open_dbus_connection(session.address)
        self._connection.send_and_get_reply(message_bus.RequestName(_PROMPTER), timeout=10)
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def close_window(self) -> None:
        """The window goes away: the password was not entered there."""
        self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._connection.close()

    def _watch(self) -> None:
        from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call, new_method_return

        while True:
            try:
                asked = self._connection.receive()
            except (OSError, EOFError):
                return
            if asked.header.message_type is not MessageType.method_call:
                continue
            self._connection.send(new_method_return(asked))
            fields = asked.header.fields
            if fields[HeaderFields.member] == "BeginPrompting":
                back = DBusAddress(asked.body[0], fields[HeaderFields.sender], _CALLBACK)
                self._connection.send(new_method_call(back, "PromptReady", "sa{sv}s", ("", {}, "")))
            elif fields[HeaderFields.member] == "PerformPrompt":
                self.is_asked.set()


@contextmanager
def person_in(session: KeychainSession) -> Iterator[Person]:
    """Somebody sits there, until the end of the block or until the window is closed."""
    person = Person(session)
    try:
        yield person
    finally:
        if person._thread.is_alive():
            person.close_window()
