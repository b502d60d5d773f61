"""Which entries need more scopes: said before anything fails, for whom, and with one button."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hostspec.connections import ConnectionStatus
from hostspec.messages import Notification
from hostspec.providers import Connection, SavedConnection
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId, TypeId
from xero_connections_plugin.connections.needs import Need
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState
from xero_connections_plugin.xero.kept_settings import KeptSettings
from xero_connections_plugin.xero.scope_findings import ScopeFindings
from xero_connections_plugin.xero.scope_readiness import BROAD_END
from xero_connections_plugin.xero.scope_watch import ScopeWatch
from xero_connections_plugin.xero.scopes import PRESET_SCOPES, ScopePreset

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
GRANT = GrantId("grant-1")


def entry(
    name: str = "Head office", preset: ScopePreset = ScopePreset.GRANULAR, sign_in: str | None = GRANT
) -> Connection:
    kept = KeptSettings(
        client_id="0" * 32,
        application_url="http://localhost",
        port=8888,
        scope_preset=preset,
        grant_id=GrantId(sign_in) if sign_in else None,
        tenant_id="t",
        tenant_name="Bakehouse Ltd",
        tenant_type="ORGANISATION",
    )
    return Connection(
        connection_id=ConnectionId(f"id-{name}"),
        type_id=TypeId("xero"),
        display_name=name,
        saved=SavedConnection(settings=kept.model_dump(mode="json"), subtitle="Bakehouse Ltd", sign_in=sign_in),
        created_at=NOW,
        changed_at=NOW,
    )  # fmt: skip


def grant(*scopes: str) -> GrantRecord:
    return GrantRecord(
        grant_id=GRANT,
        client_id="0" * 32,
        user_id="u",
        account="Ada",
        scopes=scopes,
        state=GrantState.ACTIVE,
        cause=None,
        generation=1,
        key_id="k",
        created_at=NOW,
        authorized_at=NOW,
        refreshed_at=NOW,
        access_expires_at=NOW,
    )


class Grants:
    def __init__(self, *records: GrantRecord) -> None:
        self._records = {record.grant_id: record for record in records}

    def record(self, grant_id: GrantId) -> GrantRecord | None:
        return self._records.get(grant_id)


def findings(record: GrantRecord, *needs: tuple[str, str, tuple[str, ...]], now: datetime = NOW) -> ScopeFindings:
    told = tuple(
        Need(connection_id=ConnectionId("any"), profile=profile, host=host, needs=scopes)
        for profile, host, scopes in needs
    )
    return ScopeFindings(lambda _: told, Grants(record), FakeClock(now))


def test_a_sign_in_that_allows_everything_is_no_finding() -> None:
    record = grant(*PRESET_SCOPES[ScopePreset.GRANULAR])
    found = findings(record, ("Supplier invoices", "", ("accounting.invoices", "accounting.attachments")))
    assert found(entry(), record) is None
    assert found.facts(entry(), record) == ()
    assert found.widened_values(entry()) is None


def test_a_missing_scope_is_told_with_the_profile_that_needs_it_and_one_button() -> None:
    record = grant("offline_access", "accounting.invoices")
    found = findings(record, ("Supplier invoices", "", ("accounting.invoices", "accounting.attachments")))
    told = found(entry(), record)
    assert told is not None
    assert told.status is ConnectionStatus.SCOPE_MISSING
    assert told.cause == "Supplier invoices needs accounting.attachments, which this sign-in does not allow."
    assert told.repair is not None
    assert (told.repair.action_id, told.repair.label) == ("widen:authorize", "Authorize with more scopes")


def test_of_several_profiles_the_first_is_named_and_the_details_name_all() -> None:
    record = grant("offline_access")
    found = findings(record, ("A", "Workstation 2", ("files",)), ("B", "", ("projects", "assets")), ("C", "", ()))
    told = found(entry(), record)
    assert told is not None
    assert told.cause == (
        "A on Workstation 2 needs files, which this sign-in does not allow. 1 more profile needs more, too."
    )
    assert [fact.text for fact in found.facts(entry(), record)] == [
        "A on Workstation 2 needs files, which this sign-in does not allow.",
        "B needs projects and assets, which this sign-in does not allow.",
    ]


def test_an_entry_without_a_sign_in_has_other_troubles() -> None:
    found = findings(grant(), ("A", "", ("files",)))
    assert found(entry(sign_in=None), None) is None
    assert found.facts(entry(sign_in=None), None) == ()
    assert found.lacking(entry(sign_in=None), ("files",)) == ()
    assert found.widened_values(entry(sign_in=None)) is None


def test_the_definition_opens_with_what_is_missing_added_and_the_rest_as_it_was() -> None:
    record = grant(*PRESET_SCOPES[ScopePreset.GRANULAR])
    values = findings(record, ("A", "", ("projects",)), ("B", "", ("files",))).widened_values(entry())
    assert values is not None
    assert (values["scope_preset"], values["extra_scopes"]) == ("granular_files", "projects")
    assert (values["client_id"], values["port"]) == ("0" * 32, 8888)


def test_broad_scopes_are_a_fact_with_their_date_long_before_and_a_finding_half_a_year_before() -> None:
    record = grant(*PRESET_SCOPES[ScopePreset.LEGACY])
    legacy = entry(preset=ScopePreset.LEGACY)
    early = findings(record)
    assert early(legacy, record) is None
    assert [fact.text for fact in early.facts(legacy, record)] == ["accounting.transactions (September 2027)"]
    late = findings(record, now=BROAD_END - timedelta(days=179))
    told = late(legacy, record)
    assert told is not None
    assert told.status is ConnectionStatus.EXPIRING
    assert told.cause.startswith("accounting.transactions ends in September 2027.")
    assert told.repair is not None
    assert told.repair.label == "Authorize with new scopes"
    for found in (early, late):
        values = found.widened_values(legacy)
        assert values is not None
        assert values["scope_preset"] == "granular"


def test_what_a_target_of_a_switch_lacks_can_be_asked_for() -> None:
    found = findings(grant("accounting.transactions"))
    assert found.lacking(entry(), ("accounting.invoices", "files")) == ("files",)


class Telling:
    """Remembers what it was told, as ``Notices`` does."""

    def __init__(self) -> None:
        self.told: list[Notification] = []

    def tell_once(self, notification: Notification) -> bool:
        if any(one.notification_id == notification.notification_id for one in self.told):
            return False
        self.told.append(notification)
        return True


def watching(clock: FakeClock, telling: Telling, record: GrantRecord, *entries: Connection) -> ScopeWatch:
    return ScopeWatch(TypeId("xero"), lambda _: entries, lambda _: {record.grant_id: record}, telling.tell_once, clock)


def test_the_end_is_told_at_180_90_and_30_days_each_once_naming_the_entries() -> None:
    clock, telling = FakeClock(BROAD_END - timedelta(days=200)), Telling()
    watch = watching(clock, telling, grant("accounting.transactions"), entry("A"), entry("B"), entry("C", sign_in=None))
    for _ in range(210):
        watch.look()
        clock.advance(86_400)
    assert [one.notification_id for one in telling.told] == ["scopes|end-180", "scopes|end-90", "scopes|end-30"]
    assert telling.told[0].text.startswith("A, B use scopes that Xero ends in September 2027.")


def test_a_host_that_was_off_is_told_the_latest_only() -> None:
    clock, telling = FakeClock(BROAD_END - timedelta(days=20)), Telling()
    watching(clock, telling, grant("accounting.transactions"), entry()).look()
    assert [one.notification_id for one in telling.told] == ["scopes|end-30"]


def test_nobody_is_told_where_no_scope_ends() -> None:
    clock, telling = FakeClock(BROAD_END - timedelta(days=20)), Telling()
    watching(clock, telling, grant("accounting.invoices"), entry()).look()
    assert telling.told == []


def test_ten_thousand_entries_cost_little_while_a_list_is_drawn(figure: Callable[[str, object], None]) -> None:
    record = grant(*PRESET_SCOPES[ScopePreset.LEGACY])
    needs = ("accounting.invoices", "accounting.contacts", "accounting.settings.read", "accounting.attachments")
    found, one = findings(record, ("Profile", "", needs)), entry()
    records = [replace(record, grant_id=GrantId(f"g{number}")) for number in range(10_000)]
    began = time.perf_counter()
    assert all(found(one, each) is None for each in records)
    passed = time.perf_counter() - began
    figure("10,000 entries (ms)", round(passed * 1000))
    assert passed < 2
