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
    """Works."""
    EXPIRING = "expiring"
    """Works, and the sign-in ends soon unless it is used."""
    NEEDS_SIGN_IN = "needs_sign_in"
    """Cannot be used until somebody signs in."""
    ACCESS_WITHDRAWN = "access_withdrawn"
    """The sign-in works, but no longer for this tenant."""
    SCOPE_MISSING = "scope_missing"
    """The sign-in does not allow everything that profiles need."""
    UNREACHABLE = "unreachable"
    """The other side cannot be reached; passes by itself."""
    UNTESTED = "untested"
    """Nobody has used or tested it since it was set up."""
    SIGNING_IN = "signing_in"
    """Somebody is signing in for it right now."""
    KEY_MISSING = "key_missing"
    """This machine cannot open the sealed sign-ins; a state of the machine, not of the entry."""


class ConnectionRef(Value):
    """An entry by id, with what people call it."""

    connection_id: ConnectionId
    """What hosts store."""
    type_id: TypeId
    """Which kind of connection it is."""
    display_name: str
    """What people call it."""


class ChoiceQuery(Value):
    """What a step's dropdown asks for."""

    type_ids: tuple[TypeId, ...] = ()
    """Only these types; empty means every type."""
    selected_id: Annotated[ConnectionId, AfterValidator(whole)] | None = None
    """Always answered, whatever the search and the limit say."""
    search: Text = ""
    """Part of a label or subtitle; empty: all."""
    limit: int = Field(default=50, ge=1, le=10_000)
    """How many choices to answer, besides the selected one."""


class ConnectionChoice(Value):
    """One line of a step's dropdown."""

    connection_id: ConnectionId
    """What the step stores when it is chosen."""
    type_id: TypeId | None
    """``None`` for a selected entry that no longer exists."""
    label: str
    """What people call it."""
    subtitle: str = ""
    """What the entry reaches, such as the tenant's name."""
    status: ConnectionStatus = ConnectionStatus.READY
    """The state of the entry."""
    selectable: bool = True
    """Whether it may be chosen; an entry that is chosen already stays so."""
    hint: str = ""
    """Why it is not selectable and what to do; empty otherwise."""
    order: int = 0
    """Choices with smaller numbers come first."""


class ChangeKind(StrEnum):
    """What happened to connections."""

    ADDED = "added"
    """They are new, or were taken back."""
    CHANGED = "changed"
    """Their name, settings or state changed."""
    REMOVED = "removed"
    """They are gone from every list."""


class ConnectionsChange(Value):
    """News about connections; hosts redraw what shows them."""

    kind: ChangeKind
    """What happened."""
    connection_ids: tuple[ConnectionId, ...]
    """To which of them."""


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
