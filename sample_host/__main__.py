"""The command line: ``sample-host`` starts the host and opens its page."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from sample_host.needed_packages import what_is_missing

if TYPE_CHECKING:
    import socket  # noqa: TID251 -- the type only

    from sample_host.app import SampleHost
    from sample_host.web.frame import Badge

_DESCRIPTION: Final = """\
A small capture host on this machine: profiles, storage, and the tabs of the plugins that are installed.
It answers on loopback only. Ctrl-C ends it; everything that was saved is there at the next start.
"""

_EXAMPLES: Final = """\
examples:
  sample-host --demo                        a simulator of Xero beside it; nothing needs an account
  sample-host --demo --fresh                the same, forgetting what was done before
  sample-host --demo --days-later 50        the same, 50 days after: see sign-ins about to end, and renewed
  sample-host                               the real Xero: add a connection with your own app's client id
  sample-host --port 8001 --no-browser      another port; open the printed address yourself
  sample-host --without xero-connections    as if that plugin were not installed

Settings of plugins come from the environment, such as XERO_CONNECTIONS_DATABASE_URL; see README.
"""

FAILED: Final = 2
_SIMULATOR_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 0.6


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sample-host",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_port, default=8000, help="port of the page (default 8000; 0 takes a free one)")
    parser.add_argument(
        "--simulator-port", type=_port, default=8900, metavar="PORT", help="port of the simulator (default 8900)"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="FOLDER",
        help="where profiles and plugins keep their data (default: a folder of your user; .demo with --demo)",
    )
    parser.add_argument("--demo", action="store_true", help="use a simulator of Xero, started beside this host")
    parser.add_argument("--fresh", action="store_true", help="with --demo: forget what earlier demonstrations kept")
    parser.add_argument(
        "--days-later",
        type=_days,
        default=0,
        metavar="DAYS",
        help="with --demo: as if so many days had passed, here and at the simulated Xero",
    )
    parser.add_argument(
        "--housekeeping",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="time between two rounds of housekeeping (default 60)",
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address of the page")
    parser.add_argument(
        "--without", action="append", default=[], metavar="NAME", help="leave out a plugin (may be repeated)"
    )
    parser.add_argument("--host-name", default="", metavar="NAME", help="what people call this host")
    chosen = parser.parse_args(arguments)
    if chosen.fresh and not chosen.demo:
        parser.error("--fresh works with --demo only, so that no real data is ever thrown away")
    if chosen.days_later and not chosen.demo:
        parser.error("--days-later works with --demo only: the real Xero has the real time")
    if chosen.demo and chosen.port and chosen.port == chosen.simulator_port:
        parser.error("--port and --simulator-port must differ")
    return chosen


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")


def _days(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 3650:
        return int(text)
    raise argparse.ArgumentTypeError("days are a number from 0 to 3650")


def _seconds(text: str) -> float:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 86_400:
        return float(text)
    raise argparse.ArgumentTypeError("seconds are a number from 1 to 86400")


def user_data_dir() -> Path:
    """The folder for this program's data, as each system has it."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "capture-sample-host"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "capture-sample-host"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "capture-sample-host"


class _Ending:
    """Set by Ctrl-C and by the signal that ends programs."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked.set()

    def wait(self) -> None:
        # In slices: on Windows a wait without a limit would keep Ctrl-C out.
        while not self._asked.wait(0.5):
            pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the host until it is asked to end.

    Returns:
        0 after an orderly end, 2 when it could not start.
    """
    chosen = _arguments(arguments)
    if missing := what_is_missing():
        print(missing, file=sys.stderr)
        return FAILED
    ending = _Ending()
    # Imported late, so that --help and typing mistakes are answered at once.
    from hostspec.errors import CaptureError
    from sample_host.loopback_server import PortBusy, listen
    from sample_host.simulator_process import SimulatorFailed

    try:
        sockets = listen(chosen.port)
    except PortBusy as busy:
        print(f"{busy} Choose another one for the page with --port.", file=sys.stderr)
        return FAILED
    try:
        if not chosen.demo:
            return _run(chosen, chosen.data_dir or user_data_dir(), sockets, ending)
        return _demonstrate(chosen, sockets, ending)
    except SimulatorFailed:
        print("The simulator of Xero did not start, so the demonstration ended.", file=sys.stderr)
        return FAILED
    except CaptureError as problem:
        print(problem, file=sys.stderr)
        return FAILED
    except OSError as problem:
        print(f"The host could not start: {problem.strerror or type(problem).__name__}.", file=sys.stderr)
        return FAILED
    finally:
        for one in sockets:
            one.close()


