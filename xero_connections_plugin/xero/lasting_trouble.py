"""Which problem of an entry stays until somebody repairs it? Everything else passes by itself, and is not noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.connections import ConnectionStatus
from hostspec.errors import AccessWithdrawn, NoTenant, ScopeMissing, SignInRejected, TenantMismatch
from hostspec.providers import Condition
from xero_connections_plugin.xero.texts import health_texts

if TYPE_CHECKING:
    from datetime import datetime

    from hostspec.errors import CaptureError


def lasting(problem: CaptureError, now: datetime) -> Condition | None:
    """What to note about an entry; ``None`` where there is nothing to note.

    Grants that have ended are marked where they are kept, and need no note.
    """
    match problem:
        case AccessWithdrawn() | NoTenant() | TenantMismatch():
            return Condition(status=ConnectionStatus.ACCESS_WITHDRAWN, cause=str(problem), since=now)
        case ScopeMissing():
            return Condition(status=ConnectionStatus.SCOPE_MISSING, cause=str(problem), since=now)
        case SignInRejected() if problem.code == SignInRejected.default_code:
            return Condition(status=ConnectionStatus.NEEDS_SIGN_IN, cause=health_texts.WRONG_APP, since=now)
        case _:
            return None
