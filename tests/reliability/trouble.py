"""One connection that works, and then trouble between the plugin and Xero: how it is made, used and looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import sqlalchemy as sa
from pydantic import SecretStr

from hostspec.errors import CaptureError, ConnectionProblem
from hostspec.testing import TabDriver
from hostspec.value import ConnectionId, Remedy
from sample_host.xero_simulator.faults import HttpFault, Stage
from tests.reliability.relay import Relay
from tests.stories.capture_site import Site
from tests.working_states import KEPT
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.gateways.store.tables import connections, leases
from xero_connections_plugin.oauth.grant import GrantState
from xero_connections_plugin.oauth.grant_ports import StoredGrant

NAME: Final = "Head office"
OPENID: Final = "openid profile email"


class Office(Site):
    """A site with one working connection.

    Args:
        folder: Where its data lie.
        settings: Further settings of the plugin, such as an address of a shared database.
        scopes: Additional ones.
        relayed: Names of addresses that the plugin reaches through ``relay``.
    """

    connection_id: ConnectionId
    relay: Relay

    def __init__(
        self,
        folder: Path,
        settings: dict[str, str] | None = None,
        *,
        scopes: str = "",
        relayed: tuple[str, ...] = (),
    ) -> None:
        super().__init__(folder, settings=settings)
        self._relayed = relayed
        self._relays = ExitStack()
        self._url = (settings or {}).get("database_url")
        self._scopes = scopes

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            tab = self.tab()
            self.fill_definition(tab, NAME)
            if self._scopes:
                tab.fill("Additional scopes", self._scopes)
            self.authorize(tab)
            tab.press("OK")
            tab.choose("Tenant", next(label for label in tab.options("Tenant") if label.startswith("Bakehouse Ltd")))
            tab.press("Save")
            self.connection_id = ConnectionId(tab.results[-1].subject_id)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._relays:
            super().__exit__(kind, error, trace)

    @property
    def plugin_settings(self) -> dict[str, str]:
        """As a site has them, by way of the relay where that is wanted."""
        settings = super().plugin_settings
        if self._relayed:
            if not hasattr(self, "relay"):
                self.relay = self._relays.enter_context(Relay(self.xero.addresses))
            settings |= self.relay.settings(*self._relayed)
        return settings

    def age_token(self) -> None:
        """Let Xero take no access token given so far any more."""
        self.xero.control.expire_access_tokens()

    def trouble(self) -> ConnectionProblem | None:
        """Use the connection once; what is told, if it does not work."""
        try:
            with self.session(self.connection_id) as session:
                assert session.http.get("Organisation").status_code == 200
        except ConnectionProblem as problem:
            return problem
        return None

    def told(self, code: str, remedy: Remedy = Remedy.RETRY_LATER) -> ConnectionProblem:
        """Use the connection once; it must not work, for this reason."""
        problem = self.trouble()
        assert problem is not None
        assert (problem.code, problem.remedy) == (code, remedy)
        return problem

    def refreshes(self) -> int:
        """How many answers with new tokens Xero gave so far."""
        return self.xero.control.state().refreshes

    def requests(self, place: str = "token") -> int:
        """How many requests Xero was sent there so far."""
        return self.xero.control.state().requests.get(place, 0)

    def stored(self) -> StoredGrant:
        """The sign-in as the store has it."""
        [grant] = self.all_stored()
        return grant

    def all_stored(self) -> list[StoredGrant]:
        """Every sign-in that the store has."""
        with self._store() as store:
            grant_ids = (*store.signed_in_before(store.now() + timedelta(days=1)), *store.ending())
            found = [store.read(grant_id) for grant_id in grant_ids]
        return [grant for grant in found if grant is not None]

    def assert_kept(self, before: StoredGrant) -> None:
        """Nothing of a stored sign-in has changed, and nothing is under way with it."""
        now = self.stored()
        assert now.record == before.record
        assert (now.sealed, now.predecessor, now.candidates) == (before.sealed, before.predecessor, before.candidates)
        assert now.intent is None
        assert now.record.state is GrantState.ACTIVE

    def works_again(self) -> None:
        """With nothing in the way any more the connection works, without another sign-in."""
        browsers = len(self.host.browser.addresses)
        self.xero.control.clear()
        assert self.trouble() is None
        assert len(self.host.browser.addresses) == browsers
        assert self.tab().cell(NAME, "Status") in KEPT
        assert self.stored().intent is None

    def end_leases(self) -> None:
        """Whoever works on a sign-in right now has taken too long for it: others may take over."""
        with self._database() as database, database.write() as connection:
            connection.execute(sa.update(leases).values(until=database.now(connection) - timedelta(seconds=1)))

    def leave_removal_unfinished(self) -> None:
        """What a process leaves that is killed when it is about to revoke the sign-in of an entry being deleted."""
        grant_id = self.stored().record.grant_id
        with self._store() as store:
            store.mark_ending(grant_id)
        with self._database() as database, database.write() as connection:
            connection.execute(sa.update(connections).values(removing=True, name_key=None))

    def edit(self) -> TabDriver:
        """Somebody edits the connection."""
        tab = self.tab()
        tab.row(NAME)
        tab.press("Edit")
        return tab

    def sign_in_fails(self, tab: TabDriver) -> str:
        """Press Authorize in an open definition: it fails, in one message; the definition is open again after it."""
        self.authorize(tab)
        assert tab.message.title == "Sign-in failed"
        text = tab.message.text
        tab.press("OK")
        assert tab.value("Display name") == NAME
        return text

    @contextmanager
    def _store(self) -> Iterator[SqlGrantStore]:
        presence = MachinePresence(self.data_dir)
        try:
            with self._database() as database:
                yield SqlGrantStore(database, presence)
        finally:
            presence.close()

    @contextmanager
    def _database(self) -> Iterator[Database]:
        url = SecretStr(self._url) if self._url else None
        database = Database(self.data_dir, self.host.clock, url=url)
        try:
            yield database
        finally:
            database.close()


def after_rotation(fault: HttpFault) -> HttpFault:
    """The same fault, once Xero did what it was asked."""
    return fault.model_copy(update={"stage": Stage.AFTER})


def fails_with(error: CaptureError | None, code: str, remedy: Remedy) -> CaptureError:
    """The error, which must be this one."""
    assert error is not None
    assert (error.code, error.remedy) == (code, remedy)
    return error
