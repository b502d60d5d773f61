"""What stands on the Connections tab, and who may do what there."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from hostspec import NotAllowed, Permission, hookimpl
from hostspec.testing import ADMINISTRATOR, Disabled, FakeHost, TabDriver
from hostspec.ui import TableQuery, UserAct
from hostspec.usages import Subject, Usage
from hostspec.value import UserId
from tests.stories.capture_site import Site

OPERATOR = ADMINISTRATOR.model_copy(
    update={"user_id": UserId("operator"), "user_name": "Otto Operator", "window_id": "window-2"}
)
BUTTONS = ("Add", "Edit", "Delete", "Details", "Usage", "Test")


def operator_tab(site: Site) -> TabDriver:
    site.host.permissions.allow(OPERATOR.user_id, Permission.VIEW, Permission.USE)
    return site.tab(OPERATOR)


def test_the_tab_is_contributed_by_the_plugin_and_gone_without_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site, FakeHost(tmp_path) as bare:
        assert [tab.title for tab in site.host.hooks.tabs()] == ["Connections"]
        assert [tab.title for tab in bare.hooks.tabs()] == []


def test_the_empty_tab_says_what_a_connection_is_for_and_offers_add_and_the_guide(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        empty = tab.view.empty
        assert empty is not None
        assert "reach Xero through a connection" in empty.text
        assert empty.action is not None
        assert empty.action.label == "Add"
        tab.press("How to register the app")
        assert tab.titles[-1] == "Register the app at Xero"
        assert tab.shown("Redirect URI") == "http://localhost:8888/callback"
        assert any("Mobile or desktop app" in note for note in tab.notes)


def test_the_buttons_are_few_and_all_but_one_wait_for_a_row(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        assert tuple(action.label for action in tab.view.actions) == BUTTONS
        assert tab.why_disabled("Add") == ""
        for label in BUTTONS[1:]:
            assert "Select a connection" in tab.why_disabled(label)
        site.add(tab, "Head office")
        tab.row("Head office")
        assert all(tab.why_disabled(label) == "" for label in BUTTONS)


def test_the_columns_are_told_with_their_labels(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        assert tab.view.table is not None
        labels = [column.label for column in tab.view.table.columns]
        assert labels == ["Name", "Tenant", "Status", "Signed in as", "Last sign-in", "Expires"]
        assert tab.cell("Head office", "Expires") != "–"
        assert tab.cell("Head office", "Last sign-in") != "–"


def test_search_finds_names_and_tenants_and_says_when_nothing_matches(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        tab.search("HEAD")
        assert tab.rows == ["Head office"]
        tab.search("harbour")
        assert tab.rows == ["Kiosk"]
        view = tab.search("nowhere")
        assert view.empty is not None
        assert "nowhere" in view.empty.text


@pytest.mark.parametrize("column", ["name", "subtitle", "status", "account", "last_sign_in", "expires"])
def test_every_column_sorts_both_ways(tmp_path: Path, column: str) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Alpha")
        site.organisation = "harbour"
        site.add(tab, "Beta", "Harbour Coffee")
        tab.show(TableQuery(sort=column))
        upwards = tab.rows
        tab.show(TableQuery(sort=column, descending=True))
        assert tab.rows == list(reversed(upwards))


def test_a_page_past_the_end_comes_back_as_the_last_one(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Alpha")
        site.add(tab, "Beta")
        view = tab.show(TableQuery(offset=400, limit=1))
        assert view.table is not None
        assert view.table.query.offset == 1
        assert tab.rows == ["Beta"]


def test_an_operator_may_look_and_is_told_why_nothing_else(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        tab = operator_tab(site)
        tab.row("Head office")
        for label in ("Add", "Edit", "Delete"):
            assert "Ask an administrator" in tab.why_disabled(label)
            with pytest.raises(Disabled):
                tab.press(label)
        tab.press("Details")
        assert tab.titles[-1] == "Connection Details"


@pytest.mark.parametrize("action_id", ["add", "edit", "delete", "delete_confirmed"])
def test_acts_that_the_page_does_not_offer_are_refused_all_the_same(tmp_path: Path, action_id: str) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        tab = operator_tab(site)
        tab.send(UserAct(action_id=action_id, row_id=connection_id, dialog_id=f"delete-{connection_id}"))
        assert tab.error is not None
        assert tab.error.code == "NOT_ALLOWED"
        assert site.tab().rows == ["Head office"]


def test_a_stranger_sees_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.host.permissions.allow(UserId("stranger"))
        stranger = OPERATOR.model_copy(update={"user_id": UserId("nobody")})
        with pytest.raises(NotAllowed):
            _ = site.tab(stranger).view


def test_permissions_that_fail_to_answer_are_a_refusal(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        _ = tab.view
        site.host.permissions.error = RuntimeError("the directory is down")
        tab.press("Add")
        assert tab.error is not None
        assert tab.error.code == "NOT_ALLOWED"


class BrokenHolder:
    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        raise RuntimeError("the profiles cannot be read")


def test_delete_refuses_while_a_holder_of_usages_fails_and_names_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.host.register("broken-holder", BrokenHolder())
        tab.row("Head office")
        tab.press("Delete")
        assert tab.error is not None
        assert "broken-holder" in str(tab.error)
        tab.press("OK")
        assert tab.rows == ["Head office"]
