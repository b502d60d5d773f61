"""Pages ask plugins for as many connections as they show, and steps take only those of their type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from hostspec.connections import ChoiceQuery, ConnectionChoice, ConnectionStatus
from hostspec.markers import hookimpl
from hostspec.value import ConnectionId, TypeId
from sample_host.app import SampleHost
from sample_host.web.profile_changes import migration_step
from sample_host.web.web_sessions import StepPlace
from tests.host.page_client import PageClient
from tests.host.running_host import InstalledPlugin, make_host

PROFILE = "/profiles/supplier-invoices"


class Counting:
    """A plugin with many connections of one type and a selected one of any; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[ChoiceQuery] = []
        self.most = 300

    @hookimpl
    def capture_connection_choices(self, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
        self.asked.append(query)
        fitting = [f"c-{number}" for number in range(self.most) if query.search in f"c-{number}"]
        names = fitting[: query.limit]
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
    return migration_step(host, StepPlace("supplier-invoices", "xero")).connection_id


def choose(client: PageClient, connection_id: str) -> None:
    settings = {"connection_id": connection_id, "document_type": "payable", "mapping": {}}
    client.post(f"{PROFILE}/steps/xero/settings", settings)


def test_the_list_of_profiles_asks_for_the_selected_ones_only(client: PageClient, plugin: Counting) -> None:
    choose(client, "c-299")
    plugin.asked.clear()
    assert "c-299" in client.open("/profiles")
    assert {query.limit for query in plugin.asked} == {1}
    assert {query.selected_id for query in plugin.asked} == {"c-299"}


def test_a_profile_lays_out_no_more_than_fifty_and_any_other_can_be_chosen(
    client: PageClient, host: SampleHost, plugin: Counting
) -> None:
    plugin.asked.clear()
    html = client.open(PROFILE)
    assert 'role="combobox"' in html
    assert "<option" not in html[html.index('role="combobox"') : html.index('data-setting="document_type"')]
    assert max(query.limit for query in plugin.asked) == 51
    choose(client, "c-299")
    assert chosen(host) == "c-299"
    assert 'value="c-299" placeholder="Type to search…"' in client.open(PROFILE)


def test_up_to_fifty_stand_in_one_list(client: PageClient, plugin: Counting) -> None:
    plugin.most = 50
    html = client.open(PROFILE)
    assert 'role="combobox"' not in html
    assert ">c-49<" in html
    plugin.most = 51
    assert 'role="combobox"' in client.open(PROFILE)


def test_a_search_answers_the_first_fifty_that_fit_and_says_that_there_are_more(
    client: PageClient, plugin: Counting
) -> None:
    choose(client, "c-7")
    plugin.asked.clear()
    answer = client.http.get(f"{PROFILE}/steps/xero/choices?search=c-").json()
    assert (answer["count"], answer["more"]) == (50, True)
    assert plugin.asked == [ChoiceQuery(type_ids=(TypeId("xero"),), search="c-", limit=51)]
    assert re.search(r'data-value="c-7" data-label="c-7" aria-selected="true"', answer["html"])
    assert answer["html"].count('role="option"') == 50


def test_a_search_that_fits_one_answers_one_and_an_empty_one_offers_none_as_well(client: PageClient) -> None:
    answer = client.http.get(f"{PROFILE}/steps/xero/choices?search=c-299").json()
    assert (answer["count"], answer["more"]) == (1, False)
    assert "No connection" not in answer["html"]
    assert "No connection" in client.http.get(f"{PROFILE}/steps/xero/choices").json()["html"]


@pytest.mark.parametrize("place", ["supplier-invoices/steps/store", "nothing/steps/xero"])
def test_a_step_without_connections_has_no_choices(client: PageClient, place: str) -> None:
    assert client.http.get(f"/profiles/{place}/choices").json()["count"] == 0


def test_a_connection_of_another_type_cannot_be_chosen(client: PageClient, host: SampleHost) -> None:
    choose(client, "c-1")
    choose(client, "mail-1")
    assert chosen(host) == "c-1"
