from first_host import first_host


def test_the_installed_plugin_is_found():
    names, tabs = first_host()
    assert "xero-connections" in names
    assert tabs == []
