from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from hostspec.value import Remedy
from tests.sampling import how_many
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


@pytest.mark.parametrize(("given", "days"), [("0", 0), ("1", 1), ("20", 20), ("50", 50)])
def test_idle_sign_ins_are_renewed_after_so_many_days_or_not_at_all(given: str, days: int) -> None:
    assert read_settings({}, {"XERO_CONNECTIONS_KEEP_ALIVE_DAYS": given}).keep_alive_days == days
    assert read_settings({}, {}).keep_alive_days == 20


@pytest.mark.parametrize("given", ["51", "-1", "soon", "2.5"])
def test_days_that_would_be_too_late_for_a_renewal_are_refused(given: str) -> None:
    with pytest.raises(SettingsRejected, match="keep_alive_days"):
        read_settings({"keep_alive_days": given}, {})


@pytest.mark.parametrize("name", ["data_dir", "key_file", "entries_file"])
def test_a_path_in_a_home_directory_that_nobody_has_is_named_at_once(name: str) -> None:
    with pytest.raises(SettingsRejected, match=name) as refused:
        read_settings({name: "~nobody-of-that-name/file"}, {})
    assert "the whole path" in str(refused.value)
    assert "nobody-of-that-name" not in str(refused.value)


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
        "https://example.com/token",
        "http://api.xero.com/token",
        "https://api.xero.com:443/token",
        "https://api.xero.com./token",
        "https://xero.com/token",
        "https://api.xero.com.example.com/",
        "https://apі.xero.com/",
        "https://xn--ap-6cd.xero.com/",
        "https://192.0.2.7/token",
        "https://[2001:db8::1]/token",
        "https://127.1/token",
        "https://2130706433/token",
        "http://localhost.example.com/",
        "http://localhost./",
        "http://localhost:0/",
        "http://localhost:65536/",
        "http://localhost:٨٠/",
        "ftp://localhost/",
        "https://user:word@api.xero.com/",
        "https://api.xero.com@example.com/",
        "https://api.xero.com/#x",
        "https:///token",
        "https://example.com\\@localhost/",
        "https://api.xero.com\\.example.com/",
        "https://api.xero.com\t/",
        "https://api.xero.com/\n",
        " https://api.xero.com/",
        "//api.xero.com/",
        "javascript:alert(1)",
    ],
)
def test_g3_an_address_that_is_neither_xeros_nor_this_machines_is_refused(address: str) -> None:
    with pytest.raises(SettingsRejected, match="token_url") as refused:
        read_settings({**SIMULATOR, "token_url": address}, {})
    assert address not in str(refused.value)


_HOSTS = ("api.xero.com", "identity.xero.com", "localhost", "127.0.0.1", "[::1]", "example.com", "аpi.xero.com", "")
_PARTS = st.sampled_from(
    ["", "@", ":", "\\", "/", "//", ".", "#", "?", "%2e", "\t", "user@", ":443", ":8900", ":99999"]
)


@hypothesis_settings(max_examples=how_many(commit=200, whole=10_000), deadline=None)
@given(st.sampled_from(["https", "http", "HTTPS", "ftp"]), st.lists(st.sampled_from(_HOSTS) | _PARTS, max_size=6))
def test_g3_what_is_accepted_leads_to_the_same_known_host_however_it_is_read(scheme: str, parts: list[str]) -> None:
    address = f"{scheme}://{''.join(parts)}"
    try:
        accepted = read_settings({**SIMULATOR, "token_url": address}, {}).token_url
    except SettingsRejected:
        return
    assert accepted == address
    read = [urlsplit(address).hostname, (parse_url(address).host or "").strip("[]")]
    assert read[0] == read[1]
    assert read[0] in {"login.xero.com", "identity.xero.com", "api.xero.com", "localhost", "127.0.0.1", "::1"}
    assert scheme == "https" or (scheme == "http" and not str(read[0]).endswith("xero.com"))


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
