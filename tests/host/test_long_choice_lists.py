"""Pages ask plugins for as many connections as they show, and steps take only those of their type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from hostspec.connections import ChoiceQuery, ConnectionChoice, ConnectionStatus
from hostspec.markers import hookimpl
from hostspec.value import ConnectionId, TypeId
from sample_host.app import SampleHost
from sample_host.profiles import MigrationStep
from tests.host.page_client import PageClient
from tests.host.running_host import InstalledPlugin, make_host

PROFILE = "/profiles/supplier-invoices"


class Counting:
    """A plugin with many connections of one type and a selected one of any; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[ChoiceQuery] = []

    @hookimpl
    def capture_connection_choices(self, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
        self.asked.append(query)
        names = [f"c-{number}" for number in range(min(query.limit, 300))]
        if query.selected_id is not None and query.selected_id not in names:
            names.append(query.selected_id)
        for name in names:
            yield ConnectionChoice(
                connection_id=ConnectionId(name),
                type_id=TypeId("mail" if name.startswith("mail") else "xero"),
                label=name,
                status=ConnectionStatus.READY,
                selectable=True,
            )


@pytest.fixture
def plugin() -> Counting:
    return Counting()


@pytest.fixture
def host(tmp_path: Path, plugin: Counting) -> Iterator[SampleHost]:
    host = make_host(tmp_path / "data", InstalledPlugin("counting", plugin))
    yield host
    host.stop(1.0)


@pytest.fixture
def client(host: SampleHost) -> PageClient:
    client = PageClient(host)
    client.open(PROFILE)
    client.post("/window", {"page": PROFILE})
    return client


def chosen(host: SampleHost) -> str | None:
    profile = host.profiles.get("supplier-invoices")
    step = profile.step("xero") if profile is not None else None
    assert isinstance(step, MigrationStep)
    return step.connection_id


def choose(client: PageClient, connection_id: str) -> None:
    settings = {"connection_id": connection_id, "document_type": "payable", "mapping": {}}
    client.post(f"{PROFILE}/steps/xero/settings", settings)


def test_the_list_of_profiles_asks_for_the_selected_ones_only(client: PageClient, plugin: Counting) -> None:
    choose(client, "c-299")
    plugin.asked.clear()
    assert "c-299" in client.open("/profiles")
    assert {query.limit for query in plugin.asked} == {1}
    assert {query.selected_id for query in plugin.asked} == {"c-299"}


def test_a_profile_offers_every_one_and_any_of_them_can_be_chosen(client: PageClient, host: SampleHost) -> None:
    assert ">c-299<" in client.open(PROFILE)
    choose(client, "c-299")
    assert chosen(host) == "c-299"


def test_a_connection_of_another_type_cannot_be_chosen(client: PageClient, host: SampleHost) -> None:
    choose(client, "c-1")
    choose(client, "mail-1")
    assert chosen(host) == "c-1"
