"""How do libraries without a store share a token set? A JSON file that is read before each use and replaced whole."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import exchange


def read_tokens(path: Path) -> dict[str, Any]:
    """The token set as it was saved last."""
    tokens: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return tokens


def save_tokens(path: Path, tokens: dict[str, Any]) -> None:
    """Replace the token set; nobody reads half of it."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(tokens, file)
    fresh.replace(path)


def expired_tokens(xero: SimulatorServer, **app: str) -> dict[str, Any]:
    """The answer to a sign-in of long ago."""
    return {**exchange(xero, **app), "expires_at": 1.0}
