"""What does a failed call of the API mean, if Xero may have acted on it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.errors import ProviderUnavailable
from xero_connections_plugin.gateways.network.outbound_http import broken_answer, failure_problem
from xero_connections_plugin.xero.answer_problems import UNKNOWN_OUTCOME

if TYPE_CHECKING:
    from requests import RequestException

    from xero_connections_plugin.gateways.network.transport_guard import TransportGuard


def failure_of(error: Exception, guard: TransportGuard, url: str, *, writing: bool) -> ProviderUnavailable:
    """The problem to raise for a call that was not answered; quotes nothing of what was raised."""
    problem = failure_problem(error, guard, url)
    return _perhaps_done(problem) if writing and guard.may_have_left else problem


def body_failure(error: RequestException, *, writing: bool) -> ProviderUnavailable:
    """The problem to raise for an answer that broke off in its body."""
    problem = broken_answer(error)
    return _perhaps_done(problem) if writing else problem


def _perhaps_done(problem: ProviderUnavailable) -> ProviderUnavailable:
    return ProviderUnavailable(f"The connection to Xero broke off. {UNKNOWN_OUTCOME}", code=problem.code)
