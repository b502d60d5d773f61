"""Scopes in sight: what profiles lack is said before anything fails, and mended with one button."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hostspec.connections import ChoiceQuery
from hostspec.hosting.form_values import fields_of
from hostspec.testing import FakeClock, TabDriver
from hostspec.testing.fake_host import ADMINISTRATOR
from hostspec.usages import CONNECTION_KIND, Subject, UsageSwitch
from hostspec.value import ConnectionId
from sample_host.xero_simulator.addresses import LEGACY_CLIENT_ID
from tests.stories.capture_site import Site

NEAR_THE_END = datetime(2027, 6, 1, 9, tzinfo=UTC)


def need(site: Site, connection_id: ConnectionId, *needs: str, enabled: bool = True) -> None:
    subject = Subject(kind=CONNECTION_KIND, subject_id=connection_id)
    site.host.profiles.use(subject, profile="Supplier invoices", enabled=enabled, needs=needs)
    site.host.tasks.join()


def noted(tab: TabDriver) -> str:
    return " ".join(field.text for field in fields_of(tab.dialog.form) if field.kind == "note")


def repaired(site: Site, tab: TabDriver, label: str) -> None:
    """Press the one button, authorize, save."""
    tab.row("Head office")
    tab.press(label)
    assert "press Authorize" in noted(tab)
    assert tab.focused == "Authorize"
    site.authorize(tab)
    tab.press("OK")
    tab.press("Save")
    assert tab.titles == []


def test_a_missing_scope_is_said_before_it_fails_and_mended_with_one_button(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        need(site, connection_id, "accounting.invoices", "accounting.settings.read")
        assert site.tab().cell("Head office", "Status") != "Scope missing"
        need(site, connection_id, "accounting.invoices", "files")
        tab = site.tab()
        assert tab.cell("Head office", "Status") == "Scope missing"
        assert tab.row("Head office").problem == "Supplier invoices needs files, which this sign-in does not allow."
        repaired(site, tab, "Authorize with more scopes")
        site.host.tasks.join()
        assert site.tab().cell("Head office", "Status") != "Scope missing"
        tab.row("Head office")
        tab.press("Edit")
        assert tab.value("Scopes") == "granular_files"


def test_a_profile_that_is_switched_off_lacks_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        need(site, connection_id, "files", enabled=False)
        assert site.tab().cell("Head office", "Status") != "Scope missing"
        need(site, connection_id, "files", enabled=True)
        assert site.tab().cell("Head office", "Status") == "Scope missing"


def test_an_entry_that_lacks_a_scope_for_one_profile_can_be_chosen_by_others(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        need(site, connection_id, "files")
        (choice,) = site.host.hooks.connection_choices(ChoiceQuery()).items
        assert choice.selectable
        assert choice.hint == ""
        with site.session(connection_id) as session:
            assert session.http.get("Organisation").status_code == 200


def test_what_another_workstation_needs_is_said_with_its_name(tmp_path: Path) -> None:
    with Site(tmp_path) as site, site.make_host("host-b") as other:
        connection_id = site.add(site.tab(), "Head office")
        subject = Subject(kind=CONNECTION_KIND, subject_id=connection_id)
        other.profiles.use(subject, profile="Receipts", needs=("files",))
        other.tasks.join()
        site.host.hooks.maintain(5.0)
        site.host.tasks.join()
        problem = site.tab().row("Head office").problem
        assert problem == "Receipts on Workstation host-b needs files, which this sign-in does not allow."


def test_what_speaks_against_a_usage_is_said_of_the_entry_it_points_to_and_of_others(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        need(site, connection_id, "files")
        subject = Subject(kind=CONNECTION_KIND, subject_id=connection_id)
        usage_ids = tuple(usage.usage_id for usage in site.host.profiles.usages(CONNECTION_KIND))
        staying = UsageSwitch(
            subject=subject, target=subject, usage_ids=usage_ids, user_id=ADMINISTRATOR.user_id, dry_run=True
        )
        (objection,) = site.host.hooks.switch_objections(staying).items
        assert objection.usage_id == usage_ids[0]
        assert "It needs files" in objection.text


def legacy(site: Site) -> ConnectionId:
    """An entry of an old app with the broad scopes."""
    site.xero.control.add_redirect_uri(LEGACY_CLIENT_ID, site.redirect_uri)
    tab = site.tab()
    tab.press("Add")
    tab.fill("Display name", "Head office")
    tab.fill("Xero Client ID", LEGACY_CLIENT_ID)
    tab.fill("Port", str(site.callback_port))
    tab.choose("Scopes", "Legacy (apps made before March 2026; ends in September 2027)")
    site.authorize(tab)
    tab.press("OK")
    tab.press("Save")
    return ConnectionId(tab.results[-1].subject_id)


def test_broad_scopes_are_flagged_with_their_end_and_replaced_from_the_details(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        legacy(site)
        tab = site.tab()
        tab.row("Head office")
        tab.press("Details")
        assert tab.facts["Scopes that end"] == "accounting.transactions (September 2027)"
        tab.press("Authorize with the right scopes")
        assert tab.value("Scopes") == "granular"
        assert tab.titles == ["Connection Definition"]
        assert "press Authorize" in noted(tab)
        assert tab.focused == "Authorize"
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        assert tab.titles == []
        tab.row("Head office")
        tab.press("Details")
        assert "accounting.invoices" in tab.facts["Scopes granted"]
        assert "Scopes that end" not in tab.facts


def test_near_their_end_broad_scopes_need_attention_and_everybody_is_told_once(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.host.stop()
        clock = FakeClock(NEAR_THE_END, auto_advance=True)
        site.xero.control.advance((NEAR_THE_END - site.host.clock.now()).total_seconds())
        with site.make_host("host-late", clock=clock) as late:
            site.host = late
            legacy(site)
            tab = site.tab(ADMINISTRATOR)
            assert tab.cell("Head office", "Status") == "Scopes end"
            assert "ends in September 2027" in tab.row("Head office").problem
            for _ in range(2):
                late.hooks.maintain(5.0)
                late.tasks.join()
                clock.advance(86_400)
            told = [one for one in late.notifications if one.notification_id.startswith("scopes|")]
            assert [one.title for one in told] == ["Scopes of Xero connections end"]
            repaired(site, tab, "Authorize with new scopes")
            assert site.tab().cell("Head office", "Status") != "Scopes end"


def test_a_sign_in_that_allowed_less_than_was_asked_for_is_mended_with_the_same_button(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.xero.control.change(withheld_scope="accounting.attachments")
        connection_id = site.add(site.tab(), "Head office")
        need(site, connection_id, "accounting.attachments")
        site.xero.control.change(withheld_scope="")
        tab = site.tab()
        assert tab.row("Head office").problem == (
            "Supplier invoices needs accounting.attachments, which this sign-in does not allow."
        )
        repaired(site, tab, "Authorize with more scopes")
        assert site.tab().cell("Head office", "Status") != "Scope missing"
