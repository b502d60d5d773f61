from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hostspec import SecretStoreUnavailable
from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition, Connection, ConnectionSummary, ConnectionTest, SavedConnection
from hostspec.ui import Action
from hostspec.value import ConnectionId, Tone, TypeId
from xero_connections_plugin.connections.reachability import Unreached
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.sign_in_causes import cause_sentence
from xero_connections_plugin.xero.health import Finder, Finding, summarize

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
    used_at=NOW,
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
    unreached: Unreached | None = None,
    has_worked: bool = False,
    finders: tuple[Finder, ...] = (),
) -> ConnectionSummary:
    return summarize(
        entry,
        record,
        now=NOW,
        signing_in=signing_in,
        key_problem=key_problem,
        unreached=unreached,
        has_worked=has_worked,
        finders=finders,
    )


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
    gone = summary(None)
    assert gone.status is ConnectionStatus.NEEDS_SIGN_IN
    assert gone.repair == Action(action_id="edit:authorize", label="Authorize again")


def test_an_entry_that_nobody_ever_signed_in_for_offers_the_first_sign_in() -> None:
    settings = {**ENTRY.saved.settings, "grant_id": None}
    saved = ENTRY.saved.model_copy(update={"settings": settings, "sign_in": None})
    never = summary(None, entry=ENTRY.model_copy(update={"saved": saved}))
    assert never.status is ConnectionStatus.NEEDS_SIGN_IN
    assert never.repair == Action(action_id="edit:authorize", label="Authorize")


def test_what_was_found_out_in_use_is_told_while_the_grant_lives() -> None:
    withdrawn = ENTRY.model_copy(update={"condition": WITHDRAWN})
    assert summary(entry=withdrawn).status is ConnectionStatus.ACCESS_WITHDRAWN
    assert summary(entry=withdrawn).cause == WITHDRAWN.cause
    assert summary(None, entry=withdrawn).status is ConnectionStatus.NEEDS_SIGN_IN


def test_a_missing_key_is_told_for_the_machine_and_how_to_get_it() -> None:
    problem = SecretStoreUnavailable("The key is not on this machine. Import it.", code="KEY_MISSING")
    missing = summary(key_problem=problem)
    assert (missing.status, missing.cause) == (ConnectionStatus.KEY_MISSING, str(problem))
    assert missing.repair is not None
    assert missing.repair.action_id == "key_help"


def test_a_running_sign_in_goes_before_everything_else() -> None:
    assert summary(None, signing_in=True).status is ConnectionStatus.SIGNING_IN


def test_settings_that_cannot_be_read_are_told_before_a_step_fails_on_them() -> None:
    settings = {name: value for name, value in ENTRY.saved.settings.items() if name != "tenant_id"}
    damaged = ENTRY.model_copy(update={"saved": ENTRY.saved.model_copy(update={"settings": settings})})
    told = summary(entry=damaged)
    assert (told.status, told.status_text) == (ConnectionStatus.NEEDS_SIGN_IN, "Damaged")
    assert "Restore a backup" in told.cause


NEVER_TRIED = ENTRY.model_copy(update={"used_at": None})
PASSED = ConnectionTest(tested_at=NOW, passed=True, text="Works.", milliseconds=5)
UNREACHED = Unreached(NOW - timedelta(minutes=5), "Xero is out of order right now.")


def test_an_entry_that_nobody_tried_says_so_and_offers_a_test() -> None:
    untested = summary(entry=NEVER_TRIED)
    assert (untested.status, untested.tone) == (ConnectionStatus.UNTESTED, Tone.NEUTRAL)
    assert untested.repair is not None
    assert untested.repair.action_id == "test"


def test_a_test_a_use_or_a_call_of_this_process_ends_being_untested() -> None:
    assert summary(entry=NEVER_TRIED.model_copy(update={"tested": PASSED})).status is ConnectionStatus.READY
    assert summary(entry=NEVER_TRIED.model_copy(update={"used_at": NOW})).status is ConnectionStatus.READY
    assert summary(entry=NEVER_TRIED, has_worked=True).status is ConnectionStatus.READY


