"""A person moves profiles between a real company and one for trying things out: warned loudly, and able to go back."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId
from sample_host.usage_dialog import chosen
from tests.host.printers import make_desk
from tests.stories.capture_site import Site

REAL, DEMO = "Bakehouse Ltd", "Demo Company (NZ)"


@pytest.mark.parametrize("into_demo", [True, False], ids=["into", "out of"])
def test_a_switch_between_a_real_and_a_demo_company_is_warned_of_before_anything_moves(
    tmp_path: Path, into_demo: bool
) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        office = Subject(kind=CONNECTION_KIND, subject_id=site.add(tab, "Head office"), label="Head office")
        site.user, site.organisation = "ben", "demo"
        trial = Subject(kind=CONNECTION_KIND, subject_id=site.add(tab, "Trial", "Demo Company"), label="Trial")
        source, target, before, after = (office, trial, REAL, DEMO) if into_demo else (trial, office, DEMO, REAL)
        site.use(ConnectionId(source.subject_id), profile="Supplier invoices")
        desk = make_desk(site.host)

        shown = desk.preview(tab.origin, chosen(desk.open(tab.origin, source), target.subject_id, frozenset()))
        assert shown.plan is not None
        assert shown.plan.obstacles == ()
        assert set(shown.plan.warnings) == {
            f"{target.label} posts to {after}, not to {before}.",
            "Trial is marked “demo company”, and Head office is not.",
        }
        assert [usage.profile for usage in site.host.hooks.usages(source)] == ["Supplier invoices"]

        done = desk.apply(tab.origin, shown)
        assert [usage.profile for usage in site.host.hooks.usages(target)] == ["Supplier invoices"]
        assert desk.undo(tab.origin, done).problem == ""
        assert [usage.profile for usage in site.host.hooks.usages(source)] == ["Supplier invoices"]
