"""Which sign-ins stand in the history: who tried, for which entry, and what came of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hostspec.errors import SignInCancelled
from hostspec.value import ConnectionId, UserId
from xero_connections_plugin.connections.history import Actor, EventKind
from xero_connections_plugin.xero.texts import record_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.errors import CaptureError
    from hostspec.providers import Connection
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.oauth.sign_in import SignInRequest
    from xero_connections_plugin.xero.draft_sign_in import SignedIn

_log = logging.getLogger(__name__)


class SignInRecords:
    """Told of every sign-in that has ended. Raises nothing.

    Args:
        history: Where they are recorded.
        entry: Finds the entry that was authorized again.
    """

    def __init__(self, history: History, entry: Callable[[ConnectionId], Connection | None]) -> None:
        self._history = history
        self._entry = entry

    def ended(self, request: SignInRequest, gained: SignedIn | None, problem: CaptureError | None) -> None:
        """One has ended: with what it gained, or with a problem."""
        try:
            entry = self._entry(ConnectionId(request.subject_id)) if request.subject_id else None
        except Exception as trouble:  # noqa: BLE001 -- the sign-in is over; only its entry's name is missing here
            _log.warning("The entry of a sign-in could not be read: %s", type(trouble).__name__)
            entry = None
        actor = Actor(user_id=UserId(request.owner_id), user_name=request.owner)
        label = "" if entry is not None else texts.NEW_ENTRY
        if gained is not None:
            approved = tuple(option.name for option in gained.tenants if option.just_approved)
            self._history.record(
                EventKind.SIGNED_IN,
                actor=actor,
                connection=entry,
                label=label,
                account=gained.record.account,
                passed=True,
                text=texts.app(request.app_label, texts.signed_in(approved)),
            )
            return
        given_up = isinstance(problem, SignInCancelled) and problem.code == SignInCancelled.default_code
        self._history.record(
            EventKind.SIGN_IN_FAILED,
            actor=actor,
            connection=entry,
            label=label,
            # To change one's mind is no failure.
            passed=None if given_up else False,
            text=texts.app(request.app_label, str(problem or "")),
        )
