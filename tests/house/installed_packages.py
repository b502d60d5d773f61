"""Whether what people install works: `python -m tests.house.installed_packages`, which is `make packages`.

The wheel is installed into an empty environment of every Python found here that it is meant for, and used there; once
with the example of a further connection type beside it. Then tests run beside the oldest versions of all dependencies
that pyproject.toml allows.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.house.built_distribution import ROOT, build, run
from tests.house.installed_mailboxes import check_mailboxes

NEWEST = 20
"""Minor versions of Python that are looked for; there are fewer."""

OLDEST_TESTS = (
    "tests/hostspec",
    "tests/contracts",
    "tests/cli/test_commands_on_the_list.py",
    "tests/cli/test_life_without_screen.py",
    "tests/plugin/test_authorized_session.py",
    "tests/plugin/test_database_file.py",
    "tests/plugin/test_signing_keys.py",
    "tests/plugin/test_outbound_http.py",
    "tests/plugin/test_settings.py",
    "tests/plugin/test_token_endpoint.py",
    "tests/plugin/test_token_keeper.py",
    "tests/plugin/test_vault.py",
    "tests/stories/test_first_connection.py",
    "tests/stories/test_hook_stories.py",
)
"""Every dependency is used by some of them."""

ELSEWHERE = "not (postgresql or browser or keychain or network_spaces or own_machine)"
"""Tests of programs, not of Python packages."""

LISTED = """
import importlib.metadata as metadata, json, sys
print(json.dumps(sorted(found.metadata["Name"].lower().replace("_", "-") for found in metadata.distributions())))
"""


def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def names_of(requirements: list[str]) -> set[str]:
    """The distributions that are required, as an index writes their names."""
    return {re.split(r"[\[<>=!~; ]", one, maxsplit=1)[0].lower().replace("_", "-") for one in requirements}


def only_with_an_extra() -> set[str]:
    """What nobody gets who installs the plugin plainly."""
    told = project()["project"]
    extras: dict[str, list[str]] = told["optional-dependencies"]
    return names_of([one for extra in extras.values() for one in extra]) - names_of(told["dependencies"])


def pythons() -> Mapping[tuple[int, int], str]:
    """The interpreters on this machine that are new enough, one of each minor version."""
    (lowest,) = re.findall(r">=3\.(\d+)", project()["project"]["requires-python"])
    found: dict[tuple[int, int], str] = {sys.version_info[:2]: sys.executable}
    for candidate in _candidates(int(lowest)):
        # A name on the path proves nothing: version managers put names there that only print a refusal.
        try:
            asked = subprocess.run(
                [candidate, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True
            )
        except OSError:
            continue
        if asked.returncode == 0:
            major, minor = map(int, asked.stdout.split())
            found.setdefault((major, minor), candidate)
    return dict(sorted(found.items()))


def _candidates(lowest: int) -> Iterator[str]:
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in range(lowest, NEWEST):
        yield f"python3.{minor}"
        yield from map(str, sorted(versions.glob(f"3.{minor}.*/bin/python3")))


def uv(*arguments: str | Path) -> str:
    """Installs quickly, and can be told to take the oldest versions."""
    given = dict(os.environ)
    # What the machine has set for pip holds for uv.
    if "PIP_INDEX_URL" in given:
        given.setdefault("UV_DEFAULT_INDEX", given["PIP_INDEX_URL"])
    return run(sys.executable, "-m", "uv", *arguments, "--quiet", "--no-config", environment=given)


def environment(folder: Path, python: str) -> Path:
    """Makes an empty environment; returns its folder of programs."""
    uv("venv", "--python", python, "--no-python-downloads", folder)
    return folder / ("Scripts" if sys.platform == "win32" else "bin")


def check_plain(folder: Path, python: str, wheel: Path) -> str:
    """The wheel without extras, in an environment with nothing else."""
    programs = environment(folder, python)
    uv("pip", "install", "--python", programs / "python", wheel)
    unwanted = only_with_an_extra() & set(json.loads(run(programs / "python", "-I", "-c", LISTED, cwd=folder)))
    if unwanted:
        raise SystemExit(f"A plain installation brought what only extras need: {', '.join(sorted(unwanted))}")
    told = subprocess.run([programs / "sample-host"], cwd=folder, capture_output=True, text=True)
    if told.returncode != 2 or "pip install 'xero-connections-plugin[sample-host]'" not in told.stderr:
        raise SystemExit(f"sample-host does not say how to install what it needs: {told.stdout}{told.stderr}")
    # -I: neither this tree nor the folder of the script is looked at.
    return run(programs / "python", "-I", Path(__file__).with_name("first_steps.py"), cwd=folder)


def check_oldest(folder: Path, python: str, wheel: Path) -> str:
    """Tests beside the oldest versions that are allowed."""
    programs = environment(folder, python)
    oldest = folder / "oldest.txt"
    extras = ("--extra", "sample-host", "--extra", "postgresql")
    uv("pip", "compile", "--resolution", "lowest-direct", "--python", programs / "python", *extras,
       "--output-file", oldest, ROOT / "pyproject.toml")  # fmt: skip
    uv("pip", "install", "--python", programs / "python", "--constraint", oldest,
       "--group", f"{ROOT / 'pyproject.toml'}:test", f"{wheel}[sample-host,postgresql]")  # fmt: skip
    # The plugin that is tested is the one of this tree; what was installed says only what it asks for.
    tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", ELSEWHERE, *OLDEST_TESTS)
    last = run(programs / "python", *tests).splitlines()[-1]
    told = re.findall(r"^(?:sqlalchemy|pydantic|pluggy|requests|cryptography)==\S+", oldest.read_text("utf-8"), re.M)
    return f"The oldest dependencies ({', '.join(told)}, ...): {last.strip('= ')}\n"


def main() -> int:
    """Returns 0 when everything works; otherwise what failed is shown."""
    with tempfile.TemporaryDirectory(prefix="packages-") as name:
        folder = Path(name)
        wheel = build(folder / "built").wheel
        found = pythons()
        for (major, minor), python in found.items():
            _say(check_plain(folder / f"plain-{major}.{minor}", python, wheel))
        programs = environment(folder / "mailboxes", next(iter(found.values())))
        _say(check_mailboxes(folder / "mailboxes-made", programs, wheel, uv))
        _say(check_oldest(folder / "oldest", next(iter(found.values())), wheel))
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
