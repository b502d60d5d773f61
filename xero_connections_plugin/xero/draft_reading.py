"""What does an open definition come to? What is valid, which sign-in and company it has, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hostspec.errors import CaptureError
from hostspec.forms import ChoiceOption
from xero_connections_plugin.oauth.sign_in_causes import cause_sentence
from xero_connections_plugin.xero.app_definition import AppDefinition, clean_client_id, read_definition, text_of
from xero_connections_plugin.xero.definition_form import TENANT, FormState
from xero_connections_plugin.xero.kept_settings import KeptSettings, form_values, kept_settings
from xero_connections_plugin.xero.scope_readiness import ending, lacking
from xero_connections_plugin.xero.scopes import ABOUT_THE_USER
from xero_connections_plugin.xero.tenants import TenantOption
from xero_connections_plugin.xero.texts import carrying_texts, company_texts
from xero_connections_plugin.xero.texts import xero_texts as texts
from xero_connections_plugin.xero.texts.scope_texts import NEXT_AUTHORIZATION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.errors import SecretStoreUnavailable
    from hostspec.forms import FieldValue
    from hostspec.providers import Draft
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord
    from xero_connections_plugin.xero.company_facts import KnownCompanies
    from xero_connections_plugin.xero.draft_sign_in import DraftSignIn, DraftSignIns


@dataclass(frozen=True)
class Reading:
    """A definition as it stands now."""

    values: Mapping[str, FieldValue]
    """What the fields hold: typed, else kept, else nothing."""
    definition: AppDefinition | None
    kept: KeptSettings | None
    """What the list keeps about the entry being edited."""
    bound: GrantRecord | None
    """The sign-in that Save would bind, as far as it is known."""
    grant_id: GrantId | None
    tenant: TenantOption | None
    """The company that Save would bind."""
    obstacles: tuple[str, ...]
    unsaved: bool
    form_state: FormState


class DraftReader:
    """Reads open definitions; uses no network."""

    def __init__(
        self,
        sign_ins: DraftSignIns,
        record: Callable[[GrantId], GrantRecord | None],
        key_problem: Callable[[], SecretStoreUnavailable | None],
        known: KnownCompanies,
    ) -> None:
        self._sign_ins = sign_ins
        self._companies = known
        self._record = record
        self._key_problem = key_problem

    def read(self, draft: Draft) -> Reading:
        """Everything about a definition at this moment."""
        known = self._sign_ins.get(draft.draft_id)
        kept = _kept(draft)
        values = {**(form_values(kept.definition) if kept else {}), **draft.values}
        read = read_definition(values)
        client_id = clean_client_id(text_of(values.get("client_id")))
        fresh = known.signed_in if known.signed_in and known.signed_in.record.client_id == client_id else None
        saved = kept if kept is not None and kept.client_id == client_id else None
        lent = known.lent if known.lent is not None and known.lent.client_id == client_id else None
        earlier = saved.grant_id if saved else lent.grant_id if lent else None
        bound = self._record(fresh.record.grant_id) if fresh else None
        lost = fresh is not None and bound is None
        if bound is None:
            # Nobody signed in here, or what was gained has been wiped since, for instance by another program.
            fresh = None
            bound = self._record(earlier) if earlier is not None else None
        grant_id = fresh.record.grant_id if fresh else earlier
        tenants = _tenants(known, saved, grant_id, fresh_tenants=fresh.tenants if fresh else None)
        tenant = _chosen(text_of(values.get(TENANT)), tenants, saved, known)
        errors = dict(read.errors)
        if known.tried or kept is not None:
            errors.update(read.missing)
        for name, (refused, sentence) in known.refused.items():
            if str(values.get(name, "")) == refused:
                errors.setdefault(name, sentence)
        key_problem = self._key_problem()
        return Reading(
            values=values,
            definition=read.definition,
            kept=kept,
            bound=bound,
            grant_id=grant_id,
            tenant=tenant,
            obstacles=_obstacles(read.definition, grant_id, tenants, tenant, kept, _fixed_by(draft, kept)),
            unsaved=known.signed_in is not None or _differs(draft, kept, read.definition, tenant),
            form_state=FormState(
                errors=errors,
                # Other trouble with the keychain may be over at the next try, which says what is left of it.
                authorize_refused=str(key_problem) if key_problem and key_problem.code == "KEY_MISSING" else "",
                sign_in_text=texts.SIGN_IN_LOST
                if lost
                else _sign_in_text(bound, fresh=fresh is not None, known=known, kept=kept),
                tenants=tuple(self._option(option, saved, known) for option in tenants),
                tenant=_value(tenant, known.round) if tenant else "",
                tenant_refused=_tenant_refused(grant_id, tenants),
                scopes_text=NEXT_AUTHORIZATION if fresh is None and _asks_for_more(read.definition, bound) else "",
                may_refresh_tenants=grant_id is not None and key_problem is None,
                is_new=kept is None,
            ),
        )

    def is_demo(self, tenant_id: str, kept: KeptSettings | None) -> bool | None:
        """Whether a company is a demo company, as far as is known."""
        said = self._companies.is_demo(tenant_id)
        return kept.is_demo if said is None and kept is not None and kept.tenant_id == tenant_id else said

    def _option(self, option: TenantOption, saved: KeptSettings | None, known: DraftSignIn) -> ChoiceOption:
        user = known.users.get(option.tenant_id)
        marks = (
            texts.JUST_APPROVED if option.just_approved else "",
            texts.SAVED_TENANT if saved is not None and option.tenant_id == saved.tenant_id else "",
            company_texts.DEMO_MARK if self.is_demo(option.tenant_id, saved) else "",
            company_texts.already_used(user) if user is not None else "",
        )
        told = ", ".join(mark for mark in marks if mark)
        return ChoiceOption(value=_value(option, known.round), label=option.label, mark=told)


def _kept(draft: Draft) -> KeptSettings | None:
    if draft.connection is None:
        return None
    try:
        return kept_settings(draft.connection)
    except CaptureError:
        # Damaged settings are edited like a new definition: nothing of them can be relied on.
        return None


def _asks_for_more(definition: AppDefinition | None, bound: GrantRecord | None) -> bool:
    if definition is None or bound is None:
        return False
    asked = tuple(scope for scope in definition.scopes if scope not in ABOUT_THE_USER)
    return bool(lacking(bound.scopes, asked) or (ending(bound.scopes) and not ending((*bound.scopes, *asked))))


def _had_sign_in(kept: KeptSettings | None) -> bool:
    return kept is not None and kept.grant_id is not None


def _tenants(
    known: DraftSignIn,
    saved: KeptSettings | None,
    grant_id: GrantId | None,
    *,
    fresh_tenants: tuple[TenantOption, ...] | None,
) -> tuple[TenantOption, ...]:
    if known.tenants is not None and known.tenants_of == grant_id:
        return known.tenants
    if fresh_tenants is not None:
        return fresh_tenants
    if saved is None or not saved.tenant_id:
        return ()
    return (
        TenantOption(
            tenant_id=saved.tenant_id,
            link_id="",
            label=saved.tenant_name,
            name=saved.tenant_name,
            tenant_type=saved.tenant_type,
            just_approved=False,
        ),
    )


def _value(option: TenantOption, round_: int) -> str:
    return f"{round_}.{option.tenant_id}"


def _chosen(
    chosen: str, tenants: tuple[TenantOption, ...], saved: KeptSettings | None, known: DraftSignIn
) -> TenantOption | None:
    found = next((option for option in tenants if _value(option, known.round) == chosen), None)
    if saved is not None and not saved.tenant_id:
        saved = None
    if found is None and saved is not None:
        found = next((option for option in tenants if option.tenant_id == saved.tenant_id), None)
    if found is None and saved is None and len(tenants) == 1 and tenants[0].tenant_id not in known.users:
        # Preselected only when exactly one is possible: a wrong company is worse than one more click.
        return tenants[0]
    return found


def _fixed_by(draft: Draft, kept: KeptSettings | None) -> str:
    """Where an entry's company is configured, if it is not chosen here."""
    return draft.connection.source if draft.connection is not None and kept is not None and kept.tenant_fixed else ""


