"""What hosts see of connections: entries to choose from, and the sessions opened through them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Protocol, Self, runtime_checkable

from pydantic import AfterValidator, Field

from hostspec.value import ConnectionId, Text, TypeId, Value, whole

if TYPE_CHECKING:
    from types import TracebackType

    import requests  # noqa: TID251 -- the type only; hosts that never open a session need not install it


class ConnectionStatus(StrEnum):
    """The state of an entry, by what it means for its users."""

    READY = "ready"
    EXPIRING = "expiring"
    NEEDS_SIGN_IN = "needs_sign_in"
    ACCESS_WITHDRAWN = "access_withdrawn"
    SCOPE_MISSING = "scope_missing"
    UNREACHABLE = "unreachable"
    UNTESTED = "untested"
    SIGNING_IN = "signing_in"
    KEY_MISSING = "key_missing"
    """This machine cannot open the sealed sign-ins; a state of the machine, not of the entry."""


class ConnectionRef(Value):
    """An entry by id, with what people call it."""

    connection_id: ConnectionId
    type_id: TypeId
    display_name: str


class ChoiceQuery(Value):
    """What a step's dropdown asks for."""

    type_ids: tuple[TypeId, ...] = ()
    """Only these types; empty means every type."""
    selected_id: Annotated[ConnectionId, AfterValidator(whole)] | None = None
    """Always answered, whatever the search and the limit say."""
    search: Text = ""
    limit: int = Field(default=50, ge=1, le=10_000)


class ConnectionChoice(Value):
    """One line of a step's dropdown."""

    connection_id: ConnectionId
    type_id: TypeId | None
    """``None`` for a selected entry that no longer exists."""
    label: str
    subtitle: str = ""
    """What the entry reaches, such as the tenant's name."""
    status: ConnectionStatus = ConnectionStatus.READY
    selectable: bool = True
    hint: str = ""
    """Why it is not selectable and what to do; empty otherwise."""
    order: int = 0


class ChangeKind(StrEnum):
    """What happened to connections."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class ConnectionsChange(Value):
    """News about connections; hosts redraw what shows them."""

    kind: ChangeKind
    connection_ids: tuple[ConnectionId, ...]


@runtime_checkable
class Session(Protocol):
    """An open way to reach what a connection stands for. A context manager; not shared between threads."""

    @property
    def connection(self) -> ConnectionRef:
        """The entry this was opened through."""

    def close(self) -> None:
        """Release sockets; closing twice is harmless."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class HttpSession(Session, Protocol):
    """A session that speaks HTTP: authorized, pinned to one tenant, renewing itself.

    Failures of network, sign-in, tenant, scope and limits are raised as ``ConnectionProblem``; ordinary HTTP
    answers, validation errors included, are returned.
    """

    @property
    def base_url(self) -> str:
        """Origin and path that relative addresses extend; ends with a slash."""

    @property
    def tenant_name(self) -> str:
        """What is reached, as people call it: show it wherever something is written."""

    @property
    def http(self) -> requests.Session:
        """Sends with the bearer token and the tenant; it refuses to carry either to another origin."""
