"""How often does a process ask the keychain that opens many sessions? ``python -m benchmarks.keychain_asks FOLDER``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.cold_callers import own_host

SESSIONS = 100
THREADS = 8


def counted(kind: type, asked: list[str]) -> None:
    """Let a back end of the keychain note each call of it, and answer as before."""

    def noting(name: str) -> Callable[..., Any]:
        act = getattr(kind, name)

        def noted(*arguments: Any) -> Any:
            asked.append(name)
            return act(*arguments)

        return noted

    for name in ("get_password", "set_password", "delete_password"):
        setattr(kind, name, noting(name))


def main(folder: str) -> None:
    import keyring

    asked: list[str] = []
    counted(type(keyring.get_keyring()), asked)
    hooks, connection = own_host(folder)
    with ThreadPoolExecutor(THREADS) as threads:
        for session in threads.map(lambda _: hooks.open_session(connection), range(SESSIONS)):
            session.close()
    hooks.maintain(5.0)
    hooks.shutdown()
    sys.stdout.write(f"{len(asked)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
