"""Who takes part, in the order of the table? A new row is a module in ``entrants`` and a line here."""

from __future__ import annotations

from benchmarks.entrant import Entrant
from benchmarks.entrants.authlib_session import AuthlibSession
from benchmarks.entrants.msal_file_cache import MsalFileCache
from benchmarks.entrants.one_round_trip import OneRoundTrip
from benchmarks.entrants.own_keeper import OwnKeeper
from benchmarks.entrants.requests_oauthlib_session import RequestsOauthlibSession
from benchmarks.entrants.shared_file import SharedFile
from benchmarks.entrants.xero_sdk import XeroSdk

ENTRANTS: tuple[Entrant, ...] = (
    OwnKeeper("this project, SQLite", needs_database=False),
    OwnKeeper("this project, PostgreSQL", needs_database=True),
    AuthlibSession(),
    RequestsOauthlibSession(),
    MsalFileCache(),
    XeroSdk(),
    SharedFile("bare, a file and a lock", expired=True),
    SharedFile("bare, token still good", expired=False),
    OneRoundTrip(),
)


def entrant_named(name: str) -> Entrant:
    """The one of this name.

    Raises:
        ValueError: There is none.
    """
    for entrant in ENTRANTS:
        if entrant.name == name:
            return entrant
    raise ValueError(f"nobody is named {name}")
