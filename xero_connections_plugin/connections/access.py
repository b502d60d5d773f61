"""Who may do what? Asked for every act, with the user of its origin."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hostspec.errors import NotAllowed
from hostspec.permissions import Permission
from hostspec.usages import CONNECTION_KIND, Subject

if TYPE_CHECKING:
    from hostspec.services import HostServices
    from hostspec.value import ConnectionId, UserId

_log = logging.getLogger(__name__)

_REFUSALS = {
    Permission.VIEW: "You may not see the connections. Nothing was changed; ask an administrator for access.",
    Permission.USE: "This user may not use the connection. Nothing was sent; ask an administrator for access.",
    Permission.MANAGE: "You may look at connections but not change them. Nothing was changed; ask an administrator.",
    Permission.SWITCH: "You may not switch usages. Nothing was changed; ask an administrator for access.",
}


def connection_subject(connection_id: ConnectionId, label: str = "") -> Subject:
    """A connection as a subject of usages and permissions."""
    return Subject(kind=CONNECTION_KIND, subject_id=connection_id, label=label)


class Access:
    """The host's permissions, with the rule that an error is a refusal."""

    def __init__(self, host: HostServices) -> None:
        self._host = host

    def allows(self, user_id: UserId, permission: Permission, subject: Subject | None = None) -> bool:
        """Whether the person may; a host that fails to answer has refused."""
        try:
            return self._host.is_allowed(user_id, permission, subject) is True
        except Exception as error:  # noqa: BLE001 -- whatever a host raises here means no
            _log.warning("The host failed to answer whether %s is allowed: %s", permission, type(error).__name__)
            return False

    def require(self, user_id: UserId, permission: Permission, subject: Subject | None = None) -> None:
        """Go on only if the person may.

        Raises:
            NotAllowed: They may not.
        """
        if not self.allows(user_id, permission, subject):
            raise NotAllowed(_REFUSALS[permission])
