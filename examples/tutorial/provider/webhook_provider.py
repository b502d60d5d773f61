from collections.abc import Mapping, Sequence

from pydantic import SecretBytes
from webhook_form import SHOW_EXAMPLE, address_of, address_problem, kept_address, key_is_kept, key_of, webhook_form
from webhook_session import WebhookSession

from hostspec import (
    Connection,
    ConnectionId,
    ConnectionProblem,
    ConnectionRef,
    ConnectionStatus,
    ConnectionSummary,
    Draft,
    Fact,
    Form,
    MessageBox,
    RemovalChoice,
    SavedConnection,
    Session,
    ShowMessage,
    SignInNeeded,
    Step,
    StoredDataDamaged,
    Tone,
    UserAct,
)


class WebhookProvider:
    """The connection type Webhook; satisfies ``hostspec.ConnectionProvider``."""

    def form(self, draft: Draft) -> Form:
        return webhook_form(draft)

    def act(self, draft: Draft, act: UserAct) -> Step | None:
        if act.action_id == SHOW_EXAMPLE:
            text = 'Each document is sent as JSON, such as {"number": "INV-7", "total": "120.00"}.'
            return ShowMessage(message=MessageBox(title="What is sent", text=text))
        return None

    def obstacles(self, draft: Draft) -> tuple[str, ...]:
        found = []
        if address_problem(address_of(draft)):
            found.append("Type the address of the other side first.")
        if not key_of(draft) and not key_is_kept(draft):
            found.append("Type the key that the other side expects.")
        return tuple(found)

    def unsaved(self, draft: Draft) -> bool:
        before = draft.model_copy(update={"values": {}})
        return bool(key_of(draft)) or address_of(draft) != address_of(before)

    def consequences(self, draft: Draft) -> tuple[str, ...]:
        before = draft.model_copy(update={"values": {}})
        if draft.connection is not None and address_of(draft) != address_of(before):
            return (f"From now on documents go to {address_of(draft)}.",)
        return ()

    def save(self, draft: Draft) -> SavedConnection:
        obstacles = self.obstacles(draft)
        if obstacles:
            raise ConnectionProblem(" ".join(obstacles))
        key = SecretBytes(key_of(draft).encode()) if key_of(draft) else None
        if key is None and draft.connection is not None:
            key = draft.connection.saved.sealed
        address = address_of(draft)
        return SavedConnection(settings={"address": address}, subtitle=address, sealed=key)

    def close(self, draft_id: str) -> None:
        pass

    def summary(self, connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        return {one.connection_id: self._summary(one) for one in connections}

    def _summary(self, connection: Connection) -> ConnectionSummary:
        address = kept_address(connection.saved.settings.get("address"))
        if address and connection.has_secret:
            return ConnectionSummary(
                status=ConnectionStatus.READY, status_text="Ready", tone=Tone.GOOD, subtitle=address
            )
        return ConnectionSummary(
            status=ConnectionStatus.NEEDS_SIGN_IN,
            status_text="Needs its settings",
            tone=Tone.BAD,
            cause="What was kept cannot be read. Edit the connection and type it again.",
            subtitle=address,
        )

    def details(self, connection: Connection) -> tuple[Fact, ...]:
        address = kept_address(connection.saved.settings.get("address"))
        return (Fact(label="Address", text=address or "Not known", monospace=True),)

    def open(self, connection: Connection) -> Session:
        address = kept_address(connection.saved.settings.get("address"))
        if not address:
            raise StoredDataDamaged("The address of this connection cannot be read. Edit the connection.")
        if connection.saved.sealed is None:
            raise SignInNeeded("The key of this connection is missing. Edit the connection and type it again.")
        named = ConnectionRef(
            connection_id=connection.connection_id,
            type_id=connection.type_id,
            display_name=connection.display_name,
        )
        return WebhookSession(named, address, connection.saved.sealed.get_secret_value().decode())

    def removal_choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        return ()

    def forget(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        return ()
