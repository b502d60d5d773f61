from hostspec import SERVICE_USER, Permission, Subject, UserId

ADMINISTRATOR = UserId("administrator")


def may(user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
    """Who may do what in this host."""
    if user_id == SERVICE_USER:
        return permission in (Permission.VIEW, Permission.USE)
    return user_id == ADMINISTRATOR
