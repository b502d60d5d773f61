"""What happens at Xero, and to the sealed grant, when an entry is deleted?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, assert_never

from hostspec.errors import CaptureError
from hostspec.messages import Notification
from hostspec.providers import RemovalChoice
from hostspec.value import Tone
from xero_connections_plugin.oauth.grant_endings import Ended
from xero_connections_plugin.xero.kept_settings import kept_settings
from xero_connections_plugin.xero.tenants import asked_with_token
from xero_connections_plugin.xero.texts import xero_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from hostspec.providers import Connection
    from xero_connections_plugin.oauth.grant import AccessToken, GrantId
    from xero_connections_plugin.oauth.grant_endings import LateEnding
    from xero_connections_plugin.xero.tenants import TenantsApi

UNLINK: Final = "unlink"
REVOKE: Final = "revoke"


class Grants(Protocol):
    """Who keeps the sealed grants."""

    def access_token(self, grant_id: GrantId, *, refused: int | None = None) -> AccessToken: ...

    def forget(self, grant_id: GrantId) -> None: ...


class Endings(Protocol):
    """How a grant ends at Xero."""

    def end(self, grant_id: GrantId) -> Ended: ...

    def is_ending(self, grant_id: GrantId) -> bool: ...


def ending_notice(ending: LateEnding) -> Notification:
    """Tells what became of a revocation that had to wait."""
    problem = ending.problem
    return Notification(
        notification_id=f"revoked-{ending.grant_id}",
        title=texts.REVOKED_TITLE if problem is None else texts.NOT_REVOKED_TITLE,
        text=texts.revoked_late(ending.account)
        if problem is None
        else texts.not_revoked_late(ending.account, str(problem)),
        tone=Tone.GOOD if problem is None else Tone.WARNING,
    )


class Disconnecting:
    """Cuts off only what was chosen; without a choice nothing changes at Xero."""

    def __init__(
        self,
        grants: Grants,
        endings: Endings,
        tenants: TenantsApi,
        sharing: Callable[[str], tuple[Connection, ...]],
        drafted: Callable[[], frozenset[GrantId]],
    ) -> None:
        """Args:
        sharing: The entries that share a sign-in.
        drafted: The grants that somebody's open definition has just been signed in to.
        """
        self._grants = grants
        self._endings = endings
        self._tenants = tenants
        self._sharing = sharing
        self._drafted = drafted

    def choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        """What may be done at Xero, each saying whom else it cuts off."""
        try:
            kept = kept_settings(connection)
        except CaptureError:
            return ()
        if kept.grant_id is None:
            return ()
        others = self._others(connection)
        same_company = tuple(
            other.display_name for other in others if other.saved.settings.get("tenant_id") == kept.tenant_id
        )
        unlink = RemovalChoice(choice_id=UNLINK, label=texts.UNLINK, hint=texts.unlink_hint(same_company))
        if others:
            # Revoking would drop every company of this user, those of the other entries too.
            return (unlink,)
        return (unlink, RemovalChoice(choice_id=REVOKE, label=texts.REVOKE, hint=texts.REVOKE_HINT))

    def forget(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        """Do what was chosen, then wipe the sealed grant unless another entry or an open definition shares it, or it
        is still to be revoked.

        Returns:
            Sentences about what could not be done; the entry goes all the same.
        """
        try:
            kept = kept_settings(connection)
        except CaptureError:
            return ()
        grant_id = kept.grant_id
        if grant_id is None:
            return ()
        remarks: list[str] = []
        if UNLINK in choices:
            remarks += self._unlink(grant_id, kept.tenant_id)
        alone = not self._others(connection)
        if REVOKE in choices and alone:
            remarks += self._revoke(grant_id)
        if alone and grant_id not in self._drafted() and not self._endings.is_ending(grant_id):
            self._grants.forget(grant_id)
        return tuple(remarks)

    def _others(self, connection: Connection) -> tuple[Connection, ...]:
        if connection.saved.sign_in is None:
            return ()
        return tuple(
            other
            for other in self._sharing(connection.saved.sign_in)
            if other.connection_id != connection.connection_id
        )

    def _unlink(self, grant_id: GrantId, tenant_id: str) -> tuple[str, ...]:
        try:
            was_linked = asked_with_token(self._grants, grant_id, lambda token: self._end_links(token, tenant_id))
        except CaptureError as problem:
            return (texts.unlink_failed(str(problem)), texts.REMOVE_BY_HAND)
        return () if was_linked else (texts.UNLINK_GONE,)

    def _end_links(self, token: SecretStr, tenant_id: str) -> bool:
        links = [link for link in self._tenants.links(token) if link.tenant_id == tenant_id]
        for link in links:
            self._tenants.unlink(token, link.link_id)
        return bool(links)

    def _revoke(self, grant_id: GrantId) -> tuple[str, ...]:
        try:
            ended = self._endings.end(grant_id)
        except CaptureError as problem:
            self._grants.forget(grant_id)
            return (texts.revoke_failed(str(problem)), texts.REMOVE_BY_HAND)
        match ended:
            case Ended.DONE:
                return ()
            case Ended.GONE:
                return (texts.REVOKE_GONE, texts.REMOVE_BY_HAND)
            case Ended.LATER:
                return (texts.REVOKE_LATER, texts.REMOVE_BY_HAND)
            case _:
                assert_never(ended)
