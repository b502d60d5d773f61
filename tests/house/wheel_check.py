"""Whether the wheel that people install is whole: `python -m tests.house.wheel_check`, part of `make lint`.

Builds sdist and wheel, compares the wheel with the tracked files, installs it into an empty environment, and loads the
plugin there as a host would.
"""

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("hostspec", "xero_connections_plugin", "sample_host")

# Runs in the empty environment, so it knows only what was installed there.
FIND_THE_PLUGIN = """
import importlib.metadata, importlib.util
points = list(importlib.metadata.entry_points(group="capture.plugins"))
assert [point.name for point in points] == ["xero-connections"], points
plugin = points[0].load()()
assert plugin is not None
for extra in ("starlette", "jinja2", "uvicorn", "psycopg"):
    assert importlib.util.find_spec(extra) is None, f"a plain installation brought {extra}"
print("The plugin was found through its entry point:", type(plugin).__module__)
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Runs a command and returns its output; what it printed is shown only when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout}{done.stderr}\nThis failed: {' '.join(map(str, command))}")
    return done.stdout


def missing_from(wheel: Path) -> list[str]:
    """Returns the tracked files of the packages that the wheel lacks."""
    tracked = run("git", "ls-files", "--", *PACKAGES, cwd=ROOT).splitlines()
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    return [name for name in tracked if name not in packed]


def main() -> int:
    """Returns 0 when the wheel is whole; otherwise says what is wrong and returns 1."""
    with tempfile.TemporaryDirectory(prefix="wheel-check-") as folder:
        built = Path(folder) / "built"
        run(sys.executable, "-m", "build", "--outdir", built, ROOT, cwd=ROOT)
        (wheel,) = built.glob("*.whl")
        if missing := missing_from(wheel):
            sys.stderr.write(f"The wheel lacks: {', '.join(missing)}\n")
            return 1
        empty = Path(folder) / "empty"
        venv.create(empty, with_pip=True, symlinks=sys.platform != "win32")
        python = empty / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=empty)
        sys.stdout.write(run(python, "-I", "-c", FIND_THE_PLUGIN, cwd=empty))
    return 0


if __name__ == "__main__":
    sys.exit(main())
