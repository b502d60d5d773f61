"""Mailboxes keep the rules for connection types."""

from collections.abc import Mapping

from imap_connections.imap_plugin import ImapPlugin, make_plugin
from pydantic import SecretStr

from hostspec.forms import FieldValue
from hostspec.testing.provider_contract import ProviderContract
from tests.canaries import canary


class TestMailboxes(ProviderContract):
    type_id = "imap"

    def make_plugin(self) -> ImapPlugin:
        return make_plugin()

    def values(self) -> Mapping[str, FieldValue]:
        return {
            "host": "localhost",
            "security": "starttls",
            "port": 9,
            "user": "ada@example.com",
            "password": SecretStr(canary("password of a mailbox")),
        }
