"""The whole sign-in over real sockets: browser, listener, token endpoint, published keys, a simulated Xero."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from sample_host.xero_simulator.addresses import WEB_CLIENT_ID
from sample_host.xero_simulator.faults import EditAnswer, EditCallback, Reset, Stage
from sample_host.xero_simulator.server import SimulatorServer
from tests.canaries import assert_no_leaks
from tests.plugin.loopback_client import is_open
from tests.plugin.sign_in_office import SCOPES, Office
from xero_connections_plugin.oauth.sign_in import SignInPhase


@pytest.fixture(scope="module")
def xero() -> Iterator[SimulatorServer]:
    with SimulatorServer() as running:
        yield running


@pytest.fixture
def office(xero: SimulatorServer) -> Iterator[Office]:
    xero.control.reset()
    with Office(xero) as made:
        yield made


def test_allowing_access_brings_tokens_and_a_clean_last_page(office: Office) -> None:
    office.browser.on_open = office.allow
    office.authorize()

    assert office.end().phase is SignInPhase.DONE
    office.tasks.join(20)
    [page] = office.pages
    assert "Access was received for Bakery app." in page.body
    assert page.headers["Cache-Control"] == "no-store"
    [(answer, claims)] = office.kept
    assert answer.refresh_token is not None
    assert claims is None
    # By the thread that served the last page, which may still be at it.
    office.port_is_free()


def test_with_openid_the_published_keys_vouch_for_the_user(office: Office) -> None:
    # The simulator keeps real time, this machine's clock is months off: the server's Date header bridges it.
    office.browser.on_open = office.allow
    office.authorize(scopes=(*SCOPES, "openid", "profile", "email"))

    assert office.end().phase is SignInPhase.DONE
    [(_, claims)] = office.kept
    assert claims is not None
    assert claims.issuer == office.xero.addresses.issuer
    assert "@" in claims.email


def test_with_openid_a_lost_proof_drops_the_tokens(office: Office) -> None:
    office.xero.control.set_fault(EditAnswer(at="token", remove=["id_token"]))
    office.browser.on_open = office.allow
    office.authorize(scopes=(*SCOPES, "openid"))

    problem = office.end().problem
    assert problem is not None
    assert problem.code == "ID_TOKEN"
    assert len(office.kept) == 0


def test_a_denial_is_told_in_browser_and_host(office: Office) -> None:
    office.browser.on_open = office.deny
    office.authorize()

    problem = office.end().problem
    assert problem is not None
    assert problem.code == "SIGN_IN_DENIED"
    office.tasks.join(20)
    assert "Access was not allowed" in office.pages.items[0].body


def test_an_app_of_the_wrong_type_is_named(office: Office) -> None:
    office.browser.on_open = office.allow
    office.authorize(client_id=WEB_CLIENT_ID)

    problem = office.end().problem
    assert problem is not None
    assert "Mobile or desktop app" in str(problem)


def test_a_changed_state_is_ignored_and_the_right_answer_still_counts(office: Office) -> None:
    office.xero.control.set_fault(EditCallback(set={"state": "another"}))
    office.browser.on_open = office.allow
    office.authorize()
    office.pages.wait_beyond(0, 20)
    assert office.pages.items[0].status == 400
    assert office.progress().phase is SignInPhase.WAITING

    office.allow(office.progress().address)

    assert office.end().phase is SignInPhase.DONE


def test_an_answer_that_is_lost_after_the_code_was_traded_is_not_traded_again(office: Office) -> None:
    office.xero.control.set_fault(Reset(at="token", stage=Stage.AFTER))
    office.browser.on_open = office.allow
    office.authorize()

    problem = office.end().problem
    assert problem is not None
    assert problem.code == "XERO_DOWN"
    assert office.xero.control.state().requests["token"] == 1


def test_no_secret_appears_in_logs_problems_or_values(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    office.browser.on_open = office.allow
    office.authorize(scopes=(*SCOPES, "openid"))
    progress = office.end()
    [(answer, claims)] = office.kept

    found = {"access": answer.access_token, "refresh": answer.refresh_token, "id": answer.id_token}
    found |= {"nonce": SecretStr(_parameter(progress.address, "nonce"))}
    known = {name: secret.get_secret_value() for name, secret in found.items() if secret is not None}
    assert len(known) == 4
    # What httpx and the simulator in this process log is not ours to judge.
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("xero_conn", "hostspec"))]
    ours += [record.getMessage() for record in caplog.records if record.name.startswith("urllib3")]
    assert_no_leaks(f"{ours} {progress!r} {answer!r} {claims!r} {replace(progress)!r}", known)


def _parameter(address: str, name: str) -> str:
    return parse_qs(urlsplit(address).query)[name][0]


def test_cancelling_frees_the_real_port_at_once(office: Office) -> None:
    for _ in range(5):
        office.authorize()
        assert is_open(office.port)
        office.desk.cancel("draft")
        assert not is_open(office.port)
    with suppress(ConnectionRefusedError):
        office.allow(office.progress().address)
    assert len(office.pages) == 0
