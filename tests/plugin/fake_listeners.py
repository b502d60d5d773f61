"""Ports and a browser in memory."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Page, Verdict
from xero_connections_plugin.oauth.listening import PortTaken


@dataclass
class FakeListener:
    """One held port; lingers after an accepted answer until its clean page or ``expire``."""

    owner: "FakeListeners"
    port: int
    answer: Callable[[IncomingRequest], Verdict]
    app_label: str
    host_name: str

    def close(self) -> None:
        self.owner.released(self)

    def close_soon(self) -> None:
        """It lingers until ``expire``."""

    def expire(self) -> None:
        """Let the second pass for which the port outlives its answer, or the end of the wait."""
        self.close()


class FakeListeners:
    """Satisfies ``Listeners``; ports in ``taken`` belong to other programs, whose names are in ``programs``."""

    def __init__(self) -> None:
        self.taken: set[int] = set()
        self.programs: tuple[str, ...] = ()
        self.opened: list[int] = []
        """Every port that was held, in order."""
        self._open: dict[int, FakeListener] = {}
        self._changed = threading.Condition()

    def open(
        self, port: int, *, answer: Callable[[IncomingRequest], Verdict], app_label: str, host_name: str
    ) -> FakeListener:
        with self._changed:
            if port in self.taken or port in self._open:
                raise PortTaken
            listener = FakeListener(self, port, answer, app_label, host_name)
            self._open[port] = listener
            self.opened.append(port)
            return listener

    def programs_on(self, ports: Collection[int]) -> tuple[str, ...]:
        return self.programs if self.taken & set(ports) else ()

    def released(self, listener: FakeListener) -> None:
        with self._changed:
            if self._open.get(listener.port) is listener:
                del self._open[listener.port]
                self._changed.notify_all()

    def held(self) -> dict[int, FakeListener]:
        """What listens now."""
        with self._changed:
            return dict(self._open)

    def wait_until_free(self, port: int, patience: float = 10.0) -> bool:
        """Wait at most that long (real seconds); whether nobody listens there."""
        with self._changed:
            return self._changed.wait_for(lambda: port not in self._open, patience)

    def visit(self, address: str, method: str = "GET") -> Verdict:
        """What a browser gets for an address of the held port; follows no redirect.

        Raises:
            ConnectionRefusedError: Nobody listens there.
        """
        parts = urlsplit(address)
        listener = self.held().get(parts.port or 80)
        if listener is None:
            raise ConnectionRefusedError
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        verdict = listener.answer(IncomingRequest(method, target, (parts.netloc,)))
        if verdict.status == 200 and verdict.page in {Page.RECEIVED, Page.DENIED, Page.FAILED}:
            listener.close()
        return verdict

    def browse(self, address: str) -> Verdict:
        """As ``visit``, and on to the clean page."""
        verdict = self.visit(address)
        if verdict.location is None:
            return verdict
        parts = urlsplit(address)
        return self.visit(f"{parts.scheme}://{parts.netloc}{verdict.location}")
