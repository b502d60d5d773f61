"""Which tenant links does an answer list? Read field by field, because fields are missing, null, or new."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Final

from xero_connections_plugin.connections.definition import plain_text
from xero_connections_plugin.xero.tenants import TenantLink


class LinksUnreadable(Exception):
    """The answer is not a list of links, for instance a page of a gateway."""


def read_links(body: bytes) -> tuple[TenantLink, ...]:
    """The links of an answer; items without a proper id or tenant id are no links and are left out.

    Raises:
        LinksUnreadable: See the class.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise LinksUnreadable from None
    if not isinstance(answer, list):
        raise LinksUnreadable
    return tuple(link for item in answer if (link := _link(item)) is not None)


def _link(item: object) -> TenantLink | None:
    if not isinstance(item, dict):
        return None
    link_id, tenant_id = _id(item.get("id")), _id(item.get("tenantId"))
    if link_id is None or tenant_id is None:
        return None
    return TenantLink(
        link_id=link_id,
        tenant_id=tenant_id,
        tenant_type=plain_text(_text(item.get("tenantType")) or "", _LONGEST_TYPE),
        tenant_name=plain_text(_text(item.get("tenantName")) or "") or None,
        event_id=_text(item.get("authEventId")),
        created_at=_date(item.get("createdDateUtc")),
        updated_at=_date(item.get("updatedDateUtc")),
    )


# The tenant id is sent as a header, where anything else could begin another one.
_ID: Final = re.compile(r"[\x21-\x7e]{1,100}")
_LONGEST_TYPE: Final = 40


def _id(value: object) -> str | None:
    said = _text(value)
    return said if said is not None and _ID.fullmatch(said) else None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


def _date(value: object) -> datetime | None:
    """Xero writes seven decimals and no zone, and means UTC."""
    found = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    seconds, fraction, zone = found.groups()
    try:
        date = datetime.fromisoformat(f"{seconds}{(fraction or '.0')[:7].ljust(7, '0')}{zone or '+00:00'}")
        return date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