def _demonstrate(chosen: argparse.Namespace, sockets: list[socket.socket], ending: _Ending) -> int:
    from sample_host.loopback_server import PortBusy, listen
    from sample_host.simulator_process import SimulatorProcess

    data_dir: Path = chosen.data_dir or Path(".demo")
    try:
        # Only tried, so that the message names the option of this program; the simulator binds it itself.
        for one in listen(chosen.simulator_port):
            one.close()
    except PortBusy as busy:
        print(f"{busy} Choose another one for the simulator with --simulator-port.", file=sys.stderr)
        return FAILED
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if chosen.fresh:
        _forget(data_dir)
    state_file = data_dir / "simulator.json"
    with SimulatorProcess(chosen.simulator_port, state_file, chosen.days_later) as simulator:
        from sample_host.demo_wiring import demo_badge, demo_hints, demo_settings

        def ready() -> None:
            simulator.wait_until_ready(_SIMULATOR_SECONDS)
            print(demo_hints(chosen.simulator_port), flush=True)

        port = chosen.simulator_port
        return _run(chosen, data_dir, sockets, ending, demo_settings(data_dir, port), demo_badge(data_dir, port), ready)


def _run(
    chosen: argparse.Namespace,
    data_dir: Path,
    sockets: list[socket.socket],
    ending: _Ending,
    settings: Mapping[str, str] | None = None,
    badge: Badge | None = None,
    ready: Callable[[], None] | None = None,
) -> int:
    from hostspec.hosting import SystemClock
    from sample_host.app import HostOptions, SampleHost
    from sample_host.loopback_server import LoopbackServer
    from sample_host.web.web_app import make_web_app

    host = SampleHost(
        HostOptions(
            data_dir=data_dir,
            host_name=chosen.host_name or "Capture sample host",
            settings=settings or {},
            without=tuple(chosen.without),
            maintain_every=chosen.housekeeping,
        ),
        SystemClock(timedelta(days=chosen.days_later)),
    )
    host.start()
    port = sockets[0].getsockname()[1]
    address = f"http://localhost:{port}/"
    try:
        with LoopbackServer(make_web_app(host, port, badge), sockets):
            print(f"Capture is ready at {address}  (Ctrl-C ends it)", flush=True)
            for notice in host.notices:
                print(f"  Note: {notice}", flush=True)
            if ready is not None:
                ready()
            if not chosen.no_browser:
                # A browser that runs in the terminal blocks for as long as it is open.
                threading.Thread(target=_show, args=(host, address), name="browser", daemon=True).start()
            ending.wait()
    finally:
        host.stop(_STOP_SECONDS)
    return 0


def _show(host: SampleHost, address: str) -> None:
    with contextlib.suppress(Exception):
        host.services.browser.open(address)


def _forget(data_dir: Path) -> None:
    """Remove what earlier demonstrations kept; a folder that no demonstration used is left as it is."""
    import shutil

    if not (data_dir / "simulator.json").exists() and not (data_dir / "host.sqlite3").exists():
        return
    shutil.rmtree(data_dir)
    data_dir.mkdir(parents=True, mode=0o700)


if __name__ == "__main__":
    sys.exit(main())
