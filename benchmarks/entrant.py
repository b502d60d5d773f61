"""What must somebody bring who takes part in the race?"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, SecretStr, field_serializer

from sample_host.xero_simulator.addresses import SimulatorAddresses
from sample_host.xero_simulator.server import SimulatorServer

PROCESSES = 8
THREADS = 4


class Place(BaseModel):
    """Where a race is run: a folder that all processes share, and the simulated Xero."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    origin: str
    database_url: SecretStr | None = None

    @field_serializer("database_url")
    def _tell(self, url: SecretStr | None) -> str | None:
        # It goes to our own processes through a pipe.
        return url.get_secret_value() if url is not None else None

    @property
    def addresses(self) -> SimulatorAddresses:
        return SimulatorAddresses.at(self.origin)

    @property
    def token_file(self) -> Path:
        """Where entrants without a store of their own share the token set."""
        return self.folder / "tokens.json"


class Caller(Protocol):
    """One process's way to Xero; several threads use it at once, however its documentation wants that."""

    def use(self) -> int:
        """Call Xero's API with a token that is valid; the status of the answer. What it raises is a failure."""

    def renew(self) -> int:
        """Renew with what is stored, valid or not, then call the API; as ``use``."""


class Entrant(Protocol):
    """A way of keeping a sign-in, used as its documentation says for several processes."""

    name: str
    processes: int
    threads: int
    """Of each process."""
    needs_database: bool

    def why_not(self) -> str | None:
        """Why it cannot take part here, if it cannot."""

    def sign_in(self, place: Place, xero: SimulatorServer) -> None:
        """Store a sign-in whose access token has expired."""

    def open(self, place: Place) -> AbstractContextManager[Caller]:
        """What a process does before the race, so that it is warm when it begins."""
