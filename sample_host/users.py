"""Who uses this host, and what they may do.

A real host would ask its own sign-on. This one has two people to choose from, so that refusals can be seen.
"""

from enum import Enum
from typing import Final

from hostspec.permissions import Permission
from hostspec.value import SERVICE_USER, UserId


class HostUser(Enum):
    """A person of this host."""

    ADMINISTRATOR = "admin"
    OPERATOR = "operator"

    @property
    def user_id(self) -> UserId:
        return UserId(self.value)

    @property
    def label(self) -> str:
        """What people call them."""
        return _LABELS[self]

    @property
    def may(self) -> str:
        """One sentence on what they may do."""
        return _MAY[self]


_LABELS: Final = {HostUser.ADMINISTRATOR: "Admin", HostUser.OPERATOR: "Operator"}
_MAY: Final = {
    HostUser.ADMINISTRATOR: "May change everything.",
    HostUser.OPERATOR: "May view and use, not change.",
}

_VIEW_AND_USE: Final = frozenset({Permission.VIEW, Permission.USE})

_ALLOWED: Final[dict[UserId, frozenset[Permission]]] = {
    HostUser.ADMINISTRATOR.user_id: frozenset(Permission),
    HostUser.OPERATOR.user_id: _VIEW_AND_USE,
    SERVICE_USER: _VIEW_AND_USE,
}


def may(user_id: UserId, permission: Permission) -> bool:
    """Whether this user has the permission; people nobody knows have none."""
    return permission in _ALLOWED.get(user_id, frozenset())
