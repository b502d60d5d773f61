"""What the doctor says around its findings."""

from __future__ import annotations

from typing import Final

from xero_connections_plugin.gateways.checkup.checkup_findings import Grade

MARKS: Final = {Grade.OK: "ok", Grade.WARNING: "warning", Grade.PROBLEM: "problem"}
ALL_FINE: Final = "Everything is in order."


def summary(warnings: int, problems: int) -> str:
    """What all of it comes to."""
    told = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((problems, "problem"), (warnings, "warning"))
        if count
    ]
    return f"{' and '.join(told)} found." if told else ALL_FINE


def host_unusable(why: str) -> str:
    """The host that was named cannot say where its data lie."""
    return f"The host cannot be asked where its data lie: {why}"[:300]
