"""How much memory does the plugin take in a host with a long list, beside what its imports take?"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.findings import Finding, Row, median
from benchmarks.memory_holder import Holding, keep_for_holders
from hostspec.testing import FakeClock
from tests.stories.capture_site import Site
from tests.stories.long_list import TOTAL, lengthen

ROOT: Final = Path(__file__).parents[1]
SHORT: Final = 10
MEGABYTE: Final = 1024 * 1024
MOST: Final = 25


def held_memory(runs: int, lengths: tuple[int, int] = (TOTAL, SHORT)) -> Iterable[Finding]:
    """After everything that an administrator looks at; over a process with the same imports, and over a short list."""
    over, short_over, bare, seen = [], [], [], 0
    longest, shortest = lengths
    with tempfile.TemporaryDirectory() as long, tempfile.TemporaryDirectory() as short:
        for folder, total in ((Path(long), longest), (Path(short), shortest)):
            _prepare(folder, total)
        for _ in range(runs):
            held = _holding(Path(long))
            imports = _holding(Path(long), held.modules).held
            over.append((held.held - imports) / MEGABYTE)
            short_over.append((_holding(Path(short)).held - imports) / MEGABYTE)
            bare.append(imports / MEGABYTE)
            seen = held.shown
    mine = median(over)
    yield Finding(
        f"memory with {longest:,} entries, over imports",
        f"{mine:.1f} MB",
        f"with {shortest}: {median(short_over):.1f} MB; the imports: {median(bare):.0f} MB",
        "",
        f"≤ {MOST} MB",
        mine <= MOST,
    )
    yield Finding("memory: entries looked at", f"{seen:,}", "", "", f"{longest:,}", seen == longest, is_firm=True)


def _prepare(folder: Path, total: int) -> None:
    with Site(folder) as site:
        site.leave_unchecked("I3", "copied entries cannot be opened")
        connection = site.add(site.tab(), "Client 00000")
        site.host.tasks.join()
        # The processes go by the real time, so the token is to be good by it.
        with site.make_host("host-now", clock=FakeClock(datetime.now(UTC), auto_advance=True)) as host:
            host.hooks.open_session(connection).close()
        lengthen(folder, total)
        keep_for_holders(folder, site.plugin_settings, connection, total)


def _holding(folder: Path, modules: list[str] | None = None) -> Holding:
    command = [sys.executable, "-m", "benchmarks.memory_holder", str(folder)]
    given = ["--imports"] if modules is not None else []
    done = subprocess.run(
        [*command, *given], cwd=ROOT, input=json.dumps(modules), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"This failed: {' '.join(command)}\n{done.stderr[-2000:]}")
    return Holding(*json.loads(done.stdout))


ROWS: Final = (Row("memory", held_memory),)
