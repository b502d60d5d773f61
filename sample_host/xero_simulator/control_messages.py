"""What goes over the control interface: commands in, the whole state out, as values."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sample_host.xero_simulator.faults import ConsentFault, HttpFault
from sample_host.xero_simulator.token_rotation import GraceReading


def token_digest(token: str) -> str:
    """The name under which counters of a token are kept; the token cannot be found from it."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


class ControlMessage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AppToRegister(ControlMessage):
    client_id: str = Field(pattern=r"^[0-9A-Fa-f]{32}$")
    name: str = "Registered app"
    redirect_uris: list[str] = Field(max_length=50)
    client_secret: str | None = None
    legacy_scopes: bool = False
    certified: bool = True
    link_limit: int = 10_000
    day_limit: int = 5000


class RedirectUriToAdd(ControlMessage):
    client_id: str
    redirect_uri: str


class OrganisationToAdd(ControlMessage):
    name: str | None
    user: str
    tenant_type: str = "ORGANISATION"
    demo: bool = False


class SettingsChange(ControlMessage):
    """What is None stays as it is; durations in seconds."""

    grace_reading: GraceReading | None = None
    access_token_seconds: int | None = Field(default=None, ge=1)
    code_seconds: int | None = Field(default=None, ge=1)
    grace_seconds: int | None = Field(default=None, ge=0)
    idle_seconds: int | None = Field(default=None, ge=1)
    minute_limit: int | None = Field(default=None, ge=0)
    app_minute_limit: int | None = Field(default=None, ge=0)
    day_limit: int | None = Field(default=None, ge=0)
    concurrent_limit: int | None = Field(default=None, ge=0)
    event_ids: bool | None = None
    lowercase_errors: bool | None = None
    callback_issuer: bool | None = None
    withheld_scope: str | None = None


class ClockChange(ControlMessage):
    advance_seconds: float = 0.0
    frozen: bool | None = None


class WhoseTokens(ControlMessage):
    """A user and an app; None means all of them."""

    user: str | None = None
    client_id: str | None = None


class LinksToCut(ControlMessage):
    organisation: str
    user: str | None = None
    client_id: str | None = None


class Done(ControlMessage):
    """What most commands answer: how many things they changed, and the id of what was made."""

    changed: int = 1
    made: str | None = None


class TokenCounters(ControlMessage):
    presented: int
    rotated: int
    refused: int


class GrantState(ControlMessage):
    user: str
    client_id: str
    scopes: list[str]
    revoked: bool
    refreshes: int


class LinkState(ControlMessage):
    link_id: str
    user: str
    client_id: str
    organisation: str
    tenant_id: str


class AttachmentState(ControlMessage):
    file_name: str
    mime_type: str
    size: int
    sha256: str


class InvoiceState(ControlMessage):
    organisation: str
    tenant_id: str
    invoice_id: str
    type: Literal["ACCPAY", "ACCREC"]
    status: str
    invoice_number: str | None
    reference: str | None
    contact: str
    total: float
    attachments: list[AttachmentState]


class FaultState(ControlMessage):
    fault_id: str
    fault: HttpFault | ConsentFault


class SimulatorState(ControlMessage):
    """A snapshot; ``now`` is the simulator's clock in seconds since the epoch (UTC)."""

    now: float
    requests: dict[str, int]
    fault_strikes: int
    """Requests that a fault struck."""
    refreshes: int
    early_refreshes: int
    """Those that nobody needed: the sign-in's newest access token was still good, and no fault had struck since."""
    grants: list[GrantState]
    tokens: dict[str, TokenCounters]
    links: list[LinkState]
    invoices: list[InvoiceState]
    faults: list[FaultState]
