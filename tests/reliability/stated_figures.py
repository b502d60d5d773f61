"""How are figures in seconds held against the product and not against whatever else the machine is doing?"""

from __future__ import annotations

from collections.abc import Callable


def is_within(seconds: float, attempt: Callable[[], float], *, attempts: int = 5) -> bool:
    """Whether it takes no longer, at least once in a few times: other load only slows, a fault slows every time.

    Args:
        seconds: The stated figure.
        attempt: Does it once, and tells how many seconds it took.
        attempts: How often at most.
    """
    return any(attempt() <= seconds for _ in range(attempts))
