"""What do the details of an entry say? Facts, and never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.forms import Fact
from xero_connections_plugin.connections.days_left import days_left
from xero_connections_plugin.oauth.authorization import compose_redirect_uri
from xero_connections_plugin.xero.health import dies_at
from xero_connections_plugin.xero.texts import company_texts, idle_texts
from xero_connections_plugin.xero.texts import xero_texts as texts

if TYPE_CHECKING:
    from datetime import datetime

    from xero_connections_plugin.oauth.grant import GrantRecord
    from xero_connections_plugin.xero.kept_settings import KeptSettings


def entry_facts(kept: KeptSettings, record: GrantRecord | None, key_place: str, now: datetime) -> tuple[Fact, ...]:
    """The provider's part of "Connection Details", in the order to read it."""
    known = (
        (
            Fact(label=texts.FACT_ACCOUNT, text=record.account or texts.UNKNOWN),
            Fact(label=texts.FACT_USER_ID, text=record.user_id, monospace=True),
            Fact(label=texts.FACT_SCOPES, text=" ".join(record.scopes)),
            _moment(texts.FACT_AUTHORIZED, record.authorized_at),
            _moment(texts.FACT_REFRESHED, record.refreshed_at),
            _moment(texts.FACT_ACCESS_UNTIL, record.access_expires_at),
            _dies(dies_at(record), now),
        )
        if record
        else (Fact(label=texts.FACT_ACCOUNT, text=texts.UNKNOWN),)
    )
    redirects = tuple(
        Fact(label=texts.FACT_REDIRECT, text=compose_redirect_uri(kept.application_url, port), monospace=True)
        for port in kept.definition.ports
    )
    return (
        Fact(label=texts.FACT_CLIENT_ID, text=kept.client_id, monospace=True),
        *redirects,
        Fact(label=texts.FACT_TENANT, text=kept.tenant_name),
        Fact(label=texts.FACT_TENANT_ID, text=kept.tenant_id, monospace=True),
        Fact(label=texts.FACT_TENANT_TYPE, text=kept.tenant_type),
        *((Fact(label=company_texts.FACT_DEMO, text=company_texts.FACT_DEMO_TEXT),) if kept.is_demo else ()),
        *known,
        Fact(label=texts.FACT_KEY, text=key_place),
    )


def _dies(moment: datetime, now: datetime) -> Fact:
    fact = _moment(texts.FACT_DIES, moment)
    return fact.model_copy(update={"text": idle_texts.dies_on(fact.text, days_left(moment, now))})


def _moment(label: str, moment: datetime) -> Fact:
    return Fact(label=label, text=f"{moment.day} {moment:%b %Y, %H:%M} UTC", exact=f"{moment:%Y-%m-%d %H:%M:%S} UTC")
