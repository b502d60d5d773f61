"""In which state is an entry, why, and when does its sign-in die? Computed on read, without network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from hostspec.connections import ConnectionStatus
from hostspec.errors import SecretStoreUnavailable, StoredDataDamaged
from hostspec.providers import Connection, ConnectionSummary
from hostspec.ui import Action
from hostspec.value import Tone
from xero_connections_plugin.connections.days_left import days_left
from xero_connections_plugin.oauth.grant import GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.sign_in_causes import cause_sentence
from xero_connections_plugin.xero.app_definition import AUTHORIZE_ACT, CLIENT_ID
from xero_connections_plugin.xero.kept_settings import kept_settings, unsigned_cause
from xero_connections_plugin.xero.texts import health_texts, idle_texts, xero_texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from xero_connections_plugin.connections.reachability import Unreached

IDLE_LIFE: Final = timedelta(days=60)
"""Xero ends a grant that was not refreshed for so long."""

WARN_BEFORE: Final = timedelta(days=14)

KEY_HELP_ACT: Final = "key_help"
TEST_ACT: Final = "test"

_SIGN_IN: Final = Action(action_id=f"edit:{AUTHORIZE_ACT}", label=xero_texts.REPAIR_SIGN_IN)
_FIRST_SIGN_IN: Final = Action(action_id=f"edit:{AUTHORIZE_ACT}", label=xero_texts.AUTHORIZE)
_CHECK_APP: Final = Action(action_id=f"edit:{CLIENT_ID}", label=health_texts.REPAIR_APP)
_KEY_HELP: Final = Action(action_id=KEY_HELP_ACT, label=health_texts.REPAIR_KEY)
_RENEW: Final = Action(action_id=TEST_ACT, label=health_texts.RENEW)
_TEST: Final = Action(action_id=TEST_ACT, label=health_texts.TEST_NOW)
RETRY: Final = Action(action_id=TEST_ACT, label=health_texts.TEST_AGAIN)
"""For what passes by itself: somebody who cannot wait for it may look whether it has."""


@dataclass(frozen=True)
class Finding:
    """A state, its cause, and the one act that mends it."""

    status: ConnectionStatus
    word: str
    tone: Tone
    cause: str = ""
    repair: Action | None = None
    passing: bool = False
    """Whether it passes by itself: then it is told only while nothing lasting is."""


Finder: TypeAlias = Callable[[Connection, GrantRecord | None], Finding | None]
"""Knows something about entries that is not written in them. Asked for thousands while a list is drawn."""


def dies_at(record: GrantRecord) -> datetime:
    """When the grant dies unless it is refreshed before."""
    return record.refreshed_at + IDLE_LIFE


def summarize(
    connection: Connection,
    record: GrantRecord | None,
    *,
    now: datetime,
    signing_in: bool,
    key_problem: SecretStoreUnavailable | None,
    unreached: Unreached | None = None,
    has_worked: bool = False,
    finders: Iterable[Finder] = (),
) -> ConnectionSummary:
    """What the list shows of one entry.

    Args:
        connection: The entry.
        record: Of its sign-in, if there is one.
        now: The present time.
        signing_in: Whether somebody is signing in for it right now.
        key_problem: Why this machine cannot open its sign-in.
        unreached: Since when Xero cannot be reached through it.
        has_worked: Whether a call through it was answered, whatever is stored about its uses.
        finders: What else there is to know.
    """
    found = (
        _damage(connection)
        or _unusable(connection, record, now, signing_in=signing_in, key_problem=key_problem)
        or _usable(connection, record, now, unreached, has_worked=has_worked, finders=finders)
    )
    alive = record is not None and record.state is GrantState.ACTIVE
    return ConnectionSummary(
        status=found.status,
        status_text=found.word,
        tone=found.tone,
        cause=found.cause,
        repair=found.repair,
        subtitle=connection.saved.subtitle,
        account=record.account if record else "",
        last_sign_in=record.authorized_at if record else None,
        expires=dies_at(record) if record and alive else None,
    )


def _damage(connection: Connection) -> Finding | None:
    try:
        kept_settings(connection)
    except StoredDataDamaged as damage:
        return Finding(ConnectionStatus.NEEDS_SIGN_IN, xero_texts.STATUS_DAMAGED, Tone.BAD, str(damage))
    return None


def _unusable(
    connection: Connection,
    record: GrantRecord | None,
    now: datetime,
    *,
    signing_in: bool,
    key_problem: SecretStoreUnavailable | None,
) -> Finding | None:
    """Why no session can be opened."""
    if signing_in:
        return Finding(ConnectionStatus.SIGNING_IN, xero_texts.STATUS_SIGNING_IN, Tone.WAITING)
    if key_problem is not None:
        status, word = ConnectionStatus.KEY_MISSING, xero_texts.STATUS_KEY_MISSING
        return Finding(status, word, Tone.BAD, str(key_problem), _KEY_HELP)
    condition = connection.condition
    said = condition.cause if condition and condition.status is ConnectionStatus.NEEDS_SIGN_IN else ""
    if record is None:
        unsigned = unsigned_cause(connection)
        cause = said or unsigned or cause_sentence(SignInCause.SIGN_IN_NEEDED)
        return _needs_sign_in(cause, _FIRST_SIGN_IN if unsigned else _SIGN_IN)
    if record.state is not GrantState.ACTIVE:
        return _needs_sign_in(said or cause_sentence(record.cause or SignInCause.SIGN_IN_NEEDED))
    if now >= dies_at(record):
        return _needs_sign_in(cause_sentence(SignInCause.IDLE_TOO_LONG))
    # Somebody who has signed in since has mended it.
    if said and condition is not None and condition.since > record.authorized_at:
        return _needs_sign_in(said, _CHECK_APP)
    return None


def _needs_sign_in(cause: str, repair: Action = _SIGN_IN) -> Finding:
    return Finding(ConnectionStatus.NEEDS_SIGN_IN, xero_texts.STATUS_NEEDS_SIGN_IN, Tone.BAD, cause, repair)


def _usable(
    connection: Connection,
    record: GrantRecord | None,
    now: datetime,
    unreached: Unreached | None,
    *,
    has_worked: bool,
    finders: Iterable[Finder],
) -> Finding:
    """What is to be said of an entry whose sign-in works."""
    condition = connection.condition
    if condition is not None and condition.status is not ConnectionStatus.NEEDS_SIGN_IN:
        word = _CONDITION_WORDS.get(condition.status, condition.status.value)
        return Finding(condition.status, word, Tone.BAD, condition.cause, _SIGN_IN)
    told = [finding for finder in finders if (finding := finder(connection, record)) is not None]
    lasting = next((finding for finding in told if not finding.passing), None)
    if lasting is not None:
        return lasting
    if record is not None and now >= dies_at(record) - WARN_BEFORE:
        cause = idle_texts.ends_in_days(days_left(dies_at(record), now))
        return Finding(ConnectionStatus.EXPIRING, xero_texts.STATUS_EXPIRING, Tone.WARNING, cause, _RENEW)
    if told:
        return told[0]
    if unreached is not None:
        cause = health_texts.unreachable_since(unreached.since, unreached.text)
        status, word = ConnectionStatus.UNREACHABLE, health_texts.STATUS_UNREACHABLE
        return Finding(status, word, Tone.WAITING, cause, RETRY)
    if connection.tested is None and connection.used_at is None and not has_worked:
        status, word = ConnectionStatus.UNTESTED, health_texts.STATUS_UNTESTED
        return Finding(status, word, Tone.NEUTRAL, health_texts.UNTESTED, _TEST)
    return Finding(ConnectionStatus.READY, xero_texts.STATUS_READY, Tone.GOOD)


_CONDITION_WORDS: Final = {
    ConnectionStatus.ACCESS_WITHDRAWN: xero_texts.STATUS_WITHDRAWN,
    ConnectionStatus.SCOPE_MISSING: xero_texts.STATUS_SCOPE_MISSING,
}
