from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hostspec import SecretStoreUnavailable
from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition, Connection, ConnectionSummary, SavedConnection
from hostspec.value import ConnectionId, TypeId
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.sign_in_causes import cause_sentence
from xero_connections_plugin.xero.health import summarize

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RECORD = GrantRecord(
    grant_id=GrantId("g1"),
    client_id="0" * 32,
    user_id="u1",
    account="Ada",
    scopes=(),
    state=GrantState.ACTIVE,
    cause=None,
    generation=1,
    key_id="k1",
    created_at=NOW - timedelta(days=100),
    authorized_at=NOW - timedelta(days=100),
    refreshed_at=NOW,
    access_expires_at=NOW,
)
ENTRY = Connection(
    connection_id=ConnectionId("c1"),
    type_id=TypeId("xero"),
    display_name="Head office",
    saved=SavedConnection(
        settings={
            "client_id": "0" * 32,
            "application_url": "http://localhost",
            "port": 8888,
            "scope_preset": "granular",
            "grant_id": "g1",
            "tenant_id": "t1",
            "tenant_name": "Bakehouse Ltd",
            "tenant_type": "ORGANISATION",
        },
        subtitle="Bakehouse Ltd",
        sign_in="g1",
    ),
    created_at=NOW,
    changed_at=NOW,
)
WITHDRAWN = Condition(
    status=ConnectionStatus.ACCESS_WITHDRAWN, cause="The company no longer allows the app.", since=NOW
)


def summary(
    record: GrantRecord | None = RECORD,
    *,
    entry: Connection = ENTRY,
    signing_in: bool = False,
    key_problem: SecretStoreUnavailable | None = None,
) -> ConnectionSummary:
    return summarize(entry, record, now=NOW, signing_in=signing_in, key_problem=key_problem)


def refreshed(**ago: int) -> GrantRecord:
    return replace(RECORD, refreshed_at=NOW - timedelta(**ago))


def test_a_grant_that_was_just_refreshed_is_ready_and_dies_in_sixty_days() -> None:
    ready = summary()
    assert (ready.status, ready.cause, ready.repair) == (ConnectionStatus.READY, "", None)
    assert ready.expires == NOW + timedelta(days=60)
    assert ready.account == "Ada"


@pytest.mark.parametrize(
    ("days", "status"),
    [
        (45, ConnectionStatus.READY),
        (46, ConnectionStatus.EXPIRING),
        (59, ConnectionStatus.EXPIRING),
        (60, ConnectionStatus.NEEDS_SIGN_IN),
        (400, ConnectionStatus.NEEDS_SIGN_IN),
    ],
)
def test_idleness_is_told_fourteen_days_before_it_kills(days: int, status: ConnectionStatus) -> None:
    assert summary(refreshed(days=days)).status is status


def test_the_last_days_are_counted_in_words() -> None:
    assert "in 14 days" in summary(refreshed(days=46)).cause
    assert "tomorrow" in summary(refreshed(days=59)).cause
    assert "today" in summary(refreshed(days=59, hours=15)).cause


@pytest.mark.parametrize("cause", list(SignInCause))
def test_a_dead_grant_tells_its_cause_and_offers_the_one_repair(cause: SignInCause) -> None:
    dead = summary(replace(RECORD, state=GrantState.NEEDS_SIGN_IN, cause=cause))
    assert dead.status is ConnectionStatus.NEEDS_SIGN_IN
    assert dead.cause == cause_sentence(cause)
    assert dead.repair is not None
    assert dead.expires is None


def test_a_grant_that_is_gone_needs_a_sign_in() -> None:
    assert summary(None).status is ConnectionStatus.NEEDS_SIGN_IN


def test_what_was_found_out_in_use_is_told_while_the_grant_lives() -> None:
    withdrawn = ENTRY.model_copy(update={"condition": WITHDRAWN})
    assert summary(entry=withdrawn).status is ConnectionStatus.ACCESS_WITHDRAWN
    assert summary(entry=withdrawn).cause == WITHDRAWN.cause
    assert summary(None, entry=withdrawn).status is ConnectionStatus.NEEDS_SIGN_IN


def test_a_missing_key_is_told_for_the_machine_and_offers_no_sign_in() -> None:
    problem = SecretStoreUnavailable("The key is not on this machine. Import it.", code="KEY_MISSING")
    missing = summary(key_problem=problem)
    assert (missing.status, missing.cause) == (ConnectionStatus.KEY_MISSING, str(problem))
    assert missing.repair is None


def test_a_running_sign_in_goes_before_everything_else() -> None:
    assert summary(None, signing_in=True).status is ConnectionStatus.SIGNING_IN


def test_settings_that_cannot_be_read_are_told_before_a_step_fails_on_them() -> None:
    settings = {name: value for name, value in ENTRY.saved.settings.items() if name != "tenant_id"}
    damaged = ENTRY.model_copy(update={"saved": ENTRY.saved.model_copy(update={"settings": settings})})
    told = summary(entry=damaged)
    assert (told.status, told.status_text) == (ConnectionStatus.NEEDS_SIGN_IN, "Damaged")
    assert "Restore a backup" in told.cause
