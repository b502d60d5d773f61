"""A private desktop session without a desktop: a D-Bus of its own, with a gnome-keyring on it."""

import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

_PASSWORD: Final = b"for tests"
"""Of the login keyring that is made here and now; it protects nothing."""

_UNLOCK: Final = 1
"""The operation of gnome-keyring's control socket, as its PAM module uses it."""

_SESSION_VARIABLES = ("DBUS_", "GNOME_", "XDG_", "SSH_AUTH_SOCK", "DISPLAY", "WAYLAND_DISPLAY", "PYTHON_KEYRING_")
# No service folders: nothing may be started behind the test's back, no prompter and no second keyring.
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def environment_in(folder: Path, outside: Mapping[str, str]) -> dict[str, str]:
    """Returns an environment whose home and runtime folders lie in `folder` and that knows of no D-Bus."""
    environment = {name: value for name, value in outside.items() if not name.startswith(_SESSION_VARIABLES)}
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, parents=True)
    for name, place in {"HOME": "home", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config"}.items():
        (folder / place).mkdir()
        environment[name] = str(folder / place)
    environment["XDG_CACHE_HOME"] = str(folder / "cache")
    environment["XDG_RUNTIME_DIR"] = str(runtime)
    # A socket that is not there: without it libraries would look for the machine's own session.
    environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={runtime / 'bus'}"
    return environment


class KeychainSession:
    """A session with a gnome-keyring.

    Args:
        environment: For programs of the session.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    @property
    def address(self) -> str:
        """Of the D-Bus."""
        return self.environment["DBUS_SESSION_BUS_ADDRESS"]

    def lock(self) -> None:
        """Locks the login keyring, as a screen saver does."""
        from jeepney import DBusAddress, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        service = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets", "org.freedesktop.Secret.Service")
        with open_dbus_connection(self.address) as connection:
            call = new_method_call(service, "Lock", "ao", (["/org/freedesktop/secrets/collection/login"],))
            connection.send_and_get_reply(call, timeout=10)

    def unlock(self) -> None:
        """Unlocks it with its password, as signing in to the desktop does."""
        control = Path(self.environment["XDG_RUNTIME_DIR"]) / "keyring" / "control"
        request = struct.pack(">II", _UNLOCK, len(_PASSWORD)) + _PASSWORD
        with closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(10)
            connection.connect(str(control))
            connection.sendall(b"\0")
            connection.sendall(struct.pack(">I", len(request) + 4) + request)
            if connection.recv(8) != struct.pack(">II", 8, 0):
                raise RuntimeError("gnome-keyring refused to unlock")


@contextmanager
def keychain_session() -> Iterator[dict[str, str]]:
    """Runs a D-Bus daemon and an unlocked gnome-keyring, and yields the environment for programs to use them."""
    with private_session() as session:
        yield session.environment


@contextmanager
def private_session(*, has_collection: bool = True) -> Iterator[KeychainSession]:
    """Runs a D-Bus daemon and a gnome-keyring, unlocked if it has a collection.

    Both programs are gone afterwards, and so is the temporary folder with everything they kept.
    """
    with ExitStack() as stack:
        # Not below tmp_path: a socket's path must stay under 108 bytes.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keychain-", ignore_cleanup_errors=True)))
        environment = environment_in(folder, os.environ)
        socket = folder / "run" / "bus"
        configuration = folder / "bus.conf"
        configuration.write_text(_BUS.format(socket=socket))
        log = stack.enter_context((folder / "log").open("wb"))
        bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address=1"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        stack.callback(_stop, bus)
        assert bus.stdout is not None
        # The address is printed once the socket listens.
        if not bus.stdout.readline():
            raise RuntimeError(f"dbus-daemon did not start: {(folder / 'log').read_text()}")
        _start_keyring(stack, environment, folder / "run" / "keyring", unlock=has_collection)
        yield KeychainSession(environment)


def _start_keyring(stack: ExitStack, environment: dict[str, str], control: Path, *, unlock: bool) -> None:
    from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    connection = stack.enter_context(open_dbus_connection(environment["DBUS_SESSION_BUS_ADDRESS"]))
    appeared = MatchRule(
        type="signal", interface=message_bus.interface, member="NameOwnerChanged", path=message_bus.object_path
    )
    appeared.add_arg_condition(0, "org.freedesktop.secrets")
    add_match = new_method_call(
        DBusAddress(message_bus.object_path, message_bus.bus_name, message_bus.interface),
        "AddMatch",
        "s",
        (appeared.serialise(),),
    )
    connection.send_and_get_reply(add_match, timeout=10)
    with connection.filter(appeared) as announcements:
        keyring = subprocess.Popen(
            [
                "gnome-keyring-daemon",
                "--foreground",
                *(["--unlock"] if unlock else []),
                "--components=secrets",
                f"--control-directory={control}",
            ],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(_stop, keyring)
        assert keyring.stdin is not None
        keyring.stdin.write(_PASSWORD if unlock else b"")
        keyring.stdin.close()
        connection.recv_until_filtered(announcements, timeout=10)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def python_in(environment: Mapping[str, str], program: str) -> "subprocess.CompletedProcess[str]":
    """Runs a small Python program in the session, and returns what it printed."""
    return subprocess.run(
        [sys.executable, "-c", program], env=dict(environment), capture_output=True, text=True, timeout=60, check=False
    )
