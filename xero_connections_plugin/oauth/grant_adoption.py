"""How does the answer of a sign-in become a kept grant?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.errors import SignInRejected
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState
from xero_connections_plugin.oauth.grant_views import token_set
from xero_connections_plugin.oauth.token_sealing import seal_tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from xero_connections_plugin.oauth.grant import Identity, TokenAnswer, TokenSet
    from xero_connections_plugin.oauth.grant_ports import GrantStore, SecretBox


def adopt_answer(
    answer: TokenAnswer,
    *,
    client_id: str,
    identity: Identity,
    requested_scopes: tuple[str, ...],
    asked_at: datetime,
    store: GrantStore,
    box: SecretBox,
    new_id: Callable[[], str],
) -> tuple[GrantRecord, TokenSet]:
    """Seal and commit; into the grant that this user and app have already, else as a new one nobody refers to yet.

    Args:
        answer: What the sign-in gave.
        client_id: The app.
        identity: The user.
        requested_scopes: What is granted if the answer does not say.
        asked_at: When the answer was asked for, by the store's time.
        store: Where the grant goes.
        box: What seals it.
        new_id: Makes the id of a new one.

    Returns:
        What is stored, after it was committed.

    Raises:
        SignInRejected: The answer holds no refresh token.
        SecretStoreUnavailable, StoreUnavailable, StoredDataDamaged: Nothing was changed.
    """
    if answer.refresh_token is None:
        raise SignInRejected(
            "The sign-in gave no lasting access. Nothing was changed. Add the scope offline_access to the definition, "
            "then authorize again.",
            code="SCOPES",
        )
    tokens = token_set(answer, asked_at=asked_at, refresh_token=None, scopes=requested_scopes)
    while True:
        found = store.find(client_id=client_id, user_id=identity.user_id)
        if found is None:
            old, grant_id, generation = None, GrantId(new_id()), 1
        else:
            old, grant_id = found.record, found.record.grant_id
            # A token that a refresh under way may still commit has the next generation too; the seal knows the place
            # only, and of the two the store takes the first.
            generation = old.generation + 1
        sealed = seal_tokens(box, tokens, grant_id=grant_id, generation=generation)
        record = GrantRecord(
            grant_id=grant_id,
            client_id=client_id,
            user_id=identity.user_id,
            account=identity.account or (old.account if old is not None else ""),
            scopes=tokens.scopes,
            state=GrantState.ACTIVE,
            cause=None,
            generation=generation,
            key_id=sealed.key_id,
            created_at=old.created_at if old is not None else asked_at,
            authorized_at=asked_at,
            refreshed_at=asked_at,
            access_expires_at=tokens.access_expires_at,
        )
        if old is None:
            done = store.insert(record, sealed.data)
        else:
            done = store.supersede(record, sealed.data, expected=old.generation)
        if done:
            return record, tokens
