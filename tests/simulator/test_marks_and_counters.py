"""What the simulator does so that tests can find its secrets and count what clients did."""

from __future__ import annotations

from sample_host.xero_simulator.faults import Reset, Slow, Stage, TokenError
from sample_host.xero_simulator.server import SimulatorServer
from sample_host.xero_simulator.simulated_xero import SECRET_MARK
from tests.canaries import JWT_HEAD, find_marks
from tests.simulator.signed_in_client import SignedIn, ask, callback_parameters, refresh, refreshed


def test_every_secret_that_is_given_can_be_recognized_even_a_half_of_it(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    code = callback_parameters(xero.approve(ask(xero).address))["code"]
    for secret in (code, client.refresh_token, refreshed(xero, client.refresh_token)):
        assert secret.startswith(SECRET_MARK)
        for half in (secret[: len(secret) // 2], secret[len(secret) // 2 :]):
            assert find_marks(half)
    assert client.tokens["access_token"].startswith(JWT_HEAD)


def test_two_tokens_differ_beyond_their_marks(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    second = refreshed(xero, client.refresh_token)
    assert second.replace(SECRET_MARK, "") != client.refresh_token.replace(SECRET_MARK, "")
    assert len(second.replace(SECRET_MARK, "")) == 43


def test_requests_that_a_fault_strikes_are_counted(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    assert xero.control.state().fault_strikes == 0
    xero.control.set_fault(TokenError(at="token", times=2))
    for _ in range(3):
        refresh(xero, client.refresh_token)
    assert xero.control.state().fault_strikes == 2


def test_a_refresh_while_the_token_is_still_good_is_early(xero: SimulatorServer) -> None:
    xero.control.freeze()
    client = SignedIn(xero)
    second = refreshed(xero, client.refresh_token)
    assert xero.control.state().early_refreshes == 1
    xero.control.advance(1600)
    third = refreshed(xero, second)
    assert xero.control.state().early_refreshes == 1, "three minutes before its end is no waste"
    xero.control.expire_access_tokens()
    refreshed(xero, third)
    assert xero.control.state().early_refreshes == 1, "Xero itself ended it"


def test_a_refresh_after_a_fault_is_not_counted_as_early(xero: SimulatorServer) -> None:
    xero.control.freeze()
    client = SignedIn(xero)
    xero.control.set_fault(Slow(at="token", seconds=0.01, stage=Stage.AFTER))
    second = refreshed(xero, client.refresh_token)
    early = xero.control.state().early_refreshes
    third = refreshed(xero, second)
    assert xero.control.state().early_refreshes == early
    xero.control.set_fault(Reset(at="connections"))
    refreshed(xero, third)
    assert xero.control.state().early_refreshes == early + 1, "that fault has not struck anybody yet"


def test_a_simulator_knows_whether_it_runs() -> None:
    xero = SimulatorServer()
    seen = [xero.is_running]
    with xero:
        seen.append(xero.is_running)
    assert [*seen, xero.is_running] == [False, True, False]
