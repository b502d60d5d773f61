"""The world in a file: written whole or not at all, readable by its owner only, set aside when it is damaged."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sample_host.xero_simulator.simulated_world import World

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class StateFileDamaged(Exception):
    """The state file could not be read; the message says where it was put."""


class StateFile:
    """One JSON file, replaced as a whole after every change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader: TypeAdapter[World] | None = None

    def load(self) -> World | None:
        """The stored world, or None when there is no file yet.

        Raises:
            StateFileDamaged: the content is no world; the file was renamed, so that a new start begins fresh.
            OSError: the file exists but cannot be read.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return self._adapter().validate_json(content)
        except ValueError:
            aside = self._free_name()
            self.path.rename(aside)
            # The cause quotes the file, and the file holds the signing key.
            kept = f"It was kept as {aside.name}; start again for a fresh one."
            raise StateFileDamaged(f"The simulator's state {self.path} is damaged. {kept}") from None

    def save(self, world: World) -> None:
        """Write the world; after a crash the file holds the old world or the new one, never a part."""
        content = self._adapter().dump_json(world)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise

    def _adapter(self) -> TypeAdapter[World]:
        if self._reader is None:
            from pydantic import TypeAdapter

            self._reader = TypeAdapter(World)
        return self._reader

    def _free_name(self) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        return aside
