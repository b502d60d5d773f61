"""Measures this project beside others, and beside the least there is: ``python -m benchmarks`` (``make bench``)."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version

from benchmarks.entrant import PROCESSES, THREADS, Entrant
from benchmarks.findings import Finding, median, table
from benchmarks.list_times import measure
from benchmarks.race import SERVER_SECONDS, Result, Rules, Track
from benchmarks.registry import ENTRANTS
from benchmarks.speed_rows import ROWS
from tests.stories.long_list import TOTAL

DEFAULT = Rules("used again within 30 minutes: each answer stays valid", "G1")
OTHERS = (
    Rules("… : it cancels what was answered before, and all that came of that", "G2c"),
    Rules("… after 30 minutes: that ends the sign-in", "G4"),
    Rules("used again at all: refused", "G1", 0),
    Rules("used again at all: that ends the sign-in", "G4", 0),
)
LIST = "the list"
LIBRARIES = ("Authlib", "requests-oauthlib", "msal", "msal-extensions", "xero_python", "SQLAlchemy", "psycopg")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 when something is not as promised that no machine can excuse."""
    chosen = _arguments(arguments)
    entrants = [entrant for entrant in ENTRANTS if chosen.only in entrant.name]
    findings = _speed(chosen)
    if chosen.only in LIST:
        _print(f"The tab with {TOTAL:,} connections, on SQLite", "", *measure(5 * chosen.runs), "")
    is_kept = not any(one.is_firm and one.reached is False for one in findings)
    if not entrants:
        return 0 if is_kept else 1
    _print(*_heading(chosen.runs))
    able = []
    for entrant in entrants:
        if reason := entrant.why_not():
            _print(f"{entrant.name}: not run here: {reason}")
        else:
            able.append(entrant)
    with Track() as track:
        # Interleaved, so that whatever else the machine does meets everybody alike.
        results = _rounds(track, able, DEFAULT, chosen.runs)
        _print("", f'A refresh token that is {DEFAULT.label} ("{DEFAULT.reading}")', "", *_main_table(results), "")
        by_rules = {rules: _rounds(track, able, rules, chosen.readings) for rules in OTHERS if chosen.readings}
    for rules, found in by_rules.items():
        _print(f'A refresh token that is {rules.label} ("{rules.reading}", {rules.grace_seconds // 60} min)')
        _print(*_fate_table(found), "")
    everything = [results, *by_rules.values()]
    ours = [one for found in everything for name, runs in found.items() if name.startswith("this ") for one in runs]
    return 0 if is_kept and all(one.requests == 1 and one.failed == 0 and one.kept for one in ours) else 1


def _speed(chosen: argparse.Namespace) -> list[Finding]:
    rows = [row for row in ROWS if chosen.only in row.name]
    if not rows:
        return []
    findings = [finding for row in rows for finding in _shown_while_measured(row.name, row.measure(chosen.runs))]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    _print(
        f"Speed; medians of interleaved runs. {os.cpu_count()} cores, load {load}, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}",
        "",
        *table(findings),
        "",
    )
    return findings


def _shown_while_measured(name: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{name}")
    yield from findings
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="races of each under the usual rules (default 5)")
    parser.add_argument("--readings", type=int, default=3, help="races of each under every other rule (default 3)")
    parser.add_argument("--only", default="", help="only those whose name holds this text")
    return parser.parse_args(arguments)


def _heading(runs: int) -> list[str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"{PROCESSES * THREADS} callers in {PROCESSES} processes need a token at the same moment; theirs has expired.",
        f"The simulated Xero takes {SERVER_SECONDS * 1000:.0f} ms for each token answer. Median of {runs} interleaved "
        "runs, fastest and slowest in brackets.",
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        libraries,
        "",
    ]


def _rounds(track: Track, entrants: Sequence[Entrant], rules: Rules, count: int) -> dict[str, list[Result]]:
    results: dict[str, list[Result]] = {entrant.name: [] for entrant in entrants}
    for number in range(count):
        for entrant in entrants:
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\033[K{rules.reading} {number + 1}/{count}: {entrant.name}")
            results[entrant.name].append(track.race(entrant, rules))
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    return results


def _main_table(results: dict[str, list[Result]]) -> list[str]:
    lines = [f"{'':28}{'refreshes':>10}{'refused':>9}{'failed':>8}   wall time in ms"]
    for name, runs in results.items():
        times = sorted(run.seconds * 1000 for run in runs)
        lines.append(
            f"{name:28}{median([run.requests for run in runs]):>10.0f}{median([run.refused for run in runs]):>9.0f}"
            f"{median([run.failed for run in runs]):>8.0f}   {median(times):.0f} ({times[0]:.0f} to {times[-1]:.0f})"
        )
    return lines


def _fate_table(results: dict[str, list[Result]]) -> list[str]:
    lines = [f"{'':28}{'refreshes':>10}{'refused':>9}{'failed':>8}   sign-in lost"]
    for name, runs in results.items():
        lost = sum(not run.kept for run in runs)
        lines.append(
            f"{name:28}{median([run.requests for run in runs]):>10.0f}{median([run.refused for run in runs]):>9.0f}"
            f"{median([run.failed for run in runs]):>8.0f}   {f'in {lost} of {len(runs)}' if lost else 'never'}"
        )
    return lines


def _print(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
