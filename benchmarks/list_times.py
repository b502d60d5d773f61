"""How quickly does the tab answer with ten thousand connections, beside the bare query that it cannot do without?"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.findings import median
from hostspec.testing.fake_host import ADMINISTRATOR
from hostspec.ui import Tab, TableQuery
from tests.stories.capture_site import Site
from tests.stories.long_list import TOTAL, lengthen

if TYPE_CHECKING:
    from hostspec.calls import HookCalls

_PAGE: Final = "SELECT * FROM connections WHERE NOT removing ORDER BY name_sort, connection_id LIMIT 50"
_FOUND: Final = "FROM connections WHERE NOT removing AND (name_sort LIKE ? OR subtitle_sort LIKE ?)"
_NAMES: Final = "ORDER BY name_sort, connection_id LIMIT 50"
_SETTINGS: Final = 7
"""The column that holds what a provider keeps, as JSON."""


def measure(runs: int) -> list[str]:
    """A table of medians in milliseconds: each thing that a person does, and the same rows by sqlite3 alone."""
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder)) as site:
        site.leave_unchecked("I3", "copied entries cannot be opened")
        site.add(site.tab(), "Client 00000")
        site.host.tasks.join()
        lengthen(Path(folder))
        controller = site.host.hooks.tabs().items[0].controller

        def shows(query: TableQuery) -> Callable[[], object]:
            return lambda: controller.view(ADMINISTRATOR, query)

        with closing(sqlite3.connect(Path(folder) / "xero-connections.sqlite3")) as raw:
            rows: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
                "first page": (shows(TableQuery()), lambda: _page(raw)),
                "search, ten found": (shows(TableQuery(search="client 0999")), lambda: _search(raw, "client 0999")),
                "search, all found": (shows(TableQuery(search="client")), lambda: _search(raw, "client")),
                "last page": (shows(TableQuery(offset=TOTAL - 50)), lambda: _page(raw)),
                "sorted by its end": (shows(TableQuery(sort="expires")), lambda: _page(raw)),
                "what needs attention": (shows(TableQuery(filter_id="attention")), lambda: _page(raw)),
                "the number on the title": (lambda: _tabs(site.host.hooks), lambda: _page(raw)),
            }
            return [
                f"{'':28}{'this project':>14}{'bare query':>12}{'ratio':>8}   ms; median of {runs} interleaved runs",
                *(_row(name, ours, floor, runs) for name, (ours, floor) in rows.items()),
            ]


def _row(name: str, ours: Callable[[], object], floor: Callable[[], object], runs: int) -> str:
    # The first one reads what is remembered afterwards.
    ours()
    pairs = [(_milliseconds(ours), _milliseconds(floor)) for _ in range(runs)]
    mine, bare = (median([pair[side] for pair in pairs]) for side in (0, 1))
    return f"{name:28}{mine:>14.1f}{bare:>12.1f}{mine / bare:>8.1f}"


def _milliseconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1000


def _page(raw: sqlite3.Connection) -> list[object]:
    raw.execute("SELECT count(*) FROM connections WHERE NOT removing").fetchone()
    return [json.loads(row[_SETTINGS]) for row in raw.execute(_PAGE)]


def _search(raw: sqlite3.Connection, text: str) -> list[object]:
    wanted = (f"%{text}%", f"%{text}%")
    raw.execute(f"SELECT count(*) {_FOUND}", wanted).fetchone()
    return [json.loads(row[_SETTINGS]) for row in raw.execute(f"SELECT * {_FOUND} {_NAMES}", wanted)]


def _tabs(hooks: HookCalls) -> tuple[Tab, ...]:
    return hooks.tabs().items
