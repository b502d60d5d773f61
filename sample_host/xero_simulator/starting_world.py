"""The world as it begins: people, organisations, apps and a few suppliers."""

from __future__ import annotations

import uuid

from sample_host.xero_simulator.addresses import (
    DEMO_CLIENT_ID,
    DEMO_REDIRECT_URIS,
    LEGACY_CLIENT_ID,
    SECOND_CLIENT_ID,
    WEB_CLIENT_ID,
    WEB_CLIENT_SECRET,
)
from sample_host.xero_simulator.contact_rules import starting_contact
from sample_host.xero_simulator.simulated_ledger import Ledger
from sample_host.xero_simulator.simulated_world import Organisation, RegisteredApp, World, XeroUser

_NAMESPACE = uuid.UUID("5e1f0000-0000-4000-8000-00000000c0de")
_SUPPLIERS = (
    ("Bright Paper Supplies", "orders@brightpaper.example", True, False),
    ("Hillside Power", "billing@hillsidepower.example", True, False),
    ("Kauri Freight", "accounts@kaurifreight.example", True, False),
    ("Mill & Sons Flour", "office@millandsons.example", True, False),
    ("Northgate Property", "rent@northgate.example", True, False),
    ("Quay Hotel", "kitchen@quayhotel.example", False, True),
    ("Willow Primary School", "office@willowschool.example", False, True),
)


def fixed_id(name: str) -> str:
    """The same id for the same name, in every simulator."""
    return str(uuid.uuid5(_NAMESPACE, name))


def starting_world(token_secret: str, now: float) -> World:
    """A fresh world; ids are the same every time, so that a host's stored tenant finds its organisation again."""
    world = World(token_secret=token_secret)
    for key, name, tenant_type, demo in (
        ("bakehouse", "Bakehouse Ltd", "ORGANISATION", False),
        ("harbour", "Harbour Coffee", "ORGANISATION", False),
        ("bakehouse-2", "Bakehouse Ltd", "ORGANISATION", False),
        ("demo", "Demo Company (NZ)", "ORGANISATION", True),
        ("unnamed", None, "ORGANISATION", False),
        ("practice", "Tidewater Accountants", "PRACTICE", False),
    ):
        add_organisation(world, Organisation(key, fixed_id(key), name, tenant_type, demo), now)
    for key, given_name, family_name, organisations in (
        ("ada", "Ada", "Keeper", ("bakehouse", "harbour", "bakehouse-2")),
        ("ben", "Ben", "Ledger", ("bakehouse", "demo", "unnamed", "practice")),
        ("cy", "Cy", "Newcomer", ()),
    ):
        user = XeroUser(key, fixed_id(key), given_name, family_name, f"{key}@bakehouse.example")
        user.organisations.extend(fixed_id(organisation) for organisation in organisations)
        world.users[user.user_id] = user
    uris = list(DEMO_REDIRECT_URIS)
    for app in (
        RegisteredApp(DEMO_CLIENT_ID, "Capture demo", list(uris)),
        RegisteredApp(SECOND_CLIENT_ID, "Second capture app", list(uris)),
        RegisteredApp(LEGACY_CLIENT_ID, "Capture since 2019", list(uris), legacy_scopes=True, certified=True),
        RegisteredApp(WEB_CLIENT_ID, "Capture web app", list(uris), client_secret=WEB_CLIENT_SECRET, certified=True),
    ):
        world.apps[app.client_id] = app
    return world


def add_organisation(world: World, organisation: Organisation, now: float) -> None:
    """Add an organisation with its starting contacts."""
    world.organisations[organisation.tenant_id] = organisation
    ledger = world.ledgers.setdefault(organisation.tenant_id, Ledger())
    for name, email, supplier, customer in _SUPPLIERS:
        contact_id = fixed_id(f"{organisation.tenant_id}/{name}")
        ledger.contacts[contact_id] = starting_contact(
            contact_id, name, email, is_supplier=supplier, is_customer=customer, now=now
        )
