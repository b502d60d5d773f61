"""A test of an entry looks at four things in order, writes nothing, and says what stays wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from hostspec.connections import ConnectionStatus
from hostspec.errors import (
    ConnectionProblem,
    ProviderUnavailable,
    ScopeMissing,
    SecretStoreUnavailable,
    SignInNeeded,
    SignInRejected,
)
from hostspec.providers import Condition, Connection
from hostspec.testing import FakeClock
from tests.canaries import canary
from tests.plugin.fake_tenants import FakeTenantsApi
from tests.plugin.test_health import ENTRY, RECORD
from xero_connections_plugin.oauth.grant import AccessToken, GrantId, GrantRecord
from xero_connections_plugin.xero.connection_check import LINKS_SECONDS, MOST_A_MINUTE, CompanyRead, ConnectionCheck
from xero_connections_plugin.xero.kept_settings import KeptSettings
from xero_connections_plugin.xero.scopes import PRESET_SCOPES, ScopePreset
from xero_connections_plugin.xero.tenants import TenantLink

TOKEN = canary("token-of-a-test")
LINK = TenantLink("l1", "t1", "ORGANISATION", "Bakehouse Ltd", None, None, None)


class OneGrant:
    """A grant that hands out its token, or a problem."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        self.found: GrantRecord | None = replace(RECORD, scopes=scopes)
        self.problem: ConnectionProblem | None = None

    def access_token(self, grant_id: GrantId, *, refused: int | None = None) -> AccessToken:
        assert grant_id == "g1"
        if self.problem is not None:
            raise self.problem
        return AccessToken(SecretStr(TOKEN), (refused or 0) + 1, RECORD.access_expires_at)

    def record(self, grant_id: GrantId) -> GrantRecord | None:
        return self.found


class CountingTenants(FakeTenantsApi):
    def __init__(self) -> None:
        super().__init__()
        self.links_by_token[TOKEN] = [LINK]
        self.asked = 0

    def links(self, token: SecretStr) -> tuple[TenantLink, ...]:
        self.asked += 1
        return super().links(token)


class Desk:
    """A check with everything around it under control."""

    def __init__(self) -> None:
        self.clock = FakeClock(auto_advance=True)
        self.grants = OneGrant(PRESET_SCOPES[ScopePreset.GRANULAR])
        self.tenants = CountingTenants()
        self.reading: ConnectionProblem | None = None
        self.reads: list[float] = []
        self.remark = ""
        self.check = ConnectionCheck(self.grants, self.tenants, self._read, self.clock, lambda: self.remark)

    def _read(self, connection: Connection, kept: KeptSettings) -> CompanyRead:
        assert kept.tenant_id == "t1"
        self.reads.append(self.clock.monotonic())
        self.clock.advance(0.25)
        if self.reading is not None:
            raise self.reading
        return CompanyRead("Bakehouse Limited", "ref-1")


def signs(desk: Desk, entry: Connection = ENTRY) -> list[bool | None]:
    return [point.passed for point in desk.check.test(entry).checks]


def test_an_entry_that_works_passes_each_point_with_time_and_reference() -> None:
    desk = Desk()
    told = desk.check.test(ENTRY)
    assert told.passed
    assert not told.transient
    assert [point.label for point in told.checks] == ["Sign-in", "Company", "Scopes", "Reading"]
    assert all(point.passed for point in told.checks)
    assert "Bakehouse Limited" in told.checks[3].text
    assert (told.tested_at, told.milliseconds, told.correlation_id) == (desk.clock.now(), 250, "ref-1")
    assert told.condition is None


def test_a_dead_sign_in_ends_the_test_at_its_first_point() -> None:
    desk = Desk()
    desk.grants.problem = SignInNeeded("The sign-in is refused.", code="REVOKED")
    told = desk.check.test(ENTRY)
    assert (told.passed, told.transient, told.text) == (False, False, "The sign-in is refused.")
    assert [point.passed for point in told.checks] == [False, None, None, None]
    assert told.condition is None, "the grant itself is marked where it is kept"
    assert (desk.tenants.asked, desk.reads) == (0, [])


def test_a_sign_in_that_is_refused_further_on_was_never_accepted() -> None:
    desk = Desk()
    desk.reading = SignInNeeded("The sign-in is too old.", code="IDLE")
    told = desk.check.test(ENTRY)
    assert [(point.text, point.passed) for point in told.checks[:2]] == [
        ("The sign-in is too old.", False),
        ("Not tried.", None),
    ]
    assert [point.passed for point in told.checks] == [False, None, None, None]


def test_a_company_that_is_not_linked_any_more_is_withdrawn() -> None:
    desk = Desk()
    desk.tenants.links_by_token[TOKEN] = []
    told = desk.check.test(ENTRY)
    assert [point.passed for point in told.checks] == [True, False, None, None]
    assert told.condition is not None
    assert told.condition.status is ConnectionStatus.ACCESS_WITHDRAWN
    assert "Bakehouse Ltd" in told.text
    assert desk.reads == []


