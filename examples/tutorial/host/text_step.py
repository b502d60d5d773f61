from hostspec import (
    ChoiceQuery,
    ConnectionChoice,
    ConnectionId,
    ConnectionNotFound,
    ConnectionProblem,
    Hooks,
    HttpSession,
    TypeId,
)

XERO = TypeId("xero")


def offered(hooks: Hooks, selected: ConnectionId | None = None, search: str = "") -> tuple[ConnectionChoice, ...]:
    """What the dropdown of the step shows."""
    return hooks.connection_choices(ChoiceQuery(type_ids=(XERO,), selected_id=selected, search=search)).items


def export(hooks: Hooks, connection_id: ConnectionId, number: str, name: str) -> None:
    """File a captured business card as a contact.

    Raises:
        CaptureError: It was not filed; the sentence says why.
    """
    if not connection_id:
        raise ConnectionNotFound("The profile has no connection yet, so nothing was sent. Choose one in its step.")
    contact = {"ContactNumber": number, "Name": name}
    with hooks.open_session(connection_id) as session:
        if not isinstance(session, HttpSession):
            raise ConnectionProblem("This connection takes no contacts. Choose another in the step's settings.")
        answer = session.http.post(f"{session.base_url}Contacts", json={"Contacts": [contact]})
    if not answer.ok:
        raise ConnectionProblem(f"The contact was refused ({answer.status_code}). Look at its name.")
