"""A company's books in memory, reached as a session reaches them, with answers that get lost on demand."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self, cast
from urllib.parse import unquote

from hostspec.connections import ConnectionRef, HttpSession
from hostspec.value import ConnectionId, TypeId

KEY_KEPT = timedelta(minutes=6)


class Time:
    """A wall clock that tests move."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, **parts: float) -> None:
        self.time += timedelta(**parts)


@dataclass(frozen=True)
class Answer:
    """What a request came to."""

    status_code: int
    content: bytes


def answer(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode())


@dataclass(frozen=True)
class Fault:
    """Spoils one request to a path: before it is booked, or after."""

    path: str
    result: Answer | BaseException
    handled: bool = False
    method: str = ""


@dataclass
class FakeLedger:
    """One company."""

    time: Time
    tenant_id: str = "tenant-1"
    name: str = "Bakehouse Ltd"
    demo: bool = False
    contacts: list[dict[str, Any]] = field(default_factory=list)
    invoices: list[dict[str, Any]] = field(default_factory=list)
    attachments: dict[tuple[str, str], bytes] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    requests: list[tuple[str, str]] = field(default_factory=list)
    keys: dict[str, tuple[datetime, Answer]] = field(default_factory=dict)
    closed: int = 0
    meanwhile: Callable[[], object] | None = None
    """Done once, at the request named by ``moment``."""
    moment: tuple[str, str] = ("PUT", "Invoices")

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        path = url.removeprefix("https://ledger.example/")
        self.requests.append((method, path))
        if (method, path) == self.moment and self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        fault = next((f for f in self.faults if path.startswith(f.path) and f.method in ("", method)), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.handled:
                self._handle(method, path, params or {}, json, data, headers or {})
            if isinstance(fault.result, BaseException):
                raise fault.result
            return fault.result
        return self._handle(method, path, params or {}, json, data, headers or {})

    def _handle(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: Any,
        data: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        key = headers.get("Idempotency-Key")
        if key in self.keys and self.time.now() - self.keys[key][0] < KEY_KEPT:
            return self.keys[key][1]
        result = self._act(method, path, params, body, data)
        if key is not None:
            self.keys[key] = (self.time.now(), result)
        return result

    def _act(self, method: str, path: str, params: Mapping[str, str], body: Any, data: bytes | None) -> Answer:
        match (method, path.split("/")):
            case ("GET", ["Organisation"]):
                return answer(
                    200,
                    {
                        "Organisations": [
                            {"OrganisationID": self.tenant_id, "Name": self.name, "IsDemoCompany": self.demo}
                        ]
                    },
                )
            case ("GET", ["Contacts"]):
                wanted = params.get("searchTerm", "").casefold()
                return answer(200, {"Contacts": [c for c in self.contacts if wanted in c["Name"].casefold()]})
            case ("PUT", ["Contacts"]):
                made = {**body["Contacts"][0], "ContactID": f"c{len(self.contacts) + 1}", "ContactStatus": "ACTIVE"}
                self.contacts.append(made)
                return answer(200, {"Contacts": [made]})
            case ("GET", ["Invoices"]):
                numbers = params["InvoiceNumbers"].split(",")
                return answer(200, {"Invoices": [i for i in self.invoices if i["InvoiceNumber"] in numbers]})
            case ("PUT", ["Invoices"]):
                sent = body["Invoices"][0]
                total = sum(line["Quantity"] * line["UnitAmount"] for line in sent["LineItems"])
                booked = {**sent, "InvoiceID": f"i{len(self.invoices) + 1}", "Total": round(total, 2)}
                self.invoices.append(booked)
                return answer(200, {"Invoices": [booked]})
            case ("POST", ["Invoices", invoice_id, "Attachments", name]):
                self.attachments[invoice_id, unquote(name)] = data or b""
                return answer(200, {"Attachments": [{"FileName": unquote(name)}]})
            case _:
                return answer(404, {"Detail": f"{method} {path} is not simulated"})

    def session(self) -> HttpSession:
        """A session that writes to this company."""
        return cast("HttpSession", LedgerSession(self))


class LedgerSession:
    """What a connection opens."""

    base_url = "https://ledger.example/"
    connection = ConnectionRef(connection_id=ConnectionId("c"), type_id=TypeId("xero"), display_name="Head office")

    def __init__(self, ledger: FakeLedger) -> None:
        self.http = ledger
        self.tenant_name = ledger.name

    def close(self) -> None:
        self.http.closed += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()
