"""A sign-in whose access token is good for half an hour, as this project keeps it and as its peers do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from hostspec.hosting import SystemClock
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from tests.plugin.keeper_process import Kept, keeping
from xero_connections_plugin.oauth.grant import GrantId, Identity, TokenAnswer

NOWHERE: Final = "http://127.0.0.1:9"
"""Nothing is asked while a token is good."""

LIFETIME: Final = 1800.0

ACCESS: Final = "a" * 1200
"""As long as Xero's."""

SCOPES: Final = ("offline_access", "accounting.settings.read")


@contextmanager
def kept_token(folder: Path) -> Iterator[tuple[Kept, GrantId]]:
    """This project's keeper, with such a sign-in in a folder and the clock that hosts have ready-made."""
    with keeping(folder, NOWHERE, clock=SystemClock()) as kept:
        yield kept, keep_token(kept)


def keep_token(kept: Kept, user: str = "ada", refresh_token: str = "r" * 43) -> GrantId:
    """Put one more sign-in into a keeper."""
    answer = token_answer(refresh_token=refresh_token)
    return kept.keeper.adopt(
        answer, client_id=DEMO_CLIENT_ID, identity=Identity(user), requested_scopes=SCOPES
    ).grant_id


def token_answer(
    access_token: str = ACCESS, refresh_token: str = "r" * 43, asked_at: datetime | None = None
) -> TokenAnswer:
    """What a server answers, asked just now unless told otherwise."""
    return TokenAnswer(
        access_token=SecretStr(access_token),
        refresh_token=SecretStr(refresh_token),
        expires_in=LIFETIME,
        scopes=SCOPES,
        id_token=None,
        asked_at=asked_at or datetime.now(UTC),
        server_date=None,
    )


def token_set() -> dict[str, Any]:
    """The same as a mapping, as most libraries have it."""
    return {
        "access_token": ACCESS,
        "refresh_token": "r" * 43,
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        # Whole seconds: Authlib takes no other for a time, and would look at no clock.
        "expires_at": int(time.time() + LIFETIME),
        "scope": list(SCOPES),
    }
