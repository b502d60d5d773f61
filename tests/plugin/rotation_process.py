"""A process that changes the key of an installation, step by step. Run as a module by tests.

``python -m tests.plugin.rotation_process FOLDER`` waits for a line with the address of the store (empty: local),
tries every step until all is done, and says how often another process was at it.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from pydantic import SecretStr

from tests.canaries import marked_bytes
from tests.plugin.keeper_process import RealClock
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.key_rotation import KeyRotation
from xero_connections_plugin.gateways.keys.key_sources import KeyFile
from xero_connections_plugin.gateways.keys.resealing import KeyRotationRefused
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence


def main(folder: Path) -> None:
    url = sys.stdin.readline().strip()
    clock = RealClock()
    database = Database(folder / "data", clock, url=SecretStr(url) if url else None)
    presence = MachinePresence(folder / "data")
    register = KeyRegister(database, presence)
    source = KeyFile(folder / "data.key")
    vault = Vault(source, register, clock, random_bytes=marked_bytes)
    rotation = KeyRotation(vault, source, register, database, random_bytes=marked_bytes, batch=2)
    steps = [rotation.begin, rotation.switch, rotation.reseal, rotation.retire]
    busy = 0
    while steps:
        try:
            steps[0]()
        except KeyRotationRefused as refusal:
            # Out of order: another process has switched already.
            if refusal.code == "KEY_ROTATION_ORDER":
                steps.pop(0)
            busy += 1
            threading.Event().wait(0.02)
        else:
            steps.pop(0)
    sys.stdout.write(f"{busy}\n")
    presence.close()
    database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
