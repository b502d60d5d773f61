"""How many of very many runs are done: a seeded sample on every commit, all of them with ``--whole``.

A pytest plugin. ``@pytest.mark.sweep(sample=40)`` on a parametrized test keeps 40 of its parameter sets, chosen by the
seed that the heading prints; ``SWEEP_SEED`` repeats a choice. A sample of 0 is for what only ``--whole`` runs.
"""

from __future__ import annotations

import os
import random
import secrets
from typing import Final

import pytest

SEED_VARIABLE: Final = "SWEEP_SEED"
WHOLE: Final = "--whole"


def how_many(*, commit: int, whole: int) -> int:
    """A number of examples, draws or rounds: the small one unless everything was asked for."""
    return whole if _is_whole() else commit


def seed() -> int:
    """The seed of this run, the same in every process of it."""
    return int(os.environ[SEED_VARIABLE])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(WHOLE, action="store_true", help="run every sweep as a whole, not a sample of it")


def pytest_configure(config: pytest.Config) -> None:
    # Worker processes and programs that tests start inherit both.
    os.environ.setdefault(SEED_VARIABLE, str(secrets.randbelow(2**32)))
    if config.getoption(WHOLE):
        os.environ["SWEEP_WHOLE"] = "1"


def pytest_report_header() -> str:
    extent = "whole" if _is_whole() else "a sample"
    return f"sweeps: {extent}, {SEED_VARIABLE}={os.environ[SEED_VARIABLE]}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _is_whole():
        return
    sweeps: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sweep"):
            sweeps.setdefault(item.nodeid.partition("[")[0], []).append(item)
    left_out: set[pytest.Item] = set()
    for name, runs in sweeps.items():
        marker = runs[0].get_closest_marker("sweep")
        sample = marker.kwargs.get("sample") if marker else None
        if not isinstance(sample, int):
            raise pytest.UsageError(f"{name}: say how many runs are a sample: @pytest.mark.sweep(sample=…)")
        if any(name in argument and "[" in argument for argument in config.args):
            continue  # asked for by its very id
        chosen = random.Random(f"{seed()} {name}").sample(range(len(runs)), min(sample, len(runs)))
        left_out |= {run for place, run in enumerate(runs) if place not in chosen}
    if left_out:
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda item: item.nodeid))
        items[:] = [item for item in items if item not in left_out]


def _is_whole() -> bool:
    return "SWEEP_WHOLE" in os.environ
