"""Running the simulator: on both loopback families, in a thread for tests or as the main thing of a process."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sample_host.xero_simulator.addresses import SimulatorAddresses
from sample_host.xero_simulator.consent_driver import ConsentRefused, answer_consent
from sample_host.xero_simulator.control_client import SimulatorControl
from sample_host.xero_simulator.simulated_xero import SimulatedXero
from sample_host.xero_simulator.simulator_app import build_app
from sample_host.xero_simulator.simulator_clock import SimulatorClock
from sample_host.xero_simulator.state_file import StateFile

__all__ = ["ConsentRefused", "PortBusy", "SimulatorServer", "listen", "run_until_stopped"]

_FAMILIES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_EPHEMERAL_ATTEMPTS = 20
_START_SECONDS = 10.0
_GRACE_SECONDS = 1.0
_LOOK_SECONDS = 0.005


class PortBusy(Exception):
    """Another program holds the port on a loopback family."""


class _ResettableProtocol(H11Protocol):
    """Lets a fault reach the TCP connection that its request came by."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, simulator: SimulatedXero, on_ready: Callable[[], None], tick_seconds: float
    ) -> None:
        super().__init__(config)
        self._simulator = simulator
        self._on_ready = on_ready
        self._tick_seconds = tick_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def main_loop(self) -> None:
        # Signal handlers and other threads set the flag, so there is no event to wait for.
        while not self.should_exit:  # noqa: ASYNC110
            await asyncio.sleep(self._tick_seconds)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Not uvicorn's own, which sleeps for a tenth of a second each time: thousands of tests end a simulator.
        # Slow answers end now instead of holding up the end of the process.
        self._simulator.closing.set()
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                # The protocols of uvicorn take themselves off these lists, and tell nobody.
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_SECONDS)
        for task in self.server_state.tasks:
            task.cancel()
        self._simulator.save()


def listen(port: int, host: str = "localhost") -> list[socket.socket]:
    """Listening sockets on every loopback family that exists, all on one port (0: any free one).

    Raises:
        PortBusy: the port is taken on one of them.
        ValueError: the host is no loopback name.
    """
    families = [one for one in _FAMILIES if host in ("localhost", one[1])]
    if not families:
        raise ValueError("The simulator listens on localhost, 127.0.0.1 or ::1 only.")
    for attempt in range(_EPHEMERAL_ATTEMPTS if port == 0 else 1):
        sockets: list[socket.socket] = []
        try:
            for family, address in families:
                chosen = sockets[0].getsockname()[1] if sockets else port
                if one := _bound(family, address, chosen):
                    sockets.append(one)
        except OSError as error:
            for one in sockets:
                one.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            if port == 0 and attempt + 1 < _EPHEMERAL_ATTEMPTS:
                continue
            raise PortBusy(f"Port {port} is in use by another program.") from None
        if sockets:
            return sockets
    raise PortBusy("No free port was found.")


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket | None:
    try:
        one = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return None
    try:
        if os.name == "posix":
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elif hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, port))
        one.listen(128)
    except OSError as error:
        one.close()
        # IPv6 may be switched off on this machine: the family then does not exist.
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return None
        raise
    one.setblocking(False)
    return one


def run_until_stopped(
    simulator: SimulatedXero,
    sockets: list[socket.socket],
    *,
    on_ready: Callable[[], None] = lambda: None,
    tick_seconds: float = 0.1,
    on_server: Callable[[uvicorn.Server], None] = lambda _server: None,
) -> None:
    """Serve until a signal comes (in the main thread) or ``should_exit`` of the announced server is set."""
    config = uvicorn.Config(
        build_app(simulator),
        http=_ResettableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )
    server = _Server(config, simulator, on_ready, tick_seconds)
    on_server(server)
    asyncio.run(server.serve(sockets))


class SimulatorServer:
    """A simulator in a thread of this process; a context manager.

    Args:
        port: 0 takes any free one.
        host: "localhost" (both families), "127.0.0.1" or "::1".
        state_file: where the world is kept; in memory only when None.
        clock: what time it is at Xero.
        entropy: source of random bytes.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "localhost",
        state_file: Path | None = None,
        clock: SimulatorClock | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._wanted_port = port
        self._host = host
        self._state_file = StateFile(state_file) if state_file else None
        self._clock = clock
        self._entropy = entropy
        self._thread: threading.Thread | None = None
        self._server: uvicorn.Server | None = None
        self._addresses: SimulatorAddresses | None = None

    @property
    def origin(self) -> str:
        return self.addresses.issuer

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])

    @property
    def addresses(self) -> SimulatorAddresses:
        if self._addresses is None:
            raise RuntimeError("The simulator has not been started.")
        return self._addresses

    @property
    def is_running(self) -> bool:
        return self._server is not None

    @property
    def control(self) -> SimulatorControl:
        return SimulatorControl(self.origin)

    def start(self) -> None:
        """Begin to answer; returns when the port is open.

        Raises:
            PortBusy: another program holds the port.
            StateFileDamaged: the state file cannot be read.
        """
        sockets = listen(self._wanted_port, self._host)
        name = "localhost" if self._host == "localhost" else f"[{self._host}]" if ":" in self._host else self._host
        origin = f"http://{name}:{sockets[0].getsockname()[1]}"
        try:
            simulator = SimulatedXero.load(
                origin, state_file=self._state_file, clock=self._clock, entropy=self._entropy
            )
        except BaseException:
            for one in sockets:
                one.close()
            raise
        ready = threading.Event()

        def serve() -> None:
            run_until_stopped(simulator, sockets, on_ready=ready.set, tick_seconds=0.01, on_server=self._keep)

        self._thread = threading.Thread(target=serve, name="xero-simulator", daemon=True)
        self._thread.start()
        if not ready.wait(_START_SECONDS):
            raise RuntimeError("The simulator did not start in time.")
        self._addresses = simulator.addresses

    def stop(self) -> None:
        """End it, with everything saved and every socket closed."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = self._thread = None

    def approve(self, authorize_url: str, user: str = "ada", organisation: str | None = None) -> str:
        """Allow access as a person would; answers the address that the browser would be sent to.

        Without an organisation the user's first one is opened, or none where there is none.

        Raises:
            ConsentRefused: Xero shows an error page that never comes back to the callback.
        """
        return answer_consent(authorize_url, user=user, organisation=organisation, allow=True)

    def deny(self, authorize_url: str) -> str:
        """Press Cancel on the consent page; answers the address that the browser would be sent to.

        Raises:
            ConsentRefused: as ``approve``.
        """
        return answer_consent(authorize_url, user=None, organisation=None, allow=False)

    def _keep(self, server: uvicorn.Server) -> None:
        self._server = server

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
