"""Does a sign-in allow what is needed, for how long still, and what is to be asked for instead?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.xero.scopes import PRESET_SCOPES, ScopePreset, scopes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

BROAD_END: Final = datetime(2027, 9, 1, tzinfo=UTC)
"""In this month Xero ends the broad scopes; no day was named, so the first one counts."""

WARN_BEFORE: Final = timedelta(days=180)

_TRANSACTIONS: Final = (
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.manualjournals",
)

BROAD_SCOPES: Final[dict[str, tuple[str, ...]]] = {
    "accounting.transactions": _TRANSACTIONS,
    "accounting.transactions.read": tuple(f"{scope}.read" for scope in _TRANSACTIONS),
    "accounting.reports.read": tuple(
        f"accounting.reports.{report}.read"
        for report in (
            "aged",
            "balancesheet",
            "banksummary",
            "budgetsummary",
            "executivesummary",
            "profitandloss",
            "taxreports",
            "trialbalance",
        )
    ),
}
"""The scopes that end, each with the granular ones that it stands for."""

_READ: Final = ".read"


@dataclass(frozen=True)
class Wanted:
    """What a definition should ask for."""

    preset: ScopePreset
    additions: tuple[str, ...]


def lacking(granted: Collection[str], needed: Iterable[str]) -> tuple[str, ...]:
    """The needed scopes that are covered by none of the granted ones, each once, in the order of the needs."""
    return tuple(dict.fromkeys(scope for scope in needed if not _covered(scope, granted)))


def ending(granted: Collection[str]) -> tuple[str, ...]:
    """The granted scopes that Xero ends and that nothing takes the place of yet.

    Scopes add up: whoever agrees to granular ones keeps the broad one until its end, and has nothing more to do.
    """
    return tuple(
        scope for scope in granted if scope in BROAD_SCOPES and not any(one in granted for one in BROAD_SCOPES[scope])
    )


def ends_soon(now: datetime) -> bool:
    """Whether it is time to do something about broad scopes."""
    return now >= BROAD_END - WARN_BEFORE


def widened(preset: ScopePreset, additions: tuple[str, ...], needed: Iterable[str], now: datetime) -> Wanted:
    """What to ask for instead: what was asked for before and what is needed, in granular scopes.

    Broad scopes are replaced by what they stand for; an app that is old enough to have them may ask for those, too.
    They stay only while another scope is missing and their end is far away: one thing at a time.
    """
    needed = tuple(needed)
    if ends_soon(now) or not lacking(scopes_of(preset, additions), needed):
        preset = ScopePreset.GRANULAR if preset is ScopePreset.LEGACY else preset
        additions = _granular(additions)
    wanted = (*additions, *lacking(scopes_of(preset, additions), needed))
    if "files" in wanted and preset is ScopePreset.GRANULAR:
        preset = ScopePreset.GRANULAR_FILES
    asked = PRESET_SCOPES[preset]
    return Wanted(preset, tuple(dict.fromkeys(scope for scope in wanted if scope not in asked)))


def _granular(scopes: Iterable[str]) -> tuple[str, ...]:
    """The same with granular scopes in place of broad ones."""
    found: list[str] = []
    for scope in scopes:
        found += BROAD_SCOPES.get(scope, (scope,))
    return tuple(dict.fromkeys(found))


def _covered(scope: str, granted: Collection[str]) -> bool:
    stem = scope.removesuffix(_READ)
    enough = {scope, stem}
    if any(one in enough for one in granted):
        return True
    return any(enough & set(BROAD_SCOPES[one]) for one in granted if one in BROAD_SCOPES)
