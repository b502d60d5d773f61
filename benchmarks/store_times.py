"""How long do reading and saving take, beside SQLite alone, and does every writer get its turn?"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.findings import Finding, Row, compared, seconds_per_call, shown
from benchmarks.store_writer import Report, bare_connection, count_up_bare, counted_up, store_of
from hostspec.connections import ChoiceQuery
from hostspec.value import ConnectionId
from tests.stories.capture_site import Site
from tests.stories.long_list import lengthen
from xero_connections_plugin.gateways.store.database import FILE_NAME
from xero_connections_plugin.gateways.store.sqlite_file import BUSY_SECONDS

ROOT: Final = Path(__file__).parents[1]
LENGTHS: Final = (10, 1_000, 10_000)
WRITERS: Final = 2
SECONDS: Final = 10.0

_PAGE: Final = "SELECT * FROM connections WHERE NOT removing ORDER BY name_sort, connection_id LIMIT ?"
_SETTINGS: Final = 7
"""The column that holds what a provider keeps, as JSON."""
_SIGN_IN: Final = 8
_GRANTS: Final = "SELECT * FROM grants WHERE grant_id IN ({})"


class Listed(NamedTuple):
    """A list of some length, and where it lies."""

    site: Site
    folder: Path
    first: ConnectionId


@contextmanager
def _listed(total: int) -> Iterator[Listed]:
    with tempfile.TemporaryDirectory() as name, Site(Path(name)) as site:
        site.leave_unchecked("I3", "copied entries cannot be opened")
        first = site.add(site.tab(), "Client 00000")
        site.host.tasks.join()
        lengthen(Path(name), total)
        yield Listed(site, Path(name), first)


def dropdown(runs: int) -> Iterable[Finding]:
    """What a step may choose: the first fifty, with their states; and all of the longest list."""
    for total in LENGTHS:
        with _listed(total) as listed, closing(sqlite3.connect(listed.folder / FILE_NAME)) as raw:
            yield from _choosing(listed, raw, total, 50, runs)
            if total == max(LENGTHS):
                yield from _choosing(listed, raw, total, total, runs)


def _choosing(listed: Listed, raw: sqlite3.Connection, total: int, limit: int, runs: int) -> Iterator[Finding]:
    hooks, query = listed.site.host.hooks, ChoiceQuery(limit=limit)

    def opened() -> None:
        with bare_connection(listed.folder) as fresh:
            _page(fresh, limit)

    acts = (lambda: hooks.connection_choices(query), lambda: _page(raw, limit), opened)
    # A thread's own time: nobody is waited for, and other programs of the machine are not counted.
    ours, floor, fresh = seconds_per_call(acts, (5 if limit < total else 1) * runs, 3, time.thread_time)
    what, is_page = f"dropdown, {limit:,} of {total:,}", limit == 50
    yield compared(
        what, ours, "raw sqlite3", floor, at_most=3 if is_page else None, reach="≤ 3 times" if is_page else ""
    )
    yield compared(what, ours, "the same, opened for each read", fresh)


def _page(raw: sqlite3.Connection, limit: int) -> list[object]:
    """The same entries and the sign-ins behind them, their settings taken apart."""
    rows = raw.execute(_PAGE, (limit,)).fetchall()
    sign_ins = list({row[_SIGN_IN] for row in rows})[:500]
    raw.execute(_GRANTS.format(", ".join("?" * len(sign_ins))), sign_ins).fetchall()
    return [json.loads(row[_SETTINGS]) for row in rows]


def save(runs: int) -> Iterable[Finding]:
    """New values for one entry, committed so that a power cut takes nothing back."""
    with _listed(1_000) as listed, store_of(listed.folder) as store, bare_connection(listed.folder) as other:
        saved = store.many([listed.first])

        def ours() -> None:
            nonlocal saved
            saved = (counted_up(store, saved[0]),)

        mine, floor = seconds_per_call((ours, partial(count_up_bare, other, "copy-1")), 10 * runs, 3)
    yield compared("save of one definition", mine, "raw commit", floor, at_most=2, reach="≤ 2 times")


def writers(_runs: int) -> Iterable[Finding]:
    """Two processes that write as fast as they can for ten seconds: ours, then bare ones."""
    with _listed(10) as listed:
        ours = _write(listed, "store")
        kept = _kept_count(listed)
        bare = _write(listed, "bare")
    counted = sum(report.written for report in ours)
    slowest = max(report.slowest for report in ours)
    lost, errors = counted - kept, sum(report.errors for report in ours)
    yield Finding("two writers, 10 s: lost", str(lost), "", "", "0", lost == 0, is_firm=True)
    yield Finding("two writers, 10 s: errors", str(errors), "", "", "0", errors == 0, is_firm=True)
    yield Finding(
        "two writers, 10 s: slowest write",
        shown(slowest, 1.0),
        f"bare SQLite: {shown(max(report.slowest for report in bare), 1.0)}",
        "",
        f"≤ {BUSY_SECONDS} s",
        slowest <= BUSY_SECONDS,
    )
    yield Finding("two writers, 10 s: writes of each", _shares(ours), f"bare SQLite: {_shares(bare)}")


def _shares(reports: Sequence[Report]) -> str:
    return " / ".join(f"{report.written:,}" for report in reports)


def _write(listed: Listed, how: str) -> list[Report]:
    command = [sys.executable, "-m", "benchmarks.store_writer", how, str(listed.folder), listed.first, str(SECONDS)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(WRITERS)
    ]
    for one in running:
        assert one.stdout is not None
        one.stdout.readline()
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    reports = []
    for one in running:
        said, _ = one.communicate()
        reports.append(Report(*json.loads(said)))
    return reports


def _kept_count(listed: Listed) -> int:
    with store_of(listed.folder) as store:
        found = store.get(listed.first)
    assert found is not None
    return int(str(found.saved.settings["count"]))


ROWS: Final = (
    Row("dropdown", dropdown),
    Row("save", save),
    Row("two writers", writers),
)
