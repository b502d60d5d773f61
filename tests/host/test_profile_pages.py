"""Profiles: choosing a connection, making a new one, looking up contacts, migrating."""

import html as entities
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hostspec.errors import ProviderUnavailable
from hostspec.usages import CONNECTION_KIND
from sample_host.app import SampleHost
from sample_host.profiles import DocumentType, MigrationStep, StorageStep
from sample_host.run_records import Run
from sample_host.web.profile_changes import migration_step
from sample_host.web.web_sessions import StepPlace
from tests.host.fake_ledger import Fault
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.page_client import PageClient
from tests.host.running_host import InstalledPlugin, make_host

PROFILE = "/profiles/supplier-invoices"
STEP = f"{PROFILE}/steps/xero"
MAPPING = {"purchase_order": "reference", "cost_center": "description"}


@pytest.fixture
def plugin() -> LedgerPlugin:
    return LedgerPlugin()


@pytest.fixture
def host(tmp_path: Path, plugin: LedgerPlugin) -> Iterator[SampleHost]:
    host = make_host(tmp_path / "data", InstalledPlugin("ledger", plugin))
    yield host
    host.stop(1.0)


@pytest.fixture
def client(host: SampleHost) -> PageClient:
    client = PageClient(host)
    client.open(PROFILE)
    client.post("/window", {"page": PROFILE})
    return client


def step_of(host: SampleHost) -> MigrationStep:
    return migration_step(host, StepPlace("supplier-invoices", "xero"))


def choose(client: PageClient, connection_id: str, document_type: str = "payable") -> dict[str, object]:
    settings = {"connection_id": connection_id, "document_type": document_type, "mapping": MAPPING}
    return client.post(f"{STEP}/settings", settings)


def finished(host: SampleHost) -> Run:
    pause = threading.Event()
    for _ in range(500):
        run = host.runs.latest("supplier-invoices", "xero")
        if run is not None and not run.running:
            return run
        pause.wait(0.01)
    raise AssertionError("The migration does not end.")


def test_the_examples_hold_what_there_is_to_show(host: SampleHost) -> None:
    profiles = host.profiles.all()
    migrations = [[s for s in p.steps if isinstance(s, MigrationStep)] for p in profiles]
    assert [] in migrations
    assert any(len(steps) == 2 for steps in migrations)
    assert any(not p.enabled and steps for p, steps in zip(profiles, migrations, strict=True))
    assert {s.document_type for steps in migrations for s in steps} == set(DocumentType)


def test_a_step_is_a_group_with_its_controls(client: PageClient) -> None:
    html = client.open(PROFILE)
    for text in ("<legend>Xero migration</legend>", ">Connection</label>", "New…", "Look up contacts", ">Migrate<"):
        assert text in html
    assert "Head office (Bakehouse Ltd)" in html


def test_a_chosen_connection_is_kept_and_its_company_shown(client: PageClient, host: SampleHost) -> None:
    assert choose(client, "c-1", "receivable") == {}
    assert step_of(host).connection_id == "c-1"
    assert step_of(host).document_type is DocumentType.RECEIVABLE
    assert "Writes to <strong><bdi>Bakehouse Ltd</bdi></strong>" in client.open(PROFILE)
    assert [u.subject.subject_id for u in host.usages.usages(CONNECTION_KIND)] == ["c-1"]


def test_a_connection_that_needs_a_sign_in_stays_chosen_and_cannot_be_chosen_anew(
    client: PageClient, plugin: LedgerPlugin, host: SampleHost
) -> None:
    choose(client, "c-1")
    plugin.signed_out = {"c-1", "c-2"}
    html = client.open(PROFILE)
    assert '<option value="c-1" selected disabled>' in html
    assert "Needs sign-in: Edit, then Authorize." in html
    assert "Needs sign-in" in str(choose(client, "c-2")["problem"])
    assert choose(client, "c-1", "receivable") == {}
    assert step_of(host).connection_id == "c-1"


def test_a_connection_that_is_gone_is_said_to_be_gone(client: PageClient, plugin: LedgerPlugin) -> None:
    choose(client, "c-1")
    del plugin.names["c-1"]
    assert "no longer exists" in client.open(PROFILE)


@pytest.mark.parametrize("with_view", [False, True])
def test_new_draws_the_definition_over_the_page_and_chooses_what_was_saved(
    client: PageClient, plugin: LedgerPlugin, host: SampleHost, with_view: bool
) -> None:
    plugin.saves_with_view = with_view
    client.post(f"{STEP}/new", {})
    assert "Connection Definition" in client.top
    client.press("save", {"name": "Third"})
    assert client.layers == []
    assert client.answer["redraw"] is True
    assert step_of(host).connection_id == "c-3"


def test_new_that_is_cancelled_chooses_nothing(client: PageClient, host: SampleHost) -> None:
    client.post(f"{STEP}/new", {})
    client.press("cancel")
    assert step_of(host).connection_id is None


