from hostspec import AddAct, ConnectionType, TypeId, hookimpl

WEBHOOK = TypeId("webhook")


class FirstPlugin:
    @hookimpl
    def capture_connection_types(self):
        add = AddAct.of(WEBHOOK)
        yield ConnectionType(type_id=WEBHOOK, label="Webhook", order=300, provider=object(), add=add)
