"""The key in a real Secret Service: unlocked, locked, without a collection, and where there is none."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.keychain_person import person_in
from tests.keychain_session import KeychainSession, private_session
from tests.plugin.vault_process import WRITTEN, RunningVault


@pytest.fixture
def undo() -> Iterator[ExitStack]:
    """Ends processes that a failing test leaves behind."""
    with ExitStack() as stack:
        yield stack


def running(undo: ExitStack, folder: Path, environment: dict[str, str], **orders: object) -> RunningVault:
    seconds, stop_at = orders.get("seconds", 10), orders.get("stop_at", "")
    assert isinstance(seconds, (int, float))
    process = undo.enter_context(RunningVault(folder, environment, seconds=seconds, stop_at=str(stop_at)))
    undo.callback(process.kill)
    return process


def seal(folder: Path, environment: dict[str, str]) -> str:
    with RunningVault(folder, environment) as process:
        found = process.asked()
        process.ended()
    return found


@pytest.fixture
def unlocked() -> Iterator[KeychainSession]:
    with private_session() as session:
        yield session


@pytest.mark.keychain
def test_one_key_is_made_in_the_secret_service_and_found_again(tmp_path: Path, unlocked: KeychainSession) -> None:
    first = seal(tmp_path / "data", unlocked.environment)
    assert len(first) == 16
    assert seal(tmp_path / "data", unlocked.environment) == first
    assert seal(tmp_path / "other installation", unlocked.environment) != first


@pytest.mark.keychain
def test_c25_a_locked_keychain_that_nobody_unlocks_holds_nobody_and_works_once_it_is_unlocked(
    tmp_path: Path, unlocked: KeychainSession, undo: ExitStack
) -> None:
    key_id = seal(tmp_path / "data", unlocked.environment)
    unlocked.lock()
    with person_in(unlocked) as person:
        process = running(undo, tmp_path / "data", unlocked.environment, seconds=1)
        for _ in range(3):
            before = time.monotonic()
            assert process.asked() == "KEYRING_SLOW"
            assert time.monotonic() - before < 10
        assert person.is_asked.wait(10)
        unlocked.unlock()
        person.close_window()
    assert process.asked() == key_id
    assert process.ended() == 0


@pytest.mark.keychain
def test_c25_a_person_who_unlocks_while_it_is_waited_for_is_waited_for(
    tmp_path: Path, unlocked: KeychainSession, undo: ExitStack
) -> None:
    key_id = seal(tmp_path / "data", unlocked.environment)
    unlocked.lock()
    with person_in(unlocked) as person:
        process = running(undo, tmp_path / "data", unlocked.environment, seconds=60)
        process.ask()
        assert person.is_asked.wait(30)
        unlocked.unlock()
        person.close_window()
    assert process.answer() == key_id


@pytest.mark.keychain
def test_c25_a_person_who_refuses_and_a_session_without_a_person_leave_it_locked(
    tmp_path: Path, unlocked: KeychainSession, undo: ExitStack
) -> None:
    key_id = seal(tmp_path / "data", unlocked.environment)
    unlocked.lock()
    process = running(undo, tmp_path / "data", unlocked.environment)
    assert process.asked() == "KEYRING_LOCKED"
    with person_in(unlocked) as person:
        process.ask()
        assert person.is_asked.wait(30)
        person.close_window()
        assert process.answer() == "KEYRING_LOCKED"
    unlocked.unlock()
    assert process.asked() == key_id


@pytest.mark.keychain
def test_c25_a_locked_keychain_gets_no_first_key_and_no_other_place_does(
    tmp_path: Path, unlocked: KeychainSession, undo: ExitStack
) -> None:
    unlocked.lock()
    process = running(undo, tmp_path / "data", unlocked.environment)
    assert process.asked() == "KEYRING_LOCKED"
    assert sorted(path.suffix for path in (tmp_path / "data").iterdir() if path.is_file()) == [".lock", ".sqlite3"]
    unlocked.unlock()
    assert len(process.asked()) == 16


@pytest.mark.keychain
def test_c26_a_secret_service_without_a_collection_is_named(tmp_path: Path, undo: ExitStack) -> None:
    with private_session(has_collection=False) as session:
        process = running(undo, tmp_path / "data", session.environment)
        assert process.asked() == "KEYRING_MISSING"
        with person_in(session) as person:
            impatient = running(undo, tmp_path / "data", session.environment, seconds=1)
            assert impatient.asked() == "KEYRING_SLOW"
            assert person.is_asked.wait(10)


@pytest.mark.keychain
def test_of_processes_that_make_the_first_key_at_once_one_does(
    tmp_path: Path, unlocked: KeychainSession, undo: ExitStack
) -> None:
    processes = [running(undo, tmp_path / "data", unlocked.environment) for _ in range(4)]
    for process in processes:
        process.ask()
    found = [process.answer() for process in processes]
    assert len(found[0]) == 16
    assert set(found) == {found[0]}
    assert seal(tmp_path / "data", unlocked.environment) == found[0]


@pytest.mark.keychain
@pytest.mark.parametrize("stop_at", [WRITTEN, "key: first kept", "key: first registered"])
def test_a_set_up_that_was_killed_is_finished_by_the_next_process_at_once(
    tmp_path: Path, unlocked: KeychainSession, undo: ExitStack, stop_at: str
) -> None:
    process = running(undo, tmp_path / "data", unlocked.environment, stop_at=stop_at)
    assert process.asked() == ""
    assert process.ended() == -signal.SIGKILL
    successors = [running(undo, tmp_path / "data", unlocked.environment) for _ in range(2)]
    before = time.monotonic()
    for successor in successors:
        successor.ask()
    found = [successor.answer() for successor in successors]
    assert time.monotonic() - before < 30
    assert len(found[0]) == 16
    assert set(found) == {found[0]}


def test_c26_without_a_secret_service_the_missing_keychain_is_named(
    tmp_path: Path, without_secret_service: dict[str, str]
) -> None:
    assert seal(tmp_path / "data", without_secret_service) == "KEYRING_MISSING"


@pytest.mark.parametrize(
    ("back_end", "code"),
    [
        ("keyring.backends.null.Keyring", "KEYRING_REFUSED"),
        ("keyring.backends.fail.Keyring", "KEYRING_MISSING"),
        ("keyring.backends.nowhere.Keyring", "KEYRING_REFUSED"),
        ("tests.plugin.key_doubles.PlaintextKeyring", "KEYRING_REFUSED"),
    ],
)
@pytest.mark.parametrize("chosen_by", ["environment", "file"])
def test_c26_a_back_end_that_somebody_chose_is_not_trusted_blindly(
    tmp_path: Path, without_secret_service: dict[str, str], back_end: str, code: str, chosen_by: str
) -> None:
    environment = dict(without_secret_service)
    if chosen_by == "environment":
        environment["PYTHON_KEYRING_BACKEND"] = back_end
    else:
        settings = Path(environment["XDG_CONFIG_HOME"]) / "python_keyring" / "keyringrc.cfg"
        settings.parent.mkdir()
        settings.write_text(f"[backend]\ndefault-keyring={back_end}\n")
    assert seal(tmp_path / "data", environment) == code
