"""Which entries need more scopes, or other ones, before something fails?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from hostspec.connections import ConnectionStatus
from hostspec.forms import Fact
from hostspec.ui import Action
from hostspec.value import Tone
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.xero.app_definition import AUTHORIZE_ACT, EXTRA_SCOPES, SCOPE_PRESET
from xero_connections_plugin.xero.health import Finding
from xero_connections_plugin.xero.kept_settings import form_values, kept_settings
from xero_connections_plugin.xero.scope_readiness import ending, ends_soon, lacking, widened
from xero_connections_plugin.xero.texts import scope_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.forms import FieldValue
    from hostspec.providers import Connection
    from hostspec.services import Clock
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.needs import Need
    from xero_connections_plugin.oauth.grant import GrantRecord

WIDEN_ACT: Final = "widen"
"""Opens the definition with what should be asked for; the tab answers it for any type that is ``Scoped``."""

_MOST_COMPARED: Final = 1_000

_MISSING: Final = Action(action_id=f"{WIDEN_ACT}:{AUTHORIZE_ACT}", label=texts.REPAIR_MISSING)
_ENDING: Final = Action(action_id=f"{WIDEN_ACT}:{AUTHORIZE_ACT}", label=texts.REPAIR_ENDING)


class Records(Protocol):
    """What is known about a sign-in."""

    def record(self, grant_id: GrantId) -> GrantRecord | None: ...


class ScopeFindings:
    """Compares what sign-ins allow with what profiles need. Any thread may call; uses no network.

    Args:
        needs: What the profiles need of an entry: a look-up, asked for each line of a list.
        grants: What sign-ins allow.
        clock: Says whether it is time to move away from broad scopes.
    """

    def __init__(self, needs: Callable[[ConnectionId], tuple[Need, ...]], grants: Records, clock: Clock) -> None:
        self._needs = needs
        self._grants = grants
        self._clock = clock
        self._compared: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...]] = {}

    def __call__(self, connection: Connection, record: GrantRecord | None) -> Finding | None:
        """A finding, while something is missing or ends soon; see ``health``."""
        if record is None:
            return None
        unmet = self._unmet(connection, record)
        if unmet:
            status, cause = ConnectionStatus.SCOPE_MISSING, _sentence(unmet)
            return Finding(status, texts.STATUS_MISSING, Tone.WARNING, cause, _MISSING)
        if ends_soon(self._clock.now()) and (broad := ending(record.scopes)):
            return Finding(ConnectionStatus.EXPIRING, texts.STATUS_ENDING, Tone.WARNING, texts.ending(broad), _ENDING)
        return None

    def facts(self, connection: Connection, record: GrantRecord | None) -> tuple[Fact, ...]:
        """What the details of an entry say: each profile that lacks something, and the scopes that end."""
        if record is None:
            return ()
        missing = tuple(
            Fact(label=texts.FACT_MISSING, text=texts.missing(texts.where(need.profile, need.host), scopes, 0))
            for need, scopes in self._unmet(connection, record)
        )
        broad = ending(record.scopes)
        ends = (Fact(label=texts.FACT_ENDING, text=texts.ending_fact(broad)),) if broad else ()
        return (*missing, *ends)

    def lacking(self, connection: Connection, needs: tuple[str, ...]) -> tuple[str, ...]:
        """What the sign-in of an entry does not allow; nothing while there is none."""
        record = self._record(connection)
        return lacking(record.scopes, needs) if record is not None else ()

    def widened_values(self, connection: Connection) -> Mapping[str, FieldValue] | None:
        """The form's values with the scopes that should be asked for; ``None`` where nothing is missing or ends.

        Raises:
            StoredDataDamaged: The entry's settings cannot be read.
        """
        kept, record = kept_settings(connection), self._record(connection)
        if record is None or not (self._unmet(connection, record) or ending(record.scopes)):
            return None
        needed = tuple(scope for need in self._needs(connection.connection_id) for scope in need.needs)
        wanted = widened(kept.scope_preset, kept.extra_scopes, needed, self._clock.now())
        return {
            **form_values(kept.definition),
            SCOPE_PRESET: wanted.preset.value,
            EXTRA_SCOPES: " ".join(wanted.additions),
        }

    def _record(self, connection: Connection) -> GrantRecord | None:
        sign_in = connection.saved.sign_in
        return self._grants.record(GrantId(sign_in)) if sign_in is not None else None

    def _unmet(self, connection: Connection, record: GrantRecord) -> list[tuple[Need, tuple[str, ...]]]:
        found = ((need, self._lacking(record.scopes, need.needs)) for need in self._needs(connection.connection_id))
        return [(need, scopes) for need, scopes in found if scopes]

    def _lacking(self, granted: tuple[str, ...], needed: tuple[str, ...]) -> tuple[str, ...]:
        """As ``scope_readiness.lacking``; thousands of entries are alike, and lists ask for all of them."""
        known = self._compared.get((granted, needed))
        if known is None:
            if len(self._compared) >= _MOST_COMPARED:
                self._compared = {}
            known = self._compared[(granted, needed)] = lacking(granted, needed)
        return known


def _sentence(unmet: list[tuple[Need, tuple[str, ...]]]) -> str:
    need, scopes = unmet[0]
    return texts.missing(texts.where(need.profile, need.host), scopes, len(unmet) - 1)
