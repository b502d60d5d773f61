"""A fork waits until the other threads have left SQLite, and whoever comes meanwhile waits for the fork."""

from __future__ import annotations

import gc
import sqlite3
import threading
import warnings
from collections.abc import Callable

import pytest

from xero_connections_plugin.gateways.store import fork_gate
from xero_connections_plugin.gateways.store.fork_gate import ForkGate, GatedConnection

PATIENCE = 30.0


def beside(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def forking(gate: ForkGate, happened: list[str]) -> threading.Thread:
    def fork() -> None:
        gate.before()
        happened.append("forked")
        gate.after_in_parent()

    return beside(fork)


def in_another_thread(work: Callable[[], object]) -> object:
    found: list[object] = []
    beside(lambda: found.append(work())).join(PATIENCE)
    return found[0]


class Visitor:
    """A thread that is inside until it is told to leave."""

    def __init__(self, gate: ForkGate, happened: list[str]) -> None:
        self._is_in, self._leave = threading.Event(), threading.Event()
        self._gate, self._happened = gate, happened
        self._thread = beside(self._visit)
        assert self._is_in.wait(PATIENCE)

    def leave(self) -> None:
        self._leave.set()
        self._thread.join(PATIENCE)

    def _visit(self) -> None:
        visit = self._gate.enter()
        self._is_in.set()
        assert self._leave.wait(PATIENCE)
        self._happened.append("out")
        self._gate.leave(visit)


def test_a_fork_waits_until_the_last_thread_is_out() -> None:
    gate = ForkGate(PATIENCE)
    happened: list[str] = []
    visitors = [Visitor(gate, happened), Visitor(gate, happened)]
    fork = forking(gate, happened)
    for visitor in visitors:
        visitor.leave()
    fork.join(PATIENCE)
    assert happened == ["out", "out", "forked"]


def test_whoever_comes_while_a_fork_is_on_its_way_goes_in_after_it() -> None:
    gate = ForkGate(PATIENCE)
    happened: list[str] = []

    def come() -> None:
        gate.enter()
        happened.append("in")

    gate.before()
    coming = beside(come)
    happened.append("forked")
    gate.after_in_parent()
    coming.join(PATIENCE)
    assert happened == ["forked", "in"]


def test_a_thread_that_is_inside_goes_further_in_while_a_fork_waits_for_it() -> None:
    gate = ForkGate(PATIENCE)
    outer = gate.enter()
    happened: list[str] = []
    fork = forking(gate, happened)
    while not gate._forking:
        fork.join(0.001)
    inner = gate.enter()  # would wait for the fork, and the fork for this thread
    gate.leave(inner)
    happened.append("in and out")
    gate.leave(outer)
    fork.join(PATIENCE)
    assert happened == ["in and out", "forked"]


def test_a_fork_goes_on_without_a_thread_that_stays_inside() -> None:
    gate = ForkGate(patience=0.0)
    happened: list[str] = []
    visitor = Visitor(gate, happened)
    gate.before()
    happened.append("forked")
    gate.after_in_parent()
    visitor.leave()
    assert happened == ["forked", "out"]
    assert in_another_thread(gate.enter), "it is open again"


def test_a_fork_of_whose_end_nobody_told_keeps_nobody_out_for_long() -> None:
    gate = ForkGate(patience=0.05)
    in_another_thread(gate.before)  # a handler of signals raised, and the system left the rest out
    gate.leave(gate.enter())
    assert not gate._forking
    assert in_another_thread(gate.enter)


def test_a_thread_may_use_the_store_while_it_forks_as_handlers_of_forks_do() -> None:
    gate = ForkGate(PATIENCE)
    gate.before()
    gate.leave(gate.enter())
    gate.after_in_parent()
    assert not gate._forking


def test_who_waits_for_a_fork_that_waits_for_something_of_his_goes_in_after_a_while() -> None:
    gate = ForkGate(patience=0.05)
    own = threading.Lock()
    happened: list[str] = []
    forks = threading.Event()

    def hold() -> None:
        with own:
            assert forks.wait(PATIENCE)
            gate.enter()
            happened.append("in")

    holding = beside(hold)
    gate.before()
    forks.set()
    with own:  # a handler that was registered before the gate comes after it
        happened.append("forked")
    gate.after_in_parent()
    holding.join(PATIENCE)
    assert happened == ["in", "forked"]


def test_nobody_is_inside_in_a_child() -> None:
    gate = ForkGate(PATIENCE)
    visitor = Visitor(gate, [])
    own = gate.enter()
    gate.before()
    gate.after_in_child()
    assert not gate._inside
    gate.leave(own)  # what the forking thread was inside of ends in the child too
    assert in_another_thread(gate.enter)
    visitor.leave()


def test_a_connection_that_could_not_be_opened_or_was_closed_keeps_no_fork_waiting() -> None:
    with pytest.raises(sqlite3.OperationalError):
        sqlite3.connect("file:/nowhere/to/be/found?mode=rw", uri=True, factory=GatedConnection)
    assert not fork_gate._GATE._inside
    connection = sqlite3.connect(":memory:", factory=GatedConnection)
    assert fork_gate._GATE._inside
    connection.close()
    connection.close()
    assert not fork_gate._GATE._inside


def test_a_connection_that_was_dropped_keeps_no_fork_waiting() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        connection = sqlite3.connect(":memory:", factory=GatedConnection)
        assert fork_gate._GATE._inside
        del connection
        gc.collect()
    assert not fork_gate._GATE._inside
