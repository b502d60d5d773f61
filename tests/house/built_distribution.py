"""How is the distribution built that people install, and how is a program run whose output matters only in trouble?"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Built(NamedTuple):
    """What is uploaded."""

    sdist: Path
    wheel: Path


def run(*command: str | Path, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> str:
    """Runs a command and returns its output; what it printed is shown only when it fails.

    Raises:
        SystemExit: It failed.
    """
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout}{done.stderr}\nThis failed: {' '.join(map(str, command))}")
    return done.stdout


def build(folder: Path) -> Built:
    """Builds sdist and wheel into a folder; the wheel is made from the sdist, as an index would get it."""
    # From a copy: setuptools lays its files beside the sources, where another build or a linter may be at work.
    with tempfile.TemporaryDirectory(prefix="sources-") as sources:
        for name in run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
            if (ROOT / name).is_file():
                copied = Path(sources, name)
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copied)
        run(sys.executable, "-m", "build", "--outdir", folder, sources)
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return Built(sdist, wheel)
