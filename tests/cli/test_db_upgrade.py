"""Lists of older programs are brought up to date by a command, restored, and taken over from; nothing is lost."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from hostspec.connections import ChoiceQuery
from hostspec.testing import FakeClock, FakeHost
from tests.cli.killed_commands import run_until_call
from tests.cli.operator_site import answer_of, operate, store_of
from tests.reliability.crash_forks import Forks, make_forks
from tests.reliability.stored_on_server import move_to_server
from tests.reliability.stored_version import (
    KEY_FILE,
    StoredVersion,
    bearers,
    load_stored_version,
    refresh_tokens,
    stored_versions,
    written_at,
)
from tests.stories.capture_site import make_marked_plugin
from xero_connections_plugin.gateways.store.schema import HEAD
from xero_connections_plugin.oauth.grant import GrantId

OLDER = [revision for revision in stored_versions() if revision != HEAD]
UPGRADE_CALLS = 180
"""Some more than there are."""


@pytest.fixture(scope="module")
def forks() -> Forks:
    return make_forks()


def settings_at(folder: Path, url: str | None) -> dict[str, str]:
    key = {"key_file": str(folder / KEY_FILE)}
    return key if url is None else {**key, "database_url": url}


def check_everything_works(folder: Path, told: StoredVersion, url: str | None = None) -> None:
    """A host that starts now lists what the older program listed, and uses the same tokens."""
    clock = FakeClock(written_at(told) + timedelta(seconds=10))
    plugins = {"xero-connections": make_marked_plugin()}
    with FakeHost(folder, plugins=plugins, settings=settings_at(folder, url), clock=clock) as host:
        listed = host.hooks.connection_choices(ChoiceQuery()).items
        assert {one.label: one.subtitle for one in listed} == told.entries
        if url is None:
            # A server judges by its own clock, to which they expired long ago.
            assert bearers(host) == told.access_tokens
        host.tasks.join()
    grant_ids = [GrantId(grant_id) for grant_id in told.refresh_tokens]
    assert refresh_tokens(folder, "http://localhost:1", grant_ids, url) == told.refresh_tokens


@pytest.mark.parametrize("revision", OLDER)
def test_a_list_of_an_older_program_is_brought_up_to_date(tmp_path: Path, store_url: str | None, revision: str) -> None:
    folder = tmp_path / "data"
    told = load_stored_version(revision, folder)
    if store_url is not None:
        move_to_server(folder, store_url, revision)
    variables = {f"XERO_CONNECTIONS_{name.upper()}": value for name, value in settings_at(folder, store_url).items()}
    seen = answer_of(operate(folder, "db", "check", "--json", variables=variables))
    assert [one["grade"] for one in seen["findings"] if one["check"] == "store.schema"] == ["warning"]
    done = operate(folder, "db", "upgrade", "--json", variables=variables)
    assert (done.exit_code, answer_of(done)) == (0, {"before": revision, "after": HEAD})
    again = operate(folder, "db", "upgrade", "--json", variables=variables)
    assert (again.exit_code, answer_of(again)) == (0, {"before": HEAD, "after": HEAD})
    checked = operate(folder, "db", "check", variables=variables)
    assert checked.exit_code == 0, checked.output
    check_everything_works(folder, told, store_url)


@pytest.mark.sweep(sample=4)
@pytest.mark.parametrize("number", range(1, UPGRADE_CALLS))
def test_an_upgrade_that_is_killed_is_done_by_the_next_one(tmp_path: Path, forks: Forks, number: int) -> None:
    folder = tmp_path / "data"
    told = load_stored_version("0001", folder)
    killed = forks.is_killed(run_until_call, number, folder, "db", "upgrade")
    with closing(sqlite3.connect(store_of(folder))) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = store.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    assert found in (("0001", HEAD) if killed else (HEAD,))
    assert operate(folder, "db", "upgrade").exit_code == 0
    check_everything_works(folder, told)


def test_every_call_of_an_upgrade_is_in_the_sweep(tmp_path: Path, forks: Forks) -> None:
    load_stored_version("0001", tmp_path / "data")
    assert not forks.is_killed(run_until_call, UPGRADE_CALLS, tmp_path / "data", "db", "upgrade")


def age(folder: Path, generations: int) -> list[tuple[str, int]]:
    """Let the sign-ins of a list have been renewed so many more times; answers what they are at."""
    with closing(sqlite3.connect(store_of(folder))) as store, store:
        store.execute("UPDATE grants SET generation = generation + ?", (generations,))
        found: list[tuple[str, int]] = store.execute("SELECT grant_id, generation FROM grants ORDER BY 1").fetchall()
        return found


def generations_in(folder: Path) -> list[tuple[str, int]]:
    return age(folder, 0)


@pytest.mark.parametrize("revision", OLDER)
def test_a_backup_of_an_older_program_is_restored_with_the_sign_ins_of_today(tmp_path: Path, revision: str) -> None:
    folder = tmp_path / "data"
    told = load_stored_version(revision, folder)
    shutil.copy2(store_of(folder), tmp_path / "backup.sqlite3")
    assert operate(folder, "db", "upgrade").exit_code == 0
    check_everything_works(folder, told)
    now = age(folder, 3)
    done = answer_of(operate(folder, "db", "restore", str(tmp_path / "backup.sqlite3"), "--yes", "--json"))
    assert (done["carried"], done["may_need_sign_in"]) == (len(now), [])
    assert generations_in(folder) == now
    assert operate(folder, "db", "check").exit_code == 0


@pytest.mark.parametrize("revision", OLDER)
def test_sign_ins_are_taken_over_from_a_list_that_no_host_has_brought_up_to_date_yet(
    tmp_path: Path, revision: str
) -> None:
    folder = tmp_path / "data"
    load_stored_version(revision, folder)
    shutil.copy2(store_of(folder), tmp_path / "backup.sqlite3")
    now = age(folder, 3)
    before = store_of(folder).read_bytes()
    done = answer_of(operate(folder, "db", "restore", str(tmp_path / "backup.sqlite3"), "--yes", "--json"))
    assert (done["carried"], done["may_need_sign_in"]) == (len(now), [])
    assert generations_in(folder) == now
    assert Path(done["kept_as"]).read_bytes() == before
    assert list(folder.glob("*.restore*")) == []
    assert operate(folder, "db", "check").exit_code == 0
