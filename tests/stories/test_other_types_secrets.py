"""What the list does for another type's secrets: keeps them sealed, and shows them to their provider where it acts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from pydantic import SecretBytes, SecretStr

from hostspec import (
    ActionField,
    AddAct,
    Condition,
    Connection,
    ConnectionId,
    ConnectionProblem,
    ConnectionStatus,
    ConnectionSummary,
    ConnectionTest,
    ConnectionType,
    Draft,
    Form,
    MessageBox,
    SavedConnection,
    SecretField,
    Session,
    ShowMessage,
    SignInNeeded,
    Step,
    TextField,
    Tone,
    TypeId,
    UserAct,
    hookimpl,
)
from hostspec.testing.fake_clock import START
from tests.canaries import canary
from tests.stories.capture_site import Site
from tests.stories.test_other_types_limits import PlainShelves

if TYPE_CHECKING:
    from hostspec.testing import TabDriver

LOCKER: Final = TypeId("locker")
PIN: Final = canary("pin of a locker")


def pin_of(draft: Draft) -> bytes:
    typed = draft.values.get("pin")
    if isinstance(typed, SecretStr) and typed.get_secret_value():
        return typed.get_secret_value().encode()
    kept = draft.connection.saved.sealed if draft.connection else None
    return kept.get_secret_value() if kept else b""


class Lockers(PlainShelves):
    """A provider whose entries hold a PIN; keeps what it was shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes]] = []
        self.problem: ConnectionProblem | None = None

    def form(self, draft: Draft) -> Form:
        place = draft.values.get("place", draft.connection.saved.settings.get("place", "") if draft.connection else "")
        stored = "pin" in draft.values or (draft.connection is not None and draft.connection.has_secret)
        return Form(
            fields=(
                TextField(field_id="place", label="Place", value=str(place)),
                SecretField(field_id="pin", label="PIN", stored=stored),
                ActionField(action_id="try", label="Try"),
            )
        )

    def act(self, draft: Draft, act: UserAct) -> Step | None:
        self.seen.append(("act", pin_of(draft)))
        return None if act.action_id == "try" else ShowMessage(message=MessageBox(title="?", text="?"))

    def save(self, draft: Draft) -> SavedConnection:
        self.seen.append(("save", pin_of(draft)))
        return SavedConnection(settings={"place": str(draft.values["place"])}, sealed=SecretBytes(pin_of(draft)))

    def test(self, connection: Connection) -> ConnectionTest:
        self._look("test", connection)
        return ConnectionTest(tested_at=START, passed=True, text="It opens.", milliseconds=1)

    def open(self, connection: Connection) -> Session:
        self._look("open", connection)
        raise self.problem or ConnectionProblem("Nobody opens a locker.")

    def condition_after(self, connection: Connection, problem: ConnectionProblem) -> Condition | None:
        if not isinstance(problem, SignInNeeded):
            return None
        return Condition(status=ConnectionStatus.NEEDS_SIGN_IN, cause=str(problem), since=START)

    def summary(self, connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        return {
            one.connection_id: ConnectionSummary(
                status=one.condition.status if one.condition else ConnectionStatus.READY,
                status_text="Wrong PIN" if one.condition else "Ready",
                tone=Tone.BAD if one.condition else Tone.GOOD,
            )
            for one in connections
        }

    def _look(self, where: str, connection: Connection) -> None:
        sealed = connection.saved.sealed
        self.seen.append((where, sealed.get_secret_value() if sealed else b""))


class LockerPlugin:
    def __init__(self, provider: Lockers) -> None:
        self.provider = provider

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        yield ConnectionType(type_id=LOCKER, label="Locker", order=500, provider=self.provider, add=AddAct.of(LOCKER))


@pytest.fixture
def lockers() -> Lockers:
    return Lockers()


@pytest.fixture
def site(tmp_path: Path, lockers: Lockers) -> Iterator[Site]:
    with Site(tmp_path) as site:
        site.host.register("lockers", LockerPlugin(lockers))
        site.leave_unchecked("I3", "its last host does not know lockers")
        yield site


def add_locker(tab: TabDriver) -> ConnectionId:
    tab.press("Add")
    tab.choose("Connection type", "Locker")
    tab.press("Continue")
    tab.fill("Display name", "Blue locker")
    tab.fill("Place", "Hall")
    tab.fill("PIN", PIN)
    tab.press("Try")
    # The page has it no more, and sends an empty one.
    tab.fill("PIN", "")
    tab.press("Save")
    return ConnectionId(tab.results[-1].subject_id)


def test_a_secret_that_was_typed_outlives_the_redrawing_of_its_form(site: Site, lockers: Lockers) -> None:
    add_locker(site.tab())
    assert lockers.seen == [("act", PIN.encode()), ("save", PIN.encode())]


def test_an_edit_shows_its_provider_what_is_sealed_and_keeps_it(site: Site, lockers: Lockers) -> None:
    tab = site.tab()
    add_locker(tab)
    lockers.seen.clear()
    tab.row("Blue locker")
    tab.press("Edit")
    tab.fill("Place", "Cellar")
    tab.press("Try")
    tab.press("Save")
    tab.row("Blue locker")
    tab.press("Test")
    tab.continue_until()
    assert lockers.seen == [(place, PIN.encode()) for place in ("act", "save", "test")]


def test_a_session_that_cannot_open_says_so_in_the_list_until_a_test_passes(site: Site, lockers: Lockers) -> None:
    tab = site.tab()
    locker = add_locker(tab)
    for problem, status in (
        (ConnectionProblem("The hall is closed."), "Ready"),
        (SignInNeeded("The PIN was changed."), "Wrong PIN"),
        (ConnectionProblem("The hall is closed."), "Wrong PIN"),
    ):
        lockers.problem = problem
        with pytest.raises(type(problem)):
            site.host.hooks.open_session(locker)
        assert site.tab().cell("Blue locker", "Status") == status
    assert lockers.seen[-1] == ("open", PIN.encode())
    tab = site.tab()
    tab.row("Blue locker")
    tab.press("Test")
    tab.continue_until()
    assert site.tab().cell("Blue locker", "Status") == "Ready"
