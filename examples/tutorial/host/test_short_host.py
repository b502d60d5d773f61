from collections.abc import Mapping
from pathlib import Path

from short_host import ShortHost
from test_text_host import Given

from hostspec.testing import HostContract


class TestShortHost(HostContract):
    def start_host(self, data_dir: Path, plugins: Mapping[str, object]) -> ShortHost:
        return ShortHost(data_dir, {}, [Given(name, plugin) for name, plugin in plugins.items()])


def test_the_connections_tab_is_used_in_the_short_host(tmp_path):
    host = ShortHost(tmp_path / "data", {"key_file": str(tmp_path / "connections.key")})
    try:
        window = host.window("connections")
        window.press("Add")
        window.fill("Display name", "Head office")
        assert "Display name: Head office" in window.read()
        window.press("Cancel")
        window.press("Discard")
        assert "Xero Client ID" not in window.read()
    finally:
        host.stop()
