"""What the history keeps of sign-ins and renewals: bounded, told by name, and never in anybody's way."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import pytest

from hostspec.errors import ProviderUnavailable, SignInCancelled, SignInRejected, StoreUnavailable
from hostspec.providers import Connection, SavedConnection
from hostspec.testing import FakeClock, FakeTasks, TaskMode
from hostspec.value import ConnectionId, TypeId
from tests.plugin.memory_history import MemoryHistoryStore
from xero_connections_plugin.connections.history import EventKind, History, HistoryEvent, HistoryQuery
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.refresh_news import RefreshNews
from xero_connections_plugin.oauth.rotation_words import Ending
from xero_connections_plugin.oauth.sign_in import SignInRequest
from xero_connections_plugin.xero.draft_sign_in import SignedIn
from xero_connections_plugin.xero.renewal_records import RenewalRecords
from xero_connections_plugin.xero.sign_in_records import SignInRecords
from xero_connections_plugin.xero.tenants import TenantOption

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = 86_400.0
GRANT = GrantId("grant-1")


def entry(name: str) -> Connection:
    return Connection(
        connection_id=ConnectionId(f"id-{name}"),
        type_id=TypeId("xero"),
        display_name=name,
        saved=SavedConnection(settings={}, sign_in=GRANT),
        created_at=NOW,
        changed_at=NOW,
    )


def record(cause: SignInCause | None = None) -> GrantRecord:
    return GrantRecord(
        grant_id=GRANT,
        client_id="0" * 32,
        user_id="u",
        account="Ada Keeper",
        scopes=(),
        state=GrantState.ACTIVE if cause is None else GrantState.NEEDS_SIGN_IN,
        cause=cause,
        generation=4,
        key_id="k",
        created_at=NOW,
        authorized_at=NOW,
        refreshed_at=NOW,
        access_expires_at=NOW,
    )


class Listening:
    """Renewal records over a history in memory."""

    def __init__(self, *entries: Connection, ended: GrantRecord | None = None) -> None:
        self.store = MemoryHistoryStore()
        self.clock = FakeClock(NOW)
        self.tasks = FakeTasks(TaskMode.INLINE)
        self.trouble: Exception | None = None
        self._entries, self._ended = entries, ended
        self._count = 0
        history = History(self.store, self.clock, self.tasks, "Here", self._new_id)
        self.records = RenewalRecords(history, self.tasks, self.clock, self._sharing, self._records)

    def _new_id(self) -> str:
        self._count += 1
        return f"id-{self._count}"

    def _sharing(self, _sign_in: str) -> tuple[Connection, ...]:
        if self.trouble is not None:
            raise self.trouble
        return self._entries

    def _records(self, _grant_ids: Collection[GrantId]) -> Mapping[GrantId, GrantRecord]:
        return {GRANT: self._ended} if self._ended is not None else {}

    def hear(self, ending: Ending, problem: str = "") -> None:
        trouble = ProviderUnavailable(problem) if problem else None
        self.records.hear(RefreshNews(record(), ending, trouble))

    def told(self) -> list[HistoryEvent]:
        return list(reversed(self.store.find(HistoryQuery(), limit=1_000)))

    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.told()]


def test_renewals_that_work_are_recorded_once_a_day() -> None:
    listening = Listening(entry("Head office"))
    for _ in range(3 * 24):
        listening.hear(Ending.ROTATED)
        listening.clock.advance(3_600)
    assert listening.kinds() == [EventKind.REFRESHED] * 4
    first = listening.told()[0]
    assert (first.label, first.account, first.passed) == ("Head office", "Ada Keeper", True)


def test_programs_of_one_list_record_one_renewal_a_day_together() -> None:
    one, other = Listening(entry("Head office")), Listening(entry("Head office"))
    other.records = RenewalRecords(
        History(one.store, one.clock, one.tasks, "There", lambda: "other"),
        one.tasks,
        one.clock,
        lambda _: (entry("Head office"),),
        lambda _: {},
    )
    one.hear(Ending.ROTATED)
    other.hear(Ending.ROTATED)
    assert one.kinds() == [EventKind.REFRESHED]


@pytest.mark.parametrize(
    "ending",
    [
        Ending.NOT_SENT,
        Ending.UNANSWERED,
        Ending.THROTTLED,
        Ending.APP_REFUSED,
        Ending.UNSAVED,
        Ending.OTHERS_BUSY,
    ],
)
def test_a_failure_is_recorded_with_its_reason_and_so_is_the_recovery(ending: Ending) -> None:
    listening = Listening(entry("Head office"))
    listening.hear(Ending.ROTATED)
    for _ in range(20):
        listening.hear(ending, "Xero did not answer.")
    listening.hear(Ending.ROTATED)
    listening.hear(Ending.ROTATED)
    assert listening.kinds() == [EventKind.REFRESHED, EventKind.REFRESH_FAILED, EventKind.REFRESHED]
    failed, recovered = listening.told()[1:]
    assert (failed.passed, failed.text) == (False, "Xero did not answer.")
    assert recovered.text == "Renewing works again."


def test_an_outage_of_days_is_recorded_once_a_day() -> None:
    listening = Listening(entry("Head office"))
    for _ in range(5):
        listening.hear(Ending.NOT_SENT, "Away.")
        listening.hear(Ending.NOT_SENT, "Away.")
        listening.clock.advance(DAY)
    assert listening.kinds() == [EventKind.REFRESH_FAILED] * 5


@pytest.mark.parametrize("ending", [Ending.MOVED, Ending.GONE])
def test_what_others_renewed_is_theirs_to_record(ending: Ending) -> None:
    listening = Listening(entry("Head office"))
    listening.hear(ending)
    assert listening.told() == []


def test_entries_that_share_a_sign_in_are_named_together() -> None:
    listening = Listening(*(entry(name) for name in ("A", "B", "C", "D", "E")))
    listening.hear(Ending.ROTATED)
    (told,) = listening.told()
    assert (told.label, told.connection_id) == ("A, B, C and 2 more", None)


def test_the_end_of_a_sign_in_is_recorded_for_each_entry_once_with_its_cause() -> None:
    listening = Listening(entry("A"), entry("B"), ended=record(SignInCause.SUPERSEDED))
    listening.hear(Ending.SIGN_IN_NEEDED)
    listening.hear(Ending.SIGN_IN_NEEDED)
    told = listening.told()
    assert [(event.kind, event.label, event.passed) for event in told] == [
        (EventKind.SIGN_IN_ENDED, "A", False),
        (EventKind.SIGN_IN_ENDED, "B", False),
    ]
    assert told[0].text.endswith(".")


@pytest.mark.parametrize("trouble", [StoreUnavailable("Busy.", code="STORE_BUSY"), RuntimeError("a secret")])
def test_trouble_with_the_record_reaches_no_renewal(trouble: Exception, caplog: pytest.LogCaptureFixture) -> None:
    listening = Listening(entry("A"))
    listening.trouble = trouble
    with caplog.at_level(logging.WARNING):
        for ending in (Ending.ROTATED, Ending.NOT_SENT, Ending.SIGN_IN_NEEDED):
            listening.hear(ending, "Away.")
    assert listening.tasks.failures == []
    assert "secret" not in caplog.text


def asked(subject_id: str | None) -> SignInRequest:
    return SignInRequest(
        draft_id="draft",
        owner="Ada",
        owner_id="ada",
        subject_id=subject_id,
        app_label="the Xero app 00000000…",
        client_id="0" * 32,
        application_url="http://localhost",
        ports=(8888,),
        scopes=(),
        authorize_url="",
        open_browser=False,
    )


def recorded(*ends: tuple[SignedIn | None, Exception | None], subject_id: str | None = None) -> list[HistoryEvent]:
    store = MemoryHistoryStore()
    ids = iter(range(100))
    history = History(store, FakeClock(NOW), FakeTasks(TaskMode.INLINE), "Here", lambda: f"e{next(ids)}")
    records = SignInRecords(history, lambda _: entry("Head office"))
    for gained, problem in ends:
        assert problem is None or isinstance(problem, SignInRejected | SignInCancelled)
        records.ended(asked(subject_id), gained, problem)
    return list(reversed(store.find(HistoryQuery(), limit=100)))


def company(name: str, *, approved: bool) -> TenantOption:
    return TenantOption(
        tenant_id=name, link_id="", label=name, name=name, tenant_type="ORGANISATION", just_approved=approved
    )


def test_a_sign_in_says_who_for_which_entry_as_whom_and_which_companies_were_allowed() -> None:
    gained = SignedIn(record=record(), tenants=(company("Bakehouse", approved=True), company("Old", approved=False)))
    (told,) = recorded((gained, None), subject_id="id-Head office")
    assert (told.kind, told.passed, told.label, told.account) == (
        EventKind.SIGNED_IN,
        True,
        "Head office",
        "Ada Keeper",
    )
    assert (told.actor.user_id, told.actor.user_name) == ("ada", "Ada")
    assert told.text == "For the Xero app 00000000… Access was allowed to Bakehouse."


def test_a_refusal_is_a_failure_and_a_change_of_mind_is_none() -> None:
    refused = SignInRejected("Xero refuses the app.")
    given_up = SignInCancelled("The sign-in was cancelled.")
    denied = SignInCancelled("You did not allow access.", code="SIGN_IN_DENIED")
    told = recorded((None, refused), (None, given_up), (None, denied))
    assert [event.passed for event in told] == [False, None, False]
    assert {event.label for event in told} == {"New connection"}
    assert told[0].text.endswith("Xero refuses the app.")


def test_an_entry_that_cannot_be_read_costs_the_record_its_name_only() -> None:
    store = MemoryHistoryStore()
    history = History(store, FakeClock(NOW), FakeTasks(TaskMode.INLINE), "Here", lambda: "e")

    def away(_: ConnectionId) -> Connection | None:
        raise StoreUnavailable("Away.", code="STORE_UNREACHABLE")

    SignInRecords(history, away).ended(asked("id"), None, SignInRejected("No."))
    assert store.count(HistoryQuery()) == 1
