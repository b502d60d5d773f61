"""Who signed in? Read from the access token, unverified: it names the grant and is never a reason to trust anybody."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.connections.definition import plain_text
from xero_connections_plugin.oauth.grant import Identity

if TYPE_CHECKING:
    from pydantic import SecretStr

_LARGEST_PAYLOAD: Final = 64 * 1024
_ID: Final = re.compile(r"[\x20-\x7e]{1,200}")


def read_identity(access_token: SecretStr, *, account: str, unknown_user: str) -> Identity:
    """The Xero user and the consent that a token belongs to.

    Xero puts ``xero_userid`` and ``authentication_event_id`` into the access token, not into the id token.

    Args:
        access_token: A JWT, as Xero documents it; anything else makes the user unknown.
        account: A name to show, when an id token told one; made fit to be shown here.
        unknown_user: The user id to use when the token does not say: unique, so that it never joins another grant.
    """
    claims = _claims(access_token.get_secret_value())
    return Identity(
        user_id=_id(claims.get("xero_userid")) or unknown_user,
        account=plain_text(account),
        event_id=_id(claims.get("authentication_event_id")),
    )


def _claims(token: str) -> dict[str, object]:
    parts = token.split(".")
    if len(parts) != 3 or len(parts[1]) > _LARGEST_PAYLOAD:
        return {}
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(payload)
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _id(claim: object) -> str:
    return claim if isinstance(claim, str) and _ID.fullmatch(claim) else ""
