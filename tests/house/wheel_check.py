"""Whether the wheel that people install is whole: `python -m tests.house.wheel_check`, part of `make lint`.

Builds sdist and wheel, lets twine judge them as a package index does, and compares the wheel with the tracked files.
How it does once it is installed is the question of `installed_packages`.
"""

import sys
import tempfile
import zipfile
from pathlib import Path

from tests.house.built_distribution import ROOT, build, run

PACKAGES = ("hostspec", "xero_connections_plugin", "sample_host")


def missing_from(wheel: Path) -> list[str]:
    """Returns the tracked files of the packages that the wheel lacks."""
    tracked = run("git", "ls-files", "--", *PACKAGES).splitlines()
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    return [name for name in tracked if name not in packed and (ROOT / name).exists()]


def main() -> int:
    """Returns 0 when the wheel is whole; otherwise says what is wrong and returns 1."""
    with tempfile.TemporaryDirectory(prefix="wheel-check-") as folder:
        built = build(Path(folder))
        run(sys.executable, "-m", "twine", "check", "--strict", built.sdist, built.wheel)
        if missing := missing_from(built.wheel):
            sys.stderr.write(f"The wheel lacks: {', '.join(missing)}\n")
            return 1
    sys.stdout.write(f"{built.wheel.name} is whole, and fit for a package index.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
