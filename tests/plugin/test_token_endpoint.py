"""What each kind of answer of a token endpoint means: refusals end grants, weather never does."""

import json
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from hostspec.errors import SENTENCE_LIMIT
from hostspec.testing import FakeClock
from tests.canaries import assert_no_leaks, canary
from tests.plugin.raw_server import closed_port
from tests.plugin.small_server import Said, SmallServer
from xero_connections_plugin.gateways.sign_in.token_endpoint import TOKEN_LIMITS, HttpTokenEndpoint
from xero_connections_plugin.oauth.grant import TokenAnswer
from xero_connections_plugin.oauth.oauth_errors import (
    OutcomeUnknown,
    RequestNotSent,
    Throttled,
    TokenRefused,
    TokenRequestFailed,
)

SECRETS = {name: canary(name) for name in ("code", "verifier", "refresh", "access")}
PAGE = b"<!doctype html><title>Welcome to the hotel network</title>"
Request = Callable[[HttpTokenEndpoint], TokenAnswer | None]


def endpoint(server: SmallServer) -> HttpTokenEndpoint:
    return HttpTokenEndpoint(f"{server.origin}/token", f"{server.origin}/revoke", FakeClock())


def exchange(tokens: HttpTokenEndpoint) -> TokenAnswer:
    return tokens.exchange(
        client_id="id",
        code=SecretStr(SECRETS["code"]),
        redirect_uri="http://localhost:8888/callback",
        verifier=SecretStr(SECRETS["verifier"]),
    )


def refresh(tokens: HttpTokenEndpoint) -> TokenAnswer:
    return tokens.refresh(client_id="id", refresh_token=SecretStr(SECRETS["refresh"]))


def revoke(tokens: HttpTokenEndpoint) -> None:
    tokens.revoke(client_id="id", refresh_token=SecretStr(SECRETS["refresh"]))


def failure(said: Said, request: Request = refresh) -> TokenRequestFailed:
    with SmallServer(said) as server, pytest.raises(TokenRequestFailed) as failed:
        request(endpoint(server))
    assert len(server.calls) == 1, "nothing is repeated here"
    assert_no_leaks(f"{failed.value!r} {failed.value} {failed.value.problem}", SECRETS)
    assert len(str(failed.value.problem)) < SENTENCE_LIMIT
    return failed.value


def refused(error: str, status: int = 400) -> Said:
    return Said(status, json.dumps({"error": error}).encode(), {"Content-Type": "application/json"})


def test_posts_name_the_client_in_the_body_and_nowhere_else() -> None:
    good = Said(body=json.dumps({"access_token": "a", "token_type": "Bearer"}).encode())
    with SmallServer(good) as server:
        exchange(endpoint(server))
        refresh(endpoint(server))
        revoke(endpoint(server))

    bodies = [call.body.decode() for call in server.calls]
    assert bodies[0] == (
        f"grant_type=authorization_code&client_id=id&code={SECRETS['code']}"
        f"&redirect_uri=http%3A%2F%2Flocalhost%3A8888%2Fcallback&code_verifier={SECRETS['verifier']}"
    )
    assert bodies[1] == f"grant_type=refresh_token&client_id=id&refresh_token={SECRETS['refresh']}"
    assert bodies[2] == f"token={SECRETS['refresh']}&token_type_hint=refresh_token&client_id=id"
    for call in server.calls:
        assert call.method == "POST"
        assert "authorization" not in call.headers
        assert "?" not in call.path
    assert [call.path for call in server.calls] == ["/token", "/token", "/revoke"]


def test_one_token_request_is_given_thirty_seconds() -> None:
    assert TOKEN_LIMITS.total >= 30
    assert TOKEN_LIMITS.read >= 30


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("invalid_grant", 400, "SIGN_IN_NEEDED"),
        ("invalid_client", 400, "APP_CONFIG"),
        ("invalid_client", 401, "APP_CONFIG"),
        ("unauthorized_client", 400, "APP_CONFIG"),
        ("invalid_scope", 400, "SCOPES"),
        ("something_new", 403, "REFUSED"),
    ],
)
def test_an_error_of_the_protocol_is_a_refusal(error: str, status: int, code: str) -> None:
    failed = failure(refused(error, status))

    assert isinstance(failed, TokenRefused)
    assert (failed.error, failed.problem.code) == (error, code)


