"""Whether the desktop host of the examples works: `python -m tests.house.desktop_example`, which is `make examples`.

It gets an environment of its own with Qt, the built wheel and both examples, as its author would have them. Qt brings
no C libraries: what is missing on Debian is installed where that is welcome, and named elsewhere.
"""

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.house.built_distribution import ROOT, build
from tests.house.installed_packages import environment, uv
from tests.outside_programs import install

EXAMPLE = ROOT / "examples" / "desktop_host"

# What Qt's core, its windows and its platform without a screen are linked with and do not bring themselves.
DEBIAN_PACKAGES: Mapping[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}


def can_be_loaded(library: str) -> bool:
    """Whether the system has a C library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_packages(is_there: Callable[[str], bool] = can_be_loaded, platform: str = sys.platform) -> list[str]:
    """The Debian packages of the libraries that are missing; elsewhere than on Linux, Qt needs none."""
    return [package for library, package in DEBIAN_PACKAGES.items() if platform == "linux" and not is_there(library)]


def main() -> int:
    """Returns 0 when all tests and the type checker pass; what they print is shown."""
    install(missing_packages())
    if still := missing_packages():
        sys.stderr.write(f"Qt needs libraries that are not here; what helps: sudo apt-get install {' '.join(still)}\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="desktop-") as name:
        folder = Path(name)
        wheel = build(folder / "built").wheel
        programs = environment(folder / "environment", sys.executable)
        uv("pip", "install", "--python", programs / "python", "--group", f"{EXAMPLE / 'pyproject.toml'}:test",
           f"xero-connections-plugin[sample-host] @ {wheel.as_uri()}", "--editable", EXAMPLE,
           ROOT / "examples" / "imap_provider")  # fmt: skip
        # Another PYTHONPATH or pytest's plugins of this environment would hide what the example lacks.
        given = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST"))}
        given["QT_QPA_PLATFORM"] = "offscreen"
        checks = (["pytest", "-q", "-p", "no:cacheprovider"], ["mypy", "--cache-dir", str(folder / "mypy")])
        codes = [
            subprocess.run(
                [programs / "python", "-m", *check], cwd=EXAMPLE, env=given, stdin=subprocess.DEVNULL
            ).returncode
            for check in checks
        ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
