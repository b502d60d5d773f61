"""Which programs from outside of Python each group of tests needs, and how a machine comes by them.

Run as a program (`python -m tests.outside_programs`), it installs what is missing where that is welcome: as root on
Debian, or anywhere on Debian with CI=true. Elsewhere the group is skipped with the line that installs it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class OutsideProgram:
    """A program that a group of tests runs; any one of `commands` will do.

    `folders` are searched too, the newest version first: distributions keep some programs off the path.
    """

    commands: tuple[str, ...]
    debian_package: str
    elsewhere: str
    folders: tuple[str, ...] = ()

    def find(self) -> Path | None:
        """Returns the installed program, if there is one."""
        beside = (f"{folder}/{self.commands[0]}" for pattern in self.folders for folder in _newest_first(pattern))
        found = (shutil.which(command) for command in (*self.commands, *beside))
        return next((Path(path) for path in found if path), None)


CHROMIUM = OutsideProgram(
    commands=(
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    debian_package="chromium",
    elsewhere="brew install --cask chromium",
)
DBUS_DAEMON = OutsideProgram(("dbus-daemon",), "dbus-daemon", "a Linux machine is needed")
GNOME_KEYRING = OutsideProgram(("gnome-keyring-daemon",), "gnome-keyring", "a Linux machine is needed")
POSTGRESQL = OutsideProgram(
    commands=("postgres",),
    debian_package="postgresql",
    elsewhere="brew install postgresql",
    folders=("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"),
)
PGBOUNCER = OutsideProgram(("pgbouncer",), "pgbouncer", "brew install pgbouncer", folders=("/usr/sbin",))
IPROUTE2 = OutsideProgram(("ip",), "iproute2", "a Linux machine is needed", folders=("/usr/sbin", "/sbin"))
SYSTEMD = OutsideProgram(("systemd-analyze",), "systemd", "a Linux machine is needed")

# By marker; every marker of pyproject.toml that names such a group stands here.
GROUPS: Mapping[str, tuple[OutsideProgram, ...]] = {
    "browser": (CHROMIUM,),
    "keychain": (DBUS_DAEMON, GNOME_KEYRING),
    "postgresql": (POSTGRESQL, PGBOUNCER),
    "network_spaces": (IPROUTE2,),
    "systemd": (SYSTEMD,),
}


def _newest_first(pattern: str) -> list[str]:
    def version(folder: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", str(folder))]

    return [str(folder) for folder in sorted(Path("/").glob(pattern.lstrip("/")), key=version, reverse=True)]


def why_missing(group: str) -> str | None:
    """Returns why the group cannot run here, with the line that helps; None when it can."""
    missing = [program for program in GROUPS[group] if program.find() is None]
    if not missing:
        return None
    names = ", ".join(program.commands[0] for program in missing)
    if shutil.which("apt-get"):
        helps = "sudo apt-get install " + " ".join(program.debian_package for program in missing)
    else:
        helps = missing[0].elsewhere
    return f"no {names} here; what helps: {helps}"


def install_line(packages: Sequence[str], *, is_root: bool, is_ci: bool, has_apt: bool) -> list[str] | None:
    """Returns the command prefix and packages to install, or None where nothing is to be installed unasked."""
    if not packages or not has_apt or not (is_root or is_ci):
        return None
    prefix = [] if is_root else ["sudo", "-n"]
    return [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]


def main() -> int:
    """Installs the Debian packages of missing programs where that is welcome; returns the exit code."""
    return install(
        sorted({program.debian_package for group in GROUPS.values() for program in group if program.find() is None})
    )


def install(packages: Sequence[str]) -> int:
    """Installs Debian packages where that is welcome; returns the exit code."""
    is_ci = os.environ.get("CI", "").lower() in {"1", "true"}
    is_root = sys.platform != "win32" and os.geteuid() == 0
    line = install_line(packages, is_root=is_root, is_ci=is_ci, has_apt=shutil.which("apt-get") is not None)
    if line is None:
        return 0
    sys.stdout.write(f"Installing Debian packages that the tests need: {' '.join(packages)}\n")
    sys.stdout.flush()
    update = [*line[: line.index("apt-get")], "apt-get", "update", "-qq"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (update, line):
        # dpkg's chatter is long and matters only when it fails.
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode != 0:
            sys.stderr.write(f"{done.stdout.decode(errors='replace')}\nThis failed: {' '.join(command)}\n")
            return 1 if is_ci else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
