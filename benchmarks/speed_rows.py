"""Which rows has the table of speed, in its order? A new row is a ``Row`` of its module, named here."""

from __future__ import annotations

from benchmarks import call_times, cold_starts, held_memory, many_sign_ins, sign_in_times, store_times
from benchmarks.findings import Row

ROWS: tuple[Row, ...] = (
    *cold_starts.ROWS,
    *call_times.ROWS,
    *many_sign_ins.ROWS,
    *store_times.ROWS,
    *sign_in_times.ROWS,
    *held_memory.ROWS,
)
