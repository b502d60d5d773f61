"""Writes docs/reliability.md: every case of the programme, what is expected, and which tests show it.

``python -m tests.reliability.case_table`` writes it; with ``--missing`` it only names the cases without a test.
Tests are found by their names, without importing them.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.reliability.programme import CASE_IDS, INVARIANTS, PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "reliability.md"
_CASE_IN_NAME: Final = re.compile(r"test_([a-g][0-9]+)_")

_HEAD: Final = """# A sign-in is never lost

Xero's refresh tokens are good for one use. Whoever uses one twice, or loses the answer that holds the next one, may
lose the whole sign-in, and a person has to come with a browser. This project promises:

- many threads, processes and workstations that need a token at once cause **one** refresh, and nobody fails;
- no killed process, lost answer, full disk or misbehaving server costs a sign-in that Xero's rules could keep;
- where a sign-in is gone, it says so, says why, and nothing else is touched;
- secrets stay where they belong.

What can go wrong is listed below, with what is expected then and where it is tested. Tests carry the id of their case
in their name (`test_a17_…`), and run against real sockets, processes and databases and a simulated Xero. Where very
many runs of one kind exist, a seeded sample of them runs on every commit, and all of them in `make test-all`.

This page is made by `python -m tests.reliability.case_table`; a test says when it is out of date.

## What holds after every case

The checks stand in [tests/reliability/invariants.py](../tests/reliability/invariants.py) and run by themselves.

| | |
|---|---|
"""


def case_of(test_name: str) -> str | None:
    """The case that a test of this name shows, known or not; ``None`` for other tests."""
    found = _CASE_IN_NAME.match(test_name)
    return found.group(1) if found else None


def cases_with_tests(folder: Path) -> dict[str, Counter[Path]]:
    """For each id that a test carries: the files below the folder, with the number of such tests."""
    cases: dict[str, Counter[Path]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for name in _functions(path):
            if case_id := case_of(name):
                cases.setdefault(case_id, Counter())[path] += 1
    return cases


def table(tested: dict[str, Counter[Path]]) -> str:
    """The document."""
    lines = [_HEAD + "\n".join(f"| {one.name} | {one.promise} |" for one in INVARIANTS)]
    for part in PARTS:
        lines += [
            "",
            f"## {part.title}",
            "",
            part.about,
            "",
            "| | case | expected | tests | where |",
            "|---|---|---|--:|---|",
        ]
        for case in part.cases:
            files = tested.get(case.case_id, Counter())
            where = "<br>".join(f"[{path.name}]({_link(path)})" for path in files)
            lines.append(f"| {case.case_id} | {case.case} | {case.expected} | {files.total()} | {where} |")
    return "\n".join(lines) + "\n"


def missing(tested: dict[str, Counter[Path]]) -> list[str]:
    """The cases without a test, in the programme's order."""
    return [case.case_id for part in PARTS for case in part.cases if case.case_id not in tested]


def unknown(tested: dict[str, Counter[Path]]) -> dict[str, list[str]]:
    """The ids that tests carry although no case has them, with the names of their files."""
    return {case_id: [path.name for path in files] for case_id, files in tested.items() if case_id not in CASE_IDS}


def _functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def _link(path: Path) -> str:
    return f"../{path.relative_to(ROOT).as_posix()}"


def main(arguments: list[str]) -> None:
    tested = cases_with_tests(ROOT / "tests")
    if arguments == ["--missing"]:
        sys.stdout.write(" ".join(missing(tested)) + "\n")
    else:
        DOCUMENT.write_text(table(tested), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
