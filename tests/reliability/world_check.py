"""Is a world of hosts, stored entries and a simulated Xero as it should be, once everything is calm again?"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, assert_never

from hostspec.connections import ChangeKind, ChoiceQuery, ConnectionsChange, ConnectionStatus, HttpSession
from hostspec.errors import (
    AccessWithdrawn,
    CaptureError,
    ConnectionNotFound,
    NoTenant,
    ProviderUnavailable,
    ScopeMissing,
    SecretStoreUnavailable,
    SignInNeeded,
    SignInRejected,
    StoredDataDamaged,
    StoreUnavailable,
    TenantMismatch,
)
from hostspec.markers import hookimpl
from tests.canaries import find_marks
from tests.reliability.invariants import USABLE, check_error, check_refusals, same_again
from tests.secret_watch import without_sign_in_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hostspec.messages import Notification
    from hostspec.services import HostServices
    from hostspec.testing import FakeHost, TabDriver
    from hostspec.value import ConnectionId
    from sample_host.xero_simulator.control_messages import SimulatorState

REFRESH_SECONDS: Final = 65
"""A whole refresh with one replay."""

MOST_ENTRIES: Final = 12
"""Entries that are tried; of longer lists the first ones."""

_TOLD: Final = (
    SignInNeeded,
    AccessWithdrawn,
    NoTenant,
    ScopeMissing,
    TenantMismatch,
    SignInRejected,
    SecretStoreUnavailable,
    StoreUnavailable,
    StoredDataDamaged,
    ConnectionNotFound,
)
_BAD: Final = frozenset(
    {ConnectionStatus.NEEDS_SIGN_IN, ConnectionStatus.ACCESS_WITHDRAWN, ConnectionStatus.KEY_MISSING}
)


class Bystander:
    """Another plugin of a host; counts what it is told."""

    def __init__(self) -> None:
        self.started = 0
        self.stopped = 0
        self.maintained = 0
        self.changes: list[ConnectionsChange] = []
        self.notices: list[Notification] = []

    @hookimpl
    def capture_startup(self, host: HostServices) -> None:
        self.started += 1

    @hookimpl
    def capture_maintain(self, budget_seconds: float) -> None:
        self.maintained += 1

    @hookimpl
    def capture_shutdown(self) -> None:
        self.stopped += 1

    @hookimpl
    def capture_connections_changed(self, change: ConnectionsChange) -> None:
        self.changes.append(change)

    @hookimpl
    def capture_notify(self, notification: Notification) -> None:
        self.notices.append(notification)


def check_bystanders(before: Bystander, after: Bystander, host: FakeHost) -> None:
    """I12: plugins registered before and after ours were told everything that the host was told."""
    assert before.started == after.started, "I12: not every plugin was started"
    assert before.stopped == after.stopped >= before.started, "I12: not every plugin was shut down"
    assert before.maintained == after.maintained, "I12: maintenance did not reach every plugin"
    for told in (before, after):
        assert len(told.changes) == len(host.connection_changes), "I12: changes did not reach every plugin"
        assert len(told.notices) == len(host.notifications), "I12: notices did not reach every plugin"


def check_entries(host: FakeHost) -> dict[ConnectionId, str]:
    """I3 and I10: each entry works at Xero, or says by a code what it needs; the list says the same.

    Args:
        host: Just started, with no faults around it.

    Returns:
        For each entry ``USABLE`` or the code of its error; empty when the list itself cannot be had, which it told.
    """
    listed = host.hooks.connection_choices(ChoiceQuery(limit=10_000))
    outcomes = {
        choice.connection_id: same_again(partial(_use_entry, host, choice.connection_id))
        for choice in listed.items[:MOST_ENTRIES]
    }
    statuses = {one.connection_id: one.status for one in host.hooks.connection_choices(ChoiceQuery(limit=10_000)).items}
    for connection_id, outcome in outcomes.items():
        status = statuses.get(connection_id)
        assert not (outcome == USABLE and status in _BAD), f"I3: an entry works, and the list says {status}"
    return outcomes


def check_refreshed_again(state: SimulatorState) -> None:
    """I4: a token was presented again only where a fault could have cost the answer."""
    again = sum(max(0, count.presented - 1) for count in state.tokens.values())
    assert again <= state.fault_strikes, f"I4: tokens were presented {again} times again, {state.fault_strikes} faults"
    check_refusals(state)


def check_announced(hosts: Iterable[FakeHost], stored: frozenset[ConnectionId]) -> None:
    """I2: what was reported as added and not as removed is there."""
    added: Counter[ConnectionId] = Counter()
    removed: Counter[ConnectionId] = Counter()
    for change in (change for host in hosts for change in host.connection_changes):
        match change.kind:
            case ChangeKind.ADDED:
                added.update(change.connection_ids)
            case ChangeKind.REMOVED:
                removed.update(change.connection_ids)
            case ChangeKind.CHANGED:
                pass
            case _:
                assert_never(change.kind)
    # What was deleted and taken back was added twice.
    lost = {one for one in added if added[one] > removed[one]} - stored
    assert not lost, f"I2: {len(lost)} entries that were reported as added are not there"
    back = {one for one in removed if removed[one] >= added[one]} & stored
    assert not back, "I2: entries that were reported as removed are there"


def check_windows(tabs: Iterable[TabDriver]) -> None:
    """I1: no window showed a secret, except to its own person the address of the sign-in."""
    for tab in tabs:
        shown = "\n".join([*tab.transcript, tab.clipboard])
        found = find_marks(without_sign_in_addresses(shown))
        assert found == [], f"I1: a window showed a secret: {found}"


@contextmanager
def refresh_budget(host: FakeHost) -> Iterator[None]:
    """I6: by the host's clock, what is done takes no longer than a refresh may."""
    began = host.clock.monotonic()
    try:
        yield
    finally:
        passed = host.clock.monotonic() - began
        assert passed <= REFRESH_SECONDS, f"I6: {passed:g} s passed"


def _use_entry(host: FakeHost, connection_id: ConnectionId) -> str:
    try:
        with refresh_budget(host), host.hooks.open_session(connection_id) as session:
            if not isinstance(session, HttpSession):
                return USABLE
            status = session.http.get("Organisation").status_code
    except CaptureError as problem:
        return _told(problem)
    assert status == 200, f"I3: Xero answers {status} to an entry that seems to work"
    return USABLE


def _told(problem: CaptureError) -> str:
    check_error(problem)
    limited = isinstance(problem, ProviderUnavailable) and problem.code == "RATE_LIMITED"
    assert limited or isinstance(problem, _TOLD), f"I3: in a calm world an entry ends in {problem.code}: {problem}"
    return problem.code
