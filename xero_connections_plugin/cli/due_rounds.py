"""How are all sign-ins renewed that are due, although a turn is short and shared with every host?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hostspec.connections import ChoiceQuery, ConnectionStatus

if TYPE_CHECKING:
    from threading import Event

    from hostspec.errors import SecretStoreUnavailable
    from xero_connections_plugin.cli.console_host import OpenHouse
    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.oauth.keep_alive import UsedGrant

BUDGET_SECONDS: Final = 60.0
"""Of one round of housekeeping; the longest renewal takes 65 seconds."""

END_SECONDS: Final = 40.0
"""For what is under way when the program is asked to end: one request takes 30 seconds at most."""

_SLICE: Final = 0.2
_PATIENCE: Final = 2
"""Turns without any progress after which the rest is left for the next time."""

_MOST_ENTRIES: Final = 10_000


@dataclass(frozen=True)
class RoundReport:
    """What a round came to."""

    renewed: int
    due: int
    """Still."""
    sign_in_needed: tuple[str, ...]
    """Names of the entries for which a person has to sign in."""
    key_problem: SecretStoreUnavailable | None
    """Why this machine cannot renew what is, or will be, due."""
    unreachable: int


def run_round(opened: OpenHouse, stop: Event) -> RoundReport:
    """Do what hosts do now and then, until nothing is due, nothing goes on, or somebody asks to stop.

    Args:
        opened: The rooms.
        stop: Set from a signal.

    Raises:
        StoreUnavailable, StoredDataDamaged: It is not known what there is to do.
    """
    from xero_connections_plugin.oauth.keep_alive import TURN_LENGTH

    before = {grant.grant_id: grant for grant in _due(opened)}
    # Asked for although nothing may be due: monitoring is to hear today that nothing could be renewed in three weeks.
    key_problem = opened.house.stores.vault.probe()
    left, without_progress = len(before), 0
    while True:
        opened.house.maintain(BUDGET_SECONDS)
        _let_work(opened, stop)
        now = len(_due(opened))
        without_progress = 0 if now < left else without_progress + 1
        left = now
        if not left or stop.is_set() or without_progress == _PATIENCE or key_problem is not None:
            break
        # Each process has one turn in its length, and lets it run out, so that no minute brings too many renewals.
        stop.wait(TURN_LENGTH.total_seconds())
    return _report(opened, before, left, key_problem)


def _let_work(opened: OpenHouse, stop: Event) -> None:
    """Until everything that a round began has come to its end."""
    until = opened.house.host.clock.monotonic() + 2 * BUDGET_SECONDS
    while not opened.wait_for_tasks(_SLICE):
        if stop.is_set() or opened.house.host.clock.monotonic() > until:
            opened.end_tasks(END_SECONDS)
            return


def _due(opened: OpenHouse) -> tuple[UsedGrant, ...]:
    from xero_connections_plugin.gateways.records.keep_alive_store import SqlUsedGrants
    from xero_connections_plugin.oauth.keep_alive import due

    stores = opened.house.stores
    days = stores.settings.keep_alive_days
    grants = SqlUsedGrants(stores.database)
    return due(grants.used(), grants.now(), timedelta(days=days)) if days else ()


def _report(
    opened: OpenHouse,
    before: dict[GrantId, UsedGrant],
    left: int,
    key_problem: SecretStoreUnavailable | None,
) -> RoundReport:
    from xero_connections_plugin.gateways.records.keep_alive_store import SqlUsedGrants

    after = SqlUsedGrants(opened.house.stores.database).used()
    renewed = sum(
        1 for grant in after if grant.grant_id in before and grant.generation > before[grant.grant_id].generation
    )
    choices = tuple(opened.house.host.hooks.connection_choices(ChoiceQuery(limit=_MOST_ENTRIES)))
    return RoundReport(
        renewed=renewed,
        due=left,
        sign_in_needed=tuple(
            choice.label
            for choice in choices
            if choice.status in {ConnectionStatus.NEEDS_SIGN_IN, ConnectionStatus.ACCESS_WITHDRAWN}
        ),
        key_problem=key_problem,
        unreachable=sum(choice.status is ConnectionStatus.UNREACHABLE for choice in choices),
    )
