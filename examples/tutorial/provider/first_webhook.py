from hostspec import CONNECTIONS_TAB, AddAct, ConnectionType, TypeId, UserAct, hookimpl


class FirstPlugin:
    @hookimpl
    def capture_connection_types(self):
        add = AddAct(tab_id=CONNECTIONS_TAB, act=UserAct(action_id="add", values={"type_id": "webhook"}))
        yield ConnectionType(type_id=TypeId("webhook"), label="Webhook", order=300, provider=object(), add=add)
