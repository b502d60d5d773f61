"""A saved connection at work: chosen, used, broken, repaired, switched, deleted."""

from pathlib import Path

import pytest

from hostspec import AccessWithdrawn, ConnectionNotFound, NotAllowed, ProviderUnavailable, ScopeMissing, SignInNeeded
from hostspec.connections import ChangeKind, ChoiceQuery, ConnectionStatus
from hostspec.testing import TabDriver
from hostspec.usages import CONNECTION_KIND, Severity, Subject, UsageSwitch
from hostspec.value import SERVICE_USER, ConnectionId
from sample_host.xero_simulator.fault_presets import down
from tests.stories.capture_site import Site
from tests.stories.deletion_acts import CHOICE, REVOKE, UNLINK, delete
from tests.working_states import KEPT, WORKS


def subject(connection_id: ConnectionId) -> Subject:
    return Subject(kind=CONNECTION_KIND, subject_id=connection_id)


def broken(site: Site) -> tuple[TabDriver, ConnectionId]:
    """A connection whose sign-in was revoked at Xero, and was used since."""
    tab = site.tab()
    connection_id = site.add(tab, "Head office")
    site.xero.control.revoke(user="ada")
    site.host.clock.advance(3600)
    with pytest.raises(SignInNeeded):
        site.session(connection_id)
    return tab, connection_id


def test_a_saved_connection_is_usable_at_once_in_a_second_host(tmp_path: Path) -> None:
    with Site(tmp_path) as site, site.make_host("host-b") as second:
        connection_id = site.add(site.tab(), "Head office")
        assert site.host.connection_changes.items[-1].kind is ChangeKind.ADDED
        (choice,) = second.hooks.connection_choices(ChoiceQuery())
        assert choice.connection_id == connection_id
        with second.hooks.open_session(connection_id) as session:
            assert session.connection.display_name == "Head office"


def test_everything_is_there_after_a_restart_without_a_sign_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.stop()
        with site.make_host("host-a") as restarted:
            assert restarted.tab("Connections").rows == ["Head office"]
            with restarted.hooks.open_session(connection_id) as session:
                assert session.connection.connection_id == connection_id


def test_a_token_is_renewed_ahead_of_its_end_without_anybody_noticing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.clock.advance(1790)
        site.xero.control.advance(1790)
        with site.session(connection_id) as session:
            assert session.http.get(session.base_url + "Organisation").status_code == 200
        assert site.xero.control.state().refreshes == 1


