"""What can go wrong on demand: every fault that a test or a person may switch on, and the board that hands them out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from sample_host.xero_simulator.fault_places import known_place


class Stage(StrEnum):
    """Whether the fault strikes instead of the work, or after it was done and only the answer is spoiled."""

    BEFORE = "before_handling"
    AFTER = "after_handling"


class FaultModel(BaseModel):
    """Where a fault strikes (one of ``PLACES``), how often (None: until cleared), and at which stage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Annotated[str, AfterValidator(known_place)]
    times: int | None = Field(default=1, ge=1)
    method: str | None = None
    stage: Stage = Stage.BEFORE


class Slow(FaultModel):
    """The answer takes that many real seconds longer."""

    kind: Literal["slow"] = "slow"
    seconds: float = Field(ge=0, le=3600)


class Answer(FaultModel):
    """Another answer instead of the right one: a gateway's page, an outage, a redirect."""

    kind: Literal["answer"] = "answer"
    status: int = Field(default=200, ge=200, le=599)
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = {}


class TokenError(FaultModel):
    """An OAuth error of the token endpoint, with one key only unless a description is given."""

    kind: Literal["token_error"] = "token_error"
    error: str = "invalid_grant"
    description: str | None = None
    status: int = 400


class Reset(FaultModel):
    """The TCP connection is reset, with nothing answered."""

    kind: Literal["reset"] = "reset"


class CutOff(FaultModel):
    """The work is done, half of the answer is sent, then the TCP connection is reset."""

    kind: Literal["cut_off"] = "cut_off"


class Truncated(FaultModel):
    """The work is done; the answer is a complete message with half of the JSON."""

    kind: Literal["truncated"] = "truncated"


class Huge(FaultModel):
    """An answer of that many bytes (counted after unpacking when ``gzip``)."""

    kind: Literal["huge"] = "huge"
    size: int = Field(default=100 * 1024 * 1024, ge=1)
    gzip: bool = False


class Drip(FaultModel):
    """The work is done; the answer comes one byte at a time."""

    kind: Literal["drip"] = "drip"
    seconds_per_byte: float = Field(default=1.0, gt=0)


class EditAnswer(FaultModel):
    """The JSON answer with members set or removed; of an array, those of every item."""

    kind: Literal["edit_answer"] = "edit_answer"
    set: dict[str, Any] = {}
    remove: list[str] = []


class RateLimited(FaultModel):
    """429 with Xero's headers; without ``retry_after`` the header is missing."""

    kind: Literal["rate_limited"] = "rate_limited"
    problem: str = "minute"
    retry_after: int | None = None


class Deny(FaultModel):
    """The next sign-in comes back at once as if the person had cancelled."""

    kind: Literal["deny"] = "deny"
    at: Annotated[str, AfterValidator(known_place)] = "authorize"


class EditCallback(FaultModel):
    """The callback's parameters with some set or removed, as a confused or hostile party would send them."""

    kind: Literal["edit_callback"] = "edit_callback"
    at: Annotated[str, AfterValidator(known_place)] = "authorize"
    set: dict[str, str] = {}
    remove: list[str] = []


HttpFault = Slow | Answer | TokenError | Reset | CutOff | Truncated | Huge | Drip | EditAnswer | RateLimited
ConsentFault = Deny | EditCallback
Fault = Annotated[HttpFault | ConsentFault, Field(discriminator="kind")]
FAULT_READER: TypeAdapter[HttpFault | ConsentFault] = TypeAdapter(Fault)


class FaultBoard:
    """The faults that are switched on, in the order in which they were set."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._set: dict[str, tuple[HttpFault | ConsentFault, int | None]] = {}

    def add(self, fault: HttpFault | ConsentFault) -> str:
        fault_id = f"fault-{next(self._ids)}"
        self._set[fault_id] = (fault, fault.times)
        return fault_id

    def clear(self, fault_id: str | None = None) -> None:
        """Switch one fault off, or all of them."""
        if fault_id is None:
            self._set.clear()
        else:
            self._set.pop(fault_id, None)

    def active(self) -> list[tuple[str, HttpFault | ConsentFault]]:
        return [(fault_id, fault) for fault_id, (fault, _) in self._set.items()]

    def take_http(self, places: Iterable[str], method: str) -> list[HttpFault]:
        """What strikes this request: every matching delay, then the first other fault; each counts as used."""
        taken: list[HttpFault] = []
        other: HttpFault | None = None
        for fault_id, fault in self.active():
            if isinstance(fault, Deny | EditCallback) or not _strikes(fault, places, method):
                continue
            if isinstance(fault, Slow):
                taken.append(fault)
            elif other is None:
                other = fault
            else:
                continue
            self._use(fault_id)
        return taken if other is None else [*taken, other]

    def take_deny(self) -> Deny | None:
        for fault_id, fault in self.active():
            if isinstance(fault, Deny):
                self._use(fault_id)
                return fault
        return None

    def take_callback_edit(self) -> EditCallback | None:
        for fault_id, fault in self.active():
            if isinstance(fault, EditCallback):
                self._use(fault_id)
                return fault
        return None

    def _use(self, fault_id: str) -> None:
        fault, left = self._set[fault_id]
        if left is None:
            return
        if left <= 1:
            del self._set[fault_id]
        else:
            self._set[fault_id] = (fault, left - 1)


def _strikes(fault: HttpFault, places: Iterable[str], method: str) -> bool:
    return fault.at in places and fault.method in (None, method)
