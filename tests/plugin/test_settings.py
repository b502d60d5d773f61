from pathlib import Path

import pytest

from hostspec.value import Remedy
from xero_connections_plugin.settings import ENDPOINTS, Settings, SettingsRejected, data_dir_of, read_settings
from xero_connections_plugin.xero.endpoints import Endpoints, endpoints_from

SIMULATOR = {name: f"http://localhost:8900/{name}" for name in ENDPOINTS}


def test_nothing_set_means_the_real_xero_and_the_keychain() -> None:
    settings = read_settings({}, {})
    assert settings == Settings()
    assert endpoints_from(settings) == Endpoints()
    assert settings.sign_in_timeout == 90


def test_the_environment_sets_what_the_host_does_not() -> None:
    environment = {"XERO_CONNECTIONS_SIGN_IN_TIMEOUT": "120", "XERO_CONNECTIONS_KEY_FILE": "/env", "PATH": "/bin"}
    settings = read_settings({"key_file": "/host", "color": "blue"}, environment)
    assert (settings.sign_in_timeout, settings.key_file) == (120, "/host")


def test_a_key_from_the_host_sets_a_key_file_of_the_environment_aside() -> None:
    settings = read_settings({"key": "secret"}, {"XERO_CONNECTIONS_KEY_FILE": "/env"})
    assert settings.key_file is None
    assert settings.key is not None


def test_an_unknown_variable_of_ours_is_named_because_it_is_a_typing_mistake() -> None:
    with pytest.raises(SettingsRejected, match="key_fiel"):
        read_settings({}, {"XERO_CONNECTIONS_KEY_FIEL": "/x"})


def test_a_value_that_cannot_be_used_is_named_and_never_quoted() -> None:
    with pytest.raises(SettingsRejected) as caught:
        read_settings({}, {"XERO_CONNECTIONS_SIGN_IN_TIMEOUT": "canary-value"})
    assert "sign_in_timeout" in str(caught.value)
    assert "canary-value" not in str(caught.value)
    assert caught.value.remedy is Remedy.FIX_SETTINGS


def test_key_and_key_file_exclude_each_other() -> None:
    with pytest.raises(SettingsRejected, match="exclude"):
        read_settings({}, {"XERO_CONNECTIONS_KEY": "k", "XERO_CONNECTIONS_KEY_FILE": "/x"})


def test_the_addresses_are_given_together_or_not_at_all() -> None:
    with pytest.raises(SettingsRejected, match="missing: authorize_url"):
        read_settings({name: SIMULATOR[name] for name in ENDPOINTS if name != "authorize_url"}, {})


def test_all_addresses_together_point_somewhere_else() -> None:
    endpoints = endpoints_from(read_settings(SIMULATOR, {}))
    assert endpoints.token_url == "http://localhost:8900/token_url"
    assert endpoints.api_url == "http://localhost:8900/api_url/"


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/token",
        "http://localhost.example.com/",
        "ftp://localhost/",
        "https://user:word@example.com/",
        "https://example.com/#x",
        "https:///token",
        "https://example.com\\@localhost/",
        "javascript:alert(1)",
    ],
)
def test_g3_an_address_that_is_neither_https_nor_loopback_is_refused(address: str) -> None:
    with pytest.raises(SettingsRejected, match="token_url"):
        read_settings({**SIMULATOR, "token_url": address}, {})


def test_the_secrets_among_the_settings_are_not_in_their_repr() -> None:
    settings = read_settings({"key": "canary-key", "database_url": "postgresql://u:canary-word@h/db"}, {})
    assert "canary" not in repr(settings)


def test_the_hosts_own_directory_goes_before_the_setting(tmp_path: Path) -> None:
    settings = read_settings({}, {"XERO_CONNECTIONS_DATA_DIR": str(tmp_path / "set")})
    assert data_dir_of(tmp_path / "host", settings) == tmp_path / "host"
    assert data_dir_of(None, settings) == tmp_path / "set"


def test_without_any_directory_the_setting_to_make_is_named() -> None:
    with pytest.raises(SettingsRejected, match="XERO_CONNECTIONS_DATA_DIR"):
        data_dir_of(None, read_settings({}, {}))
