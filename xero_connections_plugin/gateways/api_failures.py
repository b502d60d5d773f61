"""What does a failed call of the API mean, if Xero may have acted on it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.errors import ProviderUnavailable
from xero_connections_plugin.gateways.outbound_http import transport_problem
from xero_connections_plugin.xero.answer_problems import UNKNOWN_OUTCOME

if TYPE_CHECKING:
    from requests import RequestException


def failure_of(error: RequestException, *, writing: bool) -> ProviderUnavailable:
    """The problem to raise for what requests raised; quotes nothing of it and does not lead to it."""
    problem = transport_problem(error)
    if writing and not _never_left(error):
        return ProviderUnavailable(f"The connection to Xero broke off. {UNKNOWN_OUTCOME}", code=problem.code)
    return problem


def _never_left(error: RequestException) -> bool:
    """Whether nothing of the request can have reached Xero; in doubt, no."""
    from requests import exceptions
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    if isinstance(error, exceptions.ConnectTimeout | exceptions.ProxyError):
        return True
    failed = error.args[0] if error.args else None
    reason = failed.reason if isinstance(failed, MaxRetryError) else None
    # TLS can also break off in the middle; only a refused certificate is sure to come before the request.
    return isinstance(reason, NewConnectionError) or (
        isinstance(error, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(reason)
    )
