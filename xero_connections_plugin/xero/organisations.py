"""What does Xero say about a company itself? Read field by field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from xero_connections_plugin.connections.definition import plain_text

if TYPE_CHECKING:
    from hostspec.providers import Connection
    from xero_connections_plugin.xero.kept_settings import KeptSettings


@dataclass(frozen=True)
class Organisation:
    """A company as ``GET Organisation`` tells it."""

    organisation_id: str
    """Empty where Xero does not say."""
    name: str
    is_demo: bool | None
    """Whether it is one of Xero's demo companies; ``None`` where Xero does not say."""
    correlation_id: str = ""
    """What Xero's support asks for."""


class OrganisationReader(Protocol):
    """Who asks Xero for the company of an entry: one call, reading only."""

    def __call__(self, connection: Connection, kept: KeptSettings) -> Organisation:
        """The company that answers.

        Raises:
            ConnectionProblem: It cannot be asked, or refuses.
        """


def read_organisation(body: bytes, correlation_id: str = "") -> Organisation | None:
    """The first company of an answer; ``None`` when it names none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    listed = answer.get("Organisations") if isinstance(answer, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(first, dict):
        return None
    organisation_id, name, is_demo = first.get("OrganisationID"), first.get("Name"), first.get("IsDemoCompany")
    return Organisation(
        organisation_id=organisation_id if isinstance(organisation_id, str) else "",
        name=plain_text(name) if isinstance(name, str) else "",
        is_demo=is_demo if isinstance(is_demo, bool) else None,
        correlation_id=correlation_id,
    )
