"""Generated requests by the thousand: only the one exact request ever changes anything, and none does any harm."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from sample_host.xero_simulator.server import SimulatorServer
from tests.canaries import canary
from tests.plugin.loopback_client import is_open, read_answer
from tests.plugin.sign_in_office import Office
from tests.reliability.callback_grammar import (
    PORT,
    STATE,
    Template,
    is_exact_answer,
    is_exact_request,
    targets,
    templates,
)
from tests.sampling import how_many
from xero_connections_plugin.oauth.authorization import Attempt
from xero_connections_plugin.oauth.callback_verdict import (
    CodeReceived,
    IncomingRequest,
    Page,
    Taken,
    Verdict,
    explain_paste,
    judge,
    judge_pasted,
)
from xero_connections_plugin.oauth.sign_in import SignInPhase

PENDING = canary("state")
ATTEMPT = Attempt("http://localhost:8888/callback", SecretStr(PENDING), "https://issuer.example")
TAKEN = Taken(SecretStr(f"/callback?code=a-code&state={PENDING}"), Page.RECEIVED)

calm = settings(deadline=None, suppress_health_check=list(HealthCheck))


def is_neutral(verdict: Verdict) -> bool:
    kept = verdict.outcome is None and verdict.location is None and verdict.refusal is not None
    return kept and verdict.page is Page.NEUTRAL and 400 <= verdict.status < 500


def placed(text: bytes) -> str:
    return Template(text, ()).rendered(8888, PENDING).decode("latin-1")


texts = targets.map(placed) | st.text() | st.text(st.characters()).map(lambda text: f"/callback?{text}")
hosts = st.lists(
    st.sampled_from(["localhost:8888", "LocalHost:8888", "localhost", "evil.example"]) | st.text(), max_size=2
)


@settings(calm, max_examples=how_many(commit=150, whole=55_000))
@given(
    method=st.sampled_from(["GET", "GET", "GET", "HEAD", "POST"]) | st.text(),
    target=texts,
    hosts=st.just(["localhost:8888"]) | hosts,
    taken=st.sampled_from([None, None, None, TAKEN]),
)
def test_only_an_exact_request_has_an_outcome(method: str, target: str, hosts: list[str], taken: Taken | None) -> None:
    verdict = judge(ATTEMPT, IncomingRequest(method, target, tuple(hosts)), taken)

    path, _, query = target.partition("?")
    exact = (
        (method, path, [host.lower() for host in hosts]) == ("GET", "/callback", ["localhost:8888"])
        and target.isascii()
        and is_exact_answer(query.encode(), PENDING)
    )
    if taken is not None:
        assert verdict.outcome is None
    elif verdict.outcome is None:
        assert is_neutral(verdict)
    else:
        assert exact
        assert verdict.status == 303


@settings(calm, max_examples=how_many(commit=50, whole=10_000))
@given(
    before=st.sampled_from(["http://localhost:8888", "localhost:8888", " <HTTP://localhost:8888", "https://x", ""]),
    target=texts,
    after=st.sampled_from(["", "\n", ">", "#x", " "]),
)
def test_only_an_exact_address_counts_when_it_is_pasted(before: str, target: str, after: str) -> None:
    verdict = judge_pasted(ATTEMPT, before + target + after, None)

    explained = explain_paste(verdict, ATTEMPT.redirect_uri)
    assert (explained == "") == (verdict.outcome is not None)
    assert PENDING not in explained
    if verdict.outcome is not None:
        path, _, query = f"{before}{target}".partition("?")
        assert path.strip(" <").lower().removeprefix("http://") == "localhost:8888/callback"
        assert is_exact_answer(query.partition("#")[0].strip().strip("<>\"'").strip().encode(), PENDING)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with SimulatorServer() as xero, Office(xero) as made:
        yield made


def state_of(office: Office) -> str:
    return office.progress().address.partition("state=")[2].partition("&")[0]


def exchanged(office: Office, data: bytes) -> bytes:
    """Send it and say no more; what came back. Fails when nothing comes for ten seconds."""
    received = b""
    with office.connect() as visitor, suppress(ConnectionResetError, BrokenPipeError):
        visitor.sendall(data)
        visitor.shutdown(socket.SHUT_WR)
        while piece := visitor.recv(65_536):
            received += piece
    return received


class Tally:
    """What a run of examples came to."""

    def __init__(self) -> None:
        self.exact = 0
        self.with_code = 0


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


EXACT = b"GET /callback?code=a-code&state=" + STATE + b" HTTP/1.1\r\nHost: localhost:" + PORT + b"\r\n\r\n"


@settings(calm, max_examples=how_many(commit=100, whole=30_000))
@example(template=Template(EXACT, ()))
@given(template=templates)
def test_requests_through_the_socket_change_nothing_unless_they_are_exact(
    office: Office, tally: Tally, template: Template
) -> None:
    found = office.desk.progress("draft")
    if found is None or found.phase is not SignInPhase.WAITING:
        office.desk.discard("draft")
        office.authorize()
    data = template.rendered(office.port, state_of(office))
    begun = time.monotonic()

    received = exchanged(office, data)

    assert time.monotonic() - begun < 10
    assert b"Traceback" not in received
    answer = read_answer(received) if received else None
    if office.progress().phase is SignInPhase.WAITING:
        assert answer is None or 400 <= answer.status < 500
        assert answer is None or not answer.body or "Nothing to see here" in answer.body
        assert is_open(office.port)
        return
    assert is_exact_request(data, office.port, state_of(office))
    assert answer is not None
    assert answer.status == 303
    tally.exact += 1
    tally.with_code += "/callback/done" in str(answer.headers["Location"])
    office.end()
    office.tasks.join()


def test_after_all_that_only_exact_answers_were_traded_and_the_true_one_succeeds(office: Office, tally: Tally) -> None:
    assert office.token_requests == tally.with_code
    assert tally.exact >= tally.with_code
    assert len(office.kept) == 0, "no code of theirs was a code of Xero's"
    office.desk.discard("draft")
    office.authorize()

    assert "Access was received" in office.browse(office.consent()).body

    assert office.end().result == "three companies"
    assert office.token_requests == tally.with_code + 1


@pytest.mark.parametrize("query", [b"code=c&state=" + STATE, b"x=y&state=" + STATE + b"&error=access_denied&code="])
def test_the_reading_of_the_tests_knows_an_exact_request(query: bytes) -> None:
    head = b"GET /callback?" + query + b" HTTP/1.1\r\nHost: localhost:" + PORT + b"\r\n\r\n"

    assert is_exact_request(Template(head, ()).rendered(8888, PENDING), 8888, PENDING)
    verdict = judge(ATTEMPT, IncomingRequest("GET", placed(b"/callback?" + query), ("localhost:8888",)), None)
    assert verdict.outcome is not None
    assert isinstance(verdict.outcome, CodeReceived) == query.startswith(b"code")


@settings(calm, max_examples=how_many(commit=20, whole=5_000))
@given(text=texts | st.text(min_size=1))
def test_whatever_is_typed_into_the_paste_field_is_explained_and_the_wait_goes_on(office: Office, text: str) -> None:
    assume(not is_exact_answer(text.partition("?")[2].encode(errors="replace"), PENDING))
    if office.desk.progress("draft") is None or office.progress().phase is not SignInPhase.WAITING:
        office.desk.discard("draft")
        office.authorize()

    assert office.desk.paste("draft", text) != ""

    assert office.progress().phase is SignInPhase.WAITING
