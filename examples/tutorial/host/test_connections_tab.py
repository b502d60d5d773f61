from text_host import TextHost


def test_the_connections_tab_is_there(tmp_path):
    host = TextHost(tmp_path / "data", {"key_file": str(tmp_path / "connections.key")})
    try:
        window = host.window("connections")
        window.press("Add")
        assert "Xero Client ID" in window.read()
        window.fill("Display name", "Head office")
        window.press("Cancel")
        window.press("Discard")
        assert "Xero Client ID" not in window.read()
    finally:
        host.stop()
