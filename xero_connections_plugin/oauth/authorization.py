"""What is asked of the authorization server, and where shall the browser come back to? (RFC 6749, RFC 8252)"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from pydantic import SecretStr

CALLBACK_PATH: Final = "/callback"
REDIRECT_HOST: Final = "localhost"
"""The one host that may be registered with plain http; the number of the loopback address may not."""


@dataclass(frozen=True)
class Attempt:
    """What one run of the browser flow waits for (R12); nothing of it is written anywhere."""

    redirect_uri: str
    state: SecretStr
    issuer: str
    """Whose answer it must be, where the answer says whose it is (RFC 9207)."""


def compose_redirect_uri(application_url: str, port: int) -> str:
    """The redirect URI for this port, as it must be registered, letter for letter.

    Args:
        application_url: ``http://localhost``; a final slash is forgiven.
        port: 1 to 65535.

    Raises:
        ValueError: Nothing but ``http://localhost`` and a port can be used; the text says what is wrong.
    """
    if isinstance(port, bool) or not 1 <= port <= 65535:
        raise ValueError("The port must be a number from 1 to 65535.")
    try:
        parts = urlsplit(application_url.strip())
        typed_port = parts.port
    except ValueError:
        raise ValueError("This is not a web address. Use http://localhost.") from None
    if parts.scheme != "http" or parts.hostname != REDIRECT_HOST or "@" in parts.netloc:
        raise ValueError("The application URL must be http://localhost: nothing else may be registered without https.")
    if typed_port is not None or parts.netloc.endswith(":"):
        raise ValueError("Leave the port out of the application URL; it has its own field.")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "?" in application_url or "#" in application_url:
        raise ValueError("Leave out everything after http://localhost; the path is added by itself.")
    return f"http://{REDIRECT_HOST}:{port}{CALLBACK_PATH}"


def build_authorize_url(
    *,
    authorize_url: str,
    client_id: str,
    redirect_uri: str,
    scopes: tuple[str, ...],
    state: SecretStr,
    challenge: str,
    nonce: SecretStr | None,
) -> str:
    """The address that the browser opens: a code, with PKCE, and nothing else (R10, R13, R14, R17).

    Args:
        authorize_url: The server's endpoint; parameters that it has already are kept, unless they are ours.
        client_id: The app's id.
        redirect_uri: Sent in full.
        scopes: In the order wanted.
        state: Of this attempt.
        challenge: S256.
        nonce: Only with the scope ``openid`` (R67).
    """
    ours = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state.get_secret_value(),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if nonce is not None:
        ours["nonce"] = nonce.get_secret_value()
    parts = urlsplit(authorize_url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in ours]
    query = urlencode([*kept, *ours.items()], quote_via=quote, safe="")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
