"""Switching profiles from one entry to another: what speaks against it, what is recorded, and who is counted."""

from pathlib import Path

import pytest

from hostspec.errors import ProviderUnavailable
from hostspec.testing import ADMINISTRATOR
from hostspec.usages import CONNECTION_KIND, Severity, Subject, SwitchedUsage, UsageSwitch
from hostspec.value import ConnectionId
from sample_host.xero_simulator.faults import Reset
from tests.stories.capture_site import Site
from tests.stories.workstations import asked

EVERY = Subject(kind=CONNECTION_KIND, subject_id="")


def subject(connection_id: ConnectionId, label: str = "") -> Subject:
    return Subject(kind=CONNECTION_KIND, subject_id=connection_id, label=label)


def two_entries(site: Site) -> tuple[ConnectionId, ConnectionId]:
    """One of Bakehouse Ltd and one of Harbour Coffee."""
    tab = site.tab()
    one = site.add(tab, "Head office")
    site.organisation = "harbour"
    return one, site.add(tab, "Kiosk", "Harbour Coffee")


def order(site: Site, one: ConnectionId, other: ConnectionId, *, dry_run: bool = False) -> UsageSwitch:
    """Everything that uses the first entry here is to use the other."""
    return UsageSwitch(
        subject=subject(one, "Head office"),
        target=subject(other, "Kiosk"),
        usage_ids=tuple(usage.usage_id for usage in site.host.hooks.usages(subject(one))),
        user_id=ADMINISTRATOR.user_id,
        user_name=ADMINISTRATOR.user_name,
        dry_run=dry_run,
    )


def events(site: Site, name: str) -> list[tuple[str, ...]]:
    """What the history says about switches of an entry, newest first."""
    tab = site.tab()
    tab.row(name)
    tab.press("History")
    rows = [tab.table_row(label) for label in tab.table_rows()]
    return [tuple(row.values()) for row in rows if "Switched" in " ".join(row.values())]


def test_another_company_is_warned_of_with_both_names_before_anything_changes(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        one, other = two_entries(site)
        site.use(one, profile="Invoices Leeds")
        planned = order(site, one, other, dry_run=True)
        (objection,) = site.host.hooks.switch_objections(planned)
        assert (objection.severity, objection.usage_id) == (Severity.WARN, None)
        assert objection.text == "Kiosk posts to Harbour Coffee, not to Bakehouse Ltd."
        (answer,) = site.host.hooks.switch_usages(planned)
        assert answer.switched
        assert [usage.profile for usage in site.host.hooks.usages(subject(one))] == ["Invoices Leeds"]


def test_a_profile_that_needs_more_than_the_target_allows_is_blocked_and_the_others_are_not(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        one, other = two_entries(site)
        plain = site.host.profiles.use(subject(one), profile="Invoices", needs=("accounting.invoices",))
        payroll = site.host.profiles.use(subject(one), profile="Payroll", needs=("payroll.employees",))
        objections = site.host.hooks.switch_objections(order(site, one, other, dry_run=True))
        blocked = {o.usage_id: o.text for o in objections if o.severity is Severity.BLOCK}
        assert set(blocked) == {payroll.usage_id}
        assert plain.usage_id not in blocked
        assert "payroll.employees, which the sign-in of Kiosk does not allow" in blocked[payroll.usage_id]


def test_an_entry_that_was_not_reached_lately_is_warned_of_and_not_blocked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        one, other = two_entries(site)
        site.use(one, profile="Invoices Leeds")
        site.xero.control.set_fault(Reset(at="accounting", times=None))
        with site.session(other) as session, pytest.raises(ProviderUnavailable):
            asked(session)
        objections = site.host.hooks.switch_objections(order(site, one, other, dry_run=True))
        assert {objection.severity for objection in objections} == {Severity.WARN}
        assert any("Kiosk was not reached lately" in objection.text for objection in objections)


def test_a_switch_is_recorded_at_both_entries_with_who_made_it_and_a_dry_run_is_not(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        one, other = two_entries(site)
        site.use(one, profile="Invoices Leeds")
        site.use(one, profile="Old", enabled=False)
        site.host.hooks.switch_usages(order(site, one, other, dry_run=True))
        assert events(site, "Head office") == []
        site.host.hooks.switch_usages(order(site, one, other))
        (left,), (came,) = events(site, "Head office"), events(site, "Kiosk")
        assert any("Switched to Kiosk: Invoices Leeds, Old." in cell for cell in left)
        assert any("Switched here from Head office: Invoices Leeds, Old." in cell for cell in came)
        assert any("Ada Admin" in cell for cell in left)


def test_only_what_was_really_moved_is_recorded(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        one, other = two_entries(site)
        site.use(one, profile="Invoices Leeds")
        stuck = site.host.profiles.use(subject(one), profile="Locked")
        site.host.profiles.refuse_switch(stuck, "Locked is locked.")
        site.host.hooks.switch_usages(order(site, one, other))
        (left,) = events(site, "Head office")
        assert any("Switched to Kiosk: Invoices Leeds." in cell for cell in left)


def test_one_question_is_answered_about_every_entry_on_every_workstation(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        one, other = two_entries(site)
        site.use(one, profile="Invoices Leeds")
        with site.make_host("host-b") as second:
            second.profiles.use(subject(other), profile="Invoices York", waiting=2)
            second.tasks.join()
        found = {usage.profile: usage for usage in site.host.hooks.usages(EVERY)}
        assert {name: usage.subject.subject_id for name, usage in found.items()} == {
            "Invoices Leeds": one,
            "Invoices York": other,
        }
        assert (found["Invoices York"].host, found["Invoices York"].waiting) == ("Workstation host-b", 2)
        labels = {target.label for target in site.host.hooks.subject_targets(EVERY)}
        assert labels == {"Head office – Bakehouse Ltd", "Kiosk – Harbour Coffee"}


def test_a_usage_of_another_workstation_stays_and_says_where_to_switch_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        one, other = two_entries(site)
        site.use(one, profile="Invoices Leeds")
        with site.make_host("host-b") as second:
            second.profiles.use(subject(one), profile="Invoices York")
            second.tasks.join()
        answers = {answer.usage_id: answer for answer in site.host.hooks.switch_usages(order(site, one, other))}
        assert answers["Invoices York/Xero migration"] == SwitchedUsage(
            usage_id="Invoices York/Xero migration",
            switched=False,
            detail="This profile is kept by Workstation host-b. Switch it there.",
        )
        assert answers["Invoices Leeds/To Xero"].switched


def test_an_entry_that_only_a_waiting_batch_uses_cannot_be_deleted(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        one, _ = two_entries(site)
        site.host.profiles.use(subject(one), profile="Invoices Leeds", enabled=False, waiting=3)
        tab = site.tab()
        tab.row("Head office")
        tab.press("Delete")
        assert "Invoices Leeds" in tab.message.text
        assert "not deleted" in tab.message.text
