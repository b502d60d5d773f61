"""A mailbox is reached with the encryption asked for, and each failure says what to do, before a password is sent."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from imap_connections.bounded_imap import Patience
from imap_connections.imap_login import PATIENCE, count_messages, hang_up, passes_by_itself, reach, sign_in
from imap_connections.mail_account import MailAccount, Security

from hostspec import SENTENCE_LIMIT, ConnectionProblem, Remedy
from tests.canaries import canary
from tests.examples.imap_server import USER, ImapServer, Manner
from tests.free_ports import free_port
from tests.plugin.own_authority import OwnAuthority
from tests.plugin.self_signed import self_signed

PASSWORD = canary("password of a mailbox")


@pytest.fixture
def authority(tmp_path: Path) -> OwnAuthority:
    return OwnAuthority(tmp_path, datetime.now(UTC))


@pytest.fixture
def trust(authority: OwnAuthority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority.bundle))


@pytest.fixture
def manner() -> Manner:
    return Manner(PASSWORD)


def account(port: int, security: Security, host: str = "localhost") -> MailAccount:
    return MailAccount(host=host, port=port, security=security, user=USER)


def look(found: MailAccount, trust: ssl.SSLContext, password: str = PASSWORD, patience: Patience = PATIENCE) -> int:
    """Messages in the inbox, after a whole sign-in."""
    mailbox = reach(found, trust, patience)
    try:
        sign_in(mailbox, found, password)
        return count_messages(mailbox, found)
    finally:
        hang_up(mailbox)
        hang_up(mailbox)


def problem(look: Callable[[], object]) -> ConnectionProblem:
    with pytest.raises(ConnectionProblem) as caught:
        look()
    assert len(str(caught.value)) < SENTENCE_LIMIT
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_the_inbox_is_read_over_tls_over_starttls_and_in_the_clear(
    authority: OwnAuthority, trust: ssl.SSLContext, manner: Manner
) -> None:
    with ImapServer(manner, authority.server(), at_once=True) as server:
        assert look(account(server.port, Security.TLS), trust) == 7
    manner.capabilities += " STARTTLS"
    with ImapServer(manner, authority.server()) as server:
        assert look(account(server.port, Security.STARTTLS), trust) == 7
        assert look(account(server.port, Security.NONE), trust) == 7
    assert manner.said[-1] == "LOGOUT"
    assert not any(command.startswith("SELECT") for command in manner.said)


def test_a_password_may_hold_any_character_where_the_server_can_take_it(trust: ssl.SSLContext, manner: Manner) -> None:
    manner.password = 'grüße "\\ 鍵'
    with ImapServer(manner) as server:
        assert look(account(server.port, Security.NONE), trust, manner.password) == 7


def test_servers_that_know_only_the_oldest_sign_in_are_served(trust: ssl.SSLContext, manner: Manner) -> None:
    manner.capabilities = "IMAP4rev1"
    with ImapServer(manner) as server:
        assert look(account(server.port, Security.NONE), trust) == 7
        assert "refuses the password" in str(problem(lambda: look(account(server.port, Security.NONE), trust, "ü")))


def test_a_wrong_password_is_told_as_such_and_lasts(trust: ssl.SSLContext, manner: Manner) -> None:
    with ImapServer(manner) as server:
        told = problem(lambda: look(account(server.port, Security.NONE), trust, "wrong"))
    assert (told.remedy, passes_by_itself(told)) == (Remedy.SIGN_IN_AGAIN, False)
    assert f"refuses the password of {USER}" in str(told)


@pytest.mark.parametrize(
    ("name", "expired", "reason"),
    [("mail.example.com", False, "for another name"), ("localhost", True, "has expired")],
)
def test_a_certificate_that_does_not_fit_ends_it_before_the_password(
    authority: OwnAuthority, trust: ssl.SSLContext, manner: Manner, name: str, expired: bool, reason: str
) -> None:
    manner.capabilities += " STARTTLS"
    for at_once in (True, False):
        security = Security.TLS if at_once else Security.STARTTLS
        with ImapServer(manner, authority.server(name, expired=expired), at_once=at_once) as server:
            told = problem(partial(look, account(server.port, security), trust))
        assert (told.code, passes_by_itself(told)) == ("TLS_UNTRUSTED", False)
        assert reason in str(told)
    assert not any(command.startswith(("AUTH", "LOGIN")) for command in manner.said)


def test_an_authority_that_nobody_knows_is_not_trusted(authority: OwnAuthority, manner: Manner) -> None:
    with ImapServer(manner, authority.server(), at_once=True) as server:
        told = problem(lambda: look(account(server.port, Security.TLS), ssl.create_default_context()))
    assert "does not trust" in str(told)
    assert manner.said == []


def test_a_certificate_signed_by_itself_is_named_until_somebody_trusts_it(tmp_path: Path, manner: Manner) -> None:
    pem = self_signed(tmp_path)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(pem)
    with ImapServer(manner, own, at_once=True) as server:
        found = account(server.port, Security.TLS)
        told = problem(lambda: look(found, ssl.create_default_context()))
        assert "its certificate is signed by itself" in str(told)
        assert manner.said == []
        assert look(found, ssl.create_default_context(cafile=str(pem))) == 7


def test_where_no_tls_is_offered_nothing_is_sent(trust: ssl.SSLContext, manner: Manner) -> None:
    with ImapServer(manner) as server:
        plain = problem(lambda: look(account(server.port, Security.TLS), trust))
        upgrade = problem(lambda: look(account(server.port, Security.STARTTLS), trust))
    assert "speaks no TLS" in str(plain)
    assert "offers no STARTTLS" in str(upgrade)
    assert {plain.remedy, upgrade.remedy} == {Remedy.FIX_SETTINGS}
    assert not any(command.startswith(("AUTH", "LOGIN")) for command in manner.said)


def test_a_server_that_wants_encryption_gets_no_password_without(trust: ssl.SSLContext, manner: Manner) -> None:
    manner.capabilities = "IMAP4rev1 LOGINDISABLED"
    with ImapServer(manner) as server:
        told = problem(lambda: look(account(server.port, Security.NONE), trust))
    assert "takes no password without encryption" in str(told)
    assert manner.said == ["CAPABILITY", "LOGOUT"]


@pytest.mark.parametrize("security", Security)
def test_nobody_waits_for_a_silent_server(
    authority: OwnAuthority, trust: ssl.SSLContext, manner: Manner, security: Security
) -> None:
    manner.is_silent = True
    with ImapServer(manner, authority.server(), at_once=security is Security.TLS) as server:
        told = problem(lambda: look(account(server.port, security), trust, patience=Patience(answer=0.2)))
    assert "did not answer" in str(told)
    assert passes_by_itself(told)


def test_without_tls_where_it_begins_at_once_the_encryption_is_named(
    authority: OwnAuthority, trust: ssl.SSLContext, manner: Manner
) -> None:
    with ImapServer(manner, authority.server(), at_once=True) as server:
        told = problem(lambda: look(account(server.port, Security.NONE), trust, patience=Patience(answer=0.2)))
    assert "Check the port and the encryption" in str(told)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(("greeting", "trickle"), [(b"* OK ", b"."), (b"* OK ready\r\n", b"* OK wait\r\n")])
def test_a_server_that_never_comes_to_an_end_is_left(
    authority: OwnAuthority, trust: ssl.SSLContext, manner: Manner, greeting: bytes, trickle: bytes, at_once: bool
) -> None:
    manner.greeting, manner.trickle = greeting, trickle
    security = Security.TLS if at_once else Security.NONE
    with ImapServer(manner, authority.server(), at_once=at_once) as server:
        told = problem(lambda: look(account(server.port, security), trust, patience=Patience(sign_in=0.3)))
    assert str(told).startswith("localhost answers too slowly: nothing had come of it after 0.3 seconds.")
    assert passes_by_itself(told)


def test_a_session_is_not_limited_as_its_sign_in_is(trust: ssl.SSLContext, manner: Manner) -> None:
    with ImapServer(manner) as server:
        found = account(server.port, Security.NONE)
        mailbox = reach(found, trust)
        assert [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
        sign_in(mailbox, found, PASSWORD)
        mailbox.lift_limit()
        assert not [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
        assert count_messages(mailbox, found) == 7
        hang_up(mailbox)


@pytest.mark.parametrize("place", ["HELLO", "CAPABILITY", "STARTTLS", "AUTHENTICATE", "EXAMINE"])
def test_a_server_that_hangs_up_is_told_as_such_wherever_it_does(
    authority: OwnAuthority, trust: ssl.SSLContext, manner: Manner, place: str
) -> None:
    manner.hangs_up_at, manner.capabilities = place, "IMAP4rev1 AUTH=PLAIN STARTTLS"
    for at_once in (True, False):
        if at_once and place == "STARTTLS":
            continue
        security = Security.TLS if at_once else Security.STARTTLS
        with ImapServer(manner, authority.server(), at_once=at_once) as server:
            told = problem(partial(look, account(server.port, security), trust))
        assert str(told) == "localhost ended the conversation. Nothing was changed; try again later."
        assert passes_by_itself(told)


@pytest.mark.parametrize(
    "greeting",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"220 mail.example.com ESMTP\r\n",
        b"+OK POP3 ready\r\n",
        b"* NO thanks\r\n",
        b"\xff\xfe\x00\x01\r\n",
        b"\r\n",
        b"* OK " + b"x" * 1_100_000 + b"\r\n",
    ],
)
def test_what_is_no_mail_server_is_named_and_gets_no_password(
    trust: ssl.SSLContext, manner: Manner, greeting: bytes
) -> None:
    manner.greeting = greeting
    with ImapServer(manner) as server:
        told = problem(lambda: look(account(server.port, Security.NONE), trust))
    assert "is no IMAP server" in str(told)
    assert not passes_by_itself(told)
    assert not any(command.startswith(("AUTH", "LOGIN")) for command in manner.said)


def test_a_server_that_takes_nobody_right_now_says_nothing_about_the_password(
    trust: ssl.SSLContext, manner: Manner
) -> None:
    manner.refusal = "NO [UNAVAILABLE] the directory is away"
    with ImapServer(manner) as server:
        for capabilities in ("IMAP4rev1 AUTH=PLAIN", "IMAP4rev1"):
            manner.capabilities = capabilities
            told = problem(lambda: look(account(server.port, Security.NONE), trust, "wrong"))
            assert "cannot check the password right now" in str(told)
            assert passes_by_itself(told)
        manner.greeting = b"* BYE too many\r\n"
        told = problem(lambda: look(account(server.port, Security.NONE), trust))
    assert "ended the conversation" in str(told)
    assert passes_by_itself(told)


def test_a_closed_port_and_an_unknown_name_pass_by_themselves(
    trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = problem(lambda: look(account(free_port(), Security.NONE), trust))
    assert "takes no connection" in str(closed)

    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    lost = problem(lambda: look(account(143, Security.NONE, host="imap.example.invalid"), trust))
    assert "no server named imap.example.invalid" in str(lost)
    assert passes_by_itself(closed)
    assert passes_by_itself(lost)
