"""The Xero connection type at work: its form, its sign-in, its sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import CaptureError, SignInNeeded
from hostspec.providers import SavedConnection
from hostspec.value import TypeId
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.xero.carried_entries import CarriedEntries
from xero_connections_plugin.xero.definition_form import GUIDE_ACT, definition_form, guide_dialog
from xero_connections_plugin.xero.draft_reading import DraftReader
from xero_connections_plugin.xero.entry_facts import entry_facts
from xero_connections_plugin.xero.health import summarize
from xero_connections_plugin.xero.kept_settings import KeptSettings, kept_settings
from xero_connections_plugin.xero.save_consequences import save_consequences
from xero_connections_plugin.xero.texts import company_texts
from xero_connections_plugin.xero.texts import xero_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hostspec.connections import Session
    from hostspec.errors import SecretStoreUnavailable
    from hostspec.forms import Fact, FieldValue, Form
    from hostspec.providers import Connection, ConnectionSummary, ConnectionTest, Draft, RemovalChoice
    from hostspec.services import Clock
    from hostspec.ui import Step, UserAct
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.reachability import Reachability
    from xero_connections_plugin.oauth.grant import GrantRecord
    from xero_connections_plugin.xero.company_facts import KnownCompanies
    from xero_connections_plugin.xero.connection_check import ConnectionCheck
    from xero_connections_plugin.xero.disconnecting import Disconnecting
    from xero_connections_plugin.xero.extending import Extending
    from xero_connections_plugin.xero.health import Finder
    from xero_connections_plugin.xero.limits import XeroLimits
    from xero_connections_plugin.xero.scope_findings import ScopeFindings
    from xero_connections_plugin.xero.siblings import Siblings
    from xero_connections_plugin.xero.signing_in import SigningIn

XERO: Final = TypeId("xero")


class Grants(Protocol):
    """What is known about grants without opening them."""

    def record(self, grant_id: GrantId) -> GrantRecord | None: ...

    def records(self, grant_ids: Sequence[GrantId]) -> Mapping[GrantId, GrantRecord]: ...


class KeyState(Protocol):
    """Whether this machine can open what is sealed."""

    def key_problem(self, key_id: str = "") -> SecretStoreUnavailable | None: ...

    def describe(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class XeroProvider(CarriedEntries):
    """Answers for every Xero entry; see ``hostspec.providers.ConnectionProvider``."""

    signing_in: SigningIn
    disconnecting: Disconnecting
    reader: DraftReader
    siblings: Siblings
    extending: Extending
    limited: XeroLimits
    known: KnownCompanies
    grants: Grants
    key: KeyState
    clock: Clock
    open_session: Callable[[Connection, KeptSettings], Session]
    check: ConnectionCheck
    reach: Reachability
    scopes: ScopeFindings
    finders: tuple[Finder, ...] = ()
    """What else is known about entries; see ``health``."""

    def form(self, draft: Draft) -> Form:
        reading = self.reader.read(draft)
        return definition_form(reading.values, reading.form_state)

    def act(self, draft: Draft, act: UserAct) -> Step | None:
        if act.action_id == GUIDE_ACT:
            return guide_dialog()
        return self.signing_in.act(draft, act)

    def unsaved(self, draft: Draft) -> bool:
        return self.reader.read(draft).unsaved

    def obstacles(self, draft: Draft) -> tuple[str, ...]:
        return self.reader.read(draft).obstacles

    def consequences(self, draft: Draft) -> tuple[str, ...]:
        reading = self.reader.read(draft)
        kept = reading.kept
        before = self.grants.record(kept.grant_id) if kept is not None and kept.grant_id is not None else None
        works = self.siblings.works(before)
        return save_consequences(reading, before, works_before=works, is_demo=self.reader.is_demo)

    def save(self, draft: Draft) -> SavedConnection:
        reading = self.reader.read(draft)
        definition, tenant = reading.definition, reading.tenant
        if definition is None or tenant is None or reading.grant_id is None:
            raise SignInNeeded(" ".join(reading.obstacles) or texts.OBSTACLE_AUTHORIZE)
        kept = KeptSettings(
            client_id=definition.client_id,
            application_url=definition.application_url,
            port=definition.port,
            further_ports=definition.further_ports,
            scope_preset=definition.preset,
            extra_scopes=definition.additions,
            grant_id=reading.grant_id,
            tenant_id=tenant.tenant_id,
            tenant_name=tenant.name,
            tenant_type=tenant.tenant_type,
            tenant_fixed=reading.kept.tenant_fixed if reading.kept else False,
            is_demo=self.reader.is_demo(tenant.tenant_id, reading.kept),
        )
        return SavedConnection(settings=kept.model_dump(mode="json"), subtitle=tenant.name, sign_in=reading.grant_id)

    def extend(self, draft: Draft, connection: Connection) -> Mapping[str, FieldValue]:
        return self.extending.extend(draft, connection)

    def limits(self, selected: Connection | None, go_on: Callable[[], bool]) -> Form:
        return self.limited.limits(selected, go_on)

    def end_question(self, row_id: str) -> str:
        return self.limited.end_question(row_id)

    def end(self, row_id: str) -> str:
        return self.limited.end(row_id)

    def close(self, draft_id: str) -> None:
        self.signing_in.close(draft_id)

    def open(self, connection: Connection) -> Session:
        return self.open_session(connection, kept_settings(connection))

    def test(self, connection: Connection) -> ConnectionTest:
        return self.check.test(connection)

    def summary(self, connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        grant_ids = {GrantId(c.saved.sign_in) for c in connections if c.saved.sign_in}
        records = self.grants.records(tuple(grant_ids))
        now, busy = self.clock.now(), self.signing_in.entries_signing_in()
        found: dict[ConnectionId, ConnectionSummary] = {}
        for connection in connections:
            record = records.get(GrantId(connection.saved.sign_in or ""))
            summary = summarize(
                connection,
                record,
                now=now,
                signing_in=connection.connection_id in busy,
                # While keys change, a machine may have the key of one sign-in and not yet that of another.
                key_problem=self.key.key_problem(record.key_id if record is not None else ""),
                unreached=self.reach.of(connection),
                has_worked=self.reach.has_worked(connection.connection_id),
                finders=self.finders,
            )
            if self.known.is_demo_entry(connection):
                summary = summary.model_copy(update={"mark": company_texts.DEMO_MARK})
            found[connection.connection_id] = summary
        return found

    def details(self, connection: Connection) -> tuple[Fact, ...]:
        try:
            kept = kept_settings(connection)
        except CaptureError:
            return ()
        record = self.grants.record(kept.grant_id) if kept.grant_id is not None else None
        facts = entry_facts(kept, record, self.key.describe(), self.clock.now())
        return (*facts, *self.scopes.facts(connection, record))

    def lacking(self, connection: Connection, needs: tuple[str, ...]) -> tuple[str, ...]:
        return self.scopes.lacking(connection, needs)

    def widened_values(self, connection: Connection) -> Mapping[str, FieldValue] | None:
        return self.scopes.widened_values(connection)

    def removal_choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        return self.disconnecting.choices(connection)

    def forget(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        del choices  # of entries that can be taken back, noted and done before: see ``note_choices``
        self.disconnecting.forget(connection)
        return ()

    def disconnect(self, connection: Connection, choices: frozenset[str], by: str) -> tuple[str, ...]:
        return self.disconnecting.disconnect(connection, choices, by)

    def note_choices(self, connection: Connection, choices: frozenset[str], by: str, asked_at: datetime) -> None:
        self.disconnecting.note_choices(connection, choices, by, asked_at)

    def pending(self) -> tuple[str, ...]:
        return self.disconnecting.pending()
