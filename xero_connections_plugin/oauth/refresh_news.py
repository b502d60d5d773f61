"""What came of renewing a grant, for whoever wants to know?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hostspec.errors import ConnectionProblem
    from xero_connections_plugin.oauth.grant import GrantRecord
    from xero_connections_plugin.oauth.rotation_words import Ending


@dataclass(frozen=True)
class RefreshNews:
    """One renewal that has ended."""

    record: GrantRecord
    """The grant as it was before."""
    ending: Ending
    problem: ConnectionProblem | None
    """Why it did not succeed, where that is known."""


def nobody_listens(_news: RefreshNews) -> None:
    """For those who do not want to know."""
