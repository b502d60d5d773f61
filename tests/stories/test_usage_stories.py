"""Usages that can be trusted: whoever does not answer keeps an entry, and what nobody uses any more is found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hostspec.markers import hookimpl
from hostspec.usages import CONNECTION_KIND, Subject, Usage
from hostspec.value import ConnectionId
from tests.stories.capture_site import Site

DAY = 86_400.0


class Archive:
    """A plugin of the host that keeps references of its own, and cannot read them."""

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        raise PermissionError("archive.db")


def used(site: Site, connection_id: ConnectionId) -> None:
    with site.session(connection_id) as session:
        assert session.http.get("Organisation").status_code == 200


def later(site: Site, days: int) -> None:
    site.xero.control.advance(days * DAY)
    site.host.clock.advance(days * DAY)


def test_while_somebody_cannot_say_what_he_uses_nothing_is_deleted(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.host.register("the archive", Archive())
        tab.row("Head office")
        tab.press("Delete")
        assert "It is not certain who uses Head office" in tab.message.text
        assert "the archive failed to answer" in tab.message.text
        tab.press("OK")
        assert tab.rows == ["Head office"]
        tab.press("Details")
        assert "not certain which profiles use" in tab.facts["Used by"]
        used(site, connection_id)


def test_disabled_profiles_keep_an_entry_with_each_of_their_steps(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        subject = Subject(kind=CONNECTION_KIND, subject_id=connection_id)
        site.host.profiles.use(subject, profile="Invoices York", step="To Xero", enabled=False)
        site.host.profiles.use(subject, profile="Invoices York", step="Copy to Xero", enabled=False)
        found = site.host.hooks.usages(subject)
        assert [(one.profile, one.step, one.enabled) for one in found] == [
            ("Invoices York", "Copy to Xero", False),
            ("Invoices York", "To Xero", False),
        ]
        tab.row("Head office")
        tab.press("Delete")
        assert "Invoices York" in tab.message.text
        tab.press("OK")
        assert tab.rows == ["Head office"]


def test_entries_that_nobody_used_for_long_are_found_and_a_use_takes_them_off(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        head_office = site.add(tab, "Head office")
        kiosk = site.add(tab, "Kiosk")
        used(site, head_office)
        later(site, 29)
        assert tab.filter("Not used for 30 days").empty is not None
        used(site, kiosk)
        later(site, 2)
        tab.filter("Not used for 30 days")
        assert tab.rows == ["Head office"]
        assert tab.filter("Not used for 90 days").empty is not None
        used(site, head_office)
        assert tab.filter("Not used for 30 days").empty is not None
        tab.filter("All")
        assert tab.rows == ["Head office", "Kiosk"]
