"""The only errors that may cross a hook, sorted by what the person should do next.

::

    CaptureError                      code, remedy; str(error) is a sentence fit for a user
      PluginFailed                    TELL_SUPPORT
      NotAllowed                      NOTHING
      ConnectionProblem
        ConnectionNotFound            CHOOSE_ANOTHER
        ConnectionInUse               CHOOSE_ANOTHER
        SignInNeeded                  SIGN_IN_AGAIN
        NoTenant                      CHOOSE_ANOTHER
        AccessWithdrawn               SIGN_IN_AGAIN
        ScopeMissing                  SIGN_IN_AGAIN
        TenantMismatch                CHOOSE_ANOTHER
        ProviderUnavailable           RETRY_LATER
        SignInFailed                  RETRY_LATER
          SignInCancelled             NOTHING
          SignInTimedOut              RETRY_LATER
          SignInRunning               RETRY_LATER
          CallbackPortBusy            FIX_SETTINGS
          SignInRejected              FIX_SETTINGS
        SecretStoreUnavailable        FIX_SETTINGS
        StoreUnavailable              FIX_SETTINGS
        StoredDataDamaged             FIX_SETTINGS
"""

from typing import ClassVar, Final

from hostspec.usages import Usage
from hostspec.value import Remedy

SENTENCE_LIMIT: Final = 300
"""Longest text of an error, in characters; longer ones are cut with an ellipsis."""


class CaptureError(Exception):
    """Something went wrong that a person can understand; ``str()`` is fit to show, and holds no secret.

    Args:
        text: One or two plain sentences: what happened, what is safe, what to do.
        code: A stable name for programs; the class's own where none is given.
    """

    default_code: ClassVar[str] = "CAPTURE_ERROR"
    remedy: ClassVar[Remedy] = Remedy.TELL_SUPPORT
    reference: str = ""
    """What the other side's support asks for; empty where it names none."""

    def __init__(self, text: str, *, code: str | None = None) -> None:
        if len(text) > SENTENCE_LIMIT:
            text = text[: SENTENCE_LIMIT - 1] + "…"
        super().__init__(text)
        self.code = code or self.default_code


class PluginFailed(CaptureError):
    """A plugin broke its contract; the name of the plugin is known, what it said is in the log."""

    default_code = "PLUGIN_FAILED"
    remedy = Remedy.TELL_SUPPORT

    def __init__(self, text: str, *, plugin: str, code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.plugin = plugin


class NotAllowed(CaptureError):
    """The person may not do this here."""

    default_code = "NOT_ALLOWED"
    remedy = Remedy.NOTHING


class ConnectionProblem(CaptureError):
    """A connection cannot do what was asked of it."""

    default_code = "CONNECTION_PROBLEM"


class ConnectionNotFound(ConnectionProblem):
    """No plugin knows this connection any more."""

    default_code = "CONNECTION_NOT_FOUND"
    remedy = Remedy.CHOOSE_ANOTHER


class ConnectionInUse(ConnectionProblem):
    """Removal refused, because these usages point to the entry."""

    default_code = "CONNECTION_IN_USE"
    remedy = Remedy.CHOOSE_ANOTHER

    def __init__(self, text: str, *, usages: tuple[Usage, ...], code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.usages = usages


class SignInNeeded(ConnectionProblem):
    """The sign-in no longer works.

    Codes: ``SIGN_IN_NEEDED``, ``IDLE_TOO_LONG``, ``SUPERSEDED``, ``REVOKED``, ``GRANT_DAMAGED``.
    """

    default_code = "SIGN_IN_NEEDED"
    remedy = Remedy.SIGN_IN_AGAIN


class NoTenant(ConnectionProblem):
    """The sign-in works and reaches no company."""

    default_code = "NO_TENANT"
    remedy = Remedy.CHOOSE_ANOTHER


class AccessWithdrawn(ConnectionProblem):
    """The sign-in works, but the tenant no longer allows the app."""

    default_code = "ACCESS_WITHDRAWN"
    remedy = Remedy.SIGN_IN_AGAIN


class ScopeMissing(ConnectionProblem):
    """The sign-in lacks a scope (or its user the permission) for this request."""

    default_code = "SCOPE_MISSING"
    remedy = Remedy.SIGN_IN_AGAIN

    def __init__(self, text: str, *, scope: str = "", code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.scope = scope


class TenantMismatch(ConnectionProblem):
    """Another company answered than the one that the entry is pinned to; nothing was sent."""

    default_code = "TENANT_MISMATCH"
    remedy = Remedy.CHOOSE_ANOTHER

    def __init__(self, text: str, *, expected: str, found: str, code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.expected = expected
        self.found = found


class ProviderUnavailable(ConnectionProblem):
    """The other side cannot be reached or asks for patience; nothing is lost.

    Codes: ``OFFLINE``, ``XERO_DOWN``, ``RATE_LIMITED``, ``TLS_UNTRUSTED``, ``PROXY``.
    """

    default_code = "OFFLINE"
    remedy = Remedy.RETRY_LATER

    def __init__(self, text: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(text, code=code)
        self.retry_after = retry_after
        """Seconds to wait before another try, where the other side said so."""


class SignInFailed(ConnectionProblem):
    """A sign-in ended without a grant; what was stored before is as it was."""

    default_code = "SIGN_IN_FAILED"
    remedy = Remedy.RETRY_LATER


class SignInCancelled(SignInFailed):
    """Somebody cancelled: here (``SIGN_IN_CANCELLED``) or in the browser (``SIGN_IN_DENIED``)."""

    default_code = "SIGN_IN_CANCELLED"
    remedy = Remedy.NOTHING


class SignInTimedOut(SignInFailed):
    """Nothing came back from the browser within the limit."""

    default_code = "SIGN_IN_TIMEOUT"
    remedy = Remedy.RETRY_LATER


class SignInRunning(SignInFailed):
    """Somebody else is signing in on the same port or entry right now."""

    default_code = "SIGN_IN_RUNNING"
    remedy = Remedy.RETRY_LATER


class CallbackPortBusy(SignInFailed):
    """Every registered port is taken by another program."""

    default_code = "PORT_BUSY"
    remedy = Remedy.FIX_SETTINGS


class SignInRejected(SignInFailed):
    """The other side refuses the app or its settings.

    Codes: ``APP_CONFIG``, ``SCOPES``, ``ID_TOKEN``, ``CODE_REFUSED``, ``REFUSED``.
    """

    default_code = "APP_CONFIG"
    remedy = Remedy.FIX_SETTINGS


class SecretStoreUnavailable(ConnectionProblem):
    """The key that opens the sealed sign-ins cannot be had on this machine.

    Codes: ``KEYRING_MISSING``, ``KEYRING_LOCKED``, ``KEYRING_SLOW``, ``KEYRING_REFUSED``, ``KEY_MISSING``.
    """

    default_code = "KEYRING_MISSING"
    remedy = Remedy.FIX_SETTINGS


class StoreUnavailable(ConnectionProblem):
    """The list of connections cannot be read or written.

    Codes: ``DISK_FULL``, ``STORE_READONLY``, ``STORE_BUSY``, ``STORE_NEWER``, ``STORE_UNREACHABLE``.
    """

    default_code = "STORE_BUSY"
    remedy = Remedy.FIX_SETTINGS


class StoredDataDamaged(ConnectionProblem):
    """What is stored cannot be understood; it is kept as found."""

    default_code = "STORE_DAMAGED"
    remedy = Remedy.FIX_SETTINGS
