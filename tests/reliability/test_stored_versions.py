"""Whatever an older program stored is there and works in this one."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from hostspec.connections import ChoiceQuery
from hostspec.testing import FakeClock, FakeHost
from hostspec.usages import CONNECTION_KIND, Subject
from tests.reliability.left_overs import STORE
from tests.reliability.stored_version import (
    KEY_FILE,
    bearers,
    grants_in,
    load_stored_version,
    refresh_tokens,
    stored_versions,
    written_at,
)
from tests.stories.capture_site import make_marked_plugin
from xero_connections_plugin.gateways.store.schema import HEAD


def test_g15_every_revision_of_the_schema_is_kept() -> None:
    assert stored_versions() == [f"{number:04}" for number in range(1, int(HEAD) + 1)]


@pytest.mark.parametrize("revision", stored_versions())
def test_g15_data_of_an_older_program_are_all_there_and_work(tmp_path: Path, revision: str) -> None:
    folder = tmp_path / "data"
    told = load_stored_version(revision, folder)
    clock = FakeClock(written_at(told) + timedelta(seconds=10))
    host = FakeHost(
        folder,
        plugins={"xero-connections": make_marked_plugin()},
        settings={"key_file": str(folder / KEY_FILE)},
        clock=clock,
        host_id="host-today",
    )
    with host:
        listed = host.hooks.connection_choices(ChoiceQuery()).items
        assert {one.label: one.subtitle for one in listed} == told.entries
        assert all(one.selectable for one in listed)
        assert bearers(host) == told.access_tokens
        entry = next(one for one in listed if one.label == "Head office")
        subject = Subject(kind=CONNECTION_KIND, subject_id=entry.connection_id, label=entry.label)
        assert [usage.profile for usage in host.hooks.usages(subject)] == told.used_by
        host.tasks.join()
    assert stat.S_IMODE((folder / STORE).stat().st_mode) == 0o600
    assert refresh_tokens(folder, "http://localhost:1", grants_in(folder)) == told.refresh_tokens
