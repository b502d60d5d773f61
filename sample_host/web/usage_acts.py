"""What a person does in the usage dialog of a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from hostspec.ui import Origin
from sample_host.usage_desk import UsageDesk
from sample_host.usage_dialog import PAGE_ROWS, UsageDialog, chosen


def act_on_usage(
    desk: UsageDesk, origin: Origin, usage: UsageDialog, action: str, values: Mapping[str, JsonValue]
) -> UsageDialog:
    """The dialog after an act; an act that nobody knows only takes over what was chosen."""
    if usage.plan is not None:
        match action:
            case "switch":
                return desk.apply(origin, usage)
            case "back":
                return replace(usage, plan=None, finishes=False, problem="")
            case _:
                return usage
    now = _with_values(usage, values)
    match action:
        case "preview":
            return desk.preview(origin, now)
        case "undo":
            return desk.undo(origin, now)
        case "finish":
            return desk.finish(origin, now)
        case "next":
            return _turned(now, PAGE_ROWS)
        case "previous":
            return _turned(now, -PAGE_ROWS)
        case _:
            return now


def _with_values(usage: UsageDialog, values: Mapping[str, JsonValue]) -> UsageDialog:
    target, search, ticked = values.get("target"), values.get("search"), values.get("ticked")
    drawn = frozenset(one.usage_id for one in usage.shown)
    sent = frozenset(str(one) for one in ticked) if isinstance(ticked, list) else frozenset()
    return chosen(
        usage,
        target if isinstance(target, str) else usage.target_id,
        # Of lines that are not drawn the page says nothing.
        (usage.ticked - drawn) | (sent & drawn),
        search=search if isinstance(search, str) else usage.search,
        offset=usage.offset,
    )


def _turned(usage: UsageDialog, lines: int) -> UsageDialog:
    return chosen(usage, usage.target_id, usage.ticked, search=usage.search, offset=usage.offset + lines)
