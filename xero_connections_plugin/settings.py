"""What may an installation set? One table: the host's settings first, then the environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from hostspec.errors import ConnectionProblem
from hostspec.value import Remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT_PREFIX: Final = "XERO_CONNECTIONS_"

ENDPOINTS: Final = ("authorize_url", "token_url", "revocation_url", "connections_url", "api_url", "issuer", "jwks_url")
"""Given together or not at all: a sign-in at one server and tokens from another would be a mix-up attack (R28)."""

_ADDRESS: Final = re.compile(
    r"""
    (?: https://(?:login|identity|api)\.xero\.com | https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[1-9][0-9]{0,4})? )
    (?: /[A-Za-z0-9._~!$&'()*+,;=:@%/-]* (?: \?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]* )? )?
    """,
    re.VERBOSE,
)
"""Written down rather than taken apart: what one parser calls the host, another may take for a user name."""


class SettingsRejected(ConnectionProblem):
    """A setting cannot be used; the text names it."""

    default_code = "SETTINGS"
    remedy = Remedy.FIX_SETTINGS


class Settings(BaseModel):
    """What this installation set; every field is optional."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: str | None = None
    """Where the list lies, for hosts that give no directory; a host's own goes first."""
    database_url: SecretStr | None = None
    """SQLAlchemy address of a shared database; none means SQLite in the data directory."""
    key_file: str | None = None
    """A file of 32 bytes (for each key, newest last), mode 0600, instead of the keychain."""
    key: SecretStr | None = None
    """The key itself (base64 of 32 bytes; several with commas, newest last) instead of the keychain."""
    keep_deleted_days: int = Field(default=7, ge=0, le=365)
    """Days in which a deleted connection can be taken back before it is wiped; 0 wipes it at once."""
    test_every_days: int = Field(default=7, ge=0, le=365)
    """A connection that nobody used or tested for so many days is tested by housekeeping; 0 tests nothing."""
    plan_links: int | None = Field(default=None, ge=1, le=1_000_000)
    """Companies that the plan of the Xero app allows: 5 with Starter, 50 with Core, 1,000 with Plus; none: not told."""
    entries_file: str | None = None
    """A file of connections that this installation is to have, in the format of an export."""
    entries: str | None = None
    """The same as text, for installations that are configured by their environment."""
    keep_alive_days: int = Field(default=20, ge=0, le=50)
    """Days after which a sign-in that nobody uses is renewed, so that it does not end; 0 renews none."""
    sign_in_timeout: float = Field(default=90.0, ge=10, le=3600)
    """Seconds to wait for the browser."""
    history_days: int = Field(default=730, ge=1, le=36_500)
    """Events of the history that are older are wiped."""
    history_rows: int = Field(default=100_000, ge=100, le=10_000_000)
    """Of more events than this the oldest are wiped."""
    authorize_url: str | None = None
    token_url: str | None = None
    revocation_url: str | None = None
    connections_url: str | None = None
    api_url: str | None = None
    issuer: str | None = None
    jwks_url: str | None = None

    @field_validator(*ENDPOINTS)
    @classmethod
    def _only_xero_or_loopback(cls, address: str | None) -> str | None:
        if address is None:
            return None
        # Reading the port refuses numbers that are none.
        if not _ADDRESS.fullmatch(address) or urlsplit(address).port == 0:
            raise ValueError("must be https:// at one of Xero's own hosts, or an address of this machine (localhost)")
        return address

    @field_validator("data_dir", "key_file", "entries_file")
    @classmethod
    def _a_home_that_is_known(cls, path: str | None) -> str | None:
        if path is not None:
            try:
                Path(path).expanduser()
            except RuntimeError:
                raise ValueError("begins with the home of somebody unknown here; give the whole path") from None
        return path

    @property
    def has_entries(self) -> bool:
        """Whether a file or the environment configures entries."""
        return self.entries_file is not None or self.entries is not None

    @model_validator(mode="after")
    def _endpoints_go_together(self) -> Self:
        given = [name for name in ENDPOINTS if getattr(self, name) is not None]
        if given and len(given) != len(ENDPOINTS):
            missing = ", ".join(name for name in ENDPOINTS if name not in given)
            raise ValueError(f"the addresses are given together or not at all; missing: {missing}")
        return self

    @model_validator(mode="after")
    def _one_source_of_entries(self) -> Self:
        if self.entries is not None and self.entries_file is not None:
            raise ValueError("entries and entries_file exclude each other")
        return self

    @model_validator(mode="after")
    def _one_key_source(self) -> Self:
        if self.key is not None and self.key_file is not None:
            raise ValueError("key and key_file exclude each other")
        return self


def data_dir_of(host: Path | None, settings: Settings) -> Path:
    """Where data lie: the host's directory, else the one that was set.

    Raises:
        SettingsRejected: Neither is there.
    """
    if host is not None:
        return Path(host)
    if settings.data_dir is None:
        raise SettingsRejected(
            "It is not known where connections are kept: this host gives no data directory. "
            f"Set {ENVIRONMENT_PREFIX}DATA_DIR to a directory and start again."
        )
    return Path(settings.data_dir).expanduser().absolute()


def read_settings(host: Mapping[str, str], environment: Mapping[str, str]) -> Settings:
    """The settings of this installation; what the host sets goes before the environment.

    Args:
        host: By field name, such as ``key_file``; names that are not ours belong to other plugins.
        environment: By prefixed name, such as ``XERO_CONNECTIONS_KEY_FILE``.

    Raises:
        SettingsRejected: A value cannot be used, or an unknown ``XERO_CONNECTIONS_`` variable is set; names it and
            never quotes the value.
    """
    try:
        return Settings.model_validate(given_settings(host, environment))
    except ValidationError as refusal:
        first = refusal.errors(include_input=False, include_context=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        named = f"The setting {where!r} cannot be used" if where else "The settings cannot be used"
        raise SettingsRejected(f"{named}: {said}. Nothing was changed; correct it and start again.") from None


def given_settings(host: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """What is set, by field name, as it was given; names that are none of ours are among them when the environment has
    our prefix before them.

    Args:
        host: See ``read_settings``.
        environment: See ``read_settings``.
    """
    found: dict[str, str] = {}
    for name, value in environment.items():
        if name.upper().startswith(ENVIRONMENT_PREFIX) and value:
            found[name[len(ENVIRONMENT_PREFIX) :].lower()] = value
    found.update({name: value for name, value in host.items() if name in Settings.model_fields and value})
    if "key" in host or "key_file" in host:
        for other in {"key", "key_file"} - set(host):
            found.pop(other, None)
    return found
