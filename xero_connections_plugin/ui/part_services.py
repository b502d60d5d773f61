"""What do the parts of the tab have in common that work beside the caller?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xero_connections_plugin.ui.errands import Errands

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.services import Clock, Tasks
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.ui.row_choice import RowChoice


@dataclass(frozen=True, kw_only=True)
class PartServices:
    """Handed to each of them whole; each takes what it needs."""

    rows: RowChoice
    """Finds the chosen entry."""
    types: ConnectionTypes
    """Which kinds of entries there are."""
    access: Access
    """Who may do what."""
    history: History
    """Hears what was done, and tells it."""
    clock: Clock
    tasks: Tasks
    """Where work goes on beside the caller."""
    changed: Callable[[str | None], None]
    """Called with a wait id when its wait has news, and with ``None`` when the list has."""
    new_id: Callable[[], str]
    """Makes ids of windows and waits."""

    def errands(self, failed: str) -> Errands:
        """For the work of one part.

        Args:
            failed: What is said where a fault ended the work.
        """
        return Errands(self.tasks, self.clock, self.changed, failed)
