"""How does a process that signs nobody in start without the web server that awaits the browser?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_connections_plugin.wiring.made_once import MadeOnce

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from xero_connections_plugin.gateways.sign_in.callback_server import LoopbackListener, LoopbackListeners
    from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Verdict


class LateListeners:
    """The ``LoopbackListeners``, imported when the first port is opened.

    Args:
        monotonic: Seconds that only go forward.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        def make() -> LoopbackListeners:
            from xero_connections_plugin.gateways.sign_in.callback_server import LoopbackListeners

            return LoopbackListeners(monotonic)

        self._listeners = MadeOnce(make)

    def open(
        self, port: int, *, answer: Callable[[IncomingRequest], Verdict], app_label: str, host_name: str
    ) -> LoopbackListener:
        return self._listeners().open(port, answer=answer, app_label=app_label, host_name=host_name)

    def programs_on(self, ports: Collection[int]) -> tuple[str, ...]:
        return self._listeners().programs_on(ports)
