"""Errors in the shapes of Xero's gateway and of its accounting API."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from sample_host.xero_simulator.simulated_xero import SimulatedXero

_TITLES = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 406: "NotAcceptable"}


class GatewayError(Exception):
    """A refusal before the accounting API is reached."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def response(self, simulator: SimulatedXero) -> Response:
        instance = simulator.new_id()
        body: dict[str, Any] = {
            "Type": None,
            "Title": _TITLES.get(self.status, "Error"),
            "Status": self.status,
            "Detail": self.detail,
            "Instance": instance,
            "Extensions": {},
        }
        if simulator.world.settings.lowercase_errors:
            body = {name.lower(): value for name, value in body.items()}
        return JSONResponse(body, self.status, {**self.headers, "Xero-Correlation-Id": instance})


class AccountingError(Exception):
    """A refusal by the accounting API itself.

    ``elements`` are the documents as sent, each with its ``ValidationErrors``.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "ValidationException",
        number: int = 10,
        status: int = 400,
        elements: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(message)
        self.body: dict[str, Any] = {"ErrorNumber": number, "Type": kind, "Message": message}
        if elements is not None:
            self.body["Elements"] = elements
        self.status = status

    @classmethod
    def not_found(cls) -> AccountingError:
        return cls("The resource you're looking for cannot be found", kind="NotFoundException", number=404, status=404)

    def response(self) -> Response:
        return JSONResponse(self.body, self.status)
