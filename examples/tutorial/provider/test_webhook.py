from collections.abc import Mapping

from pydantic import SecretStr
from webhook_plugin import make_plugin

from hostspec import FieldValue
from hostspec.testing import ProviderContract


class TestWebhook(ProviderContract):
    type_id = "webhook"
    opens = True

    def make_plugin(self) -> object:
        return make_plugin()

    def values(self) -> Mapping[str, FieldValue]:
        return {"address": "https://example.com/incoming", "key": SecretStr("a key for tests")}
