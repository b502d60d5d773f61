"""What does a company say about itself? Its id, its name, and whether it is one of Xero's demo companies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from xero_connections_plugin.connections.definition import plain_text
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from pydantic import SecretStr

    from hostspec.providers import Connection

ORGANISATION: Final = "ORGANISATION"
"""The only type of tenant that has an organisation to ask."""

_MOST: Final = 20_000
_LONGEST_ID: Final = 100


@dataclass(frozen=True)
class Company:
    """The answer of ``GET Organisation``; what it does not say is empty or ``None``."""

    organisation_id: str
    name: str
    is_demo: bool | None


class CompaniesApi(Protocol):
    """Asks a company about itself."""

    def company(self, token: SecretStr, tenant_id: str) -> Company | None:
        """What it says; ``None`` when it cannot be asked right now. Takes a few seconds at most."""


class CompanyCheck(Protocol):
    """What a session does about its company; see ``xero.pinned_company.PinnedCompany``."""

    def verify(self) -> None: ...

    def heard(self, body: bytes) -> None: ...


def read_company(body: bytes) -> Company | None:
    """The company of an answer; ``None`` for anything but one."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    listed = answer.get("Organisations") if isinstance(answer, dict) else None
    said = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    if not isinstance(said, dict):
        return None
    is_demo = said.get("IsDemoCompany")
    return Company(
        organisation_id=_text(said.get("OrganisationID"), _LONGEST_ID).lower(),
        name=_text(said.get("Name")),
        is_demo=is_demo if isinstance(is_demo, bool) else None,
    )


def _text(value: object, limit: int = 120) -> str:
    return plain_text(value, limit) if isinstance(value, str) else ""


class KnownCompanies:
    """What companies said while this program ran, by tenant id. Any thread may call."""

    def __init__(self) -> None:
        self._said: dict[str, Company] = {}
        self._asked: set[str] = set()
        self._lock = ProcessLock()

    def note(self, tenant_id: str, company: Company) -> None:
        """Remember what a company said."""
        with self._lock.own:
            if len(self._said) >= _MOST:
                self._said.clear()
            self._said[tenant_id] = company

    def of(self, tenant_id: str) -> Company | None:
        """What it said, if it was heard."""
        with self._lock.own:
            return self._said.get(tenant_id)

    def is_demo(self, tenant_id: str) -> bool | None:
        """Whether it is a demo company, as far as that was heard."""
        said = self.of(tenant_id)
        return said.is_demo if said is not None else None

    def is_demo_entry(self, connection: Connection) -> bool:
        """Whether an entry reaches a demo company, by what the list keeps or was heard since."""
        settings = connection.saved.settings
        kept = settings.get("is_demo")
        if isinstance(kept, bool):
            return kept
        tenant_id = settings.get("tenant_id")
        return isinstance(tenant_id, str) and bool(self.is_demo(tenant_id))

    def may_ask(self, tenant_id: str) -> bool:
        """Whether it is worth asking: not when it was asked before, whatever came of it."""
        with self._lock.own:
            if len(self._asked) >= _MOST:
                self._asked.clear()
            is_first = tenant_id not in self._asked
            self._asked.add(tenant_id)
            return is_first
