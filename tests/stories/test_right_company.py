"""The right company: what is marked, what is verified before a write, what one sign-in repairs, a further company."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec.connections import ChoiceQuery, HttpSession
from hostspec.errors import AccessWithdrawn, NoTenant, ProviderUnavailable, SignInNeeded, TenantMismatch
from hostspec.testing import TabDriver
from hostspec.usages import CONNECTION_KIND, Severity, Subject, UsageSwitch
from hostspec.value import ConnectionId
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.faults import Answer
from tests.stories.capture_site import Site

BILL = {
    "Type": "ACCPAY",
    "Contact": {"Name": "Dover Mills"},
    "LineItems": [{"Description": "Flour", "Quantity": 1, "UnitAmount": 40, "AccountCode": "310"}],
}


def edited(site: Site, name: str) -> TabDriver:
    tab = site.tab()
    tab.row(name)
    tab.press("Edit")
    return tab


def sign_in(site: Site, tab: TabDriver, *, user: str, organisation: str | None) -> str:
    """Authorize as somebody; what the message said at the end."""
    site.user, site.organisation = user, organisation
    site.authorize(tab)
    return tab.message.text


def marks(tab: TabDriver) -> dict[str, str]:
    """By company: the mark beside it in the picker."""
    field = tab.field("Tenant")
    assert field.kind == "choice"
    return {option.label: option.mark for option in field.options}


def write(session: HttpSession) -> int:
    return session.http.put("Invoices", json=BILL).status_code


def writes(site: Site) -> int:
    return len(site.xero.control.state().invoices)


def answered_links(*links: tuple[str, str]) -> str:
    told = ",".join(
        f'{{"id":"{number}1111111-0000-4000-8000-000000000000","tenantId":"{tenant_id}","tenantType":"ORGANISATION",'
        f'"tenantName":"{name}","authEventId":null,"createdDateUtc":null,"updatedDateUtc":null}}'
        for number, (tenant_id, name) in enumerate(links, start=1)
    )
    return f"[{told}]"


def tenant_id_of(site: Site, organisation: str) -> str:
    return next(link.tenant_id for link in site.xero.control.state().links if link.organisation == organisation)


def test_a_demo_company_is_marked_from_the_sign_in_on(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Trial")
        said = sign_in(site, tab, user="ben", organisation="demo")
        assert "Demo Company (NZ) is a demo company" in said
        tab.press("OK")
        assert marks(tab) == {"Demo Company (NZ)": "just approved, demo company"}
        tab.press("Save")
        assert tab.cell("Trial", "Tenant") == "Demo Company (NZ)"
        assert "demo company" in tab.view.model_dump_json()
        tab.row("Trial")
        tab.press("Details")
        assert dict(tab.facts)["Demo company"].startswith("Yes")
        choices = site.host.hooks.connection_choices(ChoiceQuery()).items
        assert [choice.subtitle for choice in choices] == ["Demo Company (NZ), demo company"]


def test_the_flag_is_kept_and_not_asked_for_again(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.user, site.organisation = "ben", "demo"
        connection_id = site.add(tab, "Trial", "Demo Company")
        asked = site.xero.control.state().requests["accounting"]
        with site.make_host("host-b") as later:
            assert "demo company" in later.tab("Connections").view.model_dump_json()
        with site.session(connection_id) as session:
            write(session)
            write(session)
        # Two bills; the company itself was heard at the sign-in, and its own id is learned before the first of them.
        assert site.xero.control.state().requests["accounting"] == asked + 2


def test_several_approved_companies_are_all_marked_and_come_first(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.fill_definition(tab, "Kiosk")
        sign_in(site, tab, user="ada", organisation="harbour")
        tab.press("OK")
        assert list(marks(tab).items()) == [
            ("Harbour Coffee", "just approved"),
            ("Bakehouse Ltd", "already used by Head office"),
        ]


def test_another_user_is_told_by_both_names_and_the_earlier_sign_in_can_be_kept(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.fill("Additional scopes", "openid profile email")
        sign_in(site, tab, user="ada", organisation="bakehouse")
        tab.press("OK")
        tab.press("Save")
        connection_id = ConnectionId(tab.results[-1].subject_id)
        tab = edited(site, "Head office")
        said = sign_in(site, tab, user="ben", organisation="bakehouse")
        assert "Ben Ledger instead of Ada Keeper" in said
        tab.press("Keep the earlier sign-in")
        assert "Ada Keeper" in tab.dialog.model_dump_json()
        tab.press("Save")
        assert tab.titles == []
        assert tab.cell("Head office", "Signed in as") == "Ada Keeper"
        with site.session(connection_id) as session:
            assert write(session) == 200
        tab = edited(site, "Head office")
        sign_in(site, tab, user="ben", organisation="bakehouse")
        tab.press("OK")
        tab.press("Save")
        assert "Ada Keeper" in tab.message.text
        assert "Ben Ledger" in tab.message.text
        tab.press("Save")
        assert tab.cell("Head office", "Signed in as") == "Ben Ledger"


def test_without_names_two_users_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        tab = edited(site, "Head office")
        said = sign_in(site, tab, user="ben", organisation="bakehouse")
        people = {grant.user for grant in site.xero.control.state().grants}
        assert people == {"ada", "ben"}
        assert said.count("user ") >= 2
        tab.press("OK")


def test_moving_to_a_demo_company_and_back_asks_with_the_reason(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.user = "ben"
        site.add(site.tab(), "Head office")
        tab = edited(site, "Head office")
        sign_in(site, tab, user="ben", organisation="demo")
        tab.press("OK")
        tab.choose("Tenant", "Demo Company (NZ)")
        tab.press("Save")
        assert "Documents will go to Demo Company (NZ), no longer to Bakehouse Ltd." in tab.message.text
        assert "Demo Company (NZ) is a demo company and Bakehouse Ltd is not" in tab.message.text
        tab.press("Save")
        tab = edited(site, "Head office")
        tab.press("Refresh the list")
        tab.continue_until()
        assert marks(tab)["Demo Company (NZ)"] == "saved, demo company"
        tab.choose("Tenant", "Bakehouse Ltd")
        tab.press("Save")
        assert "Bakehouse Ltd is a real company" in tab.message.text


def test_a_switch_between_a_real_and_a_demo_company_is_warned_of(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        real = site.add(tab, "Head office")
        site.user, site.organisation = "ben", "demo"
        demo = site.add(tab, "Trial", "Demo Company")
        site.use(real, profile="Supplier invoices")
        subject = Subject(kind=CONNECTION_KIND, subject_id=real)
        target = Subject(kind=CONNECTION_KIND, subject_id=demo)
        usage_ids = tuple(usage.usage_id for usage in site.host.hooks.usages(subject))
        switch = UsageSwitch(
            subject=subject, target=target, usage_ids=usage_ids, user_id=tab.origin.user_id, dry_run=True
        )
        objections = site.host.hooks.switch_objections(switch).items
        assert any("demo company" in one.text and one.severity is Severity.WARN for one in objections)


def test_a_renamed_company_is_written_to_and_its_new_name_is_kept(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        links = answered_links((tenant_id_of(site, "bakehouse"), "Bakehouse Group"))
        site.xero.control.set_fault(Answer(at="connections", body=links, content_type="application/json"))
        with site.session(connection_id) as session:
            assert write(session) == 200
        assert site.tab().cell("Head office", "Tenant") == "Bakehouse Group"
        assert writes(site) == 1
        tab = edited(site, "Head office")
        tab.fill("Display name", "Headquarters")
        tab.press("Save")
        assert tab.titles == []


def test_nothing_is_written_when_a_namesake_has_taken_the_companys_place(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        links = answered_links(("99999999-0000-4000-8000-000000000000", "Bakehouse Ltd"))
        site.xero.control.set_fault(Answer(at="connections", body=links, content_type="application/json", times=None))
        for _ in range(2):
            with site.session(connection_id) as session:
                assert session.http.get("Contacts").status_code == 200
                with pytest.raises(TenantMismatch) as caught:
                    write(session)
            assert caught.value.expected.startswith("Bakehouse Ltd (")
            assert caught.value.found == "Bakehouse Ltd (99999999)"
        assert writes(site) == 0
        site.host.tasks.join()
        told = [one for one in site.host.notifications if one.notification_id.startswith("tenant-mismatch-")]
        assert [one.title for one in told] == ["Head office reaches another company"]
        tab = site.tab()
        tab.press("History")
        assert "another company of the same name is there" in tab.dialog.model_dump_json()
        tab.escape()


def test_nothing_is_written_when_the_sign_in_reaches_no_company_at_all(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.xero.control.unlink("bakehouse")
        before = site.xero.control.state().requests["accounting"]
        with site.session(connection_id) as session, pytest.raises(NoTenant, match="reaches no company any more"):
            write(session)
        assert site.xero.control.state().requests["accounting"] == before
        tab = site.tab()
        assert tab.cell("Head office", "Status") == "Access withdrawn"
        tab = edited(site, "Head office")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        with site.session(connection_id) as session:
            assert write(session) == 200
        assert site.tab().cell("Head office", "Status") == "Ready"


def test_nothing_is_written_when_the_company_is_not_reached_any_more(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        site.xero.control.unlink("bakehouse")
        before = site.xero.control.state().requests["accounting"]
        with site.session(connection_id) as session, pytest.raises(AccessWithdrawn, match="only Harbour Coffee"):
            write(session)
        assert site.xero.control.state().requests["accounting"] == before
        assert tab.view is not None
        assert site.tab().cell("Head office", "Status") == "Access withdrawn"


def test_nothing_is_written_while_xero_cannot_be_asked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.xero.control.set_fault(down(at="connections"))
        with site.session(connection_id) as session:
            with pytest.raises(ProviderUnavailable, match="Nothing was sent") as caught:
                write(session)
            assert caught.value.code == "XERO_DOWN"
            assert writes(site) == 0
            site.xero.control.clear()
            assert write(session) == 200
        assert site.tab().row("Head office").cells[2].tone != "bad"


def test_reads_are_not_verified_and_many_sessions_share_one_list(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        asked = site.xero.control.state().requests["connections"]
        with site.session(connection_id) as session:
            session.http.get("Contacts")
        assert site.xero.control.state().requests["connections"] == asked
        for _ in range(4):
            with site.session(connection_id) as session:
                assert write(session) == 200
                assert write(session) == 200
        assert site.xero.control.state().requests["connections"] == asked + 1


def test_an_answer_of_another_organisation_stops_the_session(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        with site.session(connection_id) as session:
            assert write(session) == 200
        other = '{"Organisations":[{"OrganisationID":"77777777-0000","Name":"Harbour Coffee","IsDemoCompany":false}]}'
        site.xero.control.set_fault(Answer(at="accounting", body=other, content_type="application/json"))
        with site.session(connection_id) as session, pytest.raises(TenantMismatch, match="Harbour Coffee answered"):
            session.http.get("Organisation")


def test_one_sign_in_repairs_every_entry_of_its_user_and_says_so(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        first = site.add(tab, "Head office")
        site.organisation = "harbour"
        second = site.add(tab, "Kiosk", "Harbour Coffee")
        site.xero.control.revoke("ada")
        site.host.clock.advance(3600)
        for connection_id in (first, second):
            with pytest.raises(SignInNeeded):
                site.session(connection_id)
        # Revoking took every link along: each company needs its consent again.
        tab = edited(site, "Head office")
        said = sign_in(site, tab, user="ada", organisation="bakehouse")
        assert "also repairs" not in said
        tab.press("OK")
        tab.press("Save")
        tab = edited(site, "Head office")
        sign_in(site, tab, user="ada", organisation="harbour")
        tab.press("OK")
        tab.press("Cancel")
        if tab.titles:
            tab.press("Discard")
        with site.session(second) as session:
            assert write(session) == 200


def test_an_idle_sign_in_is_repaired_for_all_entries_at_once(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.organisation = "harbour"
        second = site.add(tab, "Kiosk", "Harbour Coffee")
        site.host.clock.advance(61 * 24 * 3600)
        assert site.tab().cell("Kiosk", "Status") == "Needs sign-in"
        tab = edited(site, "Head office")
        said = sign_in(site, tab, user="ada", organisation="bakehouse")
        assert "This also repairs: Kiosk." in said
        tab.press("OK")
        tab.press("Save")
        assert tab.cell("Kiosk", "Status") != "Needs sign-in"
        with site.session(second) as session:
            assert write(session) == 200


def test_an_entry_whose_access_was_withdrawn_is_repaired_by_another_entrys_sign_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        first = site.add(tab, "Head office")
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        site.xero.control.unlink("bakehouse")
        with site.session(first) as session, pytest.raises(AccessWithdrawn):
            session.http.get("Contacts")
        assert site.tab().cell("Head office", "Status") == "Access withdrawn"
        tab = edited(site, "Kiosk")
        said = sign_in(site, tab, user="ada", organisation="bakehouse")
        assert "This also repairs: Head office." in said
        tab.press("OK")
        tab.press("Cancel")
        if tab.titles:
            tab.press("Discard")
        assert tab.cell("Head office", "Status") != "Access withdrawn"


def test_another_company_is_added_without_a_client_id_and_without_a_browser(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        tab.row("Kiosk")
        tab.press("Delete")
        tab.press("Delete")
        opened = len(site.host.browser.addresses)
        tab.row("Head office")
        tab.press("Add another company")
        if tab.titles == ["Asking Xero"]:
            tab.continue_until()
        assert tab.titles == ["Connection Definition"]
        assert marks(tab) == {"Bakehouse Ltd": "already used by Head office", "Harbour Coffee": ""}
        assert tab.value("Tenant") == ""
        assert "Authorize once more" in tab.dialog.model_dump_json()
        tab.fill("Display name", "Harbour")
        tab.choose("Tenant", "Harbour Coffee")
        tab.press("Save")
        assert tab.titles == []
        assert tab.cell("Harbour", "Tenant") == "Harbour Coffee"
        assert len(site.host.browser.addresses) == opened
        with site.session(ConnectionId(tab.results[-1].subject_id)) as session:
            assert write(session) == 200


def test_a_company_that_is_not_in_the_list_is_added_by_one_more_consent(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Add another company")
        tab.continue_until("Connection Definition")
        tab.fill("Display name", "Kiosk")
        sign_in(site, tab, user="ada", organisation="harbour")
        tab.press("OK")
        assert marks(tab)["Harbour Coffee"] == "just approved"
        tab.choose("Tenant", "Harbour Coffee")
        tab.press("Save")
        assert tab.titles == []
        assert {tab.cell(name, "Tenant") for name in tab.rows} == {"Bakehouse Ltd", "Harbour Coffee"}


def test_a_dead_sign_in_serves_no_further_company(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.host.clock.advance(61 * 24 * 3600)
        tab.row("Head office")
        tab.press("Add another company")
        assert "does not work" in tab.message.text
        assert tab.titles == ["Not done"]


def test_asking_for_companies_can_be_cancelled_and_asked_again(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.set_fault(down(at="connections"))
        tab.row("Head office")
        tab.press("Add another company")
        if tab.titles == ["Asking Xero"]:
            tab.press("Cancel")
        assert tab.titles[-1] in {"Connection Definition", "Companies could not be listed"}
        if tab.titles[-1] != "Connection Definition":
            tab.press("OK")
        site.host.tasks.join()
        site.xero.control.clear()
        tab.press("Refresh the list")
        tab.continue_until("Connection Definition")
        assert tab.options("Tenant") == ["Bakehouse Ltd"]
        # The only company is in the list already: nobody chose it for a second entry.
        assert tab.value("Tenant") == ""
