from first_webhook import FirstPlugin

from hostspec.testing import FakeHost


def test_the_type_is_contributed(tmp_path):
    with FakeHost(tmp_path, plugins={"webhook": FirstPlugin()}) as host:
        found = host.hooks.connection_types()
    assert [kind.label for kind in found] == []
    assert found.failed == ("webhook",)
