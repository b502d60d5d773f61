"""What does a person have to agree to before a definition is saved: another company, another user, a demo company?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_connections_plugin.xero.texts import company_texts
from xero_connections_plugin.xero.texts import xero_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from xero_connections_plugin.oauth.grant import GrantRecord
    from xero_connections_plugin.xero.draft_reading import Reading
    from xero_connections_plugin.xero.kept_settings import KeptSettings


def save_consequences(
    reading: Reading,
    before: GrantRecord | None,
    *,
    works_before: bool,
    is_demo: Callable[[str, KeptSettings | None], bool | None],
) -> tuple[str, ...]:
    """What changes for the profiles that use an entry, a sentence each; a new entry has none.

    Args:
        reading: The definition as it stands.
        before: The sign-in that the entry had.
        works_before: Whether that one works.
        is_demo: Whether a company is a demo company, as far as is known.
    """
    kept, after, tenant = reading.kept, reading.bound, reading.tenant
    if kept is None or after is None:
        return ()
    told: list[str] = []
    if tenant is not None and kept.tenant_id and tenant.tenant_id != kept.tenant_id:
        told.append(texts.other_company(kept.tenant_name, tenant.name))
        was_demo, will_be_demo = is_demo(kept.tenant_id, kept), is_demo(tenant.tenant_id, kept)
        if will_be_demo and not was_demo:
            told.append(company_texts.to_demo(kept.tenant_name, tenant.name))
        elif was_demo and will_be_demo is False:
            told.append(company_texts.from_demo(kept.tenant_name, tenant.name))
    if before is not None and works_before and before.user_id != after.user_id:
        people = (company_texts.person(one.account, one.user_id) for one in (before, after))
        told.append(texts.other_user(*people))
    return tuple(told)
