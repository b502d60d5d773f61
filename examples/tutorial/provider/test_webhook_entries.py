from webhook_plugin import make_plugin

from hostspec.testing import FakeHost
from xero_connections_plugin.plugin import make_plugin as make_connections


def test_a_webhook_is_added_listed_and_opened(tmp_path):
    settings = {"key_file": str(tmp_path / "connections.key")}
    plugins = {"webhook": make_plugin(), "connections": make_connections()}
    with FakeHost(tmp_path, plugins=plugins, settings=settings) as host:
        kinds = {kind.type_id: kind for kind in host.hooks.connection_types()}
        tab = host.tab("Connections")
        tab.send(kinds["webhook"].add.act)
        tab.fill("Display name", "Archive")
        tab.fill("Address", "https://example.com/incoming")
        tab.fill("Key", "a key for tests")
        tab.press("Save")
        assert tab.rows == ["Archive"]
        with host.hooks.open_session(tab.results[0].subject_id) as session:
            assert session.connection.display_name == "Archive"
        assert "a key for tests" not in "".join(tab.transcript)

        tab.row("Archive")
        tab.press("Edit")
        tab.fill("Address", "https://elsewhere.example.com/")
        assert tab.why_disabled("Save") == "Type the key that the other side expects."
