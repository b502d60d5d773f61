"""How is SQLAlchemy imported on first use, when several threads come to use it first at the same moment?"""

from __future__ import annotations

import threading
from typing import Final

# What is imported is the process's, and so is this lock.
_ONE_AT_A_TIME: Final = threading.Lock()


def load_sql() -> None:
    """Import SQLAlchemy and our tables, completely.

    Python hands a second thread the half-made packages of a first one where imports wait for each other; SQLAlchemy's
    dialects are then missing.
    """
    with _ONE_AT_A_TIME:
        import sqlalchemy.dialects.sqlite  # noqa: F401 -- loaded here for everyone who imports it later

        from xero_connections_plugin.gateways.store import tables  # noqa: F401 -- as above
