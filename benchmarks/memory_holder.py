"""A host with a long list, or only what it imports: ``python -m benchmarks.memory_holder FOLDER``.

It says how much memory it has when a host is at rest after a day's acts, and which modules it has imported by then.
With ``--imports`` it imports the modules that standard input names, and does nothing else.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil


class Holding(NamedTuple):
    """What one process said."""

    held: int
    """Bytes that are nobody else's, at rest."""
    shown: int
    """Entries that it has seen."""
    modules: list[str]


def _say(shown: int) -> None:
    gc.collect()
    held = psutil.Process().memory_full_info().uss
    sys.stdout.write(json.dumps(Holding(held, shown, sorted(sys.modules))))


def import_only(modules: list[str]) -> None:
    """Import what a host had imported that did something."""
    for name in modules:
        # Some were made by others and are nowhere to be found.
        with suppress(ImportError, ValueError):
            importlib.import_module(name)
    _say(0)


def act(folder: Path) -> None:
    """What an administrator and a step do in a host, on the whole list."""
    from hostspec.connections import ChoiceQuery
    from hostspec.loading import load_plugins
    from hostspec.testing import FakeClock, FakeHost
    from hostspec.testing.fake_host import ADMINISTRATOR
    from hostspec.ui import TableQuery

    told = json.loads((folder / "holder.json").read_text("utf-8"))
    host = FakeHost(folder, settings=told["settings"], clock=FakeClock(datetime.fromisoformat(told["now"])))
    load_plugins(host.manager)
    with host:
        (tab,) = host.hooks.tabs().items
        total = 0
        for query in (
            TableQuery(),
            TableQuery(search="client"),
            TableQuery(offset=max(0, told["total"] - 50)),
            TableQuery(sort="expires"),
            TableQuery(filter_id="attention"),
        ):
            view = tab.controller.view(ADMINISTRATOR, query)
            total = max(total, view.table.total if view.table is not None else 0)
        host.hooks.connection_choices(ChoiceQuery(limit=50))
        host.hooks.open_session(told["connection"]).close()
        _say(total)


def keep_for_holders(folder: Path, settings: dict[str, str], connection: str, total: int) -> None:
    """Say what such a process is to look at."""
    told = {"settings": settings, "connection": connection, "total": total, "now": datetime.now(UTC).isoformat()}
    (folder / "holder.json").write_text(json.dumps(told), "utf-8")


if __name__ == "__main__":
    if sys.argv[2:] == ["--imports"]:
        import_only(json.load(sys.stdin))
    else:
        act(Path(sys.argv[1]))
