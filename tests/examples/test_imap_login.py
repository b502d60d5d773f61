"""A mailbox is reached with the encryption asked for, and each failure says what to do, before a password is sent."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from imap_connections.imap_login import count_messages, hang_up, passes_by_itself, reach, sign_in
from imap_connections.mail_account import MailAccount, Security

from hostspec import SENTENCE_LIMIT, ConnectionProblem, Remedy
from tests.canaries import canary
from tests.examples.imap_server import USER, ImapServer, Manner
from tests.free_ports import free_port
from tests.plugin.own_authority import OwnAuthority

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


def look(found: MailAccount, trust: ssl.SSLContext, password: str = PASSWORD, seconds: float = 10.0) -> int:
    """Messages in the inbox, after a whole sign-in."""
    mailbox = reach(found, trust, seconds)
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


def test_what_is_no_mail_server_is_told_from_one_that_hangs_up(trust: ssl.SSLContext, manner: Manner) -> None:
    manner.greeting = b"SSH-2.0-OpenSSH_9.2\r\n"
    with ImapServer(manner) as server:
        assert "is no IMAP server" in str(problem(lambda: look(account(server.port, Security.NONE), trust)))
    manner.greeting, manner.hangs_up_at = b"* OK ready\r\n", "AUTHENTICATE"
    with ImapServer(manner) as server:
        told = problem(lambda: look(account(server.port, Security.NONE), trust))
    assert "ended the conversation" in str(told)
    assert passes_by_itself(told)


def test_nobody_waits_for_a_silent_server(trust: ssl.SSLContext, manner: Manner) -> None:
    manner.is_silent = True
    with ImapServer(manner) as server:
        told = problem(lambda: look(account(server.port, Security.NONE), trust, seconds=0.2))
    assert "did not answer" in str(told)
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
