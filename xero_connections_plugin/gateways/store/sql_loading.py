"""How is SQLAlchemy imported on first use, when several threads come to use it first at the same moment?"""

from __future__ import annotations

import os
import sys
import threading
from typing import Final

# What is imported is the process's, and so is this lock.
_ONE_AT_A_TIME: Final = threading.RLock()

if sys.platform != "win32":
    # A child forked in the middle would wait for ever for modules that only a thread of its parent was importing.
    os.register_at_fork(
        before=_ONE_AT_A_TIME.acquire,
        after_in_parent=_ONE_AT_A_TIME.release,
        after_in_child=_ONE_AT_A_TIME.release,
    )


def load_sql() -> None:
    """Import SQLAlchemy and our tables, completely.

    Python hands a second thread the half-made packages of a first one where imports wait for each other; SQLAlchemy's
    dialects are then missing.
    """
    with _ONE_AT_A_TIME:
        import sqlalchemy.dialects.sqlite  # noqa: F401 -- loaded here for everyone who imports it later

        from xero_connections_plugin.gateways.store import tables  # noqa: F401 -- as above
