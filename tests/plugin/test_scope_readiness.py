"""Scopes: what covers what, which end, and what is asked for instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xero_connections_plugin.xero.scope_readiness import (
    BROAD_END,
    BROAD_SCOPES,
    Wanted,
    ending,
    ends_soon,
    lacking,
    widened,
)
from xero_connections_plugin.xero.scopes import PRESET_SCOPES, ScopePreset, scopes_of

FAR_AWAY = datetime(2026, 11, 21, tzinfo=UTC)
SOON = BROAD_END - timedelta(days=100)
CAPTURE = ("accounting.invoices", "accounting.contacts", "accounting.settings.read", "accounting.attachments")


@pytest.mark.parametrize(
    ("granted", "needed", "expected"),
    [
        (("accounting.contacts",), ("accounting.contacts",), ()),
        (("accounting.contacts",), ("accounting.contacts.read",), ()),
        (("accounting.contacts.read",), ("accounting.contacts",), ("accounting.contacts",)),
        (("accounting.transactions",), ("accounting.invoices", "accounting.banktransactions"), ()),
        (("accounting.transactions",), ("accounting.invoices.read", "accounting.payments"), ()),
        (("accounting.transactions.read",), ("accounting.invoices.read",), ()),
        (("accounting.transactions.read",), ("accounting.invoices",), ("accounting.invoices",)),
        (("accounting.reports.read",), ("accounting.reports.aged.read",), ()),
        (("accounting.transactions",), ("accounting.attachments", "files"), ("accounting.attachments", "files")),
        (("accounting.invoices",), ("accounting.transactions",), ("accounting.transactions",)),
        ((), ("files", "files"), ("files",)),
        (("files",), (), ()),
    ],
)
def test_what_is_missing(granted: tuple[str, ...], needed: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert lacking(granted, needed) == expected


@pytest.mark.parametrize("preset", ScopePreset)
def test_every_preset_allows_what_a_capture_migration_needs(preset: ScopePreset) -> None:
    assert lacking(PRESET_SCOPES[preset], CAPTURE) == ()


def test_only_broad_scopes_end() -> None:
    assert ending(("accounting.transactions", "files", "accounting.reports.read")) == (
        "accounting.transactions",
        "accounting.reports.read",
    )
    assert ending(PRESET_SCOPES[ScopePreset.GRANULAR_FILES]) == ()


def test_a_broad_scope_whose_place_is_taken_already_ends_for_nobody() -> None:
    both = (*PRESET_SCOPES[ScopePreset.LEGACY], *PRESET_SCOPES[ScopePreset.GRANULAR])
    assert ending(both) == ()
    assert ending((*both, "accounting.reports.read")) == ("accounting.reports.read",)


def test_their_end_is_told_from_half_a_year_before() -> None:
    assert not ends_soon(BROAD_END - timedelta(days=180, seconds=1))
    assert ends_soon(BROAD_END - timedelta(days=180))
    assert ends_soon(BROAD_END + timedelta(days=400))


@pytest.mark.parametrize(
    ("preset", "additions", "needed", "now", "expected"),
    [
        (ScopePreset.GRANULAR, ("openid",), (), FAR_AWAY, Wanted(ScopePreset.GRANULAR, ("openid",))),
        (ScopePreset.GRANULAR, (), ("projects",), FAR_AWAY, Wanted(ScopePreset.GRANULAR, ("projects",))),
        (ScopePreset.GRANULAR, (), ("files",), FAR_AWAY, Wanted(ScopePreset.GRANULAR_FILES, ())),
        (ScopePreset.GRANULAR_FILES, ("files",), CAPTURE, FAR_AWAY, Wanted(ScopePreset.GRANULAR_FILES, ())),
        (ScopePreset.LEGACY, (), (), FAR_AWAY, Wanted(ScopePreset.GRANULAR, ())),
        (ScopePreset.LEGACY, ("openid",), CAPTURE, FAR_AWAY, Wanted(ScopePreset.GRANULAR, ("openid",))),
        (ScopePreset.LEGACY, ("files",), (), SOON, Wanted(ScopePreset.GRANULAR_FILES, ())),
        (ScopePreset.LEGACY, (), ("projects",), FAR_AWAY, Wanted(ScopePreset.LEGACY, ("projects",))),
        (ScopePreset.LEGACY, (), ("projects",), SOON, Wanted(ScopePreset.GRANULAR, ("projects",))),
        (
            ScopePreset.LEGACY,
            (),
            ("accounting.payments",),
            SOON,
            Wanted(ScopePreset.GRANULAR, ("accounting.payments",)),
        ),
        (
            ScopePreset.GRANULAR,
            ("accounting.reports.read",),
            (),
            FAR_AWAY,
            Wanted(ScopePreset.GRANULAR, BROAD_SCOPES["accounting.reports.read"]),
        ),
    ],
)  # fmt: skip
def test_what_is_asked_for_instead(
    preset: ScopePreset, additions: tuple[str, ...], needed: tuple[str, ...], now: datetime, expected: Wanted
) -> None:
    assert widened(preset, additions, needed, now) == expected


@pytest.mark.parametrize("preset", ScopePreset)
@pytest.mark.parametrize("additions", [(), ("openid",), ("accounting.transactions",), ("accounting.reports.read",)])
@pytest.mark.parametrize("needed", [(), ("files",), ("accounting.reports.aged.read", "accounting.payments")])
@pytest.mark.parametrize("now", [FAR_AWAY, SOON])
def test_what_is_asked_for_instead_allows_what_is_needed_and_near_the_end_nothing_of_it_ends(
    preset: ScopePreset, additions: tuple[str, ...], needed: tuple[str, ...], now: datetime
) -> None:
    wanted = widened(preset, additions, needed, now)
    scopes = scopes_of(wanted.preset, wanted.additions)
    assert lacking(scopes, needed) == ()
    if ends_soon(now):
        assert ending(scopes) == ()
    again = widened(wanted.preset, wanted.additions, needed, SOON)
    assert lacking(scopes_of(again.preset, again.additions), needed) == ()
    assert ending(scopes_of(again.preset, again.additions)) == ()