def test_a_scope_that_was_not_granted_is_named() -> None:
    desk = Desk()
    desk.grants.found = replace(RECORD, scopes=("offline_access", "accounting.settings.read"))
    told = desk.check.test(ENTRY)
    assert [point.passed for point in told.checks] == [True, True, False, None]
    assert "accounting.contacts, accounting.invoices, accounting.banktransactions and 1 more" in told.text
    assert told.condition is not None
    assert told.condition.status is ConnectionStatus.SCOPE_MISSING


@pytest.mark.parametrize("code", ["OFFLINE", "XERO_DOWN", "RATE_LIMITED", "PROXY"])
def test_what_passes_by_itself_says_nothing_about_the_entry(code: str) -> None:
    desk = Desk()
    desk.reading = ProviderUnavailable("Xero is out of order.", code=code)
    told = desk.check.test(ENTRY)
    assert (told.passed, told.transient, told.condition) == (False, True, None)
    desk.tenants.problem = desk.reading
    desk.clock.advance(LINKS_SECONDS)
    assert desk.check.test(ENTRY).transient
    desk.grants.problem = desk.reading
    assert desk.check.test(ENTRY).transient


def test_a_refusal_of_the_company_stays_with_its_reference() -> None:
    desk = Desk()
    desk.reading = ScopeMissing("The sign-in lacks the scope accounting.settings.read, or …", scope="x")
    desk.reading.reference = "ref-9"
    told = desk.check.test(ENTRY)
    assert told.correlation_id == "ref-9"
    assert told.condition is not None
    assert told.condition.status is ConnectionStatus.SCOPE_MISSING


def test_an_app_of_the_wrong_type_is_told_as_such() -> None:
    desk = Desk()
    desk.grants.problem = SignInRejected("Xero does not know this client id.")
    told = desk.check.test(ENTRY)
    assert told.condition is not None
    assert told.condition.status is ConnectionStatus.NEEDS_SIGN_IN
    assert "Mobile or desktop app" in told.condition.cause
    desk.grants.problem = SignInRejected("Xero refused the request (too_sunny).", code="REFUSED")
    assert desk.check.test(ENTRY).condition is None


def test_a_machine_without_the_key_finds_out_nothing() -> None:
    desk = Desk()
    desk.grants.problem = SecretStoreUnavailable("Import the key.", code="KEY_MISSING")
    with pytest.raises(SecretStoreUnavailable):
        desk.check.test(ENTRY)


def test_settings_that_cannot_be_read_fail_and_nobody_is_asked() -> None:
    desk = Desk()
    damaged = ENTRY.model_copy(update={"saved": ENTRY.saved.model_copy(update={"settings": {}})})
    told = desk.check.test(damaged)
    assert (told.passed, told.transient) == (False, False)
    assert desk.tenants.asked == 0


def test_a_pass_does_not_clear_a_scope_that_it_did_not_try() -> None:
    def standing(status: ConnectionStatus, cause: str) -> Condition | None:
        noted = Condition(status=status, cause=cause, since=RECORD.refreshed_at)
        return Desk().check.test(ENTRY.model_copy(update={"condition": noted})).condition

    kept = standing(ConnectionStatus.SCOPE_MISSING, "The sign-in lacks the scope accounting.invoices, or its user …")
    assert kept is not None
    read = "The sign-in lacks the scope accounting.settings.read, or its user …"
    assert standing(ConnectionStatus.SCOPE_MISSING, read) is None
    assert standing(ConnectionStatus.ACCESS_WITHDRAWN, "Gone.") is None


def test_a_wrong_clock_is_remarked_and_no_failure() -> None:
    desk = Desk()
    desk.remark = "This computer’s clock is 7 minutes ahead of Xero’s."
    told = desk.check.test(ENTRY)
    assert told.passed
    assert (told.checks[-1].label, told.checks[-1].passed) == ("Clock", None)


def test_entries_of_one_sign_in_share_one_list_of_links_for_a_short_while() -> None:
    desk = Desk()
    for _ in range(5):
        desk.check.test(ENTRY)
    assert desk.tenants.asked == 1
    desk.clock.advance(LINKS_SECONDS)
    desk.check.test(ENTRY)
    assert desk.tenants.asked == 2


def test_a_company_that_was_missing_is_looked_for_anew() -> None:
    desk = Desk()
    desk.tenants.links_by_token[TOKEN] = []
    assert signs(desk)[1] is False
    desk.tenants.links_by_token[TOKEN] = [LINK]
    assert signs(desk) == [True, True, True, True]


def test_no_company_is_read_more_often_than_the_pace_allows() -> None:
    desk = Desk()
    for _ in range(3 * MOST_A_MINUTE):
        desk.check.test(ENTRY)
    for begin in desk.reads:
        assert sum(begin <= at < begin + 60.0 for at in desk.reads) <= MOST_A_MINUTE
    assert desk.reads[-1] - desk.reads[0] < timedelta(minutes=3).total_seconds()
