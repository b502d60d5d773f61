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

    A host shows the text as it is, and decides by ``remedy`` what to offer; ``code`` is for logs and monitoring.

    Args:
        text: One or two plain sentences: what happened, what is safe, what to do.
        code: A stable name for programs; the class's own where none is given.
    """

    default_code: ClassVar[str] = "CAPTURE_ERROR"
    """The ``code`` where none is given."""
    remedy: ClassVar[Remedy] = Remedy.TELL_SUPPORT
    """What a person should do next."""
    reference: str = ""
    """What the other side's support asks for; empty where it names none."""

    def __init__(self, text: str, *, code: str | None = None) -> None:
        if len(text) > SENTENCE_LIMIT:
            text = text[: SENTENCE_LIMIT - 1] + "…"
        super().__init__(text)
        self.code = code or self.default_code


class PluginFailed(CaptureError):
    """A plugin broke its contract; the name of the plugin is known, what it said is in the log.

    A host keeps the document and tries again later; somebody reads the log.
    """

    default_code = "PLUGIN_FAILED"
    remedy = Remedy.TELL_SUPPORT

    def __init__(self, text: str, *, plugin: str, code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.plugin = plugin
        """The name under which it is registered."""


class NotAllowed(CaptureError):
    """The person may not do this here."""

    default_code = "NOT_ALLOWED"
    remedy = Remedy.NOTHING


class ConnectionProblem(CaptureError):
    """A connection cannot do what was asked of it.

    Catch this one around a session: the document is kept, and the ``remedy`` says whether it is worth trying again.
    """

    default_code = "CONNECTION_PROBLEM"


class ConnectionNotFound(ConnectionProblem):
    """No plugin knows this connection any more.

    A host keeps the document and marks the step as not configured; somebody chooses another connection there.
    """

    default_code = "CONNECTION_NOT_FOUND"
    remedy = Remedy.CHOOSE_ANOTHER


class ConnectionInUse(ConnectionProblem):
    """Removal refused, because these usages point to the entry.

    A host lists the usages and offers its usage dialog, where they can be switched to another connection.
    """

    default_code = "CONNECTION_IN_USE"
    remedy = Remedy.CHOOSE_ANOTHER

    def __init__(self, text: str, *, usages: tuple[Usage, ...], code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.usages = usages
        """The places that point to the entry."""


class SignInNeeded(ConnectionProblem):
    """The sign-in no longer works.

    A host keeps its documents and stops trying until ``capture_connections_changed`` names the connection.

    Codes:
        ``SIGN_IN_NEEDED``: nobody has signed in for it yet, or what was signed in does not fit any more.
        ``IDLE_TOO_LONG``: it was not used for so long that the other side ended it.
        ``SUPERSEDED``: it was renewed, and the answer was lost.
        ``REVOKED``: the other side refuses it.
        ``GRANT_DAMAGED``: what is stored of it cannot be read.
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
    """The sign-in lacks a scope (or its user the permission) for this request.

    Other requests may still work. A host keeps the document and stops trying until the connection was changed.
    """

    default_code = "SCOPE_MISSING"
    remedy = Remedy.SIGN_IN_AGAIN

    def __init__(self, text: str, *, scope: str = "", code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.scope = scope
        """What is missing; empty where the other side does not say."""


class TenantMismatch(ConnectionProblem):
    """Another company answered than the one that the entry is pinned to; nothing was sent.

    A host keeps the document and shows both names; it never sends on its own account.
    """

    default_code = "TENANT_MISMATCH"
    remedy = Remedy.CHOOSE_ANOTHER

    def __init__(self, text: str, *, expected: str, found: str, code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.expected = expected
        """The company that the entry is for, as people call it."""
        self.found = found
        """The company that answered."""


class ProviderUnavailable(ConnectionProblem):
    """The other side cannot be reached or asks for patience; nothing is lost.

    A host tries again later by itself, not before ``retry_after``, and with growing pauses.

    Codes:
        ``OFFLINE``: this machine reaches nothing.
        ``XERO_DOWN``: the other side does not answer, or answers nonsense.
        ``RATE_LIMITED``: too many requests were sent.
        ``TLS_UNTRUSTED``: the certificate is not trusted, often because a proxy opens the traffic.
        ``PROXY``: the proxy refuses.
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
    """Somebody cancelled; nothing needs to be said.

    Codes:
        ``SIGN_IN_CANCELLED``: here.
        ``SIGN_IN_DENIED``: in the browser.
    """

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

    Codes:
        ``APP_CONFIG``: the app is not registered as it is defined here.
        ``SCOPES``: a scope does not exist, or was not agreed to.
        ``ID_TOKEN``: who signed in could not be made sure of.
        ``CODE_REFUSED``: the code from the browser was refused.
        ``REFUSED``: refused for a reason that is not named.
    """

    default_code = "APP_CONFIG"
    remedy = Remedy.FIX_SETTINGS


class SecretStoreUnavailable(ConnectionProblem):
    """The key that opens the sealed sign-ins cannot be had on this machine.

    It concerns every connection of this machine, and none elsewhere. A host keeps its documents and tries again later.

    Codes:
        ``KEYRING_MISSING``: there is no keychain that can be used.
        ``KEYRING_LOCKED``: the keychain is locked.
        ``KEYRING_SLOW``: the keychain did not answer in time.
        ``KEYRING_REFUSED``: the keychain, or the key file, refused.
        ``KEY_MISSING``: the key is not on this machine, and sealed sign-ins exist.
    """

    default_code = "KEYRING_MISSING"
    remedy = Remedy.FIX_SETTINGS


class StoreUnavailable(ConnectionProblem):
    """The list of connections cannot be read or written.

    A host keeps its documents and tries again later.

    Codes:
        ``DISK_FULL``: nothing more can be written.
        ``STORE_READONLY``: the file or folder may not be written.
        ``STORE_BUSY``: somebody else wrote for too long.
        ``STORE_NEWER``: a newer version of the program has upgraded the store.
        ``STORE_UNREACHABLE``: the file, or the database server, cannot be reached.
    """

    default_code = "STORE_BUSY"
    remedy = Remedy.FIX_SETTINGS


class StoredDataDamaged(ConnectionProblem):
    """What is stored cannot be understood; it is kept as found.

    A host keeps its documents; somebody restores a backup, or makes the entry anew.
    """

    default_code = "STORE_DAMAGED"
    remedy = Remedy.FIX_SETTINGS
