"""An error as a crash report shows it: its words, and what stood in every frame of ours."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_ROOT: Final = Path(__file__).parents[1]
_TESTS: Final = (str(_ROOT / "tests"), str(_ROOT / "sample_host" / "xero_simulator"))
_OURS: Final = tuple(str(_ROOT / name) for name in ("xero_connections_plugin", "hostspec", "sample_host"))
_LONGEST_CHAIN: Final = 10


def locals_of_ours(error: BaseException) -> Iterator[tuple[str, str]]:
    """What a crash report tells of the frames from ours inward, of the error and all that led to it.

    Frames of tests and of the simulator are left out: these hold secrets because they gave them.

    Returns:
        Where, with the name of the variable, and the text of its value.
    """
    for one in _chain(error):
        steps = ((trace.tb_frame, trace.tb_lineno) for trace in _from_ours(one.__traceback__))
        for frame in traceback.StackSummary.extract(steps, lookup_lines=False, capture_locals=True):
            for name, value in (frame.locals or {}).items():
                yield f"{name} in {frame.name}, {Path(frame.filename).name}:{frame.lineno}", value


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen and len(seen) < _LONGEST_CHAIN:
        seen.append(current)
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _from_ours(trace: TracebackType | None) -> Iterator[TracebackType]:
    inside = False
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        inside = inside or (file.startswith(_OURS) and not file.startswith(_TESTS))
        if inside and not file.startswith(_TESTS):
            yield trace
        trace = trace.tb_next