def test_out_of_reach_is_never_red_and_says_since_when() -> None:
    told = summary(unreached=UNREACHED)
    assert (told.status, told.tone) == (ConnectionStatus.UNREACHABLE, Tone.WAITING)
    assert "21 Nov, 08:55 UTC" in told.cause
    assert UNREACHED.text in told.cause
    assert told.repair is not None
    assert told.repair.action_id == "test"


@pytest.mark.parametrize(
    ("record", "entry", "status"),
    [
        (None, ENTRY, ConnectionStatus.NEEDS_SIGN_IN),
        (replace(RECORD, state=GrantState.NEEDS_SIGN_IN), ENTRY, ConnectionStatus.NEEDS_SIGN_IN),
        (RECORD, ENTRY.model_copy(update={"condition": WITHDRAWN}), ConnectionStatus.ACCESS_WITHDRAWN),
        (refreshed(days=50), ENTRY, ConnectionStatus.EXPIRING),
        (RECORD, ENTRY, ConnectionStatus.UNREACHABLE),
    ],
)
def test_out_of_reach_hides_nothing_that_lasts(
    record: GrantRecord | None, entry: Connection, status: ConnectionStatus
) -> None:
    assert summary(record, entry=entry, unreached=UNREACHED).status is status


def test_every_state_but_ready_and_signing_in_has_one_button() -> None:
    told = [
        summary(None),
        summary(entry=ENTRY.model_copy(update={"condition": WITHDRAWN})),
        summary(refreshed(days=50)),
        summary(unreached=UNREACHED),
        summary(entry=NEVER_TRIED),
        summary(key_problem=SecretStoreUnavailable("Locked.", code="KEYRING_LOCKED")),
    ]
    assert all(one.repair is not None and one.cause for one in told)
    assert len({one.status for one in told}) == len(told)
    assert summary().repair is None


def test_a_sign_in_that_is_being_ended_cannot_be_used() -> None:
    ending = summary(replace(RECORD, state=GrantState.ENDING))
    assert ending.status is ConnectionStatus.NEEDS_SIGN_IN


def noted(status: ConnectionStatus, since: datetime) -> Connection:
    return ENTRY.model_copy(update={"condition": Condition(status=status, cause="Revoked here by Ada.", since=since)})


def test_why_a_sign_in_is_gone_is_told_by_what_was_noted_about_it() -> None:
    gone = noted(ConnectionStatus.NEEDS_SIGN_IN, NOW)
    assert summary(None, entry=gone).cause == "Revoked here by Ada."
    assert summary(replace(RECORD, state=GrantState.ENDING), entry=gone).cause == "Revoked here by Ada."


def test_what_was_noted_before_somebody_signed_in_again_is_over() -> None:
    before = noted(ConnectionStatus.NEEDS_SIGN_IN, RECORD.authorized_at)
    assert summary(entry=before).status is ConnectionStatus.READY
    since = noted(ConnectionStatus.NEEDS_SIGN_IN, RECORD.authorized_at + timedelta(seconds=1))
    told = summary(entry=since)
    assert (told.status, told.cause) == (ConnectionStatus.NEEDS_SIGN_IN, "Revoked here by Ada.")


LACKING = Finding(ConnectionStatus.SCOPE_MISSING, "Scope missing", Tone.WARNING, "Bills need a scope.")
BUSY = Finding(ConnectionStatus.UNREACHABLE, "Waiting", Tone.WAITING, "The day's calls are used up.", passing=True)


def test_what_others_found_out_is_told_the_lasting_first() -> None:
    def lacking(_entry: Connection, _record: GrantRecord | None) -> Finding | None:
        return LACKING

    def busy(_entry: Connection, _record: GrantRecord | None) -> Finding | None:
        return BUSY

    def nothing(_entry: Connection, _record: GrantRecord | None) -> Finding | None:
        return None

    assert summary(finders=(nothing,)).status is ConnectionStatus.READY
    assert summary(finders=(busy, lacking)).cause == LACKING.cause
    assert summary(finders=(nothing, busy), unreached=UNREACHED).cause == BUSY.cause
    assert summary(refreshed(days=50), finders=(busy,)).status is ConnectionStatus.EXPIRING
    assert summary(refreshed(days=50), finders=(lacking,)).cause == LACKING.cause
    assert summary(None, finders=(lacking, busy)).status is ConnectionStatus.NEEDS_SIGN_IN