def _obstacles(
    definition: AppDefinition | None,
    grant_id: GrantId | None,
    tenants: tuple[TenantOption, ...],
    tenant: TenantOption | None,
    kept: KeptSettings | None,
    fixed_by: str,
) -> tuple[str, ...]:
    told: list[str] = []
    if definition is None and grant_id is not None:
        told.append(texts.OBSTACLE_FIELDS)
    if grant_id is None:
        told.append(texts.AUTHORIZE_FOR_CLIENT_ID if _had_sign_in(kept) else texts.OBSTACLE_AUTHORIZE)
    elif not tenants:
        told.append(texts.OBSTACLE_NO_TENANT)
    elif tenant is None and kept is not None and fixed_by:
        told.append(carrying_texts.company_fixed(kept.tenant_name, fixed_by))
    elif tenant is None:
        told.append(texts.OBSTACLE_TENANT)
    return tuple(told)


def _differs(
    draft: Draft, kept: KeptSettings | None, definition: AppDefinition | None, tenant: TenantOption | None
) -> bool:
    if kept is not None:
        return definition != kept.definition or (tenant is not None and tenant.tenant_id != kept.tenant_id)
    untouched = read_definition({**draft.values, "client_id": "0" * 32}).definition
    typed = bool(text_of(draft.values.get("client_id")).strip())
    return typed or untouched != read_definition({"client_id": "0" * 32}).definition


def _tenant_refused(grant_id: GrantId | None, tenants: tuple[TenantOption, ...]) -> str:
    if grant_id is None:
        return texts.TENANT_BEFORE
    return "" if tenants else texts.TENANT_NONE


def _sign_in_text(bound: GrantRecord | None, *, fresh: bool, known: DraftSignIn, kept: KeptSettings | None) -> str:
    if bound is None:
        changed = known.signed_in is not None or _had_sign_in(kept)
        return texts.AUTHORIZE_FOR_CLIENT_ID if changed else texts.NOT_AUTHORIZED
    if fresh:
        return texts.authorized_as(bound.account)
    if bound.cause is not None:
        return cause_sentence(bound.cause)
    return texts.saved_sign_in(bound.account, f"{bound.authorized_at.day} {bound.authorized_at:%b %Y}")
