from first_host import first_host


def test_the_installed_plugin_is_found():
    names, types = first_host()
    assert "xero-connections" in names
    assert types == ()
