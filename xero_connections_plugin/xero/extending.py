"""How does a sign-in serve a further company? A new definition begins with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.errors import SignInNeeded
from xero_connections_plugin.xero.kept_settings import bound_grant, form_values, kept_settings
from xero_connections_plugin.xero.texts import company_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.forms import FieldValue
    from hostspec.providers import Connection, Draft
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord
    from xero_connections_plugin.xero.draft_sign_in import DraftSignIns


class Extending:
    """Lends sign-ins to new definitions; see ``hostspec.provider_skills.Extendable``.

    Args:
        sign_ins: What open definitions know.
        record: What is known of a grant.
        works: Whether sessions can be opened through it.
    """

    def __init__(
        self,
        sign_ins: DraftSignIns,
        record: Callable[[GrantId], GrantRecord | None],
        works: Callable[[GrantRecord | None], bool],
    ) -> None:
        self._sign_ins = sign_ins
        self._record = record
        self._works = works

    def extend(self, draft: Draft, connection: Connection) -> Mapping[str, FieldValue]:
        """See ``Extendable``.

        Raises:
            SignInNeeded: The entry's sign-in does not work.
            StoredDataDamaged: The entry's settings cannot be read.
        """
        kept = kept_settings(connection)
        record = self._record(bound_grant(connection, kept))
        if record is None or not self._works(record):
            raise SignInNeeded(company_texts.SIGN_IN_CANNOT_SERVE)
        self._sign_ins.lend(draft.draft_id, record)
        return form_values(kept.definition)
