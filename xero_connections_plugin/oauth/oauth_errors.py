"""What a request to the token endpoint can come to, other than an answer; told apart by what is known about it.

The protocol of refreshes turns on one question: may the server have rotated the token? These classes answer it.
They never leave the plugin: whoever catches them raises one of ``hostspec.errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hostspec.errors import ConnectionProblem


class TokenRequestFailed(Exception):
    """Base of the three; ``problem`` is what to raise towards the host when nothing better is known."""

    def __init__(self, problem: ConnectionProblem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class RequestNotSent(TokenRequestFailed):
    """Name lookup, connect, proxy or TLS failed: the server never saw the token, which is as good as before."""


class OutcomeUnknown(TokenRequestFailed):
    """The request left and no readable answer came: the server may have rotated the token."""


class TokenRefused(TokenRequestFailed):
    """The server answered with an OAuth error (RFC 6749 section 5.2)."""

    def __init__(self, problem: ConnectionProblem, *, error: str) -> None:
        super().__init__(problem)
        self.error = error
        """The error code, such as ``invalid_grant``; allowed characters only (R47)."""


class Throttled(TokenRequestFailed):
    """The server asked for patience (429) before it looked at the token."""

    def __init__(self, problem: ConnectionProblem, *, retry_after: float | None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after
        """Seconds, where the server said so."""