def test_contacts_are_looked_up_and_the_company_is_named(client: PageClient, plugin: LedgerPlugin) -> None:
    plugin.ledgers["c-1"].contacts.append({"ContactID": "1", "Name": "<b>Mill</b>", "ContactStatus": "ACTIVE"})
    choose(client, "c-1")
    html = client.post(f"{STEP}/contacts", {})["html"]
    assert "1 contact in <strong><bdi>Bakehouse Ltd</bdi></strong>" in html
    assert "&lt;b&gt;Mill&lt;/b&gt;" in html
    assert plugin.ledgers["c-1"].closed == 1


def test_a_problem_of_the_connection_is_said_with_its_remedy(client: PageClient, plugin: LedgerPlugin) -> None:
    choose(client, "c-1")
    plugin.signed_out = {"c-1"}
    html = client.post(f"{STEP}/contacts", {})["html"]
    assert "Edit, then Authorize" in html
    assert "Or choose another connection for this step" in html


def test_migrate_posts_the_whole_batch_and_says_what_became_of_each(
    client: PageClient, plugin: LedgerPlugin, host: SampleHost
) -> None:
    choose(client, "c-1")
    assert client.post(f"{STEP}/migrate", {}) == {}
    run = finished(host)
    assert run.unfinished == frozenset()
    assert len(plugin.ledgers["c-1"].invoices) == len(run.lines) == 5
    html = client.http.get(f"{STEP}/run").json()["html"]
    assert "All 5 documents are in <strong><bdi>Bakehouse Ltd</bdi></strong>" in html
    assert html.count("Now a draft bill in Bakehouse Ltd") == 5


def test_a_problem_ends_the_batch_and_what_was_posted_stays_posted(
    client: PageClient, plugin: LedgerPlugin, host: SampleHost
) -> None:
    ledger = plugin.ledgers["c-1"]
    choose(client, "c-1")
    ledger.faults.append(Fault("Invoices/i2/Attachments", ProviderUnavailable("Xero does not answer.")))
    client.post(f"{STEP}/migrate", {})
    run = finished(host)
    assert run.problem is not None
    assert (run.done, len(ledger.invoices)) == (1, 2)
    html = client.http.get(f"{STEP}/run").json()["html"]
    assert "Xero does not answer." in html
    assert "Try the rest again" in html
    client.post(f"{STEP}/migrate", {"only_unfinished": True})
    again = finished(host)
    assert len(again.lines) == 4
    assert again.unfinished == frozenset()
    assert len(ledger.invoices) == 5


def test_a_step_migrates_once_at_a_time(client: PageClient, plugin: LedgerPlugin, host: SampleHost) -> None:
    choose(client, "c-1")
    plugin.ledgers["c-1"].meanwhile = lambda: client.post(f"{STEP}/migrate", {})
    client.post(f"{STEP}/migrate", {})
    assert finished(host).unfinished == frozenset()
    assert plugin.opened == ["c-1"]


def test_without_a_connection_nothing_is_posted(client: PageClient, plugin: LedgerPlugin) -> None:
    assert client.post(f"{STEP}/migrate", {})["problem"] == "Choose a connection first. Nothing was posted."
    assert "Choose a connection first." in client.post(f"{STEP}/contacts", {})["html"]
    assert plugin.opened == []


def test_results_are_shown_again_after_a_restart(client: PageClient, host: SampleHost, tmp_path: Path) -> None:
    choose(client, "c-1")
    client.post(f"{STEP}/migrate", {})
    finished(host)
    again = make_host(tmp_path / "data", InstalledPlugin("ledger", LedgerPlugin()))
    try:
        html = PageClient(again).open(PROFILE)
    finally:
        again.stop(1.0)
    assert "All 5 documents are in" in html
    assert '<option value="c-1" selected' in html


def test_an_operator_may_use_connections(client: PageClient, host: SampleHost) -> None:
    client.post("/user", {"user": "operator"})
    client.open(PROFILE)
    assert choose(client, "c-1") == {}
    assert step_of(host).connection_id == "c-1"


def test_a_storage_step_points_to_another_location(client: PageClient, host: SampleHost) -> None:
    assert client.post(f"{PROFILE}/steps/store/location", {"location_id": "mailroom"}) == {}
    profile = host.profiles.get("supplier-invoices")
    assert profile is not None
    step = profile.step("store")
    assert isinstance(step, StorageStep)
    assert step.location_id == "mailroom"
    assert "problem" in client.post(f"{PROFILE}/steps/store/location", {"location_id": "nowhere"})


def test_without_the_plugin_new_says_why_it_cannot_be_used(tmp_path: Path) -> None:
    host = make_host(tmp_path / "alone")
    try:
        client = PageClient(host)
        html = entities.unescape(client.open(PROFILE))
        assert "No plugin that can add such a connection is loaded." in html
        assert "Connections</a>" not in html
        assert "problem" in client.post(f"{STEP}/new", {})
    finally:
        host.stop(1.0)


def test_steps_that_do_not_exist_are_refused(client: PageClient) -> None:
    for path in ("/profiles/none/steps/xero", f"{PROFILE}/steps/none", f"{PROFILE}/steps/store"):
        assert "problem" in client.post(f"{path}/migrate", {})
        assert "problem" in client.post(f"{path}/new", {})


def test_an_unknown_connection_cannot_be_chosen(client: PageClient, host: SampleHost) -> None:
    assert "cannot be chosen" in str(choose(client, "c-99")["problem"])
    assert step_of(host).connection_id is None
