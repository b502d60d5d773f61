"""The rows of the speed table in benchmarks/ measure what they say, and none can measure nothing."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.findings import Finding, compared, seconds_per_call, table
from benchmarks.held_memory import held_memory
from benchmarks.keychain_asks import counted
from benchmarks.many_sign_ins import called, many_sign_ins, own_calls, sdk_calls
from benchmarks.mirror_server import MirrorServer, owner_of
from benchmarks.speed_rows import ROWS
from benchmarks.store_writer import write

README = Path(__file__).parents[2] / "benchmarks" / "README.md"


def test_every_row_has_a_name_of_its_own_and_a_line_in_the_guide() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    guide = README.read_text("utf-8")
    assert [name for name in names if f"| {name} |" not in guide] == []


def test_a_row_alone_is_measured_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "hook call", "--runs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "HookCalls, first answer" in printed
    assert "pluggy alone" in printed


def test_things_that_are_compared_take_turns_and_the_middle_counts() -> None:
    order: list[str] = []
    moments = itertools.chain([0, 1, 1, 3, 3, 8, 8, 9, 9, 10, 10, 14], itertools.repeat(0))

    def act(name: str) -> Callable[[], None]:
        return lambda: order.append(name)

    times = seconds_per_call((act("ours"), act("theirs")), 3, clock=lambda: float(next(moments)))
    assert order == ["ours", "theirs"] * 4
    assert times == [1.0, 2.0]


@pytest.mark.parametrize(("ours", "reached"), [(0.3, True), (0.300001, False)])
def test_a_ratio_above_the_limit_is_not_reached(ours: float, reached: bool) -> None:
    found = compared("act", ours, "peer", 0.1, at_most=3.0000001, reach="≤ 3 times")
    assert (found.reached, found.beside) == (reached, "peer: 100 ms")
    assert ("yes" if reached else "NO") in table([found])[1]


def test_what_is_only_reported_is_neither_reached_nor_missed() -> None:
    assert table([Finding("act", "1 ms", "")])[1].endswith("-")


def test_calls_with_the_token_of_another_are_told_from_calls_that_fail() -> None:
    def failing() -> str:
        raise OSError

    with ThreadPoolExecutor(3) as threads:
        calls = [lambda: "one", lambda: "one", failing]
        outcome = called(threads, ["one", "two", "three"], calls, lambda: None, renewals=2, times=5)
    assert (outcome.calls, outcome.others, outcome.troubles) == (30, [5, 5], ["OSError"] * 10)


def test_the_mirror_says_with_whose_token_a_call_came() -> None:
    assert (owner_of("Bearer access.ada.7"), owner_of("Bearer stolen"), owner_of("")) == ("ada", "", "")
    with MirrorServer() as mirror:
        for calls_of in (own_calls, sdk_calls):
            with calls_of(mirror.origin, ["ada"]) as ((call,), expire):
                expire()
                assert call() == "ada"


def test_renewing_sign_ins_keep_their_own_tokens_also_in_the_short() -> None:
    wrong, _ = many_sign_ins(1, renewals=1, calls=2)
    assert (wrong.ours, wrong.reached, wrong.is_firm) == ("0", True, True)
    assert "wrong of 64 calls" in wrong.what


def test_the_memory_of_a_host_is_looked_at_when_it_has_seen_the_whole_list() -> None:
    memory, seen = held_memory(1, (300, 10))
    assert (seen.ours, seen.reached) == ("300", True)
    assert memory.ours.endswith(" MB")


def test_calls_of_the_keychain_are_counted_and_answered() -> None:
    class Store:
        def get_password(self, _service: str, name: str) -> str:
            return f"key of {name}"

        def set_password(self, *_given: str) -> None:
            """Keeps nothing."""

        def delete_password(self, *_given: str) -> None:
            """Keeps nothing."""

    asked: list[str] = []
    counted(Store, asked)
    assert Store().get_password("plugin", "one") == "key of one"
    assert asked == ["get_password"]


def test_a_write_that_fails_is_an_error_and_not_a_write() -> None:
    turns = itertools.count()

    def every_other() -> None:
        if next(turns) % 2:
            raise sqlite3.OperationalError

    report = write(every_other, 0.05)
    assert abs(report.written - report.errors) <= 1
    assert report.errors > 0
