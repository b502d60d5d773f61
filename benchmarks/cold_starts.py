"""How long does a process take that has just begun: to load the plugin, to a first token, to list connections?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.entrants.msal_file_cache import SCOPES, msal_app, sign_in
from benchmarks.findings import Finding, Row, median, shown
from benchmarks.kept_token import token_set
from benchmarks.token_file import save_tokens
from hostspec.testing import FakeClock
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from tests.keychain_session import keychain_session
from tests.outside_programs import why_missing
from tests.stories.capture_site import Site
from tests.stories.long_list import lengthen

ROOT: Final = Path(__file__).parents[1]
SEVERAL: Final = 1_000

LOADED: Final = """
import sys, time
import hostspec
from hostspec import HookCalls, load_plugins, make_manager
began = time.perf_counter()
manager = make_manager()
assert load_plugins(manager).loaded
HookCalls(manager).tabs()
print(time.perf_counter() - began, *sys.modules)
"""
EAGER: Final = """
import time
import hostspec
began = time.perf_counter()
import requests, sqlalchemy.dialects.sqlite, alembic.migration, keyring
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
print(time.perf_counter() - began)
"""
NOT_AT_LOAD: Final = frozenset({"requests", "keyring", "sqlalchemy", "alembic", "cryptography"})

INTO_THE_KEYCHAIN: Final = """
import sys
from pathlib import Path
from hostspec.testing import FakeClock
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.keys.keychain import Keychain, system_keyring
database = Database(Path(sys.argv[1]), FakeClock())
key = (Path(sys.argv[1]) / "connections.key").read_bytes()
Keychain(system_keyring).create(database.installation_id(), key, seconds=30)
"""


def _environment(folder: Path, **more: str) -> dict[str, str]:
    """Modules are kept compiled, as an installation has them, and not beside the sources."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "compiled"), **more}


