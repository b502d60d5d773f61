"""How is a mailbox signed in to? imaplib with time limits and checked certificates; failures come as sentences."""

from __future__ import annotations

import imaplib
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from hostspec import ConnectionProblem, ProviderUnavailable, SignInNeeded, SignInRejected
from imap_connections import imap_texts as texts
from imap_connections.mail_account import Security

if TYPE_CHECKING:
    from types import TracebackType

    from hostspec import ConnectionRef
    from imap_connections.mail_account import MailAccount

SECONDS: Final = 10.0
"""For each answer of the server."""

_REASONS: Final = {
    10: "its certificate has expired",
    18: "its certificate is signed by itself",
    19: "its certificate comes from an authority that this machine does not trust",
    20: "its certificate comes from an authority that this machine does not trust",
    62: "its certificate is for another name",
}
"""By OpenSSL's numbers (X509_V_ERR)."""


class MailboxSession:
    """An open mailbox: a ``hostspec.Session`` whose ``mailbox`` is signed in."""

    def __init__(self, connection: ConnectionRef, mailbox: imaplib.IMAP4) -> None:
        self._connection = connection
        self._mailbox = mailbox

    @property
    def connection(self) -> ConnectionRef:
        return self._connection

    @property
    def mailbox(self) -> imaplib.IMAP4:
        """Not shared between threads."""
        return self._mailbox

    def close(self) -> None:
        hang_up(self._mailbox)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def hang_up(mailbox: imaplib.IMAP4) -> None:
    """Take leave, whatever the server makes of it; doing it twice is harmless."""
    with suppress(OSError, imaplib.IMAP4.error):
        mailbox.logout()
    with suppress(OSError):
        mailbox.shutdown()


def reach(account: MailAccount, trust: ssl.SSLContext, seconds: float = SECONDS) -> imaplib.IMAP4:
    """A server that has greeted, with the encryption that was asked for; nobody is signed in yet.

    Raises:
        ProviderUnavailable: It cannot be reached; ``TLS_UNTRUSTED``: it cannot prove who it is.
        SignInRejected: It does not speak as the settings say.
    """
    host, port = account.host, account.port
    try:
        if account.security is Security.TLS:
            return imaplib.IMAP4_SSL(host, port, ssl_context=trust, timeout=seconds)
        mailbox = imaplib.IMAP4(host, port, timeout=seconds)
        if account.security is Security.STARTTLS:
            try:
                if "STARTTLS" not in mailbox.capabilities:
                    raise SignInRejected(texts.no_starttls(host, port), code="REFUSED")
                mailbox.starttls(trust)
            except BaseException:
                with suppress(OSError):
                    mailbox.shutdown()
                raise
        return mailbox
    except (OSError, imaplib.IMAP4.error, UnicodeError) as failure:
        raise _explained(failure, account, seconds) from None


def sign_in(mailbox: imaplib.IMAP4, account: MailAccount, password: str) -> None:
    """Sign in; the password goes out only where the settings' encryption stands.

    Raises:
        ConnectionProblem: It was refused, or the way broke.
    """
    if "LOGINDISABLED" in mailbox.capabilities:
        raise SignInRejected(texts.wants_encryption(account.host), code="REFUSED")
    try:
        if "AUTH=PLAIN" in mailbox.capabilities:
            # RFC 4616; unlike LOGIN it takes any character.
            mailbox.authenticate("PLAIN", lambda _: f"\0{account.user}\0{password}".encode())
        else:
            mailbox.login(account.user, password)
    except (imaplib.IMAP4.abort, OSError) as failure:
        raise _explained(failure, account, SECONDS) from None
    except (imaplib.IMAP4.error, UnicodeError):
        raise SignInNeeded(texts.wrong_password(account.host, account.user)) from None


def count_messages(mailbox: imaplib.IMAP4, account: MailAccount) -> int:
    """How many messages the inbox holds; reads only.

    Raises:
        ConnectionProblem: The inbox cannot be opened, or the way broke.
    """
    try:
        answer, data = mailbox.select("INBOX", readonly=True)
        if answer == "OK" and data and data[0] is not None and data[0].isdigit():
            return int(data[0])
    except (imaplib.IMAP4.error, OSError) as failure:
        raise _explained(failure, account, SECONDS) from None
    raise ConnectionProblem(texts.no_inbox(account.host))


def passes_by_itself(problem: ConnectionProblem) -> bool:
    """Whether a problem says nothing about the entry."""
    return isinstance(problem, ProviderUnavailable) and problem.code != "TLS_UNTRUSTED"


def _explained(failure: Exception, account: MailAccount, seconds: float) -> ConnectionProblem:
    """The failure as a sentence; what a server said is never quoted."""
    host, port = account.host, account.port
    match failure:
        case ConnectionProblem():
            return failure
        case ssl.SSLCertVerificationError(verify_code=number):
            reason = _REASONS.get(number, "its certificate cannot be verified")
            return ProviderUnavailable(texts.certificate(host, reason), code="TLS_UNTRUSTED")
        case ssl.SSLError():
            return SignInRejected(texts.no_tls(host, port), code="REFUSED")
        case socket.gaierror() | UnicodeError():
            return ProviderUnavailable(texts.name_not_found(host))
        case ConnectionRefusedError():
            return ProviderUnavailable(texts.refused(host, port))
        case TimeoutError():
            return ProviderUnavailable(texts.no_answer(host, port, seconds))
        case imaplib.IMAP4.abort() if "unexpected response" in str(failure):
            return SignInRejected(texts.no_imap(host, port), code="REFUSED")
        case imaplib.IMAP4.abort() | ConnectionError() | EOFError():
            return ProviderUnavailable(texts.hung_up(host))
        case OSError():
            return ProviderUnavailable(texts.unreachable(host))
        case _:
            return SignInRejected(texts.no_imap(host, port), code="REFUSED")
