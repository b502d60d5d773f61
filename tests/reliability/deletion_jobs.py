"""What processes do that are killed while they delete a connection with a choice at Xero. Runs in forked processes."""

from __future__ import annotations

from typing import Final

from tests.reliability.crash_jobs import ENTRY, Place, host_at
from tests.reliability.crash_points import DELETING, Doing, Point, Trap, kill_here
from tests.stories.deletion_acts import ask

CHOICE_POINTS: Final = (
    Point("", "inside the commit that hides the entry", Doing.DELETE, (DELETING, "store:before-commit")),
    Point("", "hidden, not told", Doing.DELETE, (DELETING, "store:after-commit")),
    Point("", "hidden", Doing.DELETE, ("removal: hidden",)),
    Point("", "about to be handed on", Doing.DELETE, ("removal: handing on",)),
    Point("", "inside the commit that hands the choice on", Doing.DELETE, ("removal: hidden", "store:before-commit")),
    Point("", "handed on, not settled", Doing.DELETE, ("removal: hidden", "store:after-commit")),
    Point("", "handed on", Doing.DELETE, ("removal: noted",)),
    Point("", "asked", Doing.DELETE, ("removal: noted", "store:after-commit")),
)
"""In the order in which a process comes to them; the first is the only one that leaves the entry."""


def delete_until(point: Point, place: Place, choice: str) -> None:
    """Delete the connection, choosing something at Xero, and end there."""
    trap = Trap(point, kill_here)
    with host_at(place, trap) as host:
        host.tasks.join()
        tab = host.tab("Connections")
        ask(tab, ENTRY, choice)
        trap(DELETING)
        tab.press("Delete")
        tab.continue_until(lambda: not tab.titles)
