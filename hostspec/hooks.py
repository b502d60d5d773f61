"""The hook specifications, in five groups, and nothing else; a sixth stands in ``hostspec.batch_hooks``.

Kinds, told apart by the name: **collect** (plural noun), **ask** (verb, the first answer that is not ``None``),
**act** (verb and plural: everyone acts on what is theirs and reports), **tell** (past participle or life-cycle word).

Rules for all: any hook from any thread; a hook returns promptly (only ``capture_open_session`` may use the network);
no lock is held while a hook is called; no secret is ever a hook argument. Call hooks through
``hostspec.calls.HookCalls`` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hostspec.connections import ChoiceQuery, ConnectionChoice, ConnectionsChange, Session
    from hostspec.messages import Notification
    from hostspec.providers import ConnectionType
    from hostspec.services import HostServices
    from hostspec.ui import Tab
    from hostspec.usages import Subject, SwitchedUsage, SwitchObjection, Usage, UsageSwitch
    from hostspec.value import ConnectionId


class LifecycleHooks:
    """Coming, keeping in order, going."""

    @hookspec
    def capture_startup(self, host: HostServices) -> None:
        """Tell a plugin that the host is ready.

        Implemented by: plugins. Called by: the host. When: once per plugin, after all are registered and checked.

        Args:
            host: What the host provides; keep it, it lives as long as the plugin.

        Raises:
            CaptureError: The plugin cannot work here; the host names it and goes on without it.

        Example::

            @hookimpl
            def capture_startup(self, host):
                self.host = host
        """

    @hookspec
    def capture_maintain(self, budget_seconds: float) -> None:
        """Tell plugins to do the housekeeping that is due.

        Implemented by: plugins. Called by: the host. When: from its own scheduler, every few minutes or so.

        Args:
            budget_seconds: Stop after about so many seconds; what is left waits for the next call.

        Example::

            @hookimpl
            def capture_maintain(self, budget_seconds):
                self.store.wipe_expired(budget_seconds)
        """

    @hookspec
    def capture_shutdown(self) -> None:
        """Tell plugins that the host ends.

        Implemented by: plugins. Called by: the host. When: once, before it exits; plugins cancel what runs.

        Example::

            @hookimpl
            def capture_shutdown(self):
                self.store.close()
        """


class TabHooks:
    """Tabs of the root Configuration."""

    @hookspec
    def capture_tabs(self) -> Iterable[Tab]:
        """Collect the tabs of the root Configuration.

        Implemented by: plugins. Called by: the host. When: each time it draws its tab list.

        Returns:
            Tabs; an id that another plugin answered before is left out, and both plugins are named.

        Example::

            @hookimpl
            def capture_tabs(self):
                yield Tab(tab_id="mailboxes", title="Mailboxes", order=300, controller=self.controller)
        """
        return ()

    @hookspec
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        """Tell hosts that a tab looks different now, or that a wait goes on.

        Implemented by: hosts. Called by: plugins. When: after a change that the window did not ask for.

        Args:
            tab_id: The tab.
            wait_id: The ``Wait`` that has news; ``None`` when the whole tab changed.

        Example::

            @hookimpl
            def capture_tab_changed(self, tab_id, wait_id):
                self.windows.redraw(tab_id, wait_id)
        """


class ConnectionHooks:
    """Connections: what exists, what can be chosen, and the way through."""

    @hookspec
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        """Collect the connection types that can be added.

        Implemented by: plugins with a provider. Called by: the Connections tab and hosts. When: they need them.

        Returns:
            Types; an id that another plugin answered before is left out, and both plugins are named.

        Example::

            @hookimpl
            def capture_connection_types(self):
                yield ConnectionType(type_id="imap", label="Mailbox", order=50, provider=self.provider, add=ADD)
        """
        return ()

    @hookspec
    def capture_connection_choices(self, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
        """Collect what a step's dropdown offers.

        Implemented by: plugins that keep connections. Called by: hosts. When: a step's settings are drawn.

        Args:
            query: Types, search text, limit, and the entry selected now, which is always answered.

        Returns:
            At most ``limit`` choices and the selected one; what cannot be chosen says why.

        Example::

            @hookimpl
            def capture_connection_choices(self, query):
                return self.book.choices(query)
        """
        return ()

    @hookspec(firstresult=True)
    def capture_open_session(self, connection_id: ConnectionId) -> Session | None:
        """Ask for a session through a connection.

        Implemented by: plugins that keep connections. Called by: steps of a host. When: they are about to work.

        Args:
            connection_id: What the step stored.

        Returns:
            An open session to close after use; ``None`` when the connection is not this plugin's.

        Raises:
            ConnectionProblem: The connection is this plugin's and cannot be used; the sentence says what to do.
            NotAllowed: The service may not use it.

        Example::

            with hooks.open_session(step.connection_id) as session:
                session.http.get(session.base_url + "Contacts")
        """

    @hookspec
    def capture_connections_changed(self, change: ConnectionsChange) -> None:
        """Tell everyone that connections were added, changed or removed.

        Implemented by: hosts and plugins that show them. Called by: plugins that keep them. When: after the commit.

        Args:
            change: What happened, and to which.

        Example::

            @hookimpl
            def capture_connections_changed(self, change):
                self.windows.redraw_dropdowns()
        """


class UsageHooks:
    """Who points to shared objects, and moving them to another."""

    @hookspec
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        """Collect the places that point to a subject.

        Implemented by: holders of references. Called by: hosts and plugins. When: Usage, Delete, Details, Switch.

        Args:
            subject: The shared object, or every one of a kind.

        Returns:
            Usages, those in disabled profiles and batches that wait included.

        Example::

            @hookimpl
            def capture_usages(self, subject):
                return [usage for usage in self.profiles.usages(subject.kind) if subject.covers(usage.subject)]
        """
        return ()

    @hookspec
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        """Move usages from one subject to another; each holder moves its own.

        Implemented by: holders of references. Called by: the host's usage dialog. When: a person applies a switch.

        Args:
            switch: From where to where, which usages, and whether only to say what would happen.

        Returns:
            One result for each usage of the holder's own; not switched where it points elsewhere by now.

        Example::

            @hookimpl
            def capture_switch_usages(self, switch):
                return self.profiles.switch(switch)
        """
        return ()

    @hookspec
    def capture_subject_targets(self, subject: Subject) -> Iterable[Subject]:
        """Collect what the usages of a subject could be switched to.

        Implemented by: owners of subjects. Called by: the host's usage dialog. When: it is opened.

        Args:
            subject: What the usages point to now.

        Returns:
            Other subjects of the same kind that fit.

        Example::

            @hookimpl
            def capture_subject_targets(self, subject):
                return self.locations.others(subject) if subject.kind == "storage_location" else ()
        """
        return ()

    @hookspec
    def capture_switch_objections(self, switch: UsageSwitch) -> Iterable[SwitchObjection]:
        """Collect what speaks against a switch.

        Implemented by: owners of subjects. Called by: the host's usage dialog. When: before a switch is applied.

        Args:
            switch: The switch that is planned.

        Returns:
            Objections that warn or block, each with a sentence.

        Example::

            @hookimpl
            def capture_switch_objections(self, switch):
                if switch.subject.kind == "connection":
                    yield from self.book.objections(switch)
        """
        return ()


class NoticeHooks:
    """What nobody asked for and somebody should know."""

    @hookspec
    def capture_notify(self, notification: Notification) -> None:
        """Tell people something that they did not ask for.

        Implemented by: hosts. Called by: plugins. When: something breaks, recovers, or soon will.

        Args:
            notification: What to say; the same event keeps the same id.

        Example::

            @hookimpl
            def capture_notify(self, notification):
                self.inbox.put(notification)
        """
