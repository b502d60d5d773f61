"""How does a look end in time, whatever it waits for, and whatever goes wrong in it?"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError
from xero_connections_plugin.gateways.checkup import checkup_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, of_error, problem, warning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LOOK_SECONDS: Final = 15.0
"""Longest look at one thing."""


def side_by_side(
    looks: Mapping[str, Callable[[], Sequence[Finding]]], seconds: float = LOOK_SECONDS
) -> tuple[Finding, ...]:
    """What the looks find, in their order. One that takes too long, or fails, is itself a finding.

    Args:
        looks: By the name of what is looked at. Each runs in a thread of its own, which is left behind when it hangs.
        seconds: For all of them together.
    """
    running = [_Look(name, look) for name, look in looks.items()]
    for look in running:
        threading.Thread(target=look.run, name=f"look at {look.name}", daemon=True).start()
    end = time.monotonic() + seconds
    return tuple(finding for look in running for finding in look.found(max(0.0, end - time.monotonic())))


class _Look:
    """One look, with its end."""

    def __init__(self, name: str, look: Callable[[], Sequence[Finding]]) -> None:
        self.name = name
        self._look = look
        self._done = threading.Event()
        self._found: Sequence[Finding] = ()

    def run(self) -> None:
        try:
            self._found = self._look()
        except CaptureError as trouble:
            self._found = (of_error(self.name, trouble),)
        except Exception as mistake:  # noqa: BLE001 -- one look must not cost the others; the text could quote a secret
            self._found = (problem(self.name, texts.look_failed(type(mistake).__name__), texts.TELL_SUPPORT),)
        finally:
            self._done.set()

    def found(self, seconds: float) -> Sequence[Finding]:
        if not self._done.wait(seconds):
            return (warning(self.name, texts.LOOK_SLOW, texts.LOOK_SLOW_REMEDY),)
        return self._found
