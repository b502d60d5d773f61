from collections.abc import Iterable

from webhook_provider import WebhookProvider

from hostspec import AddAct, ConnectionType, TypeId, hookimpl

WEBHOOK = TypeId("webhook")


class WebhookPlugin:
    def __init__(self) -> None:
        self._provider = WebhookProvider()

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        add = AddAct.of(WEBHOOK)
        yield ConnectionType(type_id=WEBHOOK, label="Webhook", order=300, provider=self._provider, add=add)


def make_plugin() -> WebhookPlugin:
    """What the entry point names."""
    return WebhookPlugin()
