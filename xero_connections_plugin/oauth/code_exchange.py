"""How does an accepted code become tokens that can be relied on?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hostspec.errors import SignInRejected
from xero_connections_plugin.oauth.id_token import OPENID, ExpectedIdToken, check_claims, refused_id_token
from xero_connections_plugin.oauth.oauth_errors import RequestNotSent

if TYPE_CHECKING:
    from pydantic import SecretStr

    from hostspec.services import Clock
    from xero_connections_plugin.oauth.grant import TokenAnswer
    from xero_connections_plugin.oauth.id_token import IdTokenClaims, SignatureCheck
    from xero_connections_plugin.oauth.sign_in_run import SignInRun
    from xero_connections_plugin.oauth.token_ports import TokenEndpoint

_TRIES: Final = 3
_PAUSE_SECONDS: Final = 1.0
_WORTH_ANOTHER_TRY: Final = frozenset({"OFFLINE", "XERO_DOWN"})


def trade_code(
    run: SignInRun[Any], code: SecretStr, tokens: TokenEndpoint, signatures: SignatureCheck, clock: Clock
) -> tuple[TokenAnswer, IdTokenClaims | None]:
    """Trade the code, once, and check what came with the tokens.

    Returns:
        The tokens, and who signed in where the scope ``openid`` was asked for.

    Raises:
        TokenRequestFailed: No tokens.
        SignInRejected: Tokens that are of no use or cannot be trusted; they are dropped (R73).
        ProviderUnavailable: The server's signing keys cannot be had; the tokens are dropped.
    """
    request = run.request
    answer = _exchange(run, code, tokens, clock)
    if answer.refresh_token is None:
        raise SignInRejected(
            "The sign-in came without permission to stay signed in. Add the scope offline_access under Advanced, then "
            "Authorize again. Nothing was changed.",
            code="SCOPES",
        )
    if OPENID not in request.scopes:
        return answer, None
    if answer.id_token is None:
        raise refused_id_token("it is missing")
    expected = ExpectedIdToken(
        issuer=run.attempt.issuer,
        client_id=request.client_id,
        nonce=run.secrets.nonce,
        access_token=answer.access_token,
        now=clock.now(),
        server_date=answer.server_date,
    )
    return answer, check_claims(signatures.verified_claims(answer.id_token), expected)


def _exchange(run: SignInRun[Any], code: SecretStr, tokens: TokenEndpoint, clock: Clock) -> TokenAnswer:
    tries = 1
    while True:
        try:
            return tokens.exchange(
                client_id=run.request.client_id,
                code=code,
                redirect_uri=run.attempt.redirect_uri,
                verifier=run.secrets.verifier,
            )
        except RequestNotSent as failure:
            # Only a code that never left may be posted again (R22).
            if tries >= _TRIES or failure.problem.code not in _WORTH_ANOTHER_TRY or not run.is_active:
                raise
        tries += 1
        clock.wait(_PAUSE_SECONDS)
