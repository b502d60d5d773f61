from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from text_host import TextHost

from hostspec.testing import HostContract


@dataclass
class Given:
    """A plugin as if it were installed."""

    name: str
    plugin: object

    def load(self) -> object:
        return lambda: self.plugin


class TestTextHost(HostContract):
    def start_host(self, data_dir: Path, plugins: Mapping[str, object]) -> TextHost:
        return TextHost(data_dir, {}, [Given(name, plugin) for name, plugin in plugins.items()])
