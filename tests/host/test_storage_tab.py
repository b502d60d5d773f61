"""The host's own tab, driven through the contract like any plugin's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hostspec.testing import ADMINISTRATOR, Disabled, TabDriver
from hostspec.ui import TableQuery
from hostspec.usages import Subject
from hostspec.value import UserId
from sample_host.app import SampleHost
from sample_host.profiles import STORAGE_KIND, StorageStep, pointed, with_step
from sample_host.storage_locations import same_name
from tests.host.running_host import make_host

ADMIN = ADMINISTRATOR.model_copy(update={"user_id": UserId("admin")})
OPERATOR = ADMINISTRATOR.model_copy(update={"user_id": UserId("operator")})


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SampleHost]:
    host = make_host(tmp_path)
    yield host
    host.stop(1.0)


@pytest.fixture
def tab(host: SampleHost) -> TabDriver:
    return TabDriver(host.hooks.tabs().items[0].controller, ADMIN)


def test_a_location_is_added_and_edited(tab: TabDriver, host: SampleHost) -> None:
    tab.press("Add")
    tab.fill("Name", "  Cellar ")
    tab.fill("Folder", "/srv/cellar")
    tab.press("Save")
    assert tab.rows == ["Archive", "Mailroom", "Cellar"]
    tab.row("Cellar")
    tab.press("Edit")
    assert tab.value("Folder") == "/srv/cellar"
    tab.fill("Folder", "/srv/deep")
    tab.press("Save")
    assert tab.cell("Cellar", "Folder") == "/srv/deep"
    assert len(host.storage.all()) == 3


def test_what_is_missing_is_said_at_its_field(tab: TabDriver) -> None:
    tab.press("Add")
    tab.press("Save")
    assert tab.error_at("Name") == "Give it a name, such as Archive."
    assert tab.error_at("Folder") != ""


def test_a_name_that_looks_the_same_is_taken(tab: TabDriver) -> None:
    tab.press("Add")
    tab.fill("Name", "ARCHIVE ")
    tab.fill("Folder", "/x")
    tab.press("Save")
    assert "Another storage location has this name" in tab.error_at("Name")


def test_names_are_compared_as_people_see_them() -> None:
    assert same_name("Cafe\u0301", "CAFÉ ")
    assert not same_name("Cafe", "Café")


def test_a_location_in_use_is_not_deleted(tab: TabDriver, host: SampleHost) -> None:
    tab.row("Archive")
    tab.press("Delete")
    assert "Supplier invoices" in tab.message.text
    tab.press("OK")
    assert len(host.storage.all()) == 2


def test_an_unused_location_is_deleted_after_a_question(tab: TabDriver, host: SampleHost) -> None:
    profile = host.profiles.get("mailroom")
    assert profile is not None
    step = profile.step("store")
    assert isinstance(step, StorageStep)
    host.profiles.change("mailroom", lambda old: with_step(old, pointed(step, "archive")))
    tab.row("Mailroom")
    tab.press("Delete")
    tab.press("Cancel")
    assert len(host.storage.all()) == 2
    tab.press("Delete")
    tab.press("Delete")
    assert tab.rows == ["Archive"]


def test_usage_opens_the_hosts_own_dialog(tab: TabDriver) -> None:
    tab.row("Archive")
    tab.press("Usage")
    assert tab.usage_subject == Subject(kind=STORAGE_KIND, subject_id="archive", label="Archive")


def test_an_operator_may_look_only(host: SampleHost) -> None:
    tab = TabDriver(host.hooks.tabs().items[0].controller, OPERATOR)
    with pytest.raises(Disabled, match="An administrator can"):
        tab.press("Add")
    tab.row("Archive")
    tab.press("Usage")


def test_search_and_sort(tab: TabDriver) -> None:
    tab.search("MAIL")
    assert tab.rows == ["Mailroom"]
    tab.search("")
    assert tab.rows == ["Archive", "Mailroom"]

    tab.show(TableQuery(sort="name", descending=True))
    assert tab.rows == ["Mailroom", "Archive"]
    tab.show(TableQuery(sort="folder", offset=50))
    assert tab.rows == ["Archive", "Mailroom"]