def test_a_hostile_error_code_is_shown_cut_and_cleaned() -> None:
    failed = failure(refused('<script>alert("x")\n</script>' + "y" * 1000))

    assert isinstance(failed, TokenRefused)
    assert '"' not in failed.error
    assert "\n" not in str(failed.problem)
    assert len(failed.error) == 60


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said(403, PAGE), "OFFLINE"),
        (Said(200, PAGE), "OFFLINE"),
        (Said(400, PAGE), "OFFLINE"),
        (Said(302, b"", {"Location": "http://login.hotel.example/"}), "OFFLINE"),
        (Said(400, b""), "XERO_DOWN"),
        (Said(400, b'{"message": "what"}'), "XERO_DOWN"),
        (Said(200, b""), "XERO_DOWN"),
        (Said(200, b'{"access_token": "'), "XERO_DOWN"),
        (Said(200, b'{"error": "invalid_grant"}'), "XERO_DOWN"),
        (Said(204, b""), "XERO_DOWN"),
        (Said(500, b'{"error": "invalid_grant"}'), "XERO_DOWN"),
        (Said(502, PAGE), "XERO_DOWN"),
        (Said(503, b"down"), "XERO_DOWN"),
        (Said(504, b""), "XERO_DOWN"),
        (refused("server_error"), "XERO_DOWN"),
        (refused("temporarily_unavailable"), "XERO_DOWN"),
    ],
)
@pytest.mark.parametrize("request_kind", [exchange, refresh])
def test_anything_else_is_weather_and_leaves_the_outcome_open(said: Said, code: str, request_kind: Request) -> None:
    failed = failure(said, request_kind)

    assert isinstance(failed, OutcomeUnknown)
    assert failed.problem.code == code


def test_too_many_requests_says_how_long_to_wait() -> None:
    failed = failure(Said(429, b"", {"Retry-After": "5"}))

    assert isinstance(failed, Throttled)
    assert failed.retry_after == 5
    assert failed.problem.code == "RATE_LIMITED"
    assert "in 5 seconds" in str(failed.problem)


def test_too_many_requests_without_a_time_is_understood_too() -> None:
    failed = failure(Said(429, b"slow down"))

    assert isinstance(failed, Throttled)
    assert failed.retry_after is None


def test_a_proxy_that_wants_a_password_kept_the_request_to_itself() -> None:
    failed = failure(Said(407, b""))

    assert isinstance(failed, RequestNotSent)
    assert failed.problem.code == "PROXY"


def test_an_endpoint_that_is_not_there_was_sent_nothing() -> None:
    nowhere = f"http://localhost:{closed_port()}/"

    with pytest.raises(RequestNotSent) as failed:
        refresh(HttpTokenEndpoint(nowhere, nowhere, FakeClock()))

    assert failed.value.problem.code == "OFFLINE"


def test_a_success_without_a_body_ends_a_revocation() -> None:
    with SmallServer(Said(200, b"")) as server:
        revoke(endpoint(server))

    assert len(server.calls) == 1


def test_a_revocation_that_has_to_wait_says_so() -> None:
    failed = failure(Said(503, b"", {"Retry-After": "120"}), revoke)

    assert isinstance(failed, OutcomeUnknown)
    assert getattr(failed.problem, "retry_after", None) == 120


def test_the_server_date_comes_with_the_answer() -> None:
    body = json.dumps({"access_token": "a", "token_type": "Bearer"}).encode()
    with SmallServer(Said(200, body)) as server:
        answer = refresh(endpoint(server))

    assert answer.server_date is not None
    assert answer.server_date.tzinfo is not None
