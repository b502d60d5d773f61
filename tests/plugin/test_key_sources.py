"""Keys that an installation sets explicitly: a file of its own, or the key itself."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.keys.envelope import key_id
from xero_connections_plugin.gateways.keys.key_sources import GivenKey, KeyFile, key_source
from xero_connections_plugin.gateways.keys.keychain import Keychain
from xero_connections_plugin.settings import Settings

ROOT = Path(__file__).parents[2]
KEY = bytes(range(32))


def refusal(path: Path) -> str:
    with pytest.raises(SecretStoreUnavailable) as caught:
        KeyFile(path).read("installation", seconds=1)
    assert caught.value.code == "KEYRING_REFUSED"
    assert len(str(caught.value)) <= 300
    return str(caught.value)


def test_a_key_file_is_made_for_its_owner_only_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "data.key"
    source = KeyFile(path)
    assert source.read("installation", seconds=1) == ()
    source.create("installation", KEY, seconds=1)
    assert source.read("installation", seconds=1) == (KEY,)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["data.key"]
    assert str(path) in source.describe()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_key_file_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "data.key"
    path.write_bytes(KEY)
    path.chmod(mode)
    assert f"chmod 600 {path}" in refusal(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_link_a_folder_and_a_file_of_another_length_are_refused(tmp_path: Path) -> None:
    good, link, folder, short, long = (tmp_path / name for name in ("good", "link", "folder", "short", "long"))
    for path, content in ((good, KEY), (short, KEY[:-1]), (long, KEY + b"\n")):
        path.write_bytes(content)
        path.chmod(0o600)
    link.symlink_to(good)
    folder.mkdir(mode=0o700)
    for path in (link, folder, short, long):
        refusal(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    path.write_bytes(KEY)
    path.chmod(0o600)
    os.chown(path, 65534, 65534)
    assert "another user" in refusal(path)


@pytest.mark.parametrize("size", [0, 1, 31, 33, 63, 65, 17 * 32])
def test_a_key_file_of_another_length_is_refused_and_left_as_it_is(tmp_path: Path, size: int) -> None:
    path = tmp_path / "data.key"
    path.write_bytes(b"k" * size)
    path.chmod(0o600)
    assert "does not hold exactly 32 bytes for each key" in refusal(path)
    with pytest.raises(SecretStoreUnavailable):
        KeyFile(path).create("installation", KEY, seconds=1)
    with pytest.raises(SecretStoreUnavailable):
        KeyFile(path).discard("installation", ("x",), seconds=1)
    assert path.read_bytes() == b"k" * size


def test_a_pipe_in_place_of_a_key_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    os.mkfifo(path, 0o600)
    assert "is not a regular file" in refusal(path)


def test_a_key_file_holds_several_keys_newest_last(tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    source = KeyFile(path)
    for key in (KEY, KEY[::-1], KEY):
        source.create("installation", key, seconds=1)
    assert source.read("installation", seconds=1) == (KEY, KEY[::-1])
    assert path.read_bytes() == KEY + KEY[::-1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    source.discard("installation", (key_id(KEY), "unknown"), seconds=1)
    assert source.read("installation", seconds=1) == (KEY[::-1],)
    with pytest.raises(SecretStoreUnavailable, match="would hold no key any more"):
        source.discard("installation", (key_id(KEY[::-1]),), seconds=1)
    assert source.read("installation", seconds=1) == (KEY[::-1],)


def test_a_key_file_takes_sixteen_keys(tmp_path: Path) -> None:
    source = KeyFile(tmp_path / "data.key")
    keys = tuple(bytes([number]) * 32 for number in range(16))
    for key in keys:
        source.create("installation", key, seconds=1)
    with pytest.raises(SecretStoreUnavailable, match="holds 16 keys already; discard a retired one first"):
        source.create("installation", KEY, seconds=1)
    assert source.read("installation", seconds=1) == keys


def test_a_half_written_file_of_a_killed_process_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "data.key.new").write_bytes(b"half")
    KeyFile(tmp_path / "data.key").create("installation", KEY, seconds=1)
    assert [path.name for path in tmp_path.iterdir()] == ["data.key"]


def test_a_link_left_in_place_of_the_new_file_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "data.key.new").symlink_to(victim)
    KeyFile(tmp_path / "data.key").create("installation", KEY, seconds=1)
    assert victim.read_bytes() == b"precious"


FILL = """
import resource, sys
from pathlib import Path
from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.keys.envelope import key_id
from xero_connections_plugin.gateways.keys.key_sources import KeyFile
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))
try:
    KeyFile(path).create("installation", bytes(32), seconds=1)
    KeyFile(path).create("installation", bytes(range(32)), seconds=1)
except SecretStoreUnavailable as problem:
    print(problem.code, problem)
"""


def test_a_disk_that_is_full_keeps_the_keys_it_has_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    command = [sys.executable, "-c", FILL, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert done.stdout.startswith(f"KEYRING_REFUSED The key file {path} cannot be written (File too large).")
    assert path.read_bytes() == bytes(32)
    assert [file.name for file in tmp_path.iterdir()] == ["data.key"]


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_given_key_is_base64_of_32_bytes(encode: object) -> None:
    assert callable(encode)
    key = bytes([251, 255, 190] * 10 + [1, 2])
    assert GivenKey(encode(key).decode()).read("installation", seconds=1) == (key,)


@pytest.mark.parametrize("text", ["", "short", base64.b64encode(KEY[:-1]).decode(), "!" * 44, "a" * 43 + ",", "é" * 44])
def test_a_given_key_of_another_form_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(SecretStoreUnavailable) as caught:
        GivenKey(text).read("installation", seconds=1)
    assert caught.value.code == "KEY_MISSING"
    assert not text or text not in str(caught.value)


def test_several_given_keys_are_separated_by_commas() -> None:
    encoded = " , ".join(base64.b64encode(key).decode() for key in (KEY, KEY[::-1]))
    source = GivenKey(encoded)
    assert source.read("installation", seconds=1) == (KEY, KEY[::-1])
    source.create("installation", KEY[::-1], seconds=1)
    source.discard("installation", ("unknown",), seconds=1)
    with pytest.raises(SecretStoreUnavailable) as caught:
        source.discard("installation", (key_id(KEY),), seconds=1)
    assert caught.value.code == "KEYRING_REFUSED"
    assert "Take it out of the setting" in str(caught.value)


def test_a_given_key_is_never_replaced_by_a_made_one() -> None:
    with pytest.raises(SecretStoreUnavailable):
        GivenKey(base64.b64encode(KEY).decode()).create("installation", KEY[::-1], seconds=1)


def test_the_keychain_is_used_unless_something_else_was_set(tmp_path: Path) -> None:
    assert isinstance(key_source(Settings(), tmp_path), Keychain)
    assert isinstance(key_source(Settings(key=SecretStr("x")), tmp_path), GivenKey)
    relative = key_source(Settings(key_file="data.key"), tmp_path)
    assert relative.describe() == f"key file {tmp_path / 'data.key'}"
    assert key_source(Settings(key_file="/else/where"), tmp_path).describe() == "key file /else/where"
