"""How is the company of an entry read for a test? By a session, as any step would."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from hostspec.connections import HttpSession
from hostspec.errors import ProviderUnavailable
from xero_connections_plugin.xero.company_facts import read_company
from xero_connections_plugin.xero.connection_check import CompanyRead
from xero_connections_plugin.xero.texts import check_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.connections import Session
    from hostspec.providers import Connection
    from xero_connections_plugin.xero.kept_settings import KeptSettings

CORRELATION_HEADER: Final = "Xero-Correlation-Id"
_LONGEST_REFERENCE: Final = 40


class CompanyReading:
    """A ``xero.connection_check.CompanyReader``. Any thread may call.

    Args:
        open_session: Opens a session of an entry.
    """

    def __init__(self, open_session: Callable[[Connection, KeptSettings], Session]) -> None:
        self._open_session = open_session

    def __call__(self, connection: Connection, kept: KeptSettings) -> CompanyRead:
        with self._open_session(connection, kept) as session:
            if not isinstance(session, HttpSession):
                raise TypeError("sessions of Xero speak HTTP")
            answer = session.http.get("Organisation")
            company = read_company(answer.content) if answer.status_code == HTTPStatus.OK else None
            if company is None:
                raise ProviderUnavailable(texts.odd_answer(answer.status_code), code="XERO_DOWN")
            reference = answer.headers.get(CORRELATION_HEADER, "").strip()
            fits = reference.isascii() and reference.isprintable() and len(reference) <= _LONGEST_REFERENCE
            return CompanyRead(company.name, reference if fits else "")
