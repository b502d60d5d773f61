"""What does a person read when a sign-in was not renewed, or not to the end, through no fault of the sign-in?"""

from __future__ import annotations

from hostspec.errors import ConnectionProblem, ProviderUnavailable, StoreUnavailable


def others_at_work() -> ProviderUnavailable:
    """Another process is renewing, and takes long."""
    return ProviderUnavailable(
        "Another program here is renewing this sign-in, and the sign-in server has not answered it yet. "
        "Nothing is lost; try again in a minute.",
        code="XERO_DOWN",
    )


def not_saved_yet(problem: ConnectionProblem) -> StoreUnavailable:
    """The server's answer lies in memory only.

    Args:
        problem: Why it could not be saved.
    """
    return StoreUnavailable(
        "The sign-in was renewed but could not be saved yet. It is kept in memory and saved as soon as possible: keep "
        "this program running, and make room on the disk or the store reachable.",
        code=problem.code,
    )


def renewed_in_vain() -> ProviderUnavailable:
    """Every token that came was too old already."""
    return ProviderUnavailable(
        "The sign-in was renewed several times, and each token was out of date at once. Nothing is lost; check "
        "that this machine's clock is right and try again.",
        code="XERO_DOWN",
    )
