"""What happens where the list cannot be read or written: one sentence, and everything is as it was afterwards."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hostspec import CaptureError, ConnectionProblem, StoredDataDamaged, StoreUnavailable
from hostspec.connections import ChoiceQuery
from hostspec.testing import FakeHost
from hostspec.value import ConnectionId
from tests.reliability.storage_disks import Disk, disk_of_kind, kinds
from tests.stories.capture_site import Site
from tests.working_states import WORKS
from xero_connections_plugin.gateways.store.schema import HEAD

ROOT = Path(__file__).parents[2]
FILE = "xero-connections.sqlite3"


def told(problem: CaptureError, *words: str) -> None:
    """The sentence of a problem has these words and is short enough to be shown."""
    for word in words:
        assert word in str(problem)
    assert len(str(problem)) <= 300


def shown_on_tab(host: FakeHost, kind: type[CaptureError]) -> CaptureError:
    """What the tab shows instead of a list."""
    with pytest.raises(kind) as caught:
        host.tab("Connections")
    return caught.value


def works(host: FakeHost, connection_id: ConnectionId) -> bool:
    """Whether a step can work through the entry."""
    tab = host.tab("Connections")
    with host.hooks.open_session(connection_id) as session:
        return tab.cell("Head office", "Status") in WORKS and session.connection.connection_id == connection_id


def test_a_file_in_place_of_the_data_directory_is_named_everywhere(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a directory")
    with Site(tmp_path / "data", settings={"key_file": str(tmp_path / "key")}) as site:
        site.host.tasks.join()
        told(shown_on_tab(site.host, StoreUnavailable), str(tmp_path / "data"), "not a directory", "choose another one")
        with pytest.raises(StoreUnavailable):
            site.session(ConnectionId("any"))
        (failed,) = site.host.hooks.connection_choices(ChoiceQuery()).failed
        assert failed == "xero-connections"
        site.host.hooks.maintain(5.0)
    assert (tmp_path / "data").read_text() == "not a directory"


READ_ONLY = """
import json, os, sys
from pathlib import Path
from tests.reliability.storage_disks import Disk, disk_of_kind, kinds
from tests.stories.capture_site import Site

folder = Path(sys.argv[1])
data = folder / "data"
with Site(data) as site:
    connection_id = site.add(site.tab(), "Head office")
    site.host.stop()
    before = (data / "xero-connections.sqlite3").read_bytes()
    # Root may write everywhere, so in its place an ordinary user looks at files of their own; the first host loaded
    # every module, since that user may not be able to read them.
    if os.geteuid() == 0:
        folder.chmod(0o755)
        for path in (data, *data.iterdir()):
            os.chown(path, 65534, 65534)
        os.setgid(65534)
        os.setuid(65534)
    closed = data if sys.argv[2] == "directory" else data / "xero-connections.sqlite3"
    closed.chmod(0o500 if closed is data else 0o400)
    host = site.make_host("host-a")
    host.start()
    tab = host.tab("Connections")
    said = {"rows": tab.rows, "status": tab.cell("Head office", "Status")}
    tab.row("Head office")
    tab.press("Edit")
    tab.press("Authorize")
    tab.continue_until()
    said["authorize"] = tab.message.text
    tab.press("OK")
    said["name"] = tab.value("Display name")
    tab.fill("Display name", "Renamed")
    tab.press("Save")
    said["save"] = tab.message.text
    tab.press("OK")
    tab.press("Cancel")
    tab.press("Discard")
    tab.row("Head office")
    tab.press("Delete")
    tab.press("Delete")
    said["delete"] = tab.message.text
    with host.hooks.open_session(connection_id) as session:
        said["used"] = session.http.get("Organisation").status_code
    said["browser"] = len(host.browser.addresses)
    host.hooks.maintain(5.0)
    host.stop()
    said["unchanged"] = (data / "xero-connections.sqlite3").read_bytes() == before
    said["raised"] = [name for name, _ in host.tasks.failures]
    closed.chmod(0o700 if closed is data else 0o600)
