"""What happens where the key is missing, refused, locked, or another one: nothing is lost, and it is said once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import keyring.backends.fail
import keyring.backends.null
import keyring.errors
import pytest
import sqlalchemy as sa

from hostspec import SecretStoreUnavailable
from hostspec.connections import ChoiceQuery
from hostspec.testing import Disabled, FakeHost, TabDriver
from tests.canaries import canary
from tests.plugin.key_doubles import (
    ChainerBackend,
    ForgetfulKeyring,
    LockedKeyring,
    PlaintextKeyring,
    RaisingKeyring,
    TrustedKeyring,
)
from tests.stories.capture_site import Site
from tests.working_states import WORKS
from xero_connections_plugin.gateways.keys.keychain import Keychain, PasswordStore
from xero_connections_plugin.gateways.store.tables import metadata
from xero_connections_plugin.plugin import XeroConnectionsPlugin

ROOT = Path(__file__).parents[2]


class Impatient:
    """A keychain whose person is given a tenth of a second instead of a minute."""

    def __init__(self, store: PasswordStore) -> None:
        self._keychain = Keychain(lambda: store)

    def read(self, installation_id: str, *, seconds: float) -> tuple[bytes, ...]:
        return self._keychain.read(installation_id, seconds=min(seconds, 0.1))

    def create(self, installation_id: str, key: bytes, *, seconds: float) -> None:
        self._keychain.create(installation_id, key, seconds=min(seconds, 0.1))

    def discard(self, installation_id: str, key_ids: Collection[str], *, seconds: float) -> None:
        self._keychain.discard(installation_id, key_ids, seconds=min(seconds, 0.1))

    def describe(self) -> str:
        return self._keychain.describe()


def with_keychain(store: PasswordStore) -> Callable[[], XeroConnectionsPlugin]:
    """A plugin on a machine with this keychain."""
    return lambda: XeroConnectionsPlugin(lambda _settings, _folder: Keychain(lambda: store))


def refused(site: Site, *words: str) -> str:
    """Authorize ends in one message with these words before the browser opens, and the definition stays open."""
    tab = site.tab()
    site.fill_definition(tab, "Head office")
    authorize(tab)
    text = tab.message.text
    for word in words:
        assert word in text
    assert len(text) <= 300
    assert len(site.host.browser.addresses) == 0
    tab.press("OK")
    assert tab.titles == ["Connection Definition"]
    assert tab.value("Display name") == "Head office"
    assert tab.value("Port") == site.callback_port
    return text


def authorize(tab: TabDriver) -> None:
    tab.press("Authorize")
    tab.continue_until()


@pytest.mark.parametrize(
    ("store", "words"),
    [
        (keyring.backends.fail.Keyring, ("no keychain", "key_file")),
        (keyring.backends.null.Keyring, ("keyring.backends.null.Keyring", "not trusted", "key_file")),
        (PlaintextKeyring, ("keyrings.alt.file.PlaintextKeyring", "not trusted", "key_file")),
        (lambda: ChainerBackend([PlaintextKeyring()]), ("no keychain", "key_file")),
        (ForgetfulKeyring, ("did not keep it", "key_file")),
        (lambda: RaisingKeyring(keyring.errors.KeyringLocked("locked")), ("locked", "Unlock it")),
        (lambda: RaisingKeyring(keyring.errors.PasswordSetError(canary("key"))), ("refused the request", "key_file")),
        (lambda: RaisingKeyring(keyring.errors.InitError("no collection")), ("cannot be reached", "key_file")),
    ],
    ids=["missing", "null", "plaintext", "chainer", "forgetful", "locked", "refusing", "unreachable"],
)
def test_c26_a_keychain_that_keeps_nothing_safely_is_told_before_the_browser_opens(
    tmp_path: Path, store: Callable[[], PasswordStore], words: tuple[str, ...]
) -> None:
    with Site(tmp_path, plugin=with_keychain(store())) as site:
        assert canary("key") not in refused(site, *words)
        assert site.tab().view.empty is not None


def test_c25_a_keychain_that_nobody_unlocks_is_named_and_works_once_it_is_unlocked(tmp_path: Path) -> None:
    store = LockedKeyring()
    with Site(tmp_path, plugin=lambda: XeroConnectionsPlugin(lambda _settings, _folder: Impatient(store))) as site:
        try:
            refused(site, "did not answer in time", "Unlock it and try again")
        finally:
            store.unlocked.set()
        tab = site.tab()
        site.add(tab, "Head office")
        assert tab.rows == ["Head office"]


def test_c25_a_person_who_unlocks_the_keychain_in_time_is_signed_in(tmp_path: Path) -> None:
    store = LockedKeyring()
    with Site(tmp_path, plugin=with_keychain(store)) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.press("Authorize")
        assert store.asked.wait(30)
        assert len(site.host.browser.addresses) == 0
        store.unlocked.set()
        tab.continue_until()
        assert tab.message.title != "Sign-in failed"
        tab.press("OK")
        assert tab.options("Tenant")


def test_c25_a_person_who_refuses_to_unlock_it_is_told_that_it_is_locked(tmp_path: Path) -> None:
    store = RaisingKeyring(keyring.errors.KeyringLocked("dismissed"))
    with Site(tmp_path, plugin=with_keychain(store)) as site:
        assert refused(site, "is locked", "Unlock it and try again").endswith("Unlock it and try again.")
        site.host.tasks.join()
        assert {path.suffix for path in tmp_path.iterdir() if path.is_file()} <= {".sqlite3", ".lock"}


def test_c27_what_a_keychain_forgets_is_used_nowhere_and_a_mended_one_works_at_once(tmp_path: Path) -> None:
    stores: list[PasswordStore] = [ForgetfulKeyring()]
    plugin = lambda: XeroConnectionsPlugin(lambda _settings, _folder: Keychain(lambda: stores[-1]))  # noqa: E731
    with Site(tmp_path, plugin=plugin) as site:
        refused(site, "accepted the key and did not keep it", "repair the keychain")
        assert stored(tmp_path) == []
        stores.append(TrustedKeyring())
        tab = site.tab()
        site.add(tab, "Head office")
        assert tab.rows == ["Head office"]
        assert sum(line.startswith("data_keys: ") for line in stored(tmp_path)) == 1


def back(host: FakeHost) -> None:
    """Somebody mended the machine, and the host has kept house since."""
    host.clock.advance(60)
    host.hooks.maintain(5.0)
    host.tasks.join()


def swapped_key(key: Path) -> None:
    key.write_bytes(bytes(range(32)))


def readable_key(key: Path) -> None:
    key.chmod(0o644)


def cut_key(key: Path) -> None:
    key.write_bytes(key.read_bytes()[:16])


def linked_key(key: Path) -> None:
    moved = key.rename(key.with_name("elsewhere.key"))
    key.symlink_to(moved)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (Path.unlink, ("do not have", "Import the key")),
        (swapped_key, ("sealed with key", "Import the right key")),
        (readable_key, ("may be read by other users", "chmod 600")),
        (cut_key, ("32 bytes",)),
        (linked_key, ("cannot be opened",)),
    ],
    ids=["missing", "another", "mode 0644", "cut", "link"],
)
def test_c31_without_its_key_a_machine_says_so_writes_nothing_and_works_again_with_it(
    tmp_path: Path, harm: Callable[[Path], object], words: tuple[str, ...]
) -> None:
    with Site(tmp_path) as site:
        key = tmp_path / "connections.key"
        connection_id = site.add(site.tab(), "Head office")
        site.host.stop()
        kept = key.read_bytes()
        harm(key)
        before = stored(tmp_path)
        found = {path.name for path in tmp_path.iterdir()}
        with site.make_host("host-a") as host:
            host.tasks.join()
            tab = host.tab("Connections")
            assert tab.cell("Head office", "Status") == "Key missing"
            row = tab.row("Head office")
            for word in words:
                assert word in row.problem
            (choice,) = host.hooks.connection_choices(ChoiceQuery(selected_id=connection_id))
            assert not choice.selectable
            tab.press("Edit")
            authorize_is_of_no_use(tab, words[0])
            tab.press("Cancel")
            site.fill_definition(tab, "Kiosk")
            authorize_is_of_no_use(tab, words[0])
            tab.press("Cancel")
            tab.press("Discard")
            with pytest.raises(SecretStoreUnavailable) as caught:
                host.hooks.open_session(connection_id)
            assert len(str(caught.value)) <= 300
            assert len(host.browser.addresses) == 0
            # No second key was made, no row was touched.
            assert {path.name for path in tmp_path.iterdir()} == found
            assert stored(tmp_path) == before

            key.unlink(missing_ok=True)
            key.touch(mode=0o600)
            key.write_bytes(kept)
            back(host)
            assert tab.cell("Head office", "Status") in WORKS
            with host.hooks.open_session(connection_id) as session:
                assert session.connection.connection_id == connection_id
            tab.row("Head office")
            tab.press("Edit")
            assert tab.why_disabled("Authorize") == ""
        assert site.xero.control.state().refreshes == 0


def authorize_is_of_no_use(tab: TabDriver, word: str) -> None:
    """It is not offered where a key must be imported first; where the next try may do better, it says what is wrong."""
    if "Import" in tab.why_disabled("Authorize"):
        assert word in tab.why_disabled("Authorize")
        with pytest.raises(Disabled):
            tab.press("Authorize")
    else:
        authorize(tab)
        assert word in tab.message.text
        tab.press("OK")


def stored(folder: Path) -> list[str]:
    """Everything in the database that says what is kept.

    Leases, usages and tests of writing come and go; that a sign-in failed belongs to the history.
    """
    file = folder / "xero-connections.sqlite3"
    engine = sa.create_engine(os.environ.get("XERO_CONNECTIONS_DATABASE_URL", f"sqlite:///{file}"))
    try:
        with engine.connect() as connection:
            return [
                f"{table.name}: {row}"
                for table in metadata.sorted_tables
                if table.name not in {"leases", "published_usages", "installation", "history"}
                for row in sorted(connection.execute(sa.select(table)).all(), key=str)
            ]
    finally:
        engine.dispose()


def test_a_key_file_in_a_missing_directory_is_made_with_it(tmp_path: Path) -> None:
    key = tmp_path / "etc" / "capture" / "connections.key"
    with Site(tmp_path / "data", settings={"key_file": str(key)}) as site:
        site.add(site.tab(), "Head office")
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700


def test_a_key_file_that_cannot_be_made_is_told_before_the_browser_opens(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("a file where the directory should be")
    with Site(tmp_path / "data", settings={"key_file": str(tmp_path / "etc" / "connections.key")}) as site:
        refused(site, str(tmp_path / "etc" / "connections.key"))


def test_a_key_that_is_no_key_is_told_without_being_quoted(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"key_file": "", "key": canary("key")}) as site:
        assert canary("key") not in refused(site, "setting 'key'", "base64 of 32 bytes")


PROGRAM = """
import json, sys
from pathlib import Path
from tests.stories.capture_site import Site

with Site(Path(sys.argv[1]), settings={"key_file": ""}) as site:
    tab = site.tab()
    site.fill_definition(tab, "Head office")
    site.authorize(tab)
    print(json.dumps([tab.message.title, tab.message.text, len(site.host.browser.addresses)]))
"""


@pytest.mark.parametrize("back_end", ["", "keyring.backends.null.Keyring", "keyring.backends.nowhere.Keyring"])
def test_c26_a_real_session_without_keychain_is_told_before_the_browser_opens(
    tmp_path: Path, without_secret_service: dict[str, str], back_end: str
) -> None:
    chosen = {"PYTHON_KEYRING_BACKEND": back_end} if back_end else {}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "data")],
        env={**without_secret_service, **chosen, "PYTHONPATH": os.fspath(ROOT)},
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    title, text, opened = json.loads(done.stdout)
    assert title == "Sign-in failed"
    assert "key_file" in text
    assert opened == 0


def test_a_working_keychain_keeps_one_item_and_is_named_in_the_details(tmp_path: Path) -> None:
    store = TrustedKeyring()
    with Site(tmp_path, plugin=with_keychain(store)) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Details")
        assert "Secret Service" in tab.facts["Key kept in"]
        assert len(store.items) == 1
