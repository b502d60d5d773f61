"""How long is waited before a call is made once more, and may it be made once more at all?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from requests.exceptions import UnrewindableBodyError
from requests.utils import rewind_body

from hostspec.errors import ProviderUnavailable
from xero_connections_plugin.xero.answer_verdicts import LimitKind, LimitReached

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from hostspec.errors import ConnectionProblem

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
WAITING_BUDGET: Final = 60.0
_READ_REPEATS: Final = 2
_LIMIT_REPEATS: Final = 4
_LONGEST_READ_PAUSE: Final = 5.0


@dataclass
class Course:
    """What happened so far while one request is being answered."""

    renewed: bool = False
    outages: int = 0
    limits: int = 0
    waited: float = 0.0


def pause_after_failure(request: requests.PreparedRequest, course: Course, problem: ConnectionProblem) -> float | None:
    """Seconds before a read is repeated; ``None`` to give up, which every write does at once."""
    asked = problem.retry_after if isinstance(problem, ProviderUnavailable) else None
    hopeless = problem.code in {"TLS_UNTRUSTED", "PROXY"} or (asked is not None and asked > _LONGEST_READ_PAUSE)
    if request.method not in READING or hopeless or course.outages >= _READ_REPEATS:
        return None
    course.outages += 1
    return max(asked or 0.0, 0.5 * 2.0 ** (course.outages - 1))


def pause_at_limit(course: Course, limit: LimitReached, jitter: Callable[[], float]) -> float | None:
    """Seconds before a call is repeated that was refused before anything was done; ``None`` to give up."""
    if limit.kind is LimitKind.DAY or course.limits >= _LIMIT_REPEATS:
        return None
    course.limits += 1
    if limit.retry_after is not None:
        return limit.retry_after
    if limit.kind is LimitKind.CONCURRENT:
        # Other processes were refused at the same moment: they must not all come back at the same moment.
        return 0.5 * 2.0 ** (course.limits - 1) * (1.0 + 0.5 * jitter())
    return 2.0 ** (course.limits - 1)


def rewound(request: requests.PreparedRequest) -> bool:
    """Whether the body is ready to be sent once more; a stream that is used up would go out empty."""
    body: object = request.body
    if body is None or isinstance(body, str | bytes):
        return True
    try:
        rewind_body(request)
    except UnrewindableBodyError:
        return False
    return True
