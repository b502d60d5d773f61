"""What every list of tenant links does: the fake one and the real one, against the simulator."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from hostspec.errors import ConnectionProblem, SignInNeeded
from hostspec.testing.fake_clock import FakeClock
from sample_host.xero_simulator.faults import EditAnswer
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.fake_tenants import FakeTenantsApi
from tests.simulator.signed_in_client import SignedIn
from xero_connections_plugin.gateways.xero_calls.tenants_api import XeroTenantsApi
from xero_connections_plugin.xero.tenants import TenantLink, TenantsApi


@dataclass
class World:
    """A list under test, with a sign-in that reaches one company, and one that reaches none."""

    api: TenantsApi
    token: SecretStr
    lonely_token: SecretStr
    lose_names: Callable[[], None]


def _simulated() -> Iterator[World]:
    with SimulatorServer() as xero:

        def lose_names() -> None:
            without = EditAnswer(at="connections", set={"tenantName": None}, remove=["authEventId"], times=None)
            xero.control.set_fault(without)

        yield World(
            XeroTenantsApi(xero.addresses.connections_url, clock=FakeClock(auto_advance=True)),
            SecretStr(SignedIn(xero, user="ada", organisation="harbour").tokens["access_token"]),
            SecretStr(SignedIn(xero, user="cy").tokens["access_token"]),
            lose_names,
        )


def _faked() -> Iterator[World]:
    api = FakeTenantsApi()
    when = datetime(2026, 11, 20, 8, tzinfo=UTC)
    link = TenantLink("link-1", "tenant-1", "ORGANISATION", "Harbour Coffee", "event-1", when, when)
    nameless = TenantLink("link-1", "tenant-1", "ORGANISATION", None, None, when, when)
    api.links_by_token = {"one": [link], "none": []}
    yield World(api, SecretStr("one"), SecretStr("none"), lambda: api.links_by_token.update({"one": [nameless]}))


@pytest.fixture(params=[_faked, _simulated], ids=["fake", "simulator"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    yield from request.param()


def test_a_link_has_ids_a_name_a_type_and_dates_in_utc(world: World) -> None:
    [link] = world.api.links(world.token)
    assert link.link_id
    assert link.tenant_id not in {"", link.link_id}
    assert (link.tenant_type, link.tenant_name) == ("ORGANISATION", "Harbour Coffee")
    assert link.event_id
    assert link.created_at is not None
    assert link.created_at.tzinfo is UTC


def test_a_sign_in_may_reach_no_company_at_all(world: World) -> None:
    assert world.api.links(world.lonely_token) == ()


def test_names_and_events_may_be_missing(world: World) -> None:
    world.lose_names()
    [link] = world.api.links(world.token)
    assert (link.tenant_name, link.event_id) == (None, None)


def test_a_link_is_removed_and_removing_it_again_is_no_error(world: World) -> None:
    [link] = world.api.links(world.token)
    world.api.unlink(world.token, link.link_id)
    assert world.api.links(world.token) == ()
    world.api.unlink(world.token, link.link_id)


def test_an_unknown_link_counts_as_removed(world: World) -> None:
    world.api.unlink(world.token, "0b7c1c5e-0000-4000-8000-000000000000")
    assert len(world.api.links(world.token)) == 1


def test_a_tenants_id_is_not_taken_for_a_links(world: World) -> None:
    [link] = world.api.links(world.token)
    with pytest.raises(ConnectionProblem) as caught:
        world.api.unlink(world.token, link.tenant_id)
    assert caught.value.code == "UNLINK_REFUSED"
    assert len(world.api.links(world.token)) == 1


def test_a_refused_token_needs_a_sign_in(world: World) -> None:
    with pytest.raises(SignInNeeded):
        world.api.links(SecretStr("not a token"))
