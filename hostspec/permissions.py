"""What a person may be allowed to do with shared objects."""

from enum import StrEnum


class Permission(StrEnum):
    """Asked through ``HostServices.is_allowed``; there is no default yes."""

    VIEW = "view"
    """See the list, details and usages."""

    USE = "use"
    """Choose a connection in a step and open sessions through it."""

    MANAGE = "manage"
    """Add, edit, authorize and delete."""

    SWITCH = "switch"
    """Move usages from one subject to another."""
