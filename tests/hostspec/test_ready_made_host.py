"""A host that has everything ready-made keeps every rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hostspec.testing import HostContract
from tests.hostspec.ready_made_host import ReadyMadeHost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Given:
    """A plugin as if it were installed; satisfies ``hostspec.PluginSource``."""

    name: str
    plugin: object

    def load(self) -> Callable[[], object]:
        return lambda: self.plugin


class TestReadyMadeHost(HostContract):
    def start_host(self, data_dir: Path, plugins: Mapping[str, object]) -> ReadyMadeHost:
        return ReadyMadeHost(data_dir, {}, [Given(name, plugin) for name, plugin in plugins.items()])
