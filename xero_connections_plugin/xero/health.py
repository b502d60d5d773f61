"""In which state is an entry, why, and when does its sign-in die? Computed on read, without network."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from hostspec.connections import ConnectionStatus
from hostspec.errors import SecretStoreUnavailable, StoredDataDamaged
from hostspec.providers import ConnectionSummary
from hostspec.ui import Action
from hostspec.value import Tone
from xero_connections_plugin.oauth.grant import GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.sign_in_causes import cause_sentence
from xero_connections_plugin.xero.kept_settings import kept_settings, unsigned_cause
from xero_connections_plugin.xero.texts import xero_texts as texts

if TYPE_CHECKING:
    from datetime import datetime

    from hostspec.providers import Connection

IDLE_LIFE: Final = timedelta(days=60)
"""Xero ends a grant that was not refreshed for so long."""

WARN_BEFORE: Final = timedelta(days=14)

_SIGN_IN: Final = Action(action_id="edit", label=texts.REPAIR_SIGN_IN)


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
) -> ConnectionSummary:
    """What the list shows of one entry."""
    status, word, tone, cause, repair = _damage(connection) or _state(connection, record, now, signing_in, key_problem)
    alive = record is not None and record.state is GrantState.ACTIVE
    return ConnectionSummary(
        status=status,
        status_text=word,
        tone=tone,
        cause=cause,
        repair=repair,
        subtitle=connection.saved.subtitle,
        account=record.account if record else "",
        last_sign_in=record.authorized_at if record else None,
        expires=dies_at(record) if record and alive else None,
    )


_State: TypeAlias = tuple[ConnectionStatus, str, Tone, str, Action | None]


def _damage(connection: Connection) -> _State | None:
    try:
        kept_settings(connection)
    except StoredDataDamaged as damage:
        return ConnectionStatus.NEEDS_SIGN_IN, texts.STATUS_DAMAGED, Tone.BAD, str(damage), None
    return None


def _state(
    connection: Connection,
    record: GrantRecord | None,
    now: datetime,
    signing_in: bool,
    key_problem: SecretStoreUnavailable | None,
) -> _State:
    needs = (ConnectionStatus.NEEDS_SIGN_IN, texts.STATUS_NEEDS_SIGN_IN, Tone.BAD)
    if signing_in:
        return ConnectionStatus.SIGNING_IN, texts.STATUS_SIGNING_IN, Tone.WAITING, "", None
    if key_problem is not None:
        return ConnectionStatus.KEY_MISSING, texts.STATUS_KEY_MISSING, Tone.BAD, str(key_problem), None
    if record is None:
        return *needs, unsigned_cause(connection) or cause_sentence(SignInCause.SIGN_IN_NEEDED), _SIGN_IN
    if record.state is GrantState.NEEDS_SIGN_IN:
        return *needs, cause_sentence(record.cause or SignInCause.SIGN_IN_NEEDED), _SIGN_IN
    if now >= dies_at(record):
        return *needs, cause_sentence(SignInCause.IDLE_TOO_LONG), _SIGN_IN
    if connection.condition is not None:
        word = _CONDITION_WORDS.get(connection.condition.status, connection.condition.status.value)
        return connection.condition.status, word, Tone.BAD, connection.condition.cause, _SIGN_IN
    if now >= dies_at(record) - WARN_BEFORE:
        days = (dies_at(record) - now).days
        return ConnectionStatus.EXPIRING, texts.STATUS_EXPIRING, Tone.WARNING, texts.expires_in_days(days), _SIGN_IN
    return ConnectionStatus.READY, texts.STATUS_READY, Tone.GOOD, "", None


_CONDITION_WORDS: Final = {
    ConnectionStatus.ACCESS_WITHDRAWN: texts.STATUS_WITHDRAWN,
    ConnectionStatus.SCOPE_MISSING: texts.STATUS_SCOPE_MISSING,
}
