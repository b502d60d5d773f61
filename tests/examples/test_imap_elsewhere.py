"""Mailboxes on a mail server that others wrote: pymap, in a process of its own."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from imap_connections.imap_login import count_messages, hang_up, reach, sign_in
from imap_connections.mail_account import MailAccount, Security

from hostspec import ConnectionProblem, ProviderUnavailable, SignInNeeded
from tests.free_ports import free_port
from tests.plugin.own_authority import OwnAuthority

USER, PASSWORD = "demouser", "demopass"
"""What pymap's demonstration has."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OwnAuthority:
    return OwnAuthority(tmp_path_factory.mktemp("authority"), datetime.now(UTC))


@pytest.fixture(scope="module")
def trust(authority: OwnAuthority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority.bundle))


@pytest.fixture(scope="module")
def port(authority: OwnAuthority) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-c", "from pymap.main import main; main()", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--cert", str(authority.chain()), "dict", "--demo-data"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            assert answers(port, process), "pymap did not start"
            yield port
        finally:
            process.kill()


def answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    pause = threading.Event()
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None:
                return False
            pause.wait(0.05)
        else:
            return True
    return False


def look(found: MailAccount, trust: ssl.SSLContext, password: str = PASSWORD) -> int:
    """Messages in the inbox, after a whole sign-in."""
    mailbox = reach(found, trust)
    try:
        sign_in(mailbox, found, password)
        return count_messages(mailbox, found)
    finally:
        hang_up(mailbox)


def test_a_mailbox_is_read_and_each_failure_is_told_as_what_it_is(port: int, trust: ssl.SSLContext) -> None:
    upgraded = MailAccount(host="localhost", port=port, security=Security.STARTTLS, user=USER)
    assert look(upgraded, trust) == 4
    assert look(upgraded.model_copy(update={"security": Security.NONE}), trust) == 4
    failures: tuple[tuple[MailAccount, ssl.SSLContext, str, type[ConnectionProblem], str], ...] = (
        (upgraded, trust, "wrong", SignInNeeded, "refuses the password of demouser"),
        (
            upgraded.model_copy(update={"user": "nobody"}),
            trust,
            PASSWORD,
            SignInNeeded,
            "refuses the password of nobody",
        ),
        (upgraded, ssl.create_default_context(), PASSWORD, ProviderUnavailable, "does not trust"),
        (upgraded.model_copy(update={"security": Security.TLS}), trust, PASSWORD, ConnectionProblem, "speaks no TLS"),
    )
    for found, trusted, password, kind, sentence in failures:
        with pytest.raises(kind, match=sentence):
            look(found, trusted, password)


def test_the_inbox_is_as_new_as_before_it_was_counted(port: int, trust: ssl.SSLContext) -> None:
    found = MailAccount(host="localhost", port=port, security=Security.STARTTLS, user=USER)
    look(found, trust)
    mailbox = reach(found, trust)
    sign_in(mailbox, found, PASSWORD)
    assert mailbox.status("INBOX", "(RECENT)")[1] == [b"INBOX (RECENT 1)"]
    hang_up(mailbox)
