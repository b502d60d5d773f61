"""The tab, and the parts of it that stand for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from xero_connections_plugin.ui.configured_part import ConfiguredPart
from xero_connections_plugin.ui.connections_tab import TAB_ID, ConnectionsTab
from xero_connections_plugin.ui.copying_part import CopyingPart
from xero_connections_plugin.ui.definitions import Definitions
from xero_connections_plugin.ui.deleted_part import DeletedPart
from xero_connections_plugin.ui.deletion_part import DeletionPart
from xero_connections_plugin.ui.deletions import Deletions
from xero_connections_plugin.ui.export_part import ExportPart
from xero_connections_plugin.ui.extension_part import ExtensionPart
from xero_connections_plugin.ui.history_part import HistoryPart
from xero_connections_plugin.ui.import_part import ImportPart
from xero_connections_plugin.ui.limits_part import LimitsPart
from xero_connections_plugin.ui.part_services import PartServices
from xero_connections_plugin.ui.repair_part import RepairPart
from xero_connections_plugin.ui.row_choice import RowChoice
from xero_connections_plugin.ui.testing_dialogs import trial_facts
from xero_connections_plugin.ui.testing_part import TestingPart
from xero_connections_plugin.ui.this_machine_part import ThisMachinePart
from xero_connections_plugin.ui.widening_part import WideningPart
from xero_connections_plugin.wiring.store_rooms import new_id

if TYPE_CHECKING:
    from xero_connections_plugin.ui.tab_parts import TabPart
    from xero_connections_plugin.wiring.carried_rooms import CarriedRooms
    from xero_connections_plugin.wiring.list_rooms import ListRooms
    from xero_connections_plugin.wiring.store_rooms import Means, StoreRooms
    from xero_connections_plugin.wiring.xero_rooms import XeroRooms


@dataclass(frozen=True, kw_only=True)
class TabRooms:
    """What stands on the tab."""

    controller: ConnectionsTab


def build_tab(means: Means, stores: StoreRooms, around: ListRooms, carried: CarriedRooms, xero: XeroRooms) -> TabRooms:
    """Put it together."""
    host = means.host
    rows = RowChoice(around.book, around.access)
    services = PartServices(
        rows=rows,
        types=around.types,
        access=around.access,
        history=around.history,
        clock=host.clock,
        tasks=host.tasks,
        changed=partial(host.hooks.tab_changed, TAB_ID),
        new_id=new_id,
    )
    deletions = Deletions(around.removal, host.hooks, host.tasks, host.clock, changed=services.changed)
    repair = RepairPart(around.failed, rows, around.access)
    definitions = Definitions(
        book=around.book,
        types=around.types,
        access=around.access,
        hooks=host.hooks,
        new_id=new_id,
        after_save=repair.after_save,
    )
    history = HistoryPart(
        history=around.history,
        rows=rows,
        access=around.access,
        clock=host.clock,
        tasks=host.tasks,
        changed=partial(host.hooks.tab_changed, TAB_ID),
        new_id=new_id,
        days=stores.settings.history_days,
    )
    configured = ConfiguredPart(rows, carried.provisioning, around.history)
    deletion = DeletionPart(
        around.removal, deletions, rows, days=stores.settings.keep_deleted_days, refused=configured.refusal
    )
    deleted = DeletedPart(around.deleted, around.types, around.access)
    testing = TestingPart(
        services,
        tests=around.tests,
        listing=around.listing,
        definitions=definitions,
        after_passed=repair.after_test,
    )
    machine = ThisMachinePart(
        key=stores.vault,
        access=around.access,
        clock=host.clock,
        tasks=host.tasks,
        changed=partial(host.hooks.tab_changed, TAB_ID),
        new_id=new_id,
        clock_remark=xero.clock_remark,
    )
    copying = CopyingPart(
        rows=rows,
        names=carried.batches,
        types=around.types,
        definitions=definitions,
        history=around.history,
        announce=around.announce,
        refused=configured.refusal,
    )
    export = ExportPart(services, entries=stores.entries, carrying=carried.carrying)
    import_ = ImportPart(services, look=carried.look, carrying=carried.carrying)
    widening = WideningPart(rows, around.types, definitions)
    extension = ExtensionPart(rows, around.types, around.access, definitions)
    limits = LimitsPart(services)
    # In the order of their buttons.
    parts: tuple[TabPart, ...] = (
        deletion,
        configured,
        copying,
        extension,
        testing,
        history,
        deleted,
        limits,
        export,
        import_,
        machine,
        widening,
        repair,
    )
    return TabRooms(
        controller=ConnectionsTab(
            book=around.book,
            listing=around.listing,
            types=around.types,
            access=around.access,
            hooks=host.hooks,
            rows=rows,
            definitions=definitions,
            parts=parts,
            detail_acts=lambda origin, entry: (*widening.buttons(origin, entry), *repair.buttons(origin, entry)),
            more_facts=lambda connection: (*trial_facts(connection), *history.facts(connection)),
            clock=stores.database.store_clock,
            new_id=new_id,
            attention=around.attention,
        )
    )
