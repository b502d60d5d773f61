"""The address that the browser opens, and the one it comes back to."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.sampling import how_many
from xero_connections_plugin.oauth.authorization import build_authorize_url, compose_redirect_uri

ENDPOINT = "https://login.xero.com/identity/connect/authorize"
MANY = settings(max_examples=how_many(commit=200, whole=10_000), deadline=None)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


def test_the_redirect_uri_is_composed_letter_for_letter() -> None:
    assert compose_redirect_uri("http://localhost", 8888) == "http://localhost:8888/callback"
    assert compose_redirect_uri(" http://localhost/ ", 65535) == "http://localhost:65535/callback"


@pytest.mark.parametrize(
    "application_url",
    [
        "https://localhost",
        "http://127.0.0.1",
        "http://[::1]",
        "http://example.com",
        "http://localhost.example.com",
        "http://localhost.",
        "http://user@localhost",
        "http://user@evil@localhost",
        "http://localhost\\.evil.com",
        "http://xn--lcalhost-54a",
        "localhost",
        "http://localhost:8888",
        "http://localhost:",
        "http://localhost:port",
        "http://localhost/xero",
        "http://localhost/?",
        "http://localhost#",
        "http://[localhost",
        "javascript:alert(1)",
        "",
    ],
)
def test_g4_nothing_but_plain_localhost_can_be_an_application_url(application_url: str) -> None:
    with pytest.raises(ValueError, match=r"\w+.*\."):
        compose_redirect_uri(application_url, 8888)


@MANY
@given(
    application_url=st.text()
    | st.from_regex(
        r"\s?(http|https|HTTP|ftp)?(:|://)[a-z@.\[\]\\]{0,9}(localhost|127\.0\.0\.1|\[::1\])[/:.?#@a-z0-9]{0,5}"
    ),
    port=st.integers(-10, 70_000) | st.booleans(),
)
def test_g4_whatever_is_typed_becomes_the_one_redirect_uri_or_is_refused(application_url: str, port: int) -> None:
    try:
        composed = compose_redirect_uri(application_url, port)
    except ValueError:
        return
    assert not isinstance(port, bool)
    assert composed == f"http://localhost:{port}/callback"
    assert 1 <= port <= 65535
    assert re.fullmatch(r"\s*http://localhost/?\s*", application_url, re.IGNORECASE)


@pytest.mark.parametrize("port", [0, -1, 65536, True])
def test_g5_a_port_is_a_number_that_can_be_listened_on(port: int) -> None:
    with pytest.raises(ValueError, match="port"):
        compose_redirect_uri("http://localhost", port)


@MANY
@given(client_id=TEXT, scopes=st.lists(TEXT.filter(lambda text: " " not in text)), state=TEXT, nonce=st.none() | TEXT)
def test_g8_what_is_built_reads_back_with_each_parameter_exactly_once(
    client_id: str, scopes: list[str], state: str, nonce: str | None
) -> None:
    address = build_authorize_url(
        authorize_url=ENDPOINT,
        client_id=client_id,
        redirect_uri="http://localhost:8888/callback",
        scopes=tuple(scopes),
        state=SecretStr(state),
        challenge="abc",
        nonce=None if nonce is None else SecretStr(nonce),
    )
    parts = urlsplit(address)

    expected = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": "http://localhost:8888/callback",
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": "abc",
        "code_challenge_method": "S256",
    }
    if nonce is not None:
        expected["nonce"] = nonce
    pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
    assert dict(pairs) == expected
    assert len(pairs) == len(expected)
    assert address.startswith(f"{ENDPOINT}?")
    assert parts.fragment == ""


def test_parameters_of_the_endpoint_stay_unless_they_are_ours() -> None:
    address = build_authorize_url(
        authorize_url="http://localhost:8900/authorize?tenant=a&state=theirs#top",
        client_id="id",
        redirect_uri="http://localhost:8888/callback",
        scopes=("a", "b"),
        state=SecretStr("ours"),
        challenge="abc",
        nonce=None,
    )
    pairs = parse_qsl(urlsplit(address).query)

    assert pairs[0] == ("tenant", "a")
    assert [value for name, value in pairs if name == "state"] == ["ours"]
    assert "#" not in address