def _said(command: Sequence[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"This failed: {' '.join(command[:3])}\n{done.stderr[-2000:]}")
    return done.stdout


def plugin_load(runs: int) -> Iterable[Finding]:
    """The entry point and ``capture_tabs``, after ``import hostspec``; no store is touched."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        for code in (LOADED, EAGER):
            _said([sys.executable, "-c", code], environment)
        ours, eager = [], []
        imported: set[str] = set()
        for _ in range(3 * runs):
            seconds, *modules = _said([sys.executable, "-c", LOADED], environment).split()
            ours.append(float(seconds))
            imported |= NOT_AT_LOAD.intersection(modules)
            eager.append(float(_said([sys.executable, "-c", EAGER], environment)))
    mine, theirs = median(ours), median(eager)
    yield Finding(
        "plugin load, over hostspec",
        shown(mine),
        f"eager imports: {shown(theirs)}",
        f"{mine / theirs:.2g}",
        "≤ 10 ms",
        mine <= 0.010,
    )
    yield Finding("plugin load, heavy modules", str(len(imported)), "", "", "0", not imported, is_firm=True)


def first_token(runs: int) -> Iterable[Finding]:
    """A token that is good, in a process that has just begun; from its start to its first line."""
    with tempfile.TemporaryDirectory() as name, _kept(Path(name)) as folder:
        environment = _environment(folder)
        who = ("own", "libraries", "xero-python", "msal", "authlib")
        times, heavy = _firsts({one: (one, environment) for one in who}, folder, 3 * runs)
        yield _over_pass("first token, key file", times, "own", 0.300)
        yield Finding(
            "first token, requests imported",
            "yes" if "requests" in heavy["own"] else "no",
            "",
            "",
            "no",
            "requests" not in heavy["own"],
            is_firm=True,
        )
        if reason := why_missing("keychain"):
            yield Finding("first token, keychain", "not run here", reason)
            return
        with keychain_session() as session:
            environment = _environment(folder, **session)
            _said([sys.executable, "-c", INTO_THE_KEYCHAIN, str(folder)], environment)
            _keep_for_cold(folder, {})
            times, _ = _firsts({"own": ("own", environment)}, folder, 3 * runs)
            yield _over_pass("first token, keychain", times, "own", 0.450)
            asked = _said([sys.executable, "-m", "benchmarks.keychain_asks", str(folder)], environment)
            # None at all would mean that the key came from elsewhere, and nothing was counted.
            is_one = asked.strip() == "1"
            yield Finding("keychain calls of a process", asked.strip(), "", "", "1", is_one, is_firm=True)


def _over_pass(what: str, times: Mapping[str, float], who: str, limit: float) -> Finding:
    bare = times["pass"]
    others = ", ".join(f"{name} {shown(each - bare)}" for name, each in times.items() if name not in (who, "pass"))
    mine = times[who] - bare
    beside = f"python -c pass: {shown(bare)}" + (f"; over it: {others}" if others else "")
    return Finding(f"{what}, over pass", shown(mine), beside, f"{mine / bare:.2g}", f"≤ {shown(limit)}", mine <= limit)


def _firsts(
    callers: Mapping[str, tuple[str, Mapping[str, str]]], folder: Path, runs: int
) -> tuple[dict[str, float], dict[str, set[str]]]:
    """Medians of the seconds to the first line, and the heavy modules imported by then."""
    times: dict[str, list[float]] = {name: [] for name in ("pass", *callers)}
    heavy: dict[str, set[str]] = {name: set() for name in callers}
    for run in range(runs + 1):
        for name, (who, environment) in callers.items():
            command = [sys.executable, "-m", "benchmarks.cold_callers", who, str(folder)]
            seconds, line = _first_line(command, environment)
            heavy[name] |= set(line.split())
            # The first one compiles.
            times[name] += [seconds] if run else []
        seconds, _ = _first_line([sys.executable, "-c", "print()"], _environment(folder))
        times["pass"] += [seconds] if run else []
    return {name: median(each) for name, each in times.items()}, heavy


def _first_line(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, str]:
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        line = running.stdout.readline()
        seconds = time.perf_counter() - began
        trouble = running.stderr.read()
    if running.returncode:
        raise RuntimeError(f"This failed: {' '.join(command[:4])}\n{trouble[-2000:]}")
    return seconds, line


@contextmanager
def _kept(folder: Path) -> Iterator[Path]:
    """A data directory with one connection, and the same sign-in as the peers keep it."""
    with Site(folder) as site:
        connection = site.add(site.tab(), "Bakehouse")
        site.host.tasks.join()
        # The processes that are timed go by the real time, so the token is to be good by it.
        with site.make_host("host-now", clock=FakeClock(datetime.now(UTC), auto_advance=True)) as host:
            host.hooks.open_session(connection).close()
        app = msal_app(site.xero.origin)
        sign_in(app, site.xero)
        (folder / "msal.json").write_text(
            json.dumps({"cache": _serialized(app), "client_id": DEMO_CLIENT_ID, "scopes": SCOPES}), "utf-8"
        )
        app.http_client.close()
        save_tokens(folder / "tokens.json", token_set())
        (folder / "cold.json").write_text(json.dumps({"connection": connection}), "utf-8")
        _keep_for_cold(folder, {"key_file": "connections.key"})
        yield folder


def _serialized(app: object) -> str:
    from msal import SerializableTokenCache

    cache = SerializableTokenCache()
    cache._cache = app.token_cache._cache  # type: ignore[attr-defined]  # MSAL keeps it there, and has no other way
    return str(cache.serialize())


def _keep_for_cold(folder: Path, settings: Mapping[str, str]) -> None:
    path = folder / "cold.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "settings": settings}), "utf-8")


def listing(runs: int) -> Iterable[Finding]:
    """``xero-connections list`` with a thousand entries, the whole process."""
    with tempfile.TemporaryDirectory() as name, Site(Path(name)) as site:
        site.leave_unchecked("I3", "copied entries cannot be opened")
        site.add(site.tab(), "Client 00000")
        site.host.tasks.join()
        lengthen(Path(name), SEVERAL)
        environment = _environment(
            Path(name), XERO_CONNECTIONS_DATA_DIR=name, XERO_CONNECTIONS_KEY_FILE=f"{name}/connections.key"
        )
        program = str(Path(sys.executable).with_name("xero-connections"))

        def run(*command: str) -> Callable[[], float]:
            def timed() -> float:
                began = time.perf_counter()
                _said(command, environment)
                return time.perf_counter() - began

            return timed

        lists, bare = run(program, "list"), run(sys.executable, "-c", "pass")
        lists()
        pairs = [(lists(), bare()) for _ in range(3 * runs)]
        found = _said([program, "list"], environment).count("Client ")
    ours, floor = (median([pair[side] for pair in pairs]) for side in (0, 1))
    yield Finding(
        "xero-connections list, 1,000",
        shown(ours),
        f"python -c pass: {shown(floor)}",
        f"{ours / floor:.3g}",
        "≤ 40 times",
        ours / floor <= 40,
    )
    yield Finding("xero-connections list, entries", str(found), "", "", str(SEVERAL), found == SEVERAL, is_firm=True)


ROWS: Final = (
    Row("plugin load", plugin_load),
    Row("first token", first_token),
    Row("xero-connections list", listing),
)
