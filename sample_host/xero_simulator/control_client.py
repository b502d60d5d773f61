"""Controlling a simulator from Python, in this process or another one."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

from pydantic import BaseModel

from sample_host.xero_simulator import control_messages as messages
from sample_host.xero_simulator.faults import ConsentFault, HttpFault
from sample_host.xero_simulator.token_rotation import GraceReading

_TIMEOUT_SECONDS = 10.0


class ControlFailed(Exception):
    """The simulator refused a command; the message says why."""


class SimulatorControl:
    """Every command of the control interface, typed.

    Each method raises ``ControlFailed`` when the simulator refuses, and ``OSError`` when it cannot be reached.
    """

    def __init__(self, origin: str) -> None:
        self._address = urlsplit(origin)

    def register_app(
        self,
        client_id: str,
        redirect_uris: list[str],
        *,
        name: str = "Registered app",
        client_secret: str | None = None,
        legacy_scopes: bool = False,
        certified: bool = True,
    ) -> None:
        """Register an app, or replace the one of this id; with a secret it is a "Web app"."""
        self._command(
            "apps",
            messages.AppToRegister(
                client_id=client_id,
                redirect_uris=redirect_uris,
                name=name,
                client_secret=client_secret,
                legacy_scopes=legacy_scopes,
                certified=certified,
            ),
        )

    def add_redirect_uri(self, client_id: str, redirect_uri: str) -> None:
        self._command("redirect-uris", messages.RedirectUriToAdd(client_id=client_id, redirect_uri=redirect_uri))

    def add_organisation(
        self, name: str | None, user: str, *, tenant_type: str = "ORGANISATION", demo: bool = False
    ) -> str:
        """Found an organisation that this user may open; answers its tenant id."""
        command = messages.OrganisationToAdd(name=name, user=user, tenant_type=tenant_type, demo=demo)
        return self._command("organisations", command).made or ""

    def set_fault(self, fault: HttpFault | ConsentFault) -> str:
        """Switch a fault on; answers its id."""
        return self._command("faults", fault).made or ""

    def clear(self) -> None:
        """Switch every fault off."""
        self._command("clear", None)

    def change(
        self,
        *,
        grace_reading: GraceReading | str | None = None,
        access_token_seconds: int | None = None,
        code_seconds: int | None = None,
        grace_seconds: int | None = None,
        idle_seconds: int | None = None,
        minute_limit: int | None = None,
        app_minute_limit: int | None = None,
        day_limit: int | None = None,
        concurrent_limit: int | None = None,
        event_ids: bool | None = None,
        lowercase_errors: bool | None = None,
        callback_issuer: bool | None = None,
        withheld_scope: str | None = None,
    ) -> None:
        """Change settings; what is None stays as it is. Durations in seconds."""
        self._command(
            "settings",
            messages.SettingsChange(
                grace_reading=None if grace_reading is None else GraceReading(grace_reading),
                access_token_seconds=access_token_seconds,
                code_seconds=code_seconds,
                grace_seconds=grace_seconds,
                idle_seconds=idle_seconds,
                minute_limit=minute_limit,
                app_minute_limit=app_minute_limit,
                day_limit=day_limit,
                concurrent_limit=concurrent_limit,
                event_ids=event_ids,
                lowercase_errors=lowercase_errors,
                callback_issuer=callback_issuer,
                withheld_scope=withheld_scope,
            ),
        )

    def advance(self, seconds: float) -> None:
        """Move Xero's clock by a number of seconds; negative numbers move it back."""
        self._command("clock", messages.ClockChange(advance_seconds=seconds))

    def freeze(self) -> None:
        """Stop Xero's clock; ``advance`` still moves it."""
        self._command("clock", messages.ClockChange(frozen=True))

    def unfreeze(self) -> None:
        self._command("clock", messages.ClockChange(frozen=False))

    def revoke(self, user: str | None = None, client_id: str | None = None) -> int:
        """End sign-ins from Xero's side: tokens dead, links gone; answers how many."""
        return self._command("revoke", messages.WhoseTokens(user=user, client_id=client_id)).changed

    def unlink(self, organisation: str, user: str | None = None, client_id: str | None = None) -> int:
        """Cut links to an organisation from Xero's side; answers how many."""
        command = messages.LinksToCut(organisation=organisation, user=user, client_id=client_id)
        return self._command("unlink", command).changed

    def expire_access_tokens(self, user: str | None = None, client_id: str | None = None) -> int:
        """Make access tokens old before their time; answers how many."""
        return self._command("expire-access-tokens", messages.WhoseTokens(user=user, client_id=client_id)).changed

    def reset(self) -> None:
        """Everything as new, except the signing key."""
        self._command("reset", None)

    def state(self) -> messages.SimulatorState:
        return messages.SimulatorState.model_validate_json(self._exchange("GET", "state", None))

    def _command(self, name: str, command: BaseModel | None) -> messages.Done:
        body = command.model_dump_json(exclude_none=False) if command else "{}"
        return messages.Done.model_validate_json(self._exchange("POST", name, body))

    def _exchange(self, method: str, name: str, body: str | None) -> bytes:
        connection = HTTPConnection(self._address.hostname or "localhost", self._address.port, timeout=_TIMEOUT_SECONDS)
        try:
            encoded = None if body is None else body.encode()
            connection.request(method, f"/control/{name}", encoded, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise ControlFailed(_message(content))
        return content


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return "The simulator did not understand the command."
