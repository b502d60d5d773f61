"""What goes on in the background, from the start of a host to its end?"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hostspec.errors import CaptureError
from hostspec.providers import CONNECTIONS_TAB
from xero_connections_plugin.gateways.store.sql_loading import load_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.messages import Notification
    from hostspec.services import CancelSignal, HostServices
    from xero_connections_plugin.connections.deleted_entries import DeletedEntries
    from xero_connections_plugin.connections.failed_batches import FailedBatches
    from xero_connections_plugin.connections.history_limits import HistoryLimits
    from xero_connections_plugin.connections.needs import Needs
    from xero_connections_plugin.connections.provisioning import Provisioning
    from xero_connections_plugin.connections.publishing import Publishing
    from xero_connections_plugin.connections.removal import Removal
    from xero_connections_plugin.connections.scheduled_tests import ScheduledTests
    from xero_connections_plugin.gateways.keys.key_care import KeyCare
    from xero_connections_plugin.gateways.keys.vault import Vault
    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.oauth.grant_endings import GrantEndings
    from xero_connections_plugin.oauth.keep_alive import KeepAlive
    from xero_connections_plugin.oauth.token_keeper import TokenKeeper
    from xero_connections_plugin.ui.entry_watch import EntryWatch
    from xero_connections_plugin.xero.disconnecting import Disconnecting
    from xero_connections_plugin.xero.late_unlinks import LateUnlinks
    from xero_connections_plugin.xero.scope_watch import ScopeWatch

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Housekeeping:
    """What nobody asks for and everybody relies on."""

    host: HostServices
    publishing: Publishing
    removal: Removal
    keeper: TokenKeeper
    deleted: DeletedEntries
    endings: GrantEndings
    unlinks: LateUnlinks
    disconnecting: Disconnecting
    vault: Vault
    keys: KeyCare
    drafted: Callable[[], frozenset[GrantId]]
    folder_notice: Callable[[], Notification | None]
    appear: Callable[[], object]
    """Lets other processes of this machine know that this one is alive."""
    rest: Callable[[], None]
    """Closes what the store keeps open between two uses."""
    provisioning: Callable[[], Provisioning] | None
    """Nothing where no entries are configured."""
    history: HistoryLimits
    needs: Needs
    failed: FailedBatches
    scopes: ScopeWatch
    keep_alive: KeepAlive
    watch: EntryWatch
    scheduled: ScheduledTests

    def begin(self) -> None:
        """Start what goes on in the background: recovery after a kill, and news to the other hosts."""
        self.host.profiles.watch(self._publish_soon)
        self.host.profiles.watch(self.needs.look_soon)
        self.host.profiles.watch(self.failed.look_soon)
        _each(self.needs.look_soon, self.failed.look_soon)
        self.host.tasks.start("recover connections", self._recover)
        self._look_at_configured()
        self.host.tasks.start(
            "look for the key", lambda _cancel: _each(load_sql, self._probe_key, self._look_at_folder)
        )

    def maintain(self, budget_seconds: float) -> None:
        """Housekeeping: wipe sign-ins that nobody saved, finish removals, tell other hosts who uses what.

        Args:
            budget_seconds: Nothing more is begun when so many seconds have passed; it waits for the next round. What
                takes the network goes on beside the caller, within the same time.
        """
        clock = self.host.clock
        end = clock.monotonic() + budget_seconds

        def in_time() -> bool:
            return clock.monotonic() < end

        _each(
            self.removal.resume,
            self.deleted.wipe_old,
            self.removal.finish_interrupted,
            lambda: self.keeper.wipe_unreferenced(self.drafted),
            self.publishing.publish,
            self.history.tidy,
            self.needs.look_soon,
            self.failed.look_soon,
            self.scopes.look,
            go_on=in_time,
        )
        # Answers that were lost are asked for again while the server's grace lasts; that takes the network.
        self.host.tasks.start(
            "look after sign-ins",
            lambda cancel: _each(
                self.keeper.recover,
                self._end_grants,
                self._unlink,
                lambda: self._watch(lambda: in_time() and not cancel.is_set()),
                self.rest,
            ),
        )
        self.host.tasks.start(
            "test connections that are due", lambda cancel: _each(partial(self.scheduled.round, cancel))
        )
        if self.vault.key_problem() is not None:
            # A keychain may keep its callers waiting longer than the budget.
            self.host.tasks.start("look for the key", lambda _cancel: _each(self._probe_key))
        _each(self._go_on_with_keys)
        self._look_at_configured()

    def _recover(self, _cancel: CancelSignal) -> None:
        # A refresh whose answer was lost can be repeated for 30 minutes only, so it goes first.
        _each(
            load_sql,
            self.appear,
            self.keeper.recover,
            self.removal.resume,
            self.deleted.wipe_old,
            self.removal.finish_interrupted,
            self.publishing.publish,
            self.keys.continue_rotation,
            self._end_grants,
            self._unlink,
            self.rest,
        )

    def _watch(self, go_on: Callable[[], bool]) -> None:
        behind: list[bool] = []
        # What the store says is read anew by whoever comes next: that one failed keeps the other from nothing.
        _each(lambda: behind.append(self.keep_alive.round(go_on)))
        # Nobody needs to hear of a sign-in that is about to be renewed.
        self.watch.look(forecast=not any(behind))

    def _end_grants(self) -> None:
        self.endings.finish(lambda ending: self.host.hooks.notify(self.disconnecting.ended_late(ending)))

    def _unlink(self) -> None:
        self.unlinks.finish(lambda settled: self.host.hooks.notify(self.disconnecting.unlinked_late(settled)))

    def _look_at_folder(self) -> None:
        notice = self.folder_notice()
        if notice is not None:
            _log.warning("%s", notice.text)
            self.host.hooks.notify(notice)

    def _go_on_with_keys(self) -> None:
        if self.keys.is_unfinished():
            self.host.tasks.start("seal anew", lambda _cancel: _each(self.keys.continue_rotation))

    def _look_at_configured(self) -> None:
        if (provisioning := self.provisioning) is not None:
            # The file may lie on another machine.
            self.host.tasks.start(
                "read configured connections", lambda _cancel: _each(load_sql, lambda: provisioning().sync())
            )

    def _probe_key(self) -> None:
        before = self.vault.key_problem()
        after = self.vault.probe()
        if (before is None) != (after is None):
            self.host.hooks.tab_changed(CONNECTIONS_TAB, None)

    def _publish_soon(self) -> None:
        self.host.tasks.start("publish usages", lambda _cancel: _each(self.publishing.publish))


def _each(*jobs: Callable[[], object], go_on: Callable[[], bool] = lambda: True) -> None:
    """Do every job, whatever becomes of the others; what fails now is due again at the next round."""
    for job in jobs:
        if not go_on():
            return
        try:
            job()
        except CaptureError as problem:
            _log.warning("Housekeeping of connections waits for the next round: %s", problem.code)
        except Exception as mistake:  # noqa: BLE001 -- of a host's service, say; the text could quote a secret
            _log.error("Housekeeping of connections failed: %s", type(mistake).__name__)
