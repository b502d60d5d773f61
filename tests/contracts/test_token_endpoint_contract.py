"""What every token endpoint does: the fake one, and the real one against the simulator."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from hostspec.errors import ConnectionProblem
from hostspec.testing import FakeClock
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.fake_token_endpoint import FakeTokenEndpoint
from tests.simulator.signed_in_client import REDIRECT_URI, ask
from xero_connections_plugin.gateways.sign_in.token_endpoint import HttpTokenEndpoint
from xero_connections_plugin.oauth.grant import TokenAnswer
from xero_connections_plugin.oauth.oauth_errors import TokenRefused
from xero_connections_plugin.oauth.pkce import challenge_of
from xero_connections_plugin.oauth.token_ports import TokenEndpoint

UNKNOWN_CLIENT_ID = "F" * 32


@dataclass
class Consent:
    """What a person's consent left behind."""

    code: SecretStr
    verifier: SecretStr


@dataclass
class World:
    """An endpoint under test, and a person who consents."""

    tokens: TokenEndpoint
    clock: FakeClock
    consent: Callable[[], Consent]

    def exchange(self, consent: Consent, **changes: str) -> TokenAnswer:
        return self.tokens.exchange(
            client_id=changes.get("client_id", DEMO_CLIENT_ID),
            code=consent.code,
            redirect_uri=changes.get("redirect_uri", REDIRECT_URI),
            verifier=SecretStr(changes["verifier"]) if "verifier" in changes else consent.verifier,
        )

    def refresh(self, refresh_token: SecretStr | None, client_id: str = DEMO_CLIENT_ID) -> TokenAnswer:
        assert refresh_token is not None
        return self.tokens.refresh(client_id=client_id, refresh_token=refresh_token)


def _simulated() -> Iterator[World]:
    with SimulatorServer() as xero:

        def consent() -> Consent:
            asked = ask(xero)
            back = parse_qs(urlsplit(xero.approve(asked.address)).query)
            return Consent(SecretStr(back["code"][0]), SecretStr(asked.verifier))

        clock = FakeClock()
        endpoint = HttpTokenEndpoint(xero.addresses.token_url, xero.addresses.revocation_url, clock)
        yield World(endpoint, clock, consent)


def _faked() -> Iterator[World]:
    clock = FakeClock()
    endpoint = FakeTokenEndpoint(clock.now, (DEMO_CLIENT_ID,))

    def consent() -> Consent:
        verifier = SecretStr("v" * 43)
        code = endpoint.issue_code(
            client_id=DEMO_CLIENT_ID, redirect_uri=REDIRECT_URI, challenge=challenge_of(verifier)
        )
        return Consent(SecretStr(code), verifier)

    yield World(endpoint, clock, consent)


@pytest.fixture(params=[_faked, _simulated], ids=["fake", "simulator"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from request.param()


def refusal(action: Callable[[], object]) -> tuple[str, ConnectionProblem]:
    with pytest.raises(TokenRefused) as refused:
        action()
    return refused.value.error, refused.value.problem


def test_a_code_gives_tokens_dated_by_the_clock_of_this_machine(world: World) -> None:
    answer = world.exchange(world.consent())

    assert answer.access_token.get_secret_value()
    assert answer.refresh_token is not None
    assert answer.expires_in == 1800
    assert answer.asked_at == world.clock.now()
    assert answer.server_date is not None
    assert "offline_access" in (answer.scopes or ("offline_access",))


def test_a_code_works_once(world: World) -> None:
    consent = world.consent()
    world.exchange(consent)

    error, problem = refusal(lambda: world.exchange(consent))

    assert (error, problem.code) == ("invalid_grant", "CODE_REFUSED")
    assert str(problem) == "The sign-in took too long or was used twice. Please try again."


@pytest.mark.parametrize("change", [{"verifier": "w" * 43}, {"redirect_uri": "http://localhost:8889/callback"}])
def test_a_code_works_only_for_the_attempt_that_it_was_given_to(world: World, change: dict[str, str]) -> None:
    consent = world.consent()

    error, _ = refusal(lambda: world.exchange(consent, **change))

    assert error == "invalid_grant"


def test_an_unknown_app_is_told_which_type_to_register(world: World) -> None:
    consent = world.consent()

    error, problem = refusal(lambda: world.exchange(consent, client_id=UNKNOWN_CLIENT_ID))

    assert error == "invalid_client"
    assert problem.code == "APP_CONFIG"
    assert "Mobile or desktop app" in str(problem)


def test_every_refresh_gives_new_tokens(world: World) -> None:
    first = world.exchange(world.consent())
    second = world.refresh(first.refresh_token)
    third = world.refresh(second.refresh_token)

    tokens = {answer.refresh_token for answer in (first, second, third)}
    assert None not in tokens
    assert len(tokens) == 3


def test_an_unknown_refresh_token_is_refused_as_a_sign_in_that_is_over(world: World) -> None:
    error, problem = refusal(lambda: world.refresh(SecretStr("never-issued")))

    assert error == "invalid_grant"
    assert problem.code == "SIGN_IN_NEEDED"


def test_a_revoked_grant_refreshes_no_more_and_may_be_revoked_again(world: World) -> None:
    answer = world.exchange(world.consent())
    assert answer.refresh_token is not None
    for _ in range(2):
        world.tokens.revoke(client_id=DEMO_CLIENT_ID, refresh_token=answer.refresh_token)

    error, _ = refusal(lambda: world.refresh(answer.refresh_token))

    assert error == "invalid_grant"
