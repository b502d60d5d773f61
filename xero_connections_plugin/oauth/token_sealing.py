"""How do the secrets of a grant become bytes to seal, and come back? Read field by field: a validation error of a
model would quote them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import SecretStr

from xero_connections_plugin.oauth.grant import TokenSet
from xero_connections_plugin.oauth.grant_ports import GRANT_PURPOSE, SealBroken, Sealed

if TYPE_CHECKING:
    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.oauth.grant_ports import SecretBox


def seal_tokens(box: SecretBox, tokens: TokenSet, *, grant_id: GrantId, generation: int) -> Sealed:
    """The token set as a ciphertext that opens only as this generation of this grant.

    Raises:
        SecretStoreUnavailable: The key cannot be had on this machine.
    """
    plain = json.dumps(
        {
            "access_token": tokens.access_token.get_secret_value(),
            "refresh_token": tokens.refresh_token.get_secret_value(),
            "access_expires_at": tokens.access_expires_at.astimezone(UTC).isoformat(),
            "scopes": list(tokens.scopes),
        }
    ).encode()
    return box.seal(plain, purpose=GRANT_PURPOSE, owner_id=grant_id, generation=generation)


def open_tokens(box: SecretBox, sealed: bytes, *, grant_id: GrantId, generation: int) -> TokenSet:
    """What was sealed as this generation of this grant.

    Raises:
        SealBroken: The row is damaged, or belongs elsewhere.
        SecretStoreUnavailable: The key cannot be had on this machine.
    """
    plain = box.open(sealed, purpose=GRANT_PURPOSE, owner_id=grant_id, generation=generation)
    tokens = _read(plain)
    if tokens is None:
        raise SealBroken("the token set has an unknown form")
    return tokens


def _read(plain: bytes) -> TokenSet | None:
    try:
        found = json.loads(plain)
        expires_at = datetime.fromisoformat(found["access_expires_at"])
        access_token, refresh_token, scopes = found["access_token"], found["refresh_token"], found["scopes"]
    except (ValueError, KeyError, TypeError):
        return None
    if not (isinstance(access_token, str) and isinstance(refresh_token, str) and isinstance(scopes, list)):
        return None
    return TokenSet(SecretStr(access_token), SecretStr(refresh_token), expires_at, tuple(map(str, scopes)))
