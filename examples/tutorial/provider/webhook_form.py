from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

from hostspec import ActionField, Draft, FieldValue, Form, SecretField, TextField

ADDRESS = "address"
KEY = "key"
SHOW_EXAMPLE = "show_example"
TYPED = "typed"


def values_of(draft: Draft) -> Mapping[str, FieldValue]:
    """What stands in the fields: before the first drawing, what was saved."""
    if draft.values or draft.connection is None:
        return draft.values
    return {ADDRESS: kept_address(draft.connection.saved.settings.get("address"))}


def address_of(draft: Draft) -> str:
    value = values_of(draft).get(ADDRESS)
    return value if isinstance(value, str) else ""


def key_of(draft: Draft) -> str:
    value = values_of(draft).get(KEY)
    return value.get_secret_value() if isinstance(value, SecretStr) else ""


def kept_address(setting: object) -> str:
    """The address of an entry; empty where its settings cannot be read."""
    return setting if isinstance(setting, str) and not address_problem(setting) else ""


def key_is_kept(draft: Draft) -> bool:
    """Whether the entry has a key for the address that stands in the form."""
    if draft.connection is None or not draft.connection.has_secret:
        return False
    return address_of(draft) == kept_address(draft.connection.saved.settings.get("address"))


def address_problem(address: str) -> str:
    try:
        parts = urlsplit(address)
        fits = parts.scheme == "https" and parts.hostname and address.isprintable() and " " not in address
    except ValueError:
        fits = False
    return "" if fits else "Begin with https:// and the name of the server."


def webhook_form(draft: Draft) -> Form:
    address = address_of(draft)
    return Form(
        fields=(
            TextField(
                field_id=ADDRESS,
                label="Address",
                value=address,
                hint="Where documents are sent, such as https://example.com/incoming.",
                error=address_problem(address) if address else "",
                required=True,
                on_change=TYPED,
            ),
            SecretField(
                field_id=KEY,
                label="Key",
                hint="The other side checks it.",
                on_change=TYPED,
                stored=bool(key_of(draft)) or key_is_kept(draft),
                required=True,
            ),
            ActionField(action_id=SHOW_EXAMPLE, label="Show an example"),
        )
    )
