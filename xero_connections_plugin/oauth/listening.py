"""What does a sign-in need of whoever listens for the browser? ``gateways`` performs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Verdict


class PortTaken(Exception):
    """The port cannot be held on every loopback family that this machine has."""


class Listener(Protocol):
    """A port of this machine on which the browser is awaited.

    It closes by itself when the clean page was served after an accepted answer, at most a second after that answer.
    """

    def close(self) -> None:
        """Release the port; it is free when this returns. Any thread, any number of times."""

    def close_soon(self) -> None:
        """Release the port a second from now; whoever comes until then still gets a page. Returns at once."""


class NoListener:
    """A ``Listener`` that nothing comes in by: the address that the browser ends on is pasted."""

    def close(self) -> None:
        """There is nothing to release."""

    def close_soon(self) -> None:
        """There is nothing to release."""


class Listeners(Protocol):
    """Opens listeners."""

    def open(
        self, port: int, *, answer: Callable[[IncomingRequest], Verdict], app_label: str, host_name: str
    ) -> Listener:
        """Hold the port and accept connections before this returns.

        Args:
            port: Held on every loopback family that exists.
            answer: Judges each request; called from any thread, at once when it comes in.
            app_label: Named in the pages: who asked for access.
            host_name: Named in the pages: where the result is shown.

        Raises:
            PortTaken: Another program has it.
        """

    def programs_on(self, ports: Collection[int]) -> tuple[str, ...]:
        """The names of the programs that listen on these ports, as far as this machine tells; in at most a second."""
