"""The key in a real Secret Service, and what is said where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SEAL = """
import secrets, sys
from pathlib import Path
from hostspec.errors import SecretStoreUnavailable
from hostspec.testing import FakeClock
from xero_connections_plugin.gateways.database import Database
from xero_connections_plugin.gateways.key_register import KeyRegister
from xero_connections_plugin.gateways.key_sources import key_source
from xero_connections_plugin.gateways.machine_presence import MachinePresence
from xero_connections_plugin.gateways.vault import Vault
from xero_connections_plugin.settings import Settings

folder, clock = Path(sys.argv[1]), FakeClock(auto_advance=True)
database, presence = Database(folder, clock), MachinePresence(folder)
register = KeyRegister(database, presence)
vault = Vault(key_source(Settings(), folder), register, clock, random_bytes=secrets.token_bytes)
try:
    vault.check_usable()
except SecretStoreUnavailable as problem:
    print(problem.code)
else:
    sealed = vault.seal(b"secret", purpose="grant", owner_id="g", generation=1)
    assert vault.open(sealed.data, purpose="grant", owner_id="g", generation=1) == b"secret"
    print("sealed with", sealed.key_id, "in", vault.describe())
presence.close()
"""


def seal(folder: Path, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", SEAL, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    return done.stdout.strip()


@pytest.mark.keychain
def test_one_key_is_made_in_the_secret_service_and_found_again(tmp_path: Path, secret_service: dict[str, str]) -> None:
    first = seal(tmp_path / "data", secret_service)
    assert first.startswith("sealed with ")
    assert "Secret Service" in first
    assert seal(tmp_path / "data", secret_service) == first
    assert seal(tmp_path / "other installation", secret_service) != first


def test_c26_without_a_secret_service_the_missing_keychain_is_named(
    tmp_path: Path, without_secret_service: dict[str, str]
) -> None:
    assert seal(tmp_path / "data", without_secret_service) == "KEYRING_MISSING"


@pytest.mark.parametrize("back_end", ["keyring.backends.null.Keyring", "keyring.backends.nowhere.Keyring"])
def test_c26_a_back_end_chosen_by_environment_is_not_trusted_blindly(
    tmp_path: Path, without_secret_service: dict[str, str], back_end: str
) -> None:
    environment = {**without_secret_service, "PYTHON_KEYRING_BACKEND": back_end}
    assert seal(tmp_path / "data", environment) == "KEYRING_REFUSED"
