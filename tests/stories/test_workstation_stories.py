"""Several workstations of one site, each with its own data directory and its own copy of the key, on one database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from hostspec import SecretStoreUnavailable, StoreUnavailable
from hostspec.connections import ChoiceQuery, HttpSession
from hostspec.testing import FakeBrowser, FakeClock, FakeHost, TabDriver
from hostspec.usages import CONNECTION_KIND, Subject, UsageSwitch
from hostspec.value import ConnectionId
from tests.canaries import marked_bytes
from tests.postgresql_server import PostgresqlServer
from tests.stories.capture_site import Site, make_marked_plugin
from xero_connections_plugin.gateways.key_sources import KeyFile, KeySource
from xero_connections_plugin.plugin import XeroConnectionsPlugin
from xero_connections_plugin.settings import Settings

pytestmark = pytest.mark.postgresql


@dataclass(frozen=True)
class Workstations:
    """A site whose first workstation is ``site.host``; others join it."""

    site: Site
    server: PostgresqlServer
    url: str
    folder: Path

    def workstation(
        self,
        name: str,
        *,
        with_key: bool = True,
        plugin: Callable[[], object] = make_marked_plugin,
        clock: FakeClock | None = None,
    ) -> FakeHost:
        """One more workstation; it has received the key unless told otherwise."""
        data_dir = self.folder / name
        data_dir.mkdir(mode=0o700, exist_ok=True)
        key_file = data_dir / "connections.key"
        if with_key and not key_file.exists():
            shutil.copy(self.site.data_dir / "connections.key", key_file)
        return FakeHost(
            data_dir,
            plugins={"xero-connections": plugin()},
            settings={**self.site.plugin_settings, "database_url": self.url, "key_file": str(key_file)},
            browser=FakeBrowser(on_open=lambda address: self.site.decide(address)),
            clock=clock or FakeClock(auto_advance=True),
            host_id=f"id-{name}",
            host_name=f"Workstation {name}",
        )

    def stored(self) -> list[list[tuple[object, ...]]]:
        """Everything that is stored, but what hosts say about profiles."""
        tables = ("connections", "grants", "candidates", "data_keys", "installation", "leases")
        return [self.server.rows(self.url, f"SELECT * FROM {table} ORDER BY 1") for table in tables]


@pytest.fixture
def here(tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str) -> Iterator[Workstations]:
    first = tmp_path / "first"
    first.mkdir(mode=0o700)
    with Site(first, settings={"database_url": postgresql_url}) as site:
        yield Workstations(site, postgresql, postgresql_url, tmp_path)


def subject(connection_id: ConnectionId) -> Subject:
    return Subject(kind=CONNECTION_KIND, subject_id=connection_id, label="Head office")


def companies(host: FakeHost, connection_id: ConnectionId) -> str:
    """What Xero answers to a session of that host."""
    session = host.hooks.open_session(connection_id)
    assert isinstance(session, HttpSession)
    with session:
        return asked(session)


def asked(session: HttpSession) -> str:
    answer = session.http.get(f"{session.base_url}Organisation", headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.status_code
    return str(answer.json()["Organisations"][0]["Name"])


def shown(host: FakeHost) -> list[str]:
    return [choice.label for choice in host.hooks.connection_choices(ChoiceQuery()).items]


def test_every_workstation_sees_and_uses_what_one_of_them_signed_in_to(here: Workstations) -> None:
    connection_id = here.site.add(here.site.tab(), "Head office")
    with here.workstation("york") as york, here.workstation("leeds") as leeds:
        before = here.site.xero.control.state()
        assert [companies(host, connection_id) for host in (here.site.host, york, leeds)] == ["Bakehouse Ltd"] * 3
        after = here.site.xero.control.state()
        # One grant, and the token that came with it: nobody signed in or refreshed again.
        assert len(after.grants) == len(before.grants) == 1
        assert after.refreshes == before.refreshes == 0
        assert shown(york) == shown(leeds) == shown(here.site.host)


def test_a_change_on_one_workstation_is_seen_on_the_others(here: Workstations) -> None:
    here.site.add(here.site.tab(), "Head office")
    with here.workstation("york") as york:
        there = york.tab("Connections")
        there.row("Head office")
        there.press("Edit")
        there.fill("Display name", "Bakery")
        there.press("Save")
        assert here.site.tab().rows == ["Bakery"]
        there.row("Bakery")
        there.press("Delete")
        there.press("Delete")
        there.continue_until(lambda: there.titles == [])
        assert here.site.tab().rows == []
    here.site.leave_unchecked("I2", "it was removed on another workstation, which is not one of the site's own hosts")


def test_two_workstations_that_edit_one_entry_do_not_overwrite_each_other(here: Workstations) -> None:
    tab = here.site.tab()
    here.site.add(tab, "Head office")
    with here.workstation("york") as york:
        there = york.tab("Connections")
        for one in (tab, there):
            one.row("Head office")
            one.press("Edit")
        tab.fill("Display name", "From here")
        there.fill("Display name", "From York")
        tab.press("Save")
        there.press("Save")
        assert here.site.tab().rows == ["From here"]
        assert "Somebody else changed this connection" in there.dialog.problem


def test_two_workstations_cannot_give_one_name_twice(here: Workstations) -> None:
    here.site.add(here.site.tab(), "Stra\u00dfe")
    with here.workstation("york") as york:
        there = york.tab("Connections")
        here.site.fill_definition(there, "STRASSE")
        here.site.authorize(there)
        there.press("OK")
        there.choose("Tenant", there.options("Tenant")[0])
        there.press("Save")
        assert "already a connection named" in there.error_at("Display name")
        there.press("Cancel")
        there.press("Discard")
    assert here.site.tab().rows == ["Stra\u00dfe"]


def test_c31_a_workstation_without_the_key_says_so_writes_nothing_and_disturbs_nobody(here: Workstations) -> None:
    connection_id = here.site.add(here.site.tab(), "Head office")
    before = here.stored()
    with here.workstation("york", with_key=False) as york:
        york.tasks.join()
        with pytest.raises(SecretStoreUnavailable) as caught:
            york.hooks.open_session(connection_id)
        assert caught.value.code == "KEY_MISSING"
        assert "Import the key" in str(caught.value)
        tab = york.tab("Connections")
        assert tab.rows == ["Head office"]
        tab.press("Add")
        assert "Import the key" in tab.why_disabled("Authorize")
        tab.press("Cancel")
        york.hooks.maintain(5.0)
        york.tasks.join()
        assert not (here.folder / "york" / "connections.key").exists()
        assert here.stored() == before
        assert companies(here.site.host, connection_id) == "Bakehouse Ltd"
        shutil.copy(here.site.data_dir / "connections.key", here.folder / "york" / "connections.key")
        york.hooks.maintain(5.0)
        york.tasks.join()
        assert companies(york, connection_id) == "Bakehouse Ltd"


def test_delete_refuses_while_a_profile_of_another_workstation_uses_the_entry(here: Workstations) -> None:
    tab = here.site.tab()
    connection_id = here.site.add(tab, "Head office")
    with here.workstation("york") as york:
        york.profiles.use(subject(connection_id), profile="Invoices York")
        york.tasks.join()
        tab.row("Head office")
        tab.press("Delete")
        assert "Invoices York on Workstation york" in tab.message.text
        assert "not deleted" in tab.message.text
        tab.press("Show usage")
        (usage,) = here.site.host.hooks.usages(subject(connection_id)).items
        assert (usage.host, usage.profile) == ("Workstation york", "Invoices York")
        assert usage.seen_at is not None
        moved = here.site.host.hooks.switch_usages(
            UsageSwitch(
                subject=subject(connection_id),
                target=subject(connection_id),
                usage_ids=(usage.usage_id,),
                user_id=tab.origin.user_id,
            )
        )
        assert [(one.switched, one.detail) for one in moved] == [
            (False, "This profile is kept by Workstation york. Switch it there.")
        ]


def test_a_workstation_that_was_not_seen_for_long_still_counts_and_its_time_is_shown(here: Workstations) -> None:
    tab = here.site.tab()
    connection_id = here.site.add(tab, "Head office")
    with here.workstation("york") as york:
        york.profiles.use(subject(connection_id), profile="Invoices York")
        york.tasks.join()
        seen = york.clock.now()
    here.site.host.clock.jump_wall(timedelta(days=400).total_seconds())
    (usage,) = here.site.host.hooks.usages(subject(connection_id)).items
    assert usage.seen_at is not None
    assert abs(usage.seen_at - seen) < timedelta(hours=1)
    tab.row("Head office")
    tab.press("Delete")
    assert "not deleted" in tab.message.text
    here.site.host.clock.jump_wall(-timedelta(days=400).total_seconds())


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


def test_no_transaction_is_open_while_xero_or_the_keychain_is_asked(here: Workstations) -> None:
    seen: list[str] = []

    class WatchingKeys(CountedKeys):
        def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
            seen.extend(state for state, _ in here.server.sessions(here.url))
            return super().read(installation_id, seconds=seconds)

        def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
            seen.extend(state for state, _ in here.server.sessions(here.url))
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
            seen.extend(state for state, _ in here.server.sessions(here.url))
            allow(address)

        here.site.decide = watch
        tab.press("Authorize")
        tab.continue_until()
        assert "Success" in tab.titles[-1] or tab.message.text
    assert seen
    assert set(seen) <= {"idle"}
    here.site.leave_unchecked("I3", "the first workstation never received the key")
