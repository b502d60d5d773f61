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
    from requests import exceptions
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    if isinstance(error, exceptions.ConnectTimeout | exceptions.SSLError | exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
