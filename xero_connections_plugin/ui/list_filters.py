"""Which parts of the list may a person ask for?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hostspec.ui import EmptyState, Filter
from xero_connections_plugin.ui.texts import testing_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from xero_connections_plugin.connections.attention import Standing
    from xero_connections_plugin.connections.listing import Picked

ATTENTION: Final = "attention"
_READY: Final = "ready"
_UNUSED_DAYS: Final = {f"unused_{days}": days for days in (30, 90, 180)}
_STATES: Final[dict[str, Callable[[Standing], Picked]]] = {
    ATTENTION: lambda standing: standing.needing_attention,
    _READY: lambda standing: standing.being_ready,
}


def list_filters(standing: Standing) -> tuple[Filter, ...]:
    """The filters of the list, with how many need attention."""
    return (
        Filter(filter_id="", label=texts.FILTER_ALL),
        Filter(filter_id=ATTENTION, label=texts.FILTER_ATTENTION, count=len(standing.attention)),
        Filter(filter_id=_READY, label=texts.FILTER_READY),
        *(Filter(filter_id=filter_id, label=texts.unused_for(days)) for filter_id, days in _UNUSED_DAYS.items()),
    )


def is_about_states(filter_id: str) -> bool:
    """Whether a filter asks for entries by their state."""
    return filter_id in _STATES


def picked(filter_id: str, standing: Standing) -> Picked | None:
    """The entries that a filter leaves by their state; ``None`` when it does not ask for that."""
    return _STATES[filter_id](standing) if filter_id in _STATES else None


def idle_since(filter_id: str, now: datetime) -> datetime | None:
    """Since when entries must not have been used to pass a filter; ``None`` when it does not ask for that."""
    days = _UNUSED_DAYS.get(filter_id)
    return now - timedelta(days=days) if days is not None else None


def nothing_like_this(filter_id: str) -> EmptyState | None:
    """What is shown where no entry passes a filter; ``None`` for no filter of the list."""
    if filter_id == ATTENTION:
        return EmptyState(title=texts.NO_ATTENTION_TITLE, text=texts.NO_ATTENTION_TEXT)
    if filter_id in _STATES or filter_id in _UNUSED_DAYS:
        return EmptyState(title=texts.NONE_LIKE_THIS_TITLE, text=texts.NONE_LIKE_THIS_TEXT)
    return None
