import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostspec.errors import SENTENCE_LIMIT, AccessWithdrawn, ProviderUnavailable, ScopeMissing, SignInNeeded
from hostspec.value import Remedy
from xero_connections_plugin.xero.answer_problems import Refusal, problem_of, still_lacking
from xero_connections_plugin.xero.answer_verdicts import (
    LimitKind,
    LimitReached,
    Ordinary,
    Outage,
    ScopeLacking,
    TenantRefused,
    TokenRejected,
    Verdict,
    classify,
    scope_needed,
)

API = "/api.xro/2.0/"


def verdict(
    status: int,
    *,
    detail: str | None = None,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    method: str = "GET",
    resource: str = "Contacts",
    key: str = "Detail",
) -> Verdict:
    if detail is not None:
        body = json.dumps({"Type": None, "Status": status, key: detail}).encode()
    return classify(method=method, path=API + resource, status=status, headers=headers or {}, body=body)


@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 404, 405, 412])
def test_answers_that_are_the_callers_business_are_ordinary(status: int) -> None:
    assert verdict(status, body=b"<html>") == Ordinary()


@pytest.mark.parametrize("key", ["Detail", "detail"])
def test_an_old_token_is_told_from_a_missing_scope_by_the_detail_in_either_case_of_its_key(key: str) -> None:
    assert verdict(401, detail="TokenExpired: token expired at 11/20/2026", key=key) == TokenRejected()
    assert verdict(401, detail="AuthorizationUnsuccessful", key=key) == ScopeLacking("accounting.contacts.read")


@pytest.mark.parametrize("body", [None, b"", b"<html>", b"[]", b"[" * 100_000, b'{"Detail": 5}', b'{"Detail": null}'])
def test_a_401_without_a_readable_detail_is_about_the_token(body: bytes | None) -> None:
    assert verdict(401, body=body) == TokenRejected()


def test_a_tenant_that_is_no_longer_linked_is_refused() -> None:
    assert verdict(403, detail="AuthenticationUnsuccessful") == TenantRefused()
    assert verdict(403, detail="authenticationunsuccessful ", key="detail") == TenantRefused()


@pytest.mark.parametrize("body", [None, b"", b"<html>Forbidden by the edge</html>", b"null"])
def test_an_edge_servers_403_is_an_outage_and_says_nothing_about_the_tenant(body: bytes | None) -> None:
    assert verdict(403, body=body) == Outage(403, None)


def test_another_403_in_json_is_the_callers_business() -> None:
    assert verdict(403, detail="NotEnoughRights") == Ordinary()
    assert verdict(403, body=b'{"Message": "no"}') == Ordinary()


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        ("minute", LimitKind.MINUTE),
        ("Minute", LimitKind.MINUTE),
        ("appminute", LimitKind.MINUTE),
        ("app-min", LimitKind.MINUTE),
        ("day", LimitKind.DAY),
        ("Daily", LimitKind.DAY),
        ("concurrent", LimitKind.CONCURRENT),
        ("Concurrency limit", LimitKind.CONCURRENT),
    ],
)
def test_limits_are_matched_loosely(problem: str, kind: LimitKind) -> None:
    assert verdict(429, headers={"x-rate-limit-PROBLEM": problem, "retry-after": "5"}) == LimitReached(kind, 5.0)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, LimitReached(LimitKind.CONCURRENT, None)),
        ({"Retry-After": "30"}, LimitReached(LimitKind.MINUTE, 30.0)),
        ({"Retry-After": "7200"}, LimitReached(LimitKind.DAY, 7200.0)),
        ({"X-DayLimit-Remaining": "0", "Retry-After": "30"}, LimitReached(LimitKind.DAY, 30.0)),
    ],
)
def test_a_limit_without_a_name_is_told_by_how_long_it_lasts(headers: dict[str, str], expected: Verdict) -> None:
    assert verdict(429, headers=headers) == expected


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("5", 5.0), (" 5 ", 5.0), ("0", 0.0), ("-5", None), ("nan", None), ("inf", None), ("soon", None), ("", None)],
)
def test_odd_times_to_wait_count_as_none(said: str, seconds: float | None) -> None:
    assert verdict(503, headers={"Retry-After": said}) == Outage(503, seconds)


