from collections.abc import Iterable

from webhook_provider import WebhookProvider

from hostspec import CONNECTIONS_TAB, AddAct, ConnectionType, TypeId, UserAct, hookimpl

ADD = AddAct(tab_id=CONNECTIONS_TAB, act=UserAct(action_id="add", values={"type_id": "webhook"}))


class WebhookPlugin:
    def __init__(self) -> None:
        self._provider = WebhookProvider()

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        yield ConnectionType(type_id=TypeId("webhook"), label="Webhook", order=300, provider=self._provider, add=ADD)


def make_plugin() -> WebhookPlugin:
    """What the entry point names."""
    return WebhookPlugin()
