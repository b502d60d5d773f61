"""What does a mailbox need to be reached? Read from what is kept, and from what stands in a definition."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic import SecretBytes, SecretStr, ValidationError

from hostspec import StoredDataDamaged, TypeId, Value
from imap_connections import imap_texts as texts

if TYPE_CHECKING:
    from hostspec import Connection, Draft

IMAP: Final = TypeId("imap")
_MOST_PORT: Final = 65_535
_PASSWORD_LIMIT: Final = 1000


class Security(StrEnum):
    """How the way to the server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"

    @property
    def standard_port(self) -> int:
        """The port that is meant when none is named (RFC 8314 section 3.2, RFC 9051 section 2.1)."""
        return 993 if self is Security.TLS else 143


class MailAccount(Value):
    """One mailbox; its password is kept apart from it."""

    host: str
    port: int
    security: Security
    user: str


def kept_account(connection: Connection) -> MailAccount:
    """What the book keeps of an entry.

    Raises:
        StoredDataDamaged: It cannot be understood.
    """
    try:
        return MailAccount.model_validate(connection.saved.settings)
    except ValidationError:
        raise StoredDataDamaged(texts.DAMAGED) from None


def known_account(connection: Connection | None) -> MailAccount | None:
    """The same; nothing where there is nothing to be understood."""
    if connection is None:
        return None
    try:
        return kept_account(connection)
    except StoredDataDamaged:
        return None


class Filled:
    """A definition as it stands now: what was typed, and what is kept where nothing was.

    Attributes:
        errors: What is wrong with fields that hold something, by ``field_id``.
        missing: What is missing before it can be used, one sentence each.
    """

    def __init__(self, draft: Draft) -> None:
        self._kept = kept = known_account(draft.connection)
        before: dict[str, object] = kept.model_dump() if kept else {"security": Security.TLS}
        if kept and kept.port == kept.security.standard_port:
            before["port"] = None
        typed = {name: draft.values.get(name, before.get(name)) for name in ("host", "port", "security", "user")}
        self.host = str(typed["host"] or "").strip().rstrip(".")
        self.user = str(typed["user"] or "").strip()
        self.security = next((one for one in Security if one == typed["security"]), Security.TLS)
        self.port = typed["port"] if isinstance(typed["port"], int | str) else None
        """``None``: the standard one. A text could not be read as a number."""
        self._number = self.port if isinstance(self.port, int) else None if self.port else self.security.standard_port
        self.errors = self._wrong()
        password = draft.values.get("password")
        self.typed = password.get_secret_value() if isinstance(password, SecretStr) else ""
        self._draft = draft
        # A password goes to nobody but the server that it was typed for.
        self.is_kept = kept is not None and draft.connection is not None and draft.connection.has_secret
        self.is_kept = self.is_kept and self.account == kept
        if self.typed and (len(self.typed) > _PASSWORD_LIMIT or _has_controls(self.typed)):
            self.errors["password"] = texts.PASSWORD_UNFIT
        self.missing = tuple(dict.fromkeys((*self.errors.values(), *self._absent())))

    @property
    def account(self) -> MailAccount | None:
        """The mailbox, once everything is filled in but the password."""
        if self._number is None or not (self.host and self.user) or {"host", "port", "user"} & self.errors.keys():
            return None
        return MailAccount(host=self.host, port=self._number, security=self.security, user=self.user)

    @property
    def password(self) -> SecretBytes | None:
        """The one that was typed, or the kept one where it may be used and this machine can open it."""
        if self.typed:
            return SecretBytes(self.typed.encode())
        return self._draft.connection.saved.sealed if self.is_kept and self._draft.connection else None

    @property
    def is_changed(self) -> bool:
        """Whether closing the definition would lose something."""
        if self._kept is None:
            return bool(self.host or self.user or self.port or self.typed)
        return bool(self.typed) or self.account != self._kept

    def _wrong(self) -> dict[str, str]:
        wrong: dict[str, str] = {}
        if self.host and (len(self.host) > 253 or any(one.isspace() or one in "/@\\" for one in self.host)):
            wrong["host"] = texts.HOST_UNFIT
        if self._number is None or not 1 <= self._number <= _MOST_PORT:
            wrong["port"] = texts.PORT_UNFIT
        if _has_controls(self.host) or _has_controls(self.user):
            wrong["user" if _has_controls(self.user) else "host"] = texts.CONTROLS
        return wrong

    def _absent(self) -> tuple[str, ...]:
        absent = []
        if not self.host:
            absent.append(texts.HOST_MISSING)
        if not self.user:
            absent.append(texts.USER_MISSING)
        if not self.typed and not self.is_kept:
            was_kept = self._draft.connection is not None and self._draft.connection.has_secret
            absent.append(texts.PASSWORD_AGAIN if was_kept else texts.PASSWORD_MISSING)
        return tuple(absent)


def _has_controls(text: str) -> bool:
    # A line break inside of a name would end the command and begin another one.
    return any(unicodedata.category(one) in {"Cc", "Cs"} for one in text)
