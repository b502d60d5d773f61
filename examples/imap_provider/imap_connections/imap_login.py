"""How is a mailbox signed in to? imaplib with time limits and checked certificates; failures come as sentences."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from hostspec import ConnectionProblem, ProviderUnavailable, SignInNeeded, SignInRejected
from imap_connections import imap_texts as texts
from imap_connections.bounded_imap import BoundedImap, BoundedTls, Patience, TooSlow
from imap_connections.mail_account import Security

if TYPE_CHECKING:
    from types import TracebackType

    from hostspec import ConnectionRef
    from imap_connections.mail_account import MailAccount

PATIENCE: Final = Patience()

_REASONS: Final = {
    10: "its certificate has expired",
    18: "its certificate is signed by itself",
    19: "its certificate comes from an authority that this machine does not trust",
    20: "its certificate comes from an authority that this machine does not trust",
    62: "its certificate is for another name",
    64: "its certificate is for another name",
}
"""By OpenSSL's numbers (X509_V_ERR)."""

_NOT_NOW: Final = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\b")
"""What a refusal says that is not about the password (RFC 5530 section 3)."""


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
        """Not shared between threads. An answer that does not come within ten seconds ends it."""
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
    """Take leave, whatever the server makes of it, within the time for an answer; doing it twice is harmless."""
    with suppress(OSError, imaplib.IMAP4.error):
        mailbox.logout()
    with suppress(OSError):
        mailbox.shutdown()


def reach(account: MailAccount, trust: ssl.SSLContext, patience: Patience = PATIENCE) -> BoundedImap:
    """A server that has greeted, with the encryption that was asked for; nobody is signed in yet.

    Args:
        account: Where, and how the way is protected.
        trust: By which certificates are checked.
        patience: How long to wait; call ``lift_limit`` once somebody is signed in.

    Raises:
        ProviderUnavailable: It cannot be reached; ``TLS_UNTRUSTED``: it cannot prove who it is.
        SignInRejected: It does not speak as the settings say.
    """
    host, port = account.host, account.port
    try:
        if account.security is Security.TLS:
            return BoundedTls(host, port, trust, patience)
        mailbox = BoundedImap(host, port, patience)
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
        raise _explained(failure, account, patience) from None


def sign_in(mailbox: BoundedImap, account: MailAccount, password: str) -> None:
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
        raise _explained(failure, account, mailbox.patience) from None
    except (imaplib.IMAP4.error, UnicodeError) as refusal:
        if _NOT_NOW.search(str(refusal)):
            raise ProviderUnavailable(texts.not_now(account.host)) from None
        raise SignInNeeded(texts.wrong_password(account.host, account.user)) from None


def count_messages(mailbox: BoundedImap, account: MailAccount) -> int:
    """How many messages the inbox holds; reads only.

    Raises:
        ConnectionProblem: The inbox cannot be opened, or the way broke.
    """
    try:
        answer, data = mailbox.select("INBOX", readonly=True)
        if answer == "OK" and data and data[0] is not None and data[0].isdigit():
            return int(data[0])
    except (imaplib.IMAP4.error, OSError) as failure:
        raise _explained(failure, account, mailbox.patience) from None
    raise ConnectionProblem(texts.no_inbox(account.host))


def passes_by_itself(problem: ConnectionProblem) -> bool:
    """Whether a problem says nothing about the entry."""
    return isinstance(problem, ProviderUnavailable) and problem.code != "TLS_UNTRUSTED"


def _explained(failure: Exception, account: MailAccount, patience: Patience) -> ConnectionProblem:
    """The failure as a sentence; what a server said is never quoted."""
    host, port = account.host, account.port
    match failure:
        case ConnectionProblem():
            return failure
        case ssl.SSLCertVerificationError(verify_code=number):
            reason = _REASONS.get(number, "its certificate cannot be verified")
            return ProviderUnavailable(texts.certificate(host, reason), code="TLS_UNTRUSTED")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return ProviderUnavailable(texts.hung_up(host))
        case ssl.SSLError():
            return SignInRejected(texts.no_tls(host, port), code="REFUSED")
        case socket.gaierror() | UnicodeError():
            return ProviderUnavailable(texts.name_not_found(host))
        case ConnectionRefusedError():
            return ProviderUnavailable(texts.refused(host, port))
        case TooSlow():
            return ProviderUnavailable(texts.no_end(host, patience.sign_in))
        case TimeoutError():
            return ProviderUnavailable(texts.no_answer(host, port, patience.answer))
        case imaplib.IMAP4.abort() if "unexpected response" in str(failure):
            return SignInRejected(texts.no_imap(host, port), code="REFUSED")
        case imaplib.IMAP4.abort() | ConnectionError():
            return ProviderUnavailable(texts.hung_up(host))
        case imaplib.IMAP4.error() if "* BYE" in str(failure):
            # The greeting of a server that takes nobody right now (RFC 9051 section 7.1.5).
            return ProviderUnavailable(texts.hung_up(host))
        case OSError():
            return ProviderUnavailable(texts.unreachable(host))
        case _:
            return SignInRejected(texts.no_imap(host, port), code="REFUSED")
