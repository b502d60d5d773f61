"""One row that cannot be read costs no other row anything: not in the list, not for a step, not in housekeeping."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hostspec import CaptureError, HttpSession, SignInNeeded, StoredDataDamaged
from hostspec.connections import ChoiceQuery
from hostspec.errors import PluginFailed
from hostspec.ui import TableQuery
from hostspec.value import ConnectionId
from tests.stories.capture_site import Site
from tests.working_states import WORKS

FILE = "xero-connections.sqlite3"
NO_UTF8 = b"\xff\xfe\x80"


def two_sign_ins(site: Site) -> tuple[ConnectionId, ConnectionId]:
    """Two entries of two people; the first is going to be damaged."""
    damaged = site.add(site.tab(), "Kiosk")
    site.user = "ben"
    sound = site.add(site.tab(), "Head office")
    site.user = "ada"
    site.host.tasks.join()
    return damaged, sound


def damage(data_dir: Path, table: str, column: str, value: object) -> None:
    """Put something into the row of the entry "Kiosk", or of its sign-in."""
    which = "connection_id = ?" if table == "connections" else "grant_id = ?"
    with closing(sqlite3.connect(data_dir / FILE)) as raw, raw:
        (entry,) = raw.execute("SELECT connection_id, sign_in FROM connections WHERE name_key = 'kiosk'").fetchall()
        written = "CAST(? AS TEXT)" if isinstance(value, bytes) and column != "sealed" else "?"
        done = raw.execute(
            f"UPDATE {table} SET {column} = {written} WHERE {which}", (value, entry[0 if table == "connections" else 1])
        )
        assert done.rowcount == 1


def answer(site: Site, connection_id: ConnectionId) -> str:
    """What a step gets through an entry."""
    try:
        with site.host.hooks.open_session(connection_id) as session:
            assert isinstance(session, HttpSession)
            return str(session.http.get("Organisation").status_code)
    except CaptureError as problem:
        return f"{type(problem).__name__} {problem.code}"


USABLE = "200"


@pytest.mark.sweep(sample=6)
@pytest.mark.parametrize(
    ("table", "column", "value", "expected"),
    [
        ("grants", "sealed", b"\0" * 200, "SignInNeeded GRANT_DAMAGED"),
        ("grants", "sealed", b"", "SignInNeeded GRANT_DAMAGED"),
        ("grants", "scopes", "{nonsense", USABLE),
        ("grants", "scopes", "17", USABLE),
        ("grants", "state", "bewildered", USABLE),
        ("grants", "access_expires_at", "yesterday", USABLE),
        ("grants", "refreshed_at", "some time ago", USABLE),
        ("grants", "account", NO_UTF8, USABLE),
        ("grants", "intent_place", "elsewhere", USABLE),
        ("connections", "settings", "{nonsense", "StoredDataDamaged STORE_DAMAGED"),
        ("connections", "settings", "[]", "StoredDataDamaged STORE_DAMAGED"),
        ("connections", "settings", "{}", "StoredDataDamaged STORE_DAMAGED"),
        ("connections", "settings", NO_UTF8, "StoredDataDamaged STORE_DAMAGED"),
        ("connections", "type_id", "telepathy", "PluginFailed PLUGIN_FAILED"),
        ("connections", "condition_status", "bewildered", USABLE),
        ("connections", "created_at", "long ago", USABLE),
        ("connections", "subtitle", NO_UTF8, USABLE),
    ],
)
def test_a_damaged_row_disturbs_no_other(tmp_path: Path, table: str, column: str, value: object, expected: str) -> None:
    with Site(tmp_path) as site:
        damaged, sound = two_sign_ins(site)
        site.host.stop()
        damage(tmp_path, table, column, value)
        site.leave_unchecked("I3", "a row was damaged on purpose")
        with site.make_host("host-a") as site.host:
            site.host.tasks.join()
            tab = site.tab()
            assert tab.rows == ["Head office", "Kiosk"]
            assert tab.cell("Head office", "Status") in WORKS
            assert answer(site, sound) == USABLE
            assert answer(site, damaged) == expected
            assert answer(site, sound) == USABLE
            labels = [choice.label for choice in site.host.hooks.connection_choices(ChoiceQuery()).items]
            assert "Head office" in labels
            site.host.hooks.maintain(5.0)
            for sort in ("name", "status", "account", "last_sign_in", "expires"):
                tab.show(TableQuery(sort=sort))
                assert sorted(tab.rows) == ["Head office", "Kiosk"]
        assert site.host.tasks.failures == []


def test_an_entry_with_damaged_settings_says_so_and_can_be_deleted(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        damaged, sound = two_sign_ins(site)
        damage(tmp_path, "connections", "settings", "{nonsense")
        tab = site.tab()
        row = tab.row("Kiosk")
        assert tab.cell("Kiosk", "Status") == "Damaged"
        assert "delete this connection and add it again" in row.problem
        with pytest.raises(StoredDataDamaged):
            site.session(damaged)
        tab.press("Delete")
        tab.press("Delete")
        assert tab.titles == []
        assert tab.rows == ["Head office"]
        assert answer(site, sound) == USABLE


def test_a_sign_in_that_cannot_be_opened_is_repaired_by_signing_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        damaged, sound = two_sign_ins(site)
        damage(tmp_path, "grants", "sealed", b"\0" * 200)
        site.host.stop()
        with site.make_host("host-a") as site.host:
            with pytest.raises(SignInNeeded) as caught:
                site.session(damaged)
            assert caught.value.code == "GRANT_DAMAGED"
            tab = site.tab()
            tab.row("Kiosk")
            tab.press("Edit")
            site.authorize(tab)
            tab.press("OK")
            tab.press("Save")
            assert answer(site, damaged) == USABLE
            assert answer(site, sound) == USABLE


def test_an_entry_of_a_type_that_nobody_serves_is_kept_and_named(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        damaged, sound = two_sign_ins(site)
        damage(tmp_path, "connections", "type_id", "telepathy")
        site.leave_unchecked("I3", "the type of an entry was changed on purpose")
        with pytest.raises(PluginFailed, match="telepathy"):
            site.host.hooks.open_session(damaged)
        tab = site.tab()
        assert "telepathy" in tab.row("Kiosk").problem
        assert answer(site, sound) == USABLE
