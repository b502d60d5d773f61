"""The profiles and storage locations that a new host begins with, as examples."""

from typing import Final

from hostspec.value import TypeId
from sample_host.profiles import DocumentType, FieldMapping, FieldTarget, MigrationStep, Profile, StorageStep
from sample_host.storage_locations import StorageLocation

_XERO: Final = TypeId("xero")

STARTING_LOCATIONS: Final = (
    StorageLocation(location_id="archive", name="Archive", folder="/srv/capture/archive"),
    StorageLocation(location_id="mailroom", name="Mailroom", folder="/srv/capture/mailroom"),
)


def _store(location_id: str) -> StorageStep:
    return StorageStep(step_id="store", name="Store document", location_id=location_id)


STARTING_PROFILES: Final = (
    Profile(
        profile_id="supplier-invoices",
        name="Supplier invoices",
        steps=(_store("archive"), MigrationStep(step_id="xero", name="Xero migration", type_id=_XERO)),
    ),
    Profile(
        profile_id="sales-invoices",
        name="Sales invoices",
        steps=(
            MigrationStep(step_id="xero", name="Xero migration", type_id=_XERO, document_type=DocumentType.RECEIVABLE),
        ),
    ),
    Profile(
        profile_id="two-companies",
        name="Two companies",
        steps=(
            _store("archive"),
            MigrationStep(step_id="xero-head-office", name="Xero migration, head office", type_id=_XERO),
            MigrationStep(
                step_id="xero-branch",
                name="Xero migration, branch",
                type_id=_XERO,
                mapping=FieldMapping(purchase_order=FieldTarget.NOWHERE),
            ),
        ),
    ),
    Profile(profile_id="mailroom", name="Mailroom", steps=(_store("mailroom"),)),
    Profile(
        profile_id="expenses-2025",
        name="Expenses 2025",
        enabled=False,
        steps=(_store("archive"), MigrationStep(step_id="xero", name="Xero migration", type_id=_XERO)),
    ),
)
