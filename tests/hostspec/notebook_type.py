"""A connection type that keeps every rule and has every skill that is held to one: notebooks, opened with a PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import SecretBytes, SecretStr

from hostspec import (
    CONNECTIONS_TAB,
    ActionField,
    AddAct,
    Close,
    Connection,
    ConnectionProblem,
    ConnectionRef,
    ConnectionStatus,
    ConnectionSummary,
    ConnectionTest,
    ConnectionType,
    Draft,
    Fact,
    Form,
    HostServices,
    RemovalChoice,
    SavedConnection,
    SecretField,
    TextField,
    Tone,
    TypeId,
    UserAct,
    hookimpl,
)
from hostspec.testing.fake_clock import START

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import JsonValue

    from hostspec import CancelSignal, ConnectionId, FieldValue, Session, Step

NOTEBOOK: Final = TypeId("notebook")


class NotebookSession:
    def __init__(self, connection: Connection) -> None:
        self._connection = ConnectionRef(
            connection_id=connection.connection_id, type_id=connection.type_id, display_name=connection.display_name
        )

    @property
    def connection(self) -> ConnectionRef:
        return self._connection

    def close(self) -> None:
        pass

    def __enter__(self) -> NotebookSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def text_of(values: Mapping[str, FieldValue], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def pin_of(draft: Draft) -> str:
    value = draft.values.get("pin")
    return value.get_secret_value() if isinstance(value, SecretStr) else ""


def shelf_in(settings: Mapping[str, JsonValue]) -> str:
    shelf = settings.get("shelf")
    return shelf if isinstance(shelf, str) else ""


class Notebooks:
    """The provider; a broken one overrides what it breaks."""

    def __init__(self, host: HostServices) -> None:
        self.host = host

    def shelf(self, draft: Draft) -> str:
        if draft.values or draft.connection is None:
            return text_of(draft.values, "shelf")
        return shelf_in(draft.connection.saved.settings)

    def form(self, draft: Draft) -> Form:
        stored = bool(pin_of(draft)) or (draft.connection is not None and draft.connection.has_secret)
        return Form(
            fields=(
                TextField(field_id="shelf", label="Shelf", value=self.shelf(draft), on_change="typed", required=True),
                SecretField(field_id="pin", label="PIN", stored=stored, on_change="typed", required=True),
                ActionField(action_id="look", label="Look whether it is there"),
            )
        )

    def act(self, draft: Draft, act: UserAct) -> Step | None:
        match act.action_id:
            case "look":
                self.host.tasks.start("look", self.look)
                return None
            case "continue":
                return Close()
            case _:
                return None

    def look(self, cancelled: CancelSignal) -> None:
        cancelled.wait(30.0)

    def unsaved(self, draft: Draft) -> bool:
        before = shelf_in(draft.connection.saved.settings) if draft.connection else ""
        return bool(pin_of(draft)) or self.shelf(draft) != before

    def obstacles(self, draft: Draft) -> tuple[str, ...]:
        shelf = () if self.shelf(draft) else ("Name the shelf.",)
        known = pin_of(draft) or (draft.connection is not None and draft.connection.has_secret)
        return (*shelf, *(() if known else ("Type the PIN.",)))

    def consequences(self, draft: Draft) -> tuple[str, ...]:
        return ()

    def save(self, draft: Draft) -> SavedConnection:
        if obstacles := self.obstacles(draft):
            raise ConnectionProblem(" ".join(obstacles))
        sealed = SecretBytes(pin_of(draft).encode()) if pin_of(draft) else None
        if sealed is None and draft.connection is not None:
            sealed = draft.connection.saved.sealed
        return SavedConnection(settings={"shelf": self.shelf(draft)}, subtitle=self.shelf(draft), sealed=sealed)

    def close(self, draft_id: str) -> None:
        pass

    def summary(self, connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        return {one.connection_id: self.summary_of(one) for one in connections}

    def summary_of(self, connection: Connection) -> ConnectionSummary:
        if shelf_in(connection.saved.settings):
            return ConnectionSummary(status=ConnectionStatus.READY, status_text="Ready", tone=Tone.GOOD)
        return ConnectionSummary(
            status=ConnectionStatus.UNREACHABLE, status_text="Lost", tone=Tone.BAD, cause="No shelf is known."
        )

    def details(self, connection: Connection) -> tuple[Fact, ...]:
        return (Fact(label="Shelf", text=shelf_in(connection.saved.settings) or "Not known"),)

    def open(self, connection: Connection) -> Session:
        if not shelf_in(connection.saved.settings):
            raise ConnectionProblem("No shelf is known. Edit the connection.")
        return NotebookSession(connection)

    def removal_choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        return (RemovalChoice(choice_id="burn", label="Burn it", hint="Nobody can read it then."),)

    def forget(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        return ("It could not be burned.",) if "burn" in choices else ()

    def test(self, connection: Connection) -> ConnectionTest:
        found = bool(shelf_in(connection.saved.settings))
        text = "It is there." if found else "It is not there. Name another shelf."
        return ConnectionTest(tested_at=START, passed=found, text=text, milliseconds=1)

    def copied_values(self, connection: Connection) -> Mapping[str, FieldValue]:
        return {"shelf": shelf_in(connection.saved.settings)}

    def portable(self, connection: Connection) -> Mapping[str, JsonValue]:
        return {"shelf": shelf_in(connection.saved.settings)}

    def from_portable(
        self, settings: Mapping[str, JsonValue], *, connection: Connection | None = None, source: str = ""
    ) -> SavedConnection:
        if set(settings) != {"shelf"} or not shelf_in(settings):
            raise ConnectionProblem("The shelf is missing.")
        return SavedConnection(settings=dict(settings), subtitle=shelf_in(settings))

    def open_fields(self, connection: Connection) -> frozenset[str]:
        return frozenset({"pin"})


class NotebookPlugin:
    """Contributes notebooks.

    Args:
        make: Makes the provider of a host.
        changes: What is different about the type.
    """

    def __init__(self, make: type[Notebooks] = Notebooks, **changes: object) -> None:
        self._make = make
        self._changes = changes
        self._provider: Notebooks | None = None

    @hookimpl
    def capture_startup(self, host: HostServices) -> None:
        self._provider = self._make(host)

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        assert self._provider is not None
        known: dict[str, object] = {
            "type_id": NOTEBOOK,
            "label": "Notebook",
            "order": 10,
            "provider": self._provider,
            "add": AddAct(tab_id=CONNECTIONS_TAB, act=UserAct(action_id="add")),
        }
        yield ConnectionType(**(known | self._changes))  # type: ignore[arg-type]  # what a broken type is made of
