from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hostspec.connections import ConnectionStatus
from hostspec.errors import StoreUnavailable
from hostspec.providers import Condition, Connection, SavedConnection
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId, TypeId
from tests.plugin.memory_entries import MemoryEntryStore
from tests.plugin.test_tenant_options import link
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState
from xero_connections_plugin.xero.health import IDLE_LIFE
from xero_connections_plugin.xero.siblings import Siblings
from xero_connections_plugin.xero.tenants import TenantOption, tenant_options

XERO = TypeId("xero")
APP = "A" * 32
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Bench:
    def __init__(self) -> None:
        self.entries = MemoryEntryStore()
        self.clock = FakeClock(NOW)
        self.mended: list[str] = []
        self.changed: list[str] = []
        self.standing: GrantRecord | None = None
        self.siblings = Siblings(
            XERO,
            self.entries,
            standing=lambda _client_id, _user_id: self.standing,
            mended=self.mended.append,
            changed=self.changed.append,
            clock=self.clock,
        )

    def add(
        self,
        name: str,
        tenant_id: str,
        *,
        sign_in: str | None = "g1",
        client_id: str = APP,
        condition: Condition | None = None,
    ) -> ConnectionId:
        connection_id = ConnectionId(f"id-{name}")
        self.entries.add(
            Connection(
                connection_id=connection_id,
                type_id=XERO,
                display_name=name,
                saved=SavedConnection(settings={"client_id": client_id, "tenant_id": tenant_id}, sign_in=sign_in),
                created_at=NOW,
                changed_at=NOW,
            ),
            name_key=name.casefold(),
        )
        self.entries.set_condition(connection_id, condition)
        return connection_id

    def repair(self, *tenant_ids: str, worked_before: bool, edited: str | None = None) -> tuple[str, ...]:
        return self.siblings.repair(
            record(), reached(*tenant_ids), worked_before=worked_before, edited=ConnectionId(edited) if edited else None
        )


def record(state: GrantState = GrantState.ACTIVE) -> GrantRecord:
    return GrantRecord(
        grant_id=GrantId("g1"),
        client_id=APP,
        user_id="u1",
        account="Ada Keeper",
        scopes=("accounting.contacts", "offline_access"),
        state=state,
        cause=None,
        generation=1,
        key_id="k",
        created_at=NOW,
        authorized_at=NOW,
        refreshed_at=NOW,
        access_expires_at=NOW,
    )


def reached(*tenant_ids: str) -> tuple[TenantOption, ...]:
    return tenant_options([link(tenant_id, tenant_id) for tenant_id in tenant_ids], "")


def found(status: ConnectionStatus, cause: str = "It is gone.") -> Condition:
    return Condition(status=status, cause=cause, since=NOW)


def test_entries_of_a_dead_sign_in_work_again_by_a_new_one_and_are_named() -> None:
    bench = Bench()
    bench.add("Kiosk", "t2")
    bench.add("Head office", "t1")
    bench.add("Elsewhere", "t1", sign_in="g2")
    assert bench.repair("t1", "t2", worked_before=False, edited="id-Head office") == ("Kiosk",)
    assert (bench.mended, bench.changed) == ([], ["id-Kiosk"])


def test_entries_that_worked_before_are_not_called_repaired() -> None:
    bench = Bench()
    bench.add("Kiosk", "t2")
    assert bench.repair("t1", "t2", worked_before=True) == ()
    assert bench.changed == []


def test_a_company_that_the_sign_in_does_not_reach_is_not_repaired() -> None:
    bench = Bench()
    bench.add("Kiosk", "t2", condition=found(ConnectionStatus.ACCESS_WITHDRAWN))
    assert bench.repair("t1", worked_before=False) == ()
    assert bench.repair(worked_before=False) == ()
    assert bench.mended == []


def test_withdrawn_access_is_over_when_the_company_is_reached_again() -> None:
    bench = Bench()
    bench.add("Kiosk", "t2", condition=found(ConnectionStatus.ACCESS_WITHDRAWN))
    bench.add("Head office", "t1", condition=found(ConnectionStatus.ACCESS_WITHDRAWN))
    assert bench.repair("t1", "t2", worked_before=True, edited="id-Head office") == ("Kiosk",)
    assert bench.mended == ["id-Head office", "id-Kiosk"]


def test_a_missing_scope_is_repaired_by_a_sign_in_that_has_it_only() -> None:
    bench = Bench()
    lacks = "The sign-in for Bakehouse lacks the scope {}, or its user may not do this in Xero."
    bench.add("Has it", "t1", condition=found(ConnectionStatus.SCOPE_MISSING, lacks.format("accounting.contacts")))
    bench.add("Lacks it", "t1", condition=found(ConnectionStatus.SCOPE_MISSING, lacks.format("files")))
    assert bench.repair("t1", worked_before=True) == ("Has it",)


def test_other_conditions_are_left_to_those_who_noted_them() -> None:
    bench = Bench()
    bench.add("Kiosk", "t1", condition=found(ConnectionStatus.NEEDS_SIGN_IN))
    assert bench.repair("t1", worked_before=True) == ()
    assert bench.mended == []


def test_a_grant_works_while_it_is_active_and_not_idle_for_too_long() -> None:
    bench = Bench()
    assert not bench.siblings.works_already(APP, "u1")
    bench.standing = record()
    assert bench.siblings.works_already(APP, "u1")
    bench.clock.advance((IDLE_LIFE - timedelta(seconds=1)).total_seconds())
    assert bench.siblings.works_already(APP, "u1")
    bench.clock.advance(1)
    assert not bench.siblings.works_already(APP, "u1")
    assert not bench.siblings.works(record(GrantState.ENDING))


def test_companies_in_use_are_named_by_the_first_other_entry_of_the_app() -> None:
    bench = Bench()
    bench.add("Zebra", "t1")
    bench.add("Anchor", "t1", sign_in="g2")
    bench.add("Mine", "t2")
    bench.add("Other app", "t3", client_id="B" * 32)
    bench.add("None yet", "", sign_in=None)
    assert bench.siblings.users(APP, edited=ConnectionId("id-Mine")) == {"t1": "Anchor"}


def test_a_store_in_trouble_costs_the_names_and_not_the_sign_in() -> None:
    bench = Bench()
    bench.add("Kiosk", "t2")

    def fail(_connection_id: ConnectionId) -> None:
        raise StoreUnavailable("The disk is full.")

    siblings = Siblings(
        XERO,
        bench.entries,
        standing=lambda _client_id, _user_id: None,
        mended=fail,
        changed=fail,
        clock=bench.clock,
    )
    assert siblings.repair(record(), reached("t2"), worked_before=False, edited=None) == ("Kiosk",)
