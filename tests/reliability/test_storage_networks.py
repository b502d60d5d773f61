"""A data directory on another machine: found where the system tells, and said once."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from hostspec.testing import FakeHost
from hostspec.value import Remedy
from xero_connections_plugin.gateways.store.network_folders import network_kind
from xero_connections_plugin.wiring import build

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /srv/share rw,relatime shared:3 - nfs4 server:/export rw,vers=4.2
31 22 0:26 / /srv/share/local rw,relatime - tmpfs tmpfs rw
32 22 0:27 / /srv/two\\040words rw,relatime - cifs //server/share rw
33 22 0:28 / /home/ada/cloud rw,relatime - fuse.sshfs ada@server:/ rw
34 22 0:29 / /home/ada/disk rw,relatime - fuseblk /dev/sdb1 rw
35 22 0:30 / /srv/again rw,relatime - nfs server:/a rw
36 22 0:31 / /srv/again rw,relatime - xfs /dev/sdc rw
37 cut short
38 22 0:32 / /mnt/guest rw,relatime - 9p share rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/capture", ""),
        ("/srv/share", "nfs4"),
        ("/srv/share/capture/data", "nfs4"),
        ("/srv/shares", ""),
        ("/srv/share/local/data", ""),
        ("/srv/two words/data", "cifs"),
        ("/home/ada/cloud/data", "fuse.sshfs"),
        ("/home/ada/disk/data", ""),
        ("/srv/again/data", ""),
        ("/mnt/guest/data", "9p"),
    ],
)
def test_the_innermost_and_latest_mount_says_what_a_folder_lies_on(tmp_path: Path, folder: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert network_kind(Path(folder), mounts) == kind


def test_a_link_is_followed_to_where_the_files_are(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    (tmp_path / "link").symlink_to("/srv/share/data")
    assert network_kind(tmp_path / "link" / "below", mounts) == "nfs4"


def test_where_the_system_does_not_tell_nothing_is_said(tmp_path: Path) -> None:
    assert network_kind(tmp_path, tmp_path / "missing") == ""


def test_this_test_runs_on_a_disk_of_this_machine(tmp_path: Path) -> None:
    assert network_kind(tmp_path) == ""


def _said_at_start(data_dir: Path, kind: str, settings: dict[str, str]) -> list[str]:
    host = FakeHost(data_dir, settings=settings)
    house = build(host, network_kind=lambda _: kind)
    house.begin()
    host.tasks.join()
    house.close()
    (*said,) = host.notifications
    assert {(note.notification_id, note.remedy) for note in said} <= {
        ("xero-connections-network-folder", Remedy.FIX_SETTINGS)
    }
    return [note.text for note in said]


def test_a_list_on_a_network_drive_is_said_once_per_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = {"key_file": str(tmp_path / "key")}
    with caplog.at_level(logging.WARNING):
        (text,) = _said_at_start(tmp_path / "data", "nfs4", settings)
    assert str(tmp_path / "data") in text
    assert "nfs4" in text
    assert "data_dir" in text
    assert [text] == [said.getMessage() for said in caplog.records if "network file system" in said.getMessage()]


def test_a_list_on_a_local_disk_says_nothing(tmp_path: Path) -> None:
    assert _said_at_start(tmp_path / "data", "", {"key_file": str(tmp_path / "key")}) == []


@pytest.mark.postgresql
def test_a_list_on_a_server_says_nothing_about_the_data_directory(tmp_path: Path, postgresql_url: str) -> None:
    settings = {"key_file": str(tmp_path / "key"), "database_url": postgresql_url}
    assert _said_at_start(tmp_path / "data", "nfs4", settings) == []
