"""What open definitions know ends with them, whenever a task that learns something for them ends."""

from __future__ import annotations

from datetime import UTC, datetime

from hostspec.errors import ProviderUnavailable
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState
from xero_connections_plugin.xero.draft_sign_in import DraftSignIn, DraftSignIns, SignedIn

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
GRANT = GrantId("grant-1")
RECORD = GrantRecord(
    grant_id=GRANT,
    client_id="F" * 32,
    user_id="ada",
    account="",
    scopes=("offline_access",),
    state=GrantState.ACTIVE,
    cause=None,
    generation=1,
    key_id="key",
    created_at=NOW,
    authorized_at=NOW,
    refreshed_at=NOW,
    access_expires_at=NOW,
)


def test_the_grants_of_open_definitions_are_known_until_they_are_closed() -> None:
    sign_ins = DraftSignIns()
    sign_ins.change("draft", lambda known: known)
    sign_ins.signed_in("draft", SignedIn(record=RECORD, tenants=()))
    assert sign_ins.grant_ids() == {GRANT}
    sign_ins.forget("draft")
    assert sign_ins.grant_ids() == frozenset()


def test_a_task_that_ends_after_its_definition_was_closed_leaves_nothing() -> None:
    sign_ins = DraftSignIns()
    sign_ins.change("draft", lambda known: known)
    sign_ins.forget("draft")
    sign_ins.signed_in("draft", SignedIn(record=RECORD, tenants=()))
    sign_ins.listed("draft", GRANT, (), ProviderUnavailable("Xero is down."))
    assert sign_ins.grant_ids() == frozenset()
    assert sign_ins.get("draft") == DraftSignIn()
