"""Several workstations of one site on one database: what one does, the others see."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from hostspec import SecretStoreUnavailable
from hostspec.usages import UsageSwitch
from tests.stories.workstations import Workstations, companies, shown, subject

pytestmark = pytest.mark.postgresql


def test_every_workstation_sees_and_uses_what_one_of_them_signed_in_to(here: Workstations) -> None:
    connection_id = here.site.add(here.site.tab(), "Head office")
    with here.workstation("york") as york, here.workstation("leeds") as leeds:
        before = here.site.xero.control.state()
        assert [companies(host, connection_id) for host in (here.site.host, york, leeds)] == ["Bakehouse Ltd"] * 3
        after = here.site.xero.control.state()
        # One grant, and the token that came with it: nobody signed in or refreshed again.
        assert len(after.grants) == len(before.grants) == 1
        assert after.refreshes == before.refreshes == 0
        assert shown(york) == shown(leeds) == shown(here.site.host)


def test_a_change_on_one_workstation_is_seen_on_the_others(here: Workstations) -> None:
    here.site.add(here.site.tab(), "Head office")
    with here.workstation("york") as york:
        there = york.tab("Connections")
        there.row("Head office")
        there.press("Edit")
        there.fill("Display name", "Bakery")
        there.press("Save")
        assert here.site.tab().rows == ["Bakery"]
        there.row("Bakery")
        there.press("Delete")
        there.press("Delete")
        there.continue_until(lambda: there.titles == [])
        assert here.site.tab().rows == []
    here.site.leave_unchecked("I2", "it was removed on another workstation, which is not one of the site's own hosts")


def test_two_workstations_that_edit_one_entry_do_not_overwrite_each_other(here: Workstations) -> None:
    tab = here.site.tab()
    here.site.add(tab, "Head office")
    with here.workstation("york") as york:
        there = york.tab("Connections")
        for one in (tab, there):
            one.row("Head office")
            one.press("Edit")
        tab.fill("Display name", "From here")
        there.fill("Display name", "From York")
        tab.press("Save")
        there.press("Save")
        assert here.site.tab().rows == ["From here"]
        assert "Somebody else changed this connection" in there.dialog.problem


def test_two_workstations_cannot_give_one_name_twice(here: Workstations) -> None:
    here.site.add(here.site.tab(), "Stra\u00dfe")
    with here.workstation("york") as york:
        there = york.tab("Connections")
        here.site.fill_definition(there, "STRASSE")
        here.site.authorize(there)
        there.press("OK")
        there.choose("Tenant", there.options("Tenant")[0])
        there.press("Save")
        assert "already a connection named" in there.error_at("Display name")
        there.press("Cancel")
        there.press("Discard")
    assert here.site.tab().rows == ["Stra\u00dfe"]


def test_c31_a_workstation_without_the_key_says_so_writes_nothing_and_disturbs_nobody(here: Workstations) -> None:
    connection_id = here.site.add(here.site.tab(), "Head office")
    before = here.stored()
    with here.workstation("york", with_key=False) as york:
        york.tasks.join()
        with pytest.raises(SecretStoreUnavailable) as caught:
            york.hooks.open_session(connection_id)
        assert caught.value.code == "KEY_MISSING"
        assert "Import the key" in str(caught.value)
        tab = york.tab("Connections")
        assert tab.rows == ["Head office"]
        tab.press("Add")
        assert "Import the key" in tab.why_disabled("Authorize")
        tab.press("Cancel")
        york.hooks.maintain(5.0)
        york.tasks.join()
        assert not (here.folder / "york" / "connections.key").exists()
        assert here.stored() == before
        assert companies(here.site.host, connection_id) == "Bakehouse Ltd"
        shutil.copy(here.site.data_dir / "connections.key", here.folder / "york" / "connections.key")
        york.hooks.maintain(5.0)
        york.tasks.join()
        assert companies(york, connection_id) == "Bakehouse Ltd"


def test_delete_refuses_while_a_profile_of_another_workstation_uses_the_entry(here: Workstations) -> None:
    tab = here.site.tab()
    connection_id = here.site.add(tab, "Head office")
    with here.workstation("york") as york:
        york.profiles.use(subject(connection_id), profile="Invoices York")
        york.tasks.join()
        tab.row("Head office")
        tab.press("Delete")
        assert "Invoices York on Workstation york" in tab.message.text
        assert "not deleted" in tab.message.text
        tab.press("Switch…")
        (usage,) = here.site.host.hooks.usages(subject(connection_id)).items
        assert (usage.host, usage.profile) == ("Workstation york", "Invoices York")
        assert usage.seen_at is not None
        moved = here.site.host.hooks.switch_usages(
            UsageSwitch(
                subject=subject(connection_id),
                target=subject(connection_id),
                usage_ids=(usage.usage_id,),
                user_id=tab.origin.user_id,
            )
        )
        assert [(one.switched, one.detail) for one in moved] == [
            (False, "This profile is kept by Workstation york. Switch it there.")
        ]


def test_a_workstation_that_was_not_seen_for_long_still_counts_and_its_time_is_shown(here: Workstations) -> None:
    tab = here.site.tab()
    connection_id = here.site.add(tab, "Head office")
    with here.workstation("york") as york:
        york.profiles.use(subject(connection_id), profile="Invoices York")
        york.tasks.join()
        seen = york.clock.now()
    here.site.host.clock.jump_wall(timedelta(days=400).total_seconds())
    (usage,) = here.site.host.hooks.usages(subject(connection_id)).items
    assert usage.seen_at is not None
    assert abs(usage.seen_at - seen) < timedelta(hours=1)
    tab.row("Head office")
    tab.press("Delete")
    assert "not deleted" in tab.message.text
    here.site.host.clock.jump_wall(-timedelta(days=400).total_seconds())
