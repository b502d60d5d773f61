"""First starts at once, a database that is away, and no transaction that waits for the world."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec import StoreUnavailable
from hostspec.connections import HttpSession
from hostspec.testing import TabDriver
from hostspec.value import ConnectionId
from tests.canaries import marked_bytes
from tests.plugin.keeper_process import RealClock
from tests.stories.workstations import Workstations, asked, companies, subject
from xero_connections_plugin.gateways.keys.key_sources import KeyFile, KeySource
from xero_connections_plugin.plugin import XeroConnectionsPlugin
from xero_connections_plugin.settings import Settings

pytestmark = pytest.mark.postgresql


class CountedKeys:
    """A key file that counts the keys it was given."""

    def __init__(self, inner: KeySource) -> None:
        self._inner = inner
        self.kept = 0

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
        return self._inner.read(installation_id, seconds=seconds)

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        self.kept += 1
        self._inner.create(installation_id, key, seconds=seconds)

    def discard(self, installation_id: str, key_ids: object, *, seconds: float) -> None:
        raise AssertionError("nothing is given up here")

    def describe(self) -> str:
        return self._inner.describe()


def test_two_first_starts_at_once_make_one_installation_and_one_key(here: Workstations) -> None:
    sources: list[CountedKeys] = []

    def counted(_settings: Settings, folder: Path) -> KeySource:
        sources.append(CountedKeys(KeyFile(folder / "own.key")))
        return sources[-1]

    def plugin() -> XeroConnectionsPlugin:
        return XeroConnectionsPlugin(counted, random_bytes=marked_bytes)

    with (
        here.workstation("york", with_key=False, plugin=plugin) as york,
        here.workstation("leeds", with_key=False, plugin=plugin) as leeds,
    ):
        tabs: list[TabDriver] = []
        for host in (york, leeds):
            host.tasks.join()
            tabs.append(host.tab("Connections"))
            here.site.fill_definition(tabs[-1], f"From {host.host_name}")
        for tab in tabs:
            tab.press("Authorize")
        for tab in tabs:
            tab.continue_until()
    assert here.server.rows(here.url, "SELECT count(*) FROM installation") == [(1,)]
    assert here.server.rows(here.url, "SELECT count(*) FROM data_keys WHERE state = 'active'") == [(1,)]
    assert sum(source.kept for source in sources) == 1
    here.site.leave_unchecked("I3", "the first workstation never received the key")


def test_while_the_database_is_away_tokens_in_memory_go_on_working(here: Workstations) -> None:
    tab = here.site.tab()
    connection_id = here.site.add(tab, "Head office")
    session = here.site.host.hooks.open_session(connection_id)
    assert isinstance(session, HttpSession)
    with session:
        assert asked(session) == "Bakehouse Ltd"
        here.server.stop()
        assert asked(session) == "Bakehouse Ltd"
    # A step that opens a session for each document goes on too.
    assert companies(here.site.host, connection_id) == "Bakehouse Ltd"
    here.server.start()


def test_while_the_database_is_away_the_tab_says_what_to_do_and_comes_back_by_itself(here: Workstations) -> None:
    here.site.add(here.site.tab(), "Head office")
    here.server.stop()
    with pytest.raises(StoreUnavailable) as caught:
        here.site.tab()
    assert caught.value.code == "STORE_UNREACHABLE"
    assert "does not answer" in str(caught.value)
    assert "try again" in str(caught.value)
    with pytest.raises(StoreUnavailable):
        here.site.host.hooks.open_session(ConnectionId("unknown"))
    here.server.start()
    assert here.site.tab().rows == ["Head office"]


def test_a_workstation_switched_on_while_the_database_is_away_works_once_it_is_back(here: Workstations) -> None:
    connection_id = here.site.add(here.site.tab(), "Head office")
    here.server.stop()
    with here.workstation("york") as york:
        york.tasks.join()
        york.profiles.use(subject(connection_id), profile="Invoices York")
        york.tasks.join()
        here.server.start()
        assert companies(york, connection_id) == "Bakehouse Ltd"
        york.hooks.maintain(5.0)
        york.tasks.join()
    (usage,) = here.site.host.hooks.usages(subject(connection_id)).items
    assert usage.host == "Workstation york"


def states_that_stay(here: Workstations) -> set[str]:
    """In what states sessions are: what other threads have open ends in a moment, what whoever waits holds does not."""
    states = in_states(here)
    for _ in range(100):
        if states <= {"idle"}:
            break
        RealClock().wait(0.02)
        states = in_states(here)
    return states


def in_states(here: Workstations) -> set[str]:
    return {state for state, _ in here.server.sessions(here.url)}


def test_no_transaction_is_open_while_xero_or_the_keychain_is_asked(here: Workstations) -> None:
    seen: list[str] = []

    def look() -> None:
        seen.extend(states_that_stay(here))

    class WatchingKeys(CountedKeys):
        def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
            look()
            return super().read(installation_id, seconds=seconds)

        def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
            look()
            super().create(installation_id, key, seconds=seconds)

    def plugin() -> XeroConnectionsPlugin:
        return XeroConnectionsPlugin(
            lambda _settings, folder: WatchingKeys(KeyFile(folder / "own.key")), random_bytes=marked_bytes
        )

    with here.workstation("york", with_key=False, plugin=plugin) as york:
        tab = york.tab("Connections")
        here.site.fill_definition(tab, "Head office")
        allow = here.site.decide

        def watch(address: str) -> None:
            look()
            allow(address)

        here.site.decide = watch
        tab.press("Authorize")
        tab.continue_until()
        assert "Success" in tab.titles[-1] or tab.message.text
    assert seen
    assert set(seen) <= {"idle"}
    here.site.leave_unchecked("I3", "the first workstation never received the key")
