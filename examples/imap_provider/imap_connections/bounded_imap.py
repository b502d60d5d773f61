"""How long may a mail server keep us? imaplib limits each read; a server that drips or chatters passes every one."""

from __future__ import annotations

import imaplib
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from hostspec import Value

if TYPE_CHECKING:
    import ssl

PORT: Final = 143
"""Where imaplib looks for a server when no port is named."""


class Patience(Value):
    """How long to wait."""

    answer: float = 10.0
    """Seconds for each answer of the server, and for taking leave."""
    sign_in: float = 40.0
    """Seconds from the greeting until somebody is signed in."""


class TooSlow(TimeoutError):
    """The server kept talking, and did not come to an end."""


class BoundedImap(imaplib.IMAP4):
    """Ends a conversation whose sign-in, or whose farewell, takes too long as a whole.

    Attributes:
        patience: How long it waits.
    """

    _end: threading.Timer | None = None
    _is_over = False

    def __init__(self, host: str, port: int, patience: Patience) -> None:
        self.patience = patience
        super().__init__(host, port, timeout=patience.answer)

    def open(self, host: str = "", port: int | None = PORT, timeout: float | None = None) -> None:
        super().open(host, port or PORT, timeout)
        self._begin(self.patience.sign_in)

    def lift_limit(self) -> None:
        """The sign-in is done: from here on only each read is limited."""
        if self._end is not None:
            self._end.cancel()
            self._end.join()
            self._end = None

    def readline(self) -> bytes:
        try:
            line = super().readline()
        except (OSError, ValueError):
            if self._is_over:
                raise TooSlow from None
            raise
        if self._is_over:
            raise TooSlow
        return line

    def logout(self) -> tuple[str, Any]:
        self._begin(self.patience.answer)
        return super().logout()

    def shutdown(self) -> None:
        self.lift_limit()
        super().shutdown()

    def _begin(self, seconds: float) -> None:
        self.lift_limit()
        self._end = threading.Timer(seconds, self._break_off)
        self._end.daemon = True
        self._end.start()

    def _break_off(self) -> None:
        self._is_over = True
        with suppress(OSError):
            # Wakes whoever reads in another thread.
            self.sock.shutdown(socket.SHUT_RDWR)


class BoundedTls(BoundedImap, imaplib.IMAP4_SSL):
    """The same, encrypted from the first byte."""

    def __init__(self, host: str, port: int, trust: ssl.SSLContext, patience: Patience) -> None:
        self.patience = patience
        imaplib.IMAP4_SSL.__init__(self, host, port, ssl_context=trust, timeout=patience.answer)