def test_a_date_to_wait_for_is_counted_from_the_servers_own_clock() -> None:
    headers = {"Retry-After": "Fri, 20 Nov 2026 10:00:30 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}
    assert verdict(503, headers=headers) == Outage(503, 30.0)
    assert verdict(503, headers={"Retry-After": headers["Retry-After"]}) == Outage(503, None)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_every_5xx_is_an_outage(status: int) -> None:
    assert verdict(status) == Outage(status, None)


def test_the_correlation_id_is_kept_when_it_is_one() -> None:
    known = "0e0b2ba5-77b3-4a5d-8ee2-0d8b8e4e7a11"
    assert verdict(500, headers={"xero-correlation-id": known}).correlation_id == known
    assert verdict(500, headers={"Xero-Correlation-Id": "<script>"}).correlation_id == ""
    assert verdict(500, headers={"Xero-Correlation-Id": "x" * 41}).correlation_id == ""


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api.xro/2.0/Organisation", "accounting.settings.read"),
        ("GET", "/api.xro/2.0/Accounts", "accounting.settings.read"),
        ("GET", "/api.xro/2.0/TaxRates", "accounting.settings.read"),
        ("GET", "/api.xro/2.0/TrackingCategories", "accounting.settings.read"),
        ("GET", "/api.xro/2.0/Currencies", "accounting.settings.read"),
        ("GET", "/api.xro/2.0/Users", "accounting.settings.read"),
        ("PUT", "/api.xro/2.0/Accounts", "accounting.settings"),
        ("GET", "/api.xro/2.0/Contacts", "accounting.contacts.read"),
        ("head", "/API.XRO/2.0/CONTACTS", "accounting.contacts.read"),
        ("POST", "/api.xro/2.0/Contacts", "accounting.contacts"),
        ("GET", "/api.xro/2.0/Invoices/4711", "accounting.invoices"),
        ("PUT", "/api.xro/2.0/CreditNotes", "accounting.invoices"),
        ("PUT", "/api.xro/2.0/BankTransactions", "accounting.banktransactions"),
        ("PUT", "/api.xro/2.0/Invoices/4711/Attachments/a.pdf", "accounting.attachments"),
        ("POST", "/files.xro/1.0/Files", "files"),
        ("GET", "/api.xro/2.0/Quotes", ""),
        ("GET", "/", ""),
    ],
)
def test_the_scope_that_a_request_needs_is_named(method: str, path: str, scope: str) -> None:
    assert scope_needed(method, path) == scope


REFERENCE = "r" * 40
REFUSALS: list[Refusal] = [
    TokenRejected(REFERENCE),
    ScopeLacking("accounting.banktransactions", REFERENCE),
    ScopeLacking("", REFERENCE),
    TenantRefused(REFERENCE),
    LimitReached(LimitKind.MINUTE, 3.2, REFERENCE),
    LimitReached(LimitKind.DAY, 80_000, REFERENCE),
    LimitReached(LimitKind.CONCURRENT, None, REFERENCE),
    Outage(503, None, REFERENCE),
]


@pytest.mark.parametrize("writing", [True, False])
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
def test_every_refusal_has_a_sentence_that_fits_even_with_a_hostile_name(refusal: Refusal, writing: bool) -> None:
    problem = problem_of(refusal, tenant="Line\nbreak\t" + "x" * 10_000, writing=writing)
    assert len(str(problem)) <= SENTENCE_LIMIT
    assert not str(problem).endswith("…")
    assert "\n" not in str(problem)
    assert problem.remedy in {Remedy.SIGN_IN_AGAIN, Remedy.RETRY_LATER}


def test_each_refusal_becomes_the_problem_of_its_remedy() -> None:
    def raised(refusal: Refusal) -> type[Exception]:
        return type(problem_of(refusal, tenant="Bakehouse Ltd", writing=False))

    assert [raised(refusal) for refusal in REFUSALS] == [
        SignInNeeded,
        ScopeMissing,
        ScopeMissing,
        AccessWithdrawn,
        ProviderUnavailable,
        ProviderUnavailable,
        ProviderUnavailable,
        ProviderUnavailable,
    ]


def test_a_missing_scope_is_named_in_the_problem_and_its_sentence() -> None:
    problem = problem_of(ScopeLacking("accounting.invoices"), tenant="Bakehouse Ltd", writing=True)
    assert isinstance(problem, ScopeMissing)
    assert problem.scope == "accounting.invoices"
    assert "accounting.invoices" in str(problem)
    assert "Bakehouse Ltd" in str(problem)


@pytest.mark.parametrize(
    ("retry_after", "words"),
    [(None, "in a minute"), (0.2, "in 1 s"), (59.1, "in 60 s"), (600.0, "in 10 minutes"), (9000.0, "in 3 hours")],
)
def test_the_time_to_wait_is_said_in_words(retry_after: float | None, words: str) -> None:
    problem = problem_of(LimitReached(LimitKind.DAY, retry_after), tenant="Bakehouse Ltd", writing=False)
    assert words in str(problem)


def test_a_missing_scope_stands_until_a_call_that_needs_it_succeeds() -> None:
    cause = str(problem_of(ScopeLacking("accounting.contacts"), tenant="Bakehouse Ltd", writing=True))
    assert still_lacking(cause, "accounting.invoices")
    assert still_lacking(cause, "accounting.contacts.read")
    assert still_lacking(cause, "")
    assert not still_lacking(cause, "accounting.contacts")
    unnamed = str(problem_of(ScopeLacking(""), tenant="Bakehouse Ltd", writing=True))
    assert not still_lacking(unnamed, "accounting.invoices")


@given(
    status=st.integers(100, 599),
    body=st.none() | st.binary(max_size=200) | st.text().map(lambda text: json.dumps({"Detail": text}).encode()),
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "Date", "X-Rate-Limit-Problem", "X-DayLimit-Remaining", "Xero-Correlation-Id"]),
        st.text(max_size=40),
    ),
)
def test_any_answer_is_classified(status: int, body: bytes | None, headers: dict[str, str]) -> None:
    found = classify(method="GET", path="/api.xro/2.0/Contacts", status=status, headers=headers, body=body)
    if not isinstance(found, Ordinary):
        assert str(problem_of(found, tenant="Bakehouse Ltd", writing=True))
