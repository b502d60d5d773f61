"""A token endpoint in memory that keeps to the rules of a real one."""

import threading
from collections.abc import Callable
from datetime import datetime

from pydantic import SecretStr

from hostspec.errors import ConnectionProblem, SignInNeeded, SignInRejected
from xero_connections_plugin.oauth.grant import TokenAnswer
from xero_connections_plugin.oauth.oauth_errors import TokenRefused
from xero_connections_plugin.oauth.pkce import challenge_of

CODE_REFUSED = "The sign-in took too long or was used twice. Please try again."


class FakeTokenEndpoint:
    """Satisfies ``TokenEndpoint``: codes work once, refresh tokens rotate, revoked ones are dead.

    Args:
        now: The wall clock, for the time that answers carry.
        client_ids: The apps it knows.
    """

    def __init__(self, now: Callable[[], datetime], client_ids: tuple[str, ...] = ("client",)) -> None:
        self.posts: list[str] = []
        """Which requests were made: exchange, refresh, revoke."""
        self.failures: list[Exception] = []
        """Raised by the next requests, one each, before anything is done."""
        self.edit: Callable[[TokenAnswer], TokenAnswer] = lambda answer: answer
        """Changes each answer on its way out."""
        self.on_request: Callable[[], None] = lambda: None
        """Called in each request, before anything is done: the place to block, or to do something meanwhile."""
        self._now = now
        self._client_ids = client_ids
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[str, str, str]] = {}
        self._alive: dict[str, str] = {}
        self._made = 0

    def issue_code(self, *, client_id: str, redirect_uri: str, challenge: str) -> str:
        """What the person's consent gives."""
        with self._lock:
            code = self._make("code")
            self._codes[code] = (client_id, redirect_uri, challenge)
            return code

    def exchange(self, *, client_id: str, code: SecretStr, redirect_uri: str, verifier: SecretStr) -> TokenAnswer:
        self._begin("exchange", client_id)
        with self._lock:
            issued = self._codes.pop(code.get_secret_value(), None)
        if issued != (client_id, redirect_uri, challenge_of(verifier)):
            raise TokenRefused(SignInRejected(CODE_REFUSED, code="CODE_REFUSED"), error="invalid_grant")
        return self._answer(client_id)

    def refresh(self, *, client_id: str, refresh_token: SecretStr) -> TokenAnswer:
        self._begin("refresh", client_id)
        with self._lock:
            owner = self._alive.pop(refresh_token.get_secret_value(), None)
        if owner != client_id:
            raise TokenRefused(SignInNeeded("The sign-in no longer works."), error="invalid_grant")
        return self._answer(client_id)

    def revoke(self, *, client_id: str, refresh_token: SecretStr) -> None:
        self._begin("revoke", client_id)
        with self._lock:
            self._alive.pop(refresh_token.get_secret_value(), None)

    def _begin(self, kind: str, client_id: str) -> None:
        with self._lock:
            self.posts.append(kind)
            failure = self.failures.pop(0) if self.failures else None
        self.on_request()
        if failure is not None:
            raise failure
        if client_id not in self._client_ids:
            problem: ConnectionProblem = SignInRejected('Register the app as "Mobile or desktop app".')
            raise TokenRefused(problem, error="invalid_client")

    def _answer(self, client_id: str) -> TokenAnswer:
        with self._lock:
            refresh_token = self._make("refresh")
            self._alive[refresh_token] = client_id
            answer = TokenAnswer(
                access_token=SecretStr(self._make("access")),
                refresh_token=SecretStr(refresh_token),
                expires_in=1800.0,
                scopes=("offline_access",),
                id_token=None,
                asked_at=self._now(),
                server_date=self._now(),
            )
        return self.edit(answer)

    def _make(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._made}"
