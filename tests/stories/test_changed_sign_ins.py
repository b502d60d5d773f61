"""What an edit does to the sign-in: another client id, another user, tokens that Xero refuses earlier than expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec.errors import SignInNeeded
from hostspec.testing import TabDriver
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID, SECOND_CLIENT_ID
from tests.stories.capture_site import Site
from tests.stories.test_lasting_sign_ins import kept_grants

DAY = 24 * 3600.0


def edited(site: Site, name: str = "Head office") -> TabDriver:
    tab = site.tab()
    tab.row(name)
    tab.press("Edit")
    return tab


def test_another_client_id_binds_another_sign_in_to_the_same_entry(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.xero.control.add_redirect_uri(SECOND_CLIENT_ID, site.redirect_uri)
        tab = edited(site)
        tab.fill("Xero Client ID", SECOND_CLIENT_ID)
        tab.fill("Port", str(site.callback_port))
        assert "Authorize again" in tab.why_disabled("Save")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        assert tab.titles == []
        with site.session(connection_id) as session:
            assert session.http.get("Organisation").status_code == 200
        assert kept_grants(tmp_path) == 2
        site.host.clock.advance(2 * DAY)
        site.host.hooks.maintain(5.0)
        assert kept_grants(tmp_path) == 1
        assert not any(grant.revoked for grant in site.xero.control.state().grants)


def test_companies_of_another_client_id_are_not_offered_when_the_first_one_comes_back(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.xero.control.add_redirect_uri(SECOND_CLIENT_ID, site.redirect_uri)
        site.organisation = "harbour"
        tab = edited(site)
        tab.fill("Xero Client ID", SECOND_CLIENT_ID)
        site.authorize(tab)
        tab.press("OK")
        tab.press("Refresh the list")
        tab.continue_until()
        assert any(label.startswith("Harbour Coffee") for label in tab.options("Tenant"))
        tab.fill("Xero Client ID", DEMO_CLIENT_ID)
        tab.fill("Port", str(site.callback_port))
        assert tab.options("Tenant") == ["Bakehouse Ltd"]


def test_another_user_replaces_a_dead_sign_in_without_a_question(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.xero.control.revoke("ada")
        site.host.clock.advance(3600)
        with pytest.raises(SignInNeeded):
            site.session(connection_id)
        site.user = "ben"
        tab = edited(site)
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        assert tab.titles == []
        with site.session(connection_id) as session:
            assert session.http.get("Organisation").status_code == 200


def test_the_companies_are_listed_though_xero_refuses_the_stored_token(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.xero.control.expire_access_tokens()
        site.host.clock.jump_wall(-DAY)
        tab = edited(site)
        tab.press("Refresh the list")
        tab.continue_until()
        assert tab.titles == ["Connection Definition"]
        assert any(label.startswith("Bakehouse") for label in tab.options("Tenant"))
        assert site.xero.control.state().refreshes == 1


def test_a_company_is_unlinked_though_xero_refuses_the_stored_token(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.xero.control.expire_access_tokens()
        tab = site.tab()
        tab.row("Head office")
        tab.press("Delete")
        tab.choose("At the other side", "Unlink this company at Xero")
        tab.press("Delete")
        tab.continue_until(lambda: tab.titles[-1:] != ["Deleting the connection"])
        assert tab.titles == []
        assert site.xero.control.state().links == []


def test_a_clock_set_back_costs_no_sign_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.clock.jump_wall(-DAY)
        site.xero.control.expire_access_tokens()
        with site.session(connection_id) as session:
            assert session.http.get("Organisation").status_code == 200
        tab = edited(site)
        tab.fill("Display name", "Headquarters")
        tab.press("Save")
        assert tab.rows == ["Headquarters"]
        site.host.hooks.maintain(5.0)
        assert kept_grants(tmp_path) == 1