print(json.dumps(said))
"""


@pytest.mark.parametrize("what", ["directory", "file"])
def test_c17_a_read_only_store_is_told_before_the_browser_opens_and_what_is_there_still_works(what: str) -> None:
    with tempfile.TemporaryDirectory() as reachable:
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, reachable, what],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=90,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["status"] in WORKS
    assert (said["rows"], said["name"]) == (["Head office"], "Head office")
    for act in ("authorize", "save", "delete"):
        assert "cannot be written" in said[act]
        assert "Give this user the right to write there" in said[act]
        assert len(said[act]) <= 300
    assert said["browser"] == 0
    assert said["used"] == 200
    assert said["unchanged"]
    assert said["raised"] == []


@pytest.fixture(params=kinds())
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with disk_of_kind(request.param, tmp_path) as disk:
        yield disk


def test_c16_a_full_disk_is_told_before_the_browser_opens(disk: Disk) -> None:
    with Site(disk.folder) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.host.tasks.join()
        site.fill_definition(tab, "Kiosk")
        disk.fill()
        site.authorize(tab)
        assert "disk is full" in tab.message.text
        assert "Make room and try again" in tab.message.text
        assert len(site.host.browser.addresses) == 1
        disk.make_room()
        tab.press("OK")
        assert tab.value("Display name") == "Kiosk"
        site.authorize(tab)
        assert tab.message.title == "Connection successful"
        assert works(site.host, connection_id)


def test_c16_a_disk_that_fills_up_during_the_sign_in_costs_that_sign_in_only(disk: Disk) -> None:
    with Site(disk.folder) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")

        def fill_and_allow(address: str) -> None:
            disk.fill()
            site.allow(address)

        site.decide = fill_and_allow
        tab.row("Head office")
        tab.press("Edit")
        site.authorize(tab)
        assert tab.message.title == "Sign-in failed"
        assert "disk is full" in tab.message.text
        disk.make_room()
        site.decide = site.allow
        tab.press("OK")
        tab.press("Cancel")
        assert works(site.host, connection_id)


def test_c16_save_and_delete_on_a_full_disk_change_nothing(disk: Disk) -> None:
    with Site(disk.folder) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.host.tasks.join()
        tab.row("Head office")
        tab.press("Edit")
        tab.fill("Display name", "Renamed")
        disk.fill()
        tab.press("Save")
        assert tab.error is not None
        told(tab.error, "disk is full", "Make room")
        disk.make_room()
        tab.press("OK")
        # What was typed is still there to be saved.
        assert tab.value("Display name") == "Renamed"
        tab.press("Cancel")
        tab.press("Discard")
        tab.row("Head office")
        tab.press("Delete")
        disk.fill()
        tab.press("Delete")
        assert tab.error is not None
        told(tab.error, "disk is full", "Make room")
        disk.make_room()
        assert works(site.host, connection_id)


def test_c16_a_token_is_not_renewed_while_it_could_not_be_kept(disk: Disk) -> None:
    with Site(disk.folder) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.tasks.join()
        site.host.clock.advance(3600)
        site.xero.control.advance(3600)
        disk.fill()
        with pytest.raises(StoreUnavailable) as caught:
            site.session(connection_id)
        told(caught.value, "disk is full", "Make room")
        assert site.xero.control.state().refreshes == 0
        disk.make_room()
        assert works(site.host, connection_id)
        assert site.xero.control.state().refreshes == 1


def empty(content: bytes) -> bytes:
    return b""


def noise(content: bytes) -> bytes:
    return bytes(range(7, 250)) * 40


def without_header(content: bytes) -> bytes:
    return bytes(100) + content[100:]


def first_half(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("harm", [empty, noise, without_header, first_half])
def test_c18_a_damaged_list_is_kept_named_and_replaced_by_a_backup_only(
    tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.stop()
        backup = (tmp_path / FILE).read_bytes()
        (tmp_path / FILE).write_bytes(harm(backup))
        for _ in range(2):
            with site.make_host("host-a") as host:
                host.tasks.join()
                told(shown_on_tab(host, StoredDataDamaged), "damaged", str(tmp_path / FILE), "backup")
                with pytest.raises(StoredDataDamaged):
                    host.hooks.open_session(connection_id)
                host.hooks.maintain(5.0)
        # The damaged bytes are somewhere, whole, and nothing new began in their place.
        assert [path for path in tmp_path.iterdir() if path.is_file() and path.read_bytes() == harm(backup)]
        (tmp_path / FILE).touch(mode=0o600)
        (tmp_path / FILE).write_bytes(backup)
        with site.make_host("host-a") as host:
            assert works(host, connection_id)


def test_c18_a_list_damaged_while_the_program_runs_is_kept_in_place(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.fill_definition(tab, "Kiosk")
        backup = (tmp_path / FILE).read_bytes()
        (tmp_path / FILE).write_bytes(noise(backup))
        site.authorize(tab)
        assert "damaged" in tab.message.text
        assert "backup" in tab.message.text
        assert len(site.host.browser.addresses) == 1
        tab.press("OK")
        assert tab.value("Display name") == "Kiosk"
        assert (tmp_path / FILE).read_bytes() == noise(backup)
        (tmp_path / FILE).write_bytes(backup)
        assert works(site.host, connection_id)


def test_a_list_that_vanishes_while_the_program_runs_is_no_empty_list(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.tasks.join()
        away = (tmp_path / FILE).rename(tmp_path / "away")
        told(shown_on_tab(site.host, ConnectionProblem), str(tmp_path / FILE))
        away.rename(tmp_path / FILE)
        assert works(site.host, connection_id)


def test_c34_a_list_of_a_newer_program_is_left_untouched(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.stop()
        with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        newer = (tmp_path / FILE).read_bytes()
        with site.make_host("host-a") as host:
            host.tasks.join()
            told(shown_on_tab(host, StoreUnavailable), "newer version", "Update this program")
            with pytest.raises(StoreUnavailable) as caught:
                host.hooks.open_session(connection_id)
            assert caught.value.code == "STORE_NEWER"
            host.hooks.maintain(5.0)
        assert (tmp_path / FILE).read_bytes() == newer
        with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
            database.execute("UPDATE alembic_version SET version_num = ?", (HEAD,))
        with site.make_host("host-a") as host:
            assert works(host, connection_id)
