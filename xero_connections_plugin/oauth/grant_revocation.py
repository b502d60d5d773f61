"""How is a grant ended at the server? By each token that may be the living one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_connections_plugin.oauth.grant import SignInCause
from xero_connections_plugin.oauth.grant_ports import SealBroken
from xero_connections_plugin.oauth.oauth_errors import TokenRequestFailed
from xero_connections_plugin.oauth.sign_in_causes import sign_in_needed
from xero_connections_plugin.oauth.token_sealing import open_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping
    from datetime import datetime

    from pydantic import SecretStr

    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.oauth.grant_ports import SecretBox, StoredGrant
    from xero_connections_plugin.oauth.refresh_run import RefreshRun
    from xero_connections_plugin.oauth.renewal import RefreshPorts
    from xero_connections_plugin.oauth.rotation_words import Token


def revoke_by_all(
    ports: RefreshPorts,
    grant_id: GrantId,
    unsaved: MutableMapping[GrantId, RefreshRun],
    drop: Callable[[GrantId], None],
    signed_in_at: datetime | None,
) -> bool:
    """End a grant at the server (RFC 7009), and note it.

    Args:
        ports: The world.
        grant_id: The grant.
        unsaved: Renewals whose answers lie in memory only; that of this grant is taken out.
        drop: Lets go of the tokens in memory.
        signed_in_at: Of the sign-in that is to end: a later one is left alone. ``None`` for the present one.

    Returns:
        ``False`` when it is gone here, or somebody has signed in since, so that the server was not asked.

    Raises:
        ConnectionProblem: It could not be done; the grant is as it was.
    """
    revoked: tuple[int, frozenset[Token]] | None = None
    # A grant that was renewed meanwhile, or got another answer, is revoked once more.
    while (stored := ports.store.read(grant_id)) is not None and (_kept_of(stored) != revoked or grant_id in unsaved):
        signed_in_at = signed_in_at or stored.record.authorized_at
        # One that somebody has signed in to meanwhile is not: they want to keep it.
        if stored.record.authorized_at != signed_in_at:
            break
        revoked = _kept_of(stored)
        try:
            run = unsaved.get(grant_id)
            for token in _living_tokens(ports.box, stored, run):
                ports.endpoint.revoke(client_id=stored.record.client_id, refresh_token=token)
            # Another one has an answer that nobody has revoked yet.
            if run is not None and unsaved.get(grant_id) is run:
                unsaved.pop(grant_id, None)
                run.abandon()
            ports.store.mark_revoked(grant_id, expected=stored.record.generation)
        except SealBroken:
            raise sign_in_needed(SignInCause.GRANT_DAMAGED) from None
        except TokenRequestFailed as failure:
            raise failure.problem from None
        finally:
            # After the store knows: who read it before that holds nothing either.
            drop(grant_id)
    return revoked is not None


def _kept_of(stored: StoredGrant) -> tuple[int, frozenset[Token]]:
    return stored.record.generation, frozenset(kept.token for kept in stored.candidates)


def _living_tokens(box: SecretBox, stored: StoredGrant, unsaved: RefreshRun | None) -> Iterator[SecretStr]:
    """Newest first. The server takes a spent token for an unknown one and ends nothing (RFC 7009 section 2.2), so an
    answer that was kept and not yet made current, or could not even be kept, counts as much as what is current.
    """
    grant_id = stored.record.grant_id
    if unsaved is not None:
        yield unsaved.renewal.tokens.refresh_token
    for kept in sorted(stored.candidates, key=lambda kept: kept.token.generation, reverse=True):
        try:
            tokens = open_tokens(box, kept.sealed, grant_id=grant_id, generation=kept.token.generation)
        except SealBroken:
            continue  # what does not open here opens nowhere, so nobody can use it
        yield tokens.refresh_token
    current = open_tokens(box, stored.sealed, grant_id=grant_id, generation=stored.record.generation)
    yield current.refresh_token