def test_two_hosts_that_need_a_token_at_once_cause_one_refresh(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        # What the sign-in still does by itself must not meet a clock that only one side has moved.
        site.host.tasks.join()
        site.xero.control.advance(3600)
        site.host.clock.advance(3600)
        with site.make_host("host-b", clock=site.host.clock) as second:
            for host in (site.host, second):
                with host.hooks.open_session(connection_id) as session:
                    assert session.connection.connection_id == connection_id
        assert site.xero.control.state().refreshes == 1


def test_a_revoked_sign_in_is_told_with_the_cause_and_repaired_on_the_same_entry(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, connection_id = broken(site)
        site.use(connection_id, profile="Invoices Leeds")
        assert tab.cell("Head office", "Status") == "Needs sign-in"
        row = tab.row("Head office")
        assert "refused" in row.problem
        assert row.repair is not None

        assert [c.connection_id for c in site.host.hooks.connection_choices(ChoiceQuery()) if c.selectable] == []
        (choice,) = site.host.hooks.connection_choices(ChoiceQuery(selected_id=connection_id))
        assert choice.status is ConnectionStatus.NEEDS_SIGN_IN
        assert not choice.selectable
        assert "Needs sign-in" in choice.hint

        tab.press(row.repair.label)
        site.authorize(tab)
        tab.press("OK")
        assert tab.field("Tenant").kind == "choice"
        tab.press("Save")
        assert tab.results[-1].subject_id == connection_id
        assert tab.cell("Head office", "Status") in WORKS
        with site.session(connection_id) as session:
            assert session.http.get(session.base_url + "Organisation").status_code == 200
        assert len(site.host.hooks.usages(subject(connection_id))) == 1


def test_the_sentence_of_a_dead_sign_in_says_edit_then_authorize(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        _, connection_id = broken(site)
        with pytest.raises(SignInNeeded, match=r"Edit .*Authorize"):
            site.session(connection_id)


def test_idle_for_sixty_days_is_told_as_such(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.host.clock.advance(50 * 86400)
        _ = tab.search("")
        assert tab.cell("Head office", "Status") == "Expiring"
        site.host.clock.advance(11 * 86400)
        site.xero.control.advance(61 * 86400)
        _ = tab.search("")
        assert tab.cell("Head office", "Status") == "Needs sign-in"
        with pytest.raises(SignInNeeded) as caught:
            site.session(connection_id)
        assert caught.value.code == "IDLE_TOO_LONG"


def test_a_failed_authorization_leaves_the_working_sign_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Edit")
        site.decide = site.deny
        site.authorize(tab)
        tab.press("OK")
        tab.press("Cancel")
        with site.session(connection_id) as session:
            assert session.http.get(session.base_url + "Organisation").status_code == 200


def test_another_user_never_replaces_a_working_sign_in_unasked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Edit")
        site.user = "ben"
        site.authorize(tab)
        assert "another Xero user" in tab.message.text
        tab.press("OK")
        tab.press("Save")
        assert "still works" in tab.message.text
        tab.press("Cancel")
        tab.press("Cancel")
        tab.press("Discard")
        site.xero.control.revoke(user="ben")
        with site.session(connection_id) as session:
            assert session.http.get(session.base_url + "Organisation").status_code == 200


def test_a_missing_company_is_named_and_nothing_is_chosen_instead(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.unlink(organisation="bakehouse")
        site.organisation = "harbour"
        tab.row("Head office")
        tab.press("Edit")
        site.authorize(tab)
        assert "Bakehouse Ltd, the company of this connection, is not among them" in tab.message.text
        tab.press("OK")
        assert tab.value("Tenant") == ""
        assert "Choose a tenant" in tab.why_disabled("Save")


def test_an_unlinked_company_is_access_withdrawn_and_comes_back_with_authorize(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.xero.control.unlink(organisation="bakehouse")
        with site.session(connection_id) as session, pytest.raises(AccessWithdrawn):
            session.http.get(session.base_url + "Contacts")
        _ = tab.search("")
        assert tab.cell("Head office", "Status") == "Access withdrawn"
        tab.row("Head office")
        tab.press("Edit")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        assert tab.cell("Head office", "Status") in WORKS


def test_a_missing_scope_is_named(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.decide = lambda address: site.allow(address.replace("accounting.contacts%20", ""))
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        assert "Xero did not grant: accounting.contacts" in tab.message.text
        tab.press("OK")
        tab.press("Save")
        connection_id = ConnectionId(tab.results[-1].subject_id)
        with site.session(connection_id) as session, pytest.raises(ScopeMissing) as caught:
            session.http.get(session.base_url + "Contacts")
        assert caught.value.scope == "accounting.contacts.read"
        _ = tab.search("")
        assert tab.cell("Head office", "Status") == "Scope missing"


def test_xero_down_is_transient_and_turns_no_entry_red(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.xero.control.set_fault(down(at="accounting"))
        with site.session(connection_id) as session, pytest.raises(ProviderUnavailable):
            session.http.post(session.base_url + "Contacts", json={})
        assert tab.cell("Head office", "Status") in KEPT


def test_unattended_use_asks_for_permission(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.permissions.deny(SERVICE_USER)
        with pytest.raises(NotAllowed):
            site.session(connection_id)


def test_details_tell_everything_but_secrets(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.use(connection_id, profile="Invoices Leeds", enabled=False)
        tab.row("Head office")
        tab.press("Details")
        facts = tab.facts
        for label in (
            "Name",
            "Type",
            "Xero Client ID",
            "Redirect URI",
            "Tenant",
            "Tenant id",
            "Tenant type",
            "Signed in as",
            "Scopes granted",
            "Created",
            "Last authorized",
            "Last refreshed",
            "Access token valid until",
            "Grant dies on",
            "Key kept in",
        ):
            assert facts[label], label
        assert facts["Redirect URI"] == site.redirect_uri
        assert facts["Used by"] == "Invoices Leeds, step To Xero (disabled)"
        assert "connections.key" in facts["Key kept in"]
        tab.press("Copy")
        assert "Head office" in tab.clipboard
        assert "eyJ" not in tab.clipboard
        tab.press("OK")
        assert tab.titles == []


def test_usage_opens_the_hosts_own_dialog_for_the_entry(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Usage")
        assert tab.usage_subject.subject_id == connection_id


def test_the_host_can_switch_usages_to_another_entry_and_is_warned_of_another_company(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        one = site.add(tab, "Head office")
        site.organisation = "harbour"
        other = site.add(tab, "Kiosk", "Harbour Coffee")
        site.use(one, profile="Invoices Leeds")
        (target,) = site.host.hooks.subject_targets(subject(one))
        assert (target.subject_id, target.label) == (other, "Kiosk – Harbour Coffee")
        (usage,) = site.host.hooks.usages(subject(one))
        switch = UsageSwitch(
            subject=subject(one), target=target, usage_ids=(usage.usage_id,), user_id=tab.origin.user_id
        )
        (objection,) = site.host.hooks.switch_objections(switch)
        assert objection.severity is Severity.WARN
        assert "posts to Harbour Coffee, not to Bakehouse Ltd" in objection.text
        (result,) = site.host.hooks.switch_usages(switch)
        assert result.switched
        assert len(site.host.hooks.usages(subject(one))) == 0
        assert len(site.host.hooks.usages(subject(other))) == 1


def test_a_switch_to_an_entry_that_needs_sign_in_is_blocked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, dead = broken(site)
        site.user, site.organisation = "ben", "bakehouse"
        alive = site.add(tab, "Second")
        switch = UsageSwitch(subject=subject(alive), target=subject(dead), usage_ids=(), user_id=tab.origin.user_id)
        assert Severity.BLOCK in {objection.severity for objection in site.host.hooks.switch_objections(switch)}


def test_delete_refuses_while_used_and_leads_to_usage(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.use(connection_id, profile="Invoices Leeds", enabled=False)
        tab.row("Head office")
        tab.press("Delete")
        assert "Invoices Leeds" in tab.message.text
        assert "not deleted" in tab.message.text
        tab.press("Switch…")
        assert tab.usage_subject.subject_id == connection_id


def test_profiles_of_another_host_count_and_say_where_they_are(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        with site.make_host("host-b") as second:
            second.profiles.use(subject(connection_id), profile="Invoices York")
            second.tasks.join()
        (usage,) = site.host.hooks.usages(subject(connection_id))
        assert (usage.host, usage.profile) == ("Workstation host-b", "Invoices York")
        assert usage.seen_at is not None
        tab.row("Head office")
        tab.press("Delete")
        assert "Invoices York on Workstation host-b" in tab.message.text
        (result,) = site.host.hooks.switch_usages(
            UsageSwitch(
                subject=subject(connection_id),
                target=subject(connection_id),
                usage_ids=(usage.usage_id,),
                user_id=tab.origin.user_id,
            )
        )
        assert not result.switched
        assert "Switch it there" in result.detail


def test_delete_asks_then_removes_the_entry_and_leaves_xero_alone(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Delete")
        assert tab.dialog.alert
        assert tab.options(CHOICE) == ["Remove here only", UNLINK, REVOKE]
        assert tab.value(CHOICE) == "here-only"
        tab.press("Cancel")
        assert tab.rows == ["Head office"]
        delete(tab, "Head office")
        assert tab.rows == []
        with pytest.raises(ConnectionNotFound, match="was deleted by"):
            site.session(connection_id)
        assert len(site.xero.control.state().links) == 1
        assert not any(grant.revoked for grant in site.xero.control.state().grants)
        (gone,) = site.host.hooks.connection_choices(ChoiceQuery(selected_id=connection_id))
        assert not gone.selectable


def test_unlink_removes_one_company_at_xero(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        delete(tab, "Head office", UNLINK)
        assert [link.organisation for link in site.xero.control.state().links] == ["harbour"]


def test_xero_out_of_reach_does_not_keep_the_entry_and_says_so(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.set_fault(down(at="connections"))
        delete(tab, "Head office", UNLINK)
        assert "was deleted here" in tab.message.text
        assert "is unlinked as soon as Xero answers" in tab.message.text
        tab.press("OK")
        assert tab.rows == []
