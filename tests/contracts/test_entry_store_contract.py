"""What every store of the list does: the fake in memory and the database, held to the same sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretBytes

from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition, Connection, SavedConnection
from hostspec.usages import Subject, Usage
from hostspec.value import ConnectionId, Tone, TypeId
from tests.canaries import assert_no_leaks, canary, marked_bytes
from tests.contracts.stores_under_test import DATABASES, DatabaseUnderTest, database_under_test
from tests.plugin.memory_entries import MemoryEntryStore
from tests.postgresql_server import PostgresqlServer
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, EntryQuery, EntryStore, NameTaken
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.key_sources import KeyFile
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore

NOW = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest) -> Iterator[EntryStore]:
    if request.param == "memory":
        yield MemoryEntryStore()
        return
    with database_under_test(request, request.param, NOW) as under_test:
        yield store_on(under_test)


def store_on(under_test: DatabaseUnderTest) -> ConnectionStore:
    database = under_test.opened()
    register = KeyRegister(database, under_test.presence())
    key = KeyFile(under_test.folder / "data.key")
    return ConnectionStore(database, Vault(key, register, under_test.clock, random_bytes=marked_bytes))


def entry(
    name: str, subtitle: str = "", *, sign_in: str | None = None, sealed: bytes | None = None, source: str = ""
) -> Connection:
    return Connection(
        connection_id=ConnectionId(f"id-{name}"),
        type_id=TypeId("xero"),
        display_name=name,
        saved=SavedConnection(
            settings={"client_id": "c" * 32, "ports": [8888, 8889], "files": True, "note": None},
            subtitle=subtitle,
            sealed=SecretBytes(sealed) if sealed is not None else None,
            sign_in=sign_in,
        ),
        created_at=NOW,
        changed_at=NOW,
        source=source,
        has_secret=sealed is not None,
    )


def add(store: EntryStore, *entries: Connection) -> None:
    for one in entries:
        store.add(one, name_key=one.display_name.casefold())


def names(found: tuple[Connection, ...]) -> list[str]:
    return [one.display_name for one in found]


def replace(
    store: EntryStore, one: Connection, name: str, *, seen: datetime = NOW, sealed: bytes | None = None
) -> None:
    saved = SavedConnection(settings={"new": 1}, sealed=SecretBytes(sealed) if sealed is not None else None)
    store.replace(
        one.connection_id,
        display_name=name,
        name_key=name.casefold(),
        saved=saved,
        changed_at=LATER,
        seen_changed_at=seen,
    )


def test_an_entry_comes_back_as_it_was_given(store: EntryStore) -> None:
    head = entry("Head office", "Bakehouse Ltd", sign_in="grant-1")
    add(store, head)
    assert store.get(head.connection_id) == head
    assert store.get_opened(head.connection_id) == head
    assert store.get(ConnectionId("nowhere")) is None
    assert store.get_opened(ConnectionId("nowhere")) is None


def test_a_name_is_given_once(store: EntryStore) -> None:
    add(store, entry("Head office"))
    with pytest.raises(NameTaken):
        store.add(entry("other"), name_key="head office")
    assert store.holder_of_name("head office") == "id-Head office"
    assert store.holder_of_name("other") is None
    assert store.count(EntryQuery()) == 1


def test_replacing_keeps_the_id_and_clears_the_condition(store: EntryStore) -> None:
    head = entry("Head office")
    add(store, head)
    store.set_condition(
        head.connection_id, Condition(status=ConnectionStatus.ACCESS_WITHDRAWN, cause="Unlinked.", since=NOW)
    )
    replace(store, head, "Main office")
    found = store.get(head.connection_id)
    assert found is not None
    assert (found.display_name, found.saved.settings, found.condition) == ("Main office", {"new": 1}, None)
    assert (found.created_at, found.changed_at) == (NOW, LATER)
    assert store.holder_of_name("head office") is None


def test_an_entry_may_keep_its_name_and_not_take_another_ones(store: EntryStore) -> None:
    head, shop = entry("Head office"), entry("Shop")
    add(store, head, shop)
    with pytest.raises(NameTaken):
        replace(store, shop, "Head office")
    replace(store, head, "Head office")


def test_an_edit_that_others_overtook_is_refused(store: EntryStore) -> None:
    head = entry("Head office")
    add(store, head)
    replace(store, head, "First")
    with pytest.raises(EntryChanged):
        replace(store, head, "Second")
    replace(store, head, "Second", seen=LATER)
    with pytest.raises(EntryGone):
        replace(store, entry("nowhere"), "Third")


def test_the_sealed_part_comes_back_only_when_it_is_asked_for(store: EntryStore) -> None:
    head = entry("Head office", sealed=b"secret of a provider")
    add(store, head)
    shown, opened = store.get(head.connection_id), store.get_opened(head.connection_id)
    assert shown is not None
    assert shown.saved.sealed is None
    assert opened == head
    assert shown.has_secret
    assert store.find(EntryQuery())[0].saved.sealed is None
    replace(store, head, "Head office", sealed=b"another")
    changed = store.get_opened(head.connection_id)
    assert changed is not None
    assert changed.saved.sealed is not None
    assert changed.saved.sealed.get_secret_value() == b"another"
    replace(store, changed, "Head office", seen=changed.changed_at)
    bare = store.get(head.connection_id)
    assert bare is not None
    assert not bare.has_secret


def test_many_come_in_the_order_asked_for(store: EntryStore) -> None:
    add(store, entry("a"), entry("b"), entry("c"))
    wanted = [ConnectionId(name) for name in ("id-c", "nowhere", "id-a")]
    assert names(store.many(wanted)) == ["c", "a"]
    assert store.many([]) == ()
    assert names(store.many([*wanted, *(ConnectionId(f"no-{number}") for number in range(1500))])) == ["c", "a"]


def test_the_list_is_sorted_and_comes_in_parts(store: EntryStore) -> None:
    add(store, entry("beta", "Zoo"), entry("Alpha", "Yard"), entry("\u00c9clair", "Attic"), entry("gamma", "attic"))
    assert names(store.find(EntryQuery())) == ["Alpha", "beta", "gamma", "\u00c9clair"]
    assert names(store.find(EntryQuery(descending=True, limit=2))) == ["\u00c9clair", "gamma"]
    assert names(store.find(EntryQuery(offset=1, limit=2))) == ["beta", "gamma"]
    assert names(store.find(EntryQuery(offset=3))) == ["\u00c9clair"]
    assert names(store.find(EntryQuery(sort="subtitle"))) == ["gamma", "\u00c9clair", "Alpha", "beta"]
    assert store.count(EntryQuery(offset=1, limit=1)) == 4


@pytest.mark.parametrize("search", ["STRA\u00dfE", "strasse", " stra\uff53se ", "Bake", "100%"])
def test_a_search_ignores_case_and_normalization(store: EntryStore, search: str) -> None:
    add(store, entry("Stra\u00dfe 1", "Bakehouse 100%"), entry("Elsewhere", "1000"))
    assert names(store.find(EntryQuery(search=search))) == ["Stra\u00dfe 1"]
    assert store.count(EntryQuery(search=search)) == 1


def test_signs_of_the_search_language_are_plain_characters(store: EntryStore) -> None:
    add(store, entry("a_b"), entry("axb"), entry("50%"), entry("back\\slash"))
    assert names(store.find(EntryQuery(search="_"))) == ["a_b"]
    assert names(store.find(EntryQuery(search="%"))) == ["50%"]
    assert names(store.find(EntryQuery(search="\\"))) == ["back\\slash"]


def test_a_search_never_spans_name_and_subtitle(store: EntryStore) -> None:
    add(store, entry("head", "office"))
    assert store.count(EntryQuery(search="head\noffice")) == 0


def test_the_list_can_be_kept_to_types(store: EntryStore) -> None:
    add(store, entry("a"))
    assert store.count(EntryQuery(type_ids=(TypeId("xero"),))) == 1
    assert store.count(EntryQuery(type_ids=(TypeId("other"),))) == 0


def test_entries_that_share_a_sign_in_are_found(store: EntryStore) -> None:
    add(store, entry("b", sign_in="g"), entry("a", sign_in="g"), entry("c", sign_in="h"), entry("d"))
    assert names(store.sharing("g")) == ["a", "b"]
    assert store.sharing("nobody") == ()


def test_a_condition_stays_until_it_is_cleared_and_hinders_no_edit(store: EntryStore) -> None:
    head = entry("Head office")
    add(store, head)
    condition = Condition(status=ConnectionStatus.SCOPE_MISSING, cause="files", since=LATER)
    store.set_condition(head.connection_id, condition)
    store.set_condition(ConnectionId("nowhere"), condition)
    found = store.get(head.connection_id)
    assert found is not None
    assert (found.condition, found.changed_at) == (condition, NOW)
    store.set_condition(head.connection_id, None)
    assert store.get(head.connection_id) == head


def test_a_removal_hides_at_once_frees_the_name_and_is_finished_later(store: EntryStore) -> None:
    head = entry("Head office", sign_in="g")
    add(store, head)
    store.begin_removal(head.connection_id)
    store.begin_removal(ConnectionId("nowhere"))
    assert store.get(head.connection_id) is None
    assert store.get_opened(head.connection_id) is None
    assert store.many([head.connection_id]) == ()
    assert store.find(EntryQuery()) == ()
    assert store.sharing("g") == ()
    assert store.holder_of_name("head office") is None
    assert store.unfinished_removals() == (head,)
    with pytest.raises(EntryGone):
        replace(store, head, "Head office")
    store.add(entry("new"), name_key="head office")
    store.finish_removal(head.connection_id)
    store.finish_removal(head.connection_id)
    assert store.unfinished_removals() == ()


def test_figures_and_needs_of_a_usage_come_back_as_they_were_told(store: EntryStore) -> None:
    told = Usage(
        usage_id="u",
        subject=Subject(kind="connection", subject_id="id-1"),
        profile="Invoices",
        step="Xero",
        enabled=True,
        running=True,
        waiting=3,
        last_used=LATER,
        last_result="4 of 5 posted",
        last_tone=Tone.WARNING,
        documents=1234,
        needs=("accounting.invoices",),
    )
    store.publish_usages(host_id="h1", host_name="Desk", usages=[told], seen_at=NOW)
    (heard,) = store.published_usages(told.subject, except_host_id="h2")
    assert heard == told.model_copy(update={"host": "Desk", "seen_at": NOW})


def test_finishing_spares_an_entry_whose_removal_never_began(store: EntryStore) -> None:
    head = entry("Head office")
    add(store, head)
    store.finish_removal(head.connection_id)
    assert store.get(head.connection_id) == head


def test_a_host_replaces_what_it_said_and_hears_the_others(store: EntryStore) -> None:
    subject = Subject(kind="connection", subject_id="id-1", label="Head office")

    def usage(name: str, about: Subject = subject) -> Usage:
        return Usage(usage_id=name, subject=about, profile=f"Profile {name}", step="Xero", enabled=False)

    other = Subject(kind="connection", subject_id="id-2")
    store.publish_usages(host_id="h1", host_name="Desk", usages=[usage("1"), usage("2", other)], seen_at=NOW)
    store.publish_usages(host_id="h2", host_name="Attic", usages=[usage("3")], seen_at=NOW)
    assert [one.usage_id for one in store.published_usages(subject, except_host_id="h2")] == ["1"]
    store.publish_usages(host_id="h1", host_name="Desk 2", usages=[usage("4")], seen_at=LATER)
    heard = store.published_usages(subject, except_host_id="h9")
    assert [(one.usage_id, one.host, one.seen_at) for one in heard] == [("3", "Attic", NOW), ("4", "Desk 2", LATER)]
    assert heard[1].model_copy(update={"host": "", "seen_at": None}) == usage("4")
    every = Subject(kind="connection", subject_id="")
    store.publish_usages(host_id="h3", host_name="Cellar", usages=[usage("5", other)], seen_at=NOW)
    assert [one.usage_id for one in store.published_usages(every, except_host_id="h2")] == ["5", "4"]
    assert store.published_usages(Subject(kind="printer", subject_id=""), except_host_id="h2") == ()
    store.publish_usages(host_id="h3", host_name="Cellar", usages=[], seen_at=NOW)
    store.publish_usages(host_id="h1", host_name="Desk 2", usages=[], seen_at=LATER)
    assert [one.usage_id for one in store.published_usages(subject, except_host_id="h9")] == ["3"]


@pytest.mark.parametrize("database", DATABASES)
def test_the_sealed_part_stands_nowhere_in_the_clear(database: str, request: pytest.FixtureRequest) -> None:
    with database_under_test(request, database, NOW) as under_test:
        add(store_on(under_test), entry("Head office", sealed=canary("provider").encode()))
        assert_no_leaks(under_test.folder, {"sealed part": canary("provider")})
        if under_test.url is not None:
            server: PostgresqlServer = request.getfixturevalue("postgresql")
            server.rows(under_test.url, "CHECKPOINT")
            assert_no_leaks(server.folder / "data" / "base", {"sealed part": canary("provider")})
