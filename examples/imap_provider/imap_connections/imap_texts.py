"""Everything that this package says to people."""

from __future__ import annotations

from typing import Final

HOST: Final = "Server"
HOST_HINT: Final = "The name that your mail provider gives, such as imap.example.com."
HOST_MISSING: Final = "Enter the name of the mail server."
HOST_UNFIT: Final = "This is no name of a server. Enter it as imap.example.com, without an address around it."
SECURITY: Final = "Encryption"
SECURITY_LABELS: Final = {
    "tls": "TLS",
    "starttls": "STARTTLS",
    "none": "None",
}
PORT: Final = "Port"
PORT_UNFIT: Final = "A port is a number from 1 to 65535. Leave the field empty for the usual one."
USER: Final = "User name"
USER_HINT: Final = "Often the whole mail address."
USER_MISSING: Final = "Enter the user name of the mailbox."
PASSWORD: Final = "Password"
PASSWORD_HINT: Final = "Many providers want an app password here, made in their security settings."
PASSWORD_MISSING: Final = "Enter the password of the mailbox."
PASSWORD_AGAIN: Final = "Enter the password again: the kept one goes only to the server that it was typed for."
PASSWORD_UNFIT: Final = "This password is too long or holds characters that cannot be typed. Type it anew."
CONTROLS: Final = "This holds characters that cannot be typed. Type it instead of pasting it."
UNENCRYPTED: Final = "Without encryption everybody on the way can read the password and the mails."

CONNECT_TEST: Final = "Connect test"
CONNECT_TEST_TEXT: Final = "Signs in once and looks into the inbox. Nothing is changed there."
TESTING: Final = "Connect test"
STOP: Final = "Cancel"
STOPPED: Final = "The test was cancelled. Nothing is known about the mailbox."
KEY_AWAY: Final = "This machine cannot open the kept password right now. Type it once more to test it here."
DAMAGED: Final = "What is kept about this mailbox cannot be understood. It is kept as found; fill it in once more."
BROKEN: Final = "The test ended with a fault of this program. Nothing was changed; tell support."

READY: Final = "Ready"
UNTESTED: Final = "Not tested"
UNTESTED_CAUSE: Final = "Nobody has signed in to this mailbox from here yet."
NEEDS_PASSWORD: Final = "Needs password"
CHECK_SETTINGS: Final = "Check settings"
UNREACHABLE: Final = "Unreachable"
NO_PASSWORD_KEPT: Final = "No password is kept for this mailbox."
TYPE_PASSWORD: Final = "Enter password"
OPEN_SETTINGS: Final = "Open settings"
TEST_NOW: Final = "Test now"

PASSWORD_KEPT: Final = "Kept, sealed"
PASSWORD_NOT_KEPT: Final = "None"

CHECK_SERVER: Final = "Server"
CHECK_ENCRYPTION: Final = "Encryption"
CHECK_SIGN_IN: Final = "Sign-in"
CHECK_INBOX: Final = "Inbox"
UNENCRYPTED_POINT: Final = "None"
NOT_LOOKED_AT: Final = "Not looked at."


def subtitle(user: str, host: str) -> str:
    return f"{user} on {host}"


def port_hint(port: int) -> str:
    return f"Leave empty for {port}."


def consequence(host: str) -> str:
    return f"The password and all mails travel to {host} without encryption."


def testing(host: str) -> str:
    return f"Signing in at {host} …"


def works(messages: int) -> str:
    return f"The sign-in works. The inbox holds {messages:,} {'message' if messages == 1 else 'messages'}."


def signed_in_as(user: str) -> str:
    return f"Signed in as {user}."


def inbox_holds(messages: int) -> str:
    return f"{messages:,} {'message' if messages == 1 else 'messages'}"


def name_not_found(host: str) -> str:
    return f"There is no server named {host}, or this machine is offline. Check the name and the network."


def refused(host: str, port: int) -> str:
    return f"{host} takes no connection on port {port}. Check the port and the encryption, or try again later."


def no_answer(host: str, port: int, seconds: float) -> str:
    return (
        f"{host} did not answer on port {port} within {seconds:g} seconds. A firewall may be in between. Check the "
        "port and the encryption, or try again later."
    )


def unreachable(host: str) -> str:
    return f"{host} cannot be reached from this machine right now. Check the network and try again."


def hung_up(host: str) -> str:
    return f"{host} ended the conversation. Nothing was changed; try again later."


def certificate(host: str, reason: str) -> str:
    return (
        f"{host} cannot prove its identity: {reason}. The password was not sent. Check the name, or ask whoever runs "
        "the server."
    )


def no_tls(host: str, port: int) -> str:
    return f"{host} speaks no TLS on port {port}. The password was not sent. Choose STARTTLS, or the port for TLS."


def no_starttls(host: str, port: int) -> str:
    return f"{host} offers no STARTTLS on port {port}. The password was not sent. Choose TLS, or another port."


def wants_encryption(host: str) -> str:
    return f"{host} takes no password without encryption. It was not sent. Choose TLS or STARTTLS."


def no_imap(host: str, port: int) -> str:
    return f"What answers at {host} on port {port} is no IMAP server. The password was not sent. Check the port."


def wrong_password(host: str, user: str) -> str:
    return f"{host} refuses the password of {user}. Enter it again; many providers want an app password here."


def not_now(host: str) -> str:
    return f"{host} cannot check the password right now. Nothing was changed; try again later."


def no_inbox(host: str) -> str:
    return f"The sign-in at {host} works, but the inbox cannot be opened. Ask whoever runs the server."


def no_end(host: str, seconds: float) -> str:
    return f"{host} answers too slowly: nothing had come of it after {seconds:g} seconds. Try again later."
